// `ringside img` beside the real qemu-img 7.2, as img.test.ts has it: commands that copy and change images, and what these then hold.
import { describe, expect, test } from "vitest";
import { lacksQemuImg } from "../block/tools.js";
import { pairForEachTest } from "./img-pair.js";

const pair = pairForEachTest();

describe.skipIf(lacksQemuImg)("as qemu-img", () => {
  test("convert: what it takes, what it refuses, and how far it says it is", async () => {
    pair.chain();
    pair.prepare(["snapshot", "-c", "snap1", "base.qcow2"], ["io", "-c", "write -P 8 0 1M", "base.qcow2"]);
    pair.prepare(["create", "-q", "-f", "raw", "big.raw", "9M"], ["io", "-f", "raw", "-c", "write -P 6 0 9M", "big.raw"]);
    const made = [
      "-O qcow2 r.raw",
      "-O raw top.qcow2",
      "top.qcow2",
      "-O qcow2 top.qcow2",
      "-O qcow2 -c top.qcow2",
      "-O qcow2 -c -o compression_type=zstd,cluster_size=4k top.qcow2",
      "-O qcow2 -S 0 top.qcow2",
      "-O qcow2 -S 64k top.qcow2",
      "-O qcow2 -m 16 -W top.qcow2",
      "-O qcow2 -C top.qcow2",
      "-O qcow2 -r 1G top.qcow2",
      "-O qcow2 -l snap1 base.qcow2",
      "-O qcow2 -l snapshot.id=1,snapshot.name=snap1 base.qcow2",
      "-O qcow2 top.qcow2 r.raw base.qcow2",
      "-O qcow2 -B base.qcow2 -F qcow2 mid.qcow2",
      "-O qcow2 -o backing_file=mid.qcow2,backing_fmt=qcow2 top.qcow2",
      "-O qcow2 -o compat=0.10 top.qcow2",
      "-O qcow2 -o extended_l2=on,refcount_bits=8 top.qcow2",
      "-O qcow2 -o preallocation=metadata top.qcow2",
      "-O qcow2 -o size=1M top.qcow2",
      "-O qcow2 --salvage top.qcow2",
      "-t none -T none -O qcow2 -f qcow2 -U top.qcow2",
    ];
    for (const [i, command] of made.entries()) {
      const out = `out${i}`;
      await pair.agree(`convert ${command} ${out}`, `info ${out}`);
      pair.expectSame(out, command);
      if (command.includes("-O qcow2")) pair.expectSound(out, command);
    }
    await pair.agree("convert -n -O raw top.qcow2 big.raw", "compare big.raw top.qcow2");
    await pair.agree(
      "convert -O qcow2 top.qcow2",
      "convert -O raw -c base.qcow2 o",
      "convert -O foo base.qcow2 o",
      "convert -O qcow2 nothere o",
      "convert -O qcow2 -S 1 base.qcow2 o",
      "convert -O qcow2 -S foo base.qcow2 o",
      "convert -m 0 base.qcow2 o",
      "convert -m 17 base.qcow2 o",
      "convert -C -c base.qcow2 o",
      "convert -C -S 4k base.qcow2 o",
      "convert -r foo base.qcow2 o",
      "convert -O qcow2 -l none base.qcow2 o",
      "convert -O qcow2 -l snapshot.foo=1 base.qcow2 o",
      "convert -O qcow2 -l snap1 base.qcow2 r.raw o",
      "convert -O qcow2 -B base.qcow2 mid.qcow2 o",
      "convert -O raw -B base.qcow2 mid.qcow2 o",
      "convert -O qcow2 -B base.qcow2 -F qcow2 mid.qcow2 r.raw o",
      "convert -O qcow2 -F qcow2 mid.qcow2 o",
      "convert -O qcow2 -B nothere -F raw r.raw o",
      "convert -O qcow2 -B r.raw -F foo r.raw o",
      "convert -n -O raw base.qcow2 nothere",
      "convert -n -O raw base.qcow2 r.raw",
      "convert -n -O raw -o size=1 base.qcow2 r.raw",
      "convert --target-is-zero base.qcow2 r.raw",
      "convert --skip-broken-bitmaps base.qcow2 r.raw",
      "convert -O qcow2 base.qcow2 base.qcow2",
      "convert -O qcow2 top.qcow2 base.qcow2",
      "convert -n -O qcow2 base.qcow2 base.qcow2",
      "convert -O qcow2 -o foo=1 r.raw o",
      "convert -O qcow2 -o cluster_size=foo r.raw o",
      "convert -O qcow2 -o cluster_size=3000 r.raw o",
      "convert -O qcow2 -o , r.raw o",
      "convert -O qcow2 -o preallocation=metadata -c r.raw o",
      "convert -O qcow2 r.raw /nonexistent/o",
      "convert -t foo r.raw o",
      "convert -T foo r.raw o",
    );
  });

  test("commit: into the next image, or one farther behind", async () => {
    for (const command of [
      "commit top.qcow2",
      "commit -d top.qcow2",
      "commit -q -p top.qcow2",
      "commit -r 1G -t none -b base.qcow2 top.qcow2",
    ]) {
      pair.chain();
      await pair.agree(command);
      for (const image of ["top", "mid", "base"]) {
        await pair.agree(`info ${image}.qcow2`);
        pair.expectSound(`${image}.qcow2`, command);
      }
      for (const image of command.includes("-b") ? ["top", "base"] : ["top", "mid"]) {
        pair.expectSame(`${image}.qcow2`, command);
      }
      pair.expectSameLayers("top.qcow2", command);
    }
    await pair.agree(
      "commit",
      "commit nothere",
      "commit base.qcow2",
      "commit r.raw",
      "commit -f raw top.qcow2",
      "commit -b foo top.qcow2",
      "commit -r foo top.qcow2",
      "commit -t foo top.qcow2",
    );
  });

  test("rebase: safe and unsafe, onto others and onto nothing", async () => {
    for (const command of [
      "rebase -b base.qcow2 -F qcow2 top.qcow2",
      'rebase -b "" top.qcow2',
      "rebase -b mid.qcow2 -F qcow2 top.qcow2",
      "rebase -b r.raw -F raw top.qcow2",
      "rebase -u -b base.qcow2 -F qcow2 top.qcow2",
      "rebase -u -b foo -F raw top.qcow2",
      'rebase -u -b "" top.qcow2',
    ]) {
      pair.chain();
      await pair.agree(command, "info top.qcow2");
      if (command.includes("foo")) continue;
      pair.expectSound("top.qcow2", command);
      pair.expectSame("top.qcow2", command);
      pair.expectSameLayers("top.qcow2", command);
    }
    await pair.agree(
      "rebase -u -F raw mid.qcow2",
      "rebase",
      "rebase mid.qcow2",
      "rebase -b base.qcow2",
      "rebase -b base.qcow2 top.qcow2",
      "rebase -u -b base.qcow2 top.qcow2",
      "rebase -b base.qcow2 -F foo top.qcow2",
      "rebase -b r.raw -F raw r.raw",
      "rebase -u -b r.raw -F raw r.raw",
      "rebase -b nothere -F qcow2 top.qcow2",
      "rebase -b top.qcow2 -F qcow2 top.qcow2",
      "rebase -t foo -b r.raw -F raw top.qcow2",
      "rebase -T foo -b r.raw -F raw top.qcow2",
      "rebase -b r.raw -F raw nothere",
    );
  });

  test("resize: to, by, down, with room", async () => {
    pair.chain();
    await pair.agree(
      "resize base.qcow2 5M",
      "resize base.qcow2 +1M",
      "resize base.qcow2 -- -1M",
      "resize base.qcow2 -1M",
      "resize --shrink base.qcow2 -1M",
      "resize -q --shrink base.qcow2 -1M",
      "info base.qcow2",
      "resize --shrink base.qcow2 -10M",
      "resize --shrink base.qcow2 0",
      "resize base.qcow2 1000",
      "resize base.qcow2 20000001",
      "resize base.qcow2 foo",
      "resize base.qcow2 +foo",
      "resize base.qcow2",
      "resize",
      "resize base.qcow2 10M 11M",
      "resize r.raw 10M",
      "resize -f raw r.raw 11M",
      "resize --preallocation=metadata base.qcow2 12M",
      "resize --preallocation=full base.qcow2 13M",
      "resize --preallocation=falloc -f raw r.raw 14M",
      "resize --preallocation=metadata -f raw r.raw 15M",
      "resize --preallocation=foo -f raw r.raw 15M",
      "resize --preallocation=full --shrink -f raw r.raw 1M",
      "resize nothere 1M",
      "resize mid.qcow2 10M",
      "info base.qcow2",
      "info mid.qcow2",
      "info r.raw",
    );
    for (const image of ["base.qcow2", "mid.qcow2"]) {
      pair.expectSound(image, "resize");
      pair.expectSame(image, "resize");
    }
  });

  test("snapshot: taken, listed, gone back to, deleted", async () => {
    pair.chain();
    await pair.agree("snapshot -l base.qcow2", "snapshot base.qcow2", "snapshot -l r.raw");
    await pair.agree("snapshot -c s1 base.qcow2");
    pair.prepare(["io", "-c", "write -P 8 0 2M", "base.qcow2"]);
    const listed = async () => {
      const { theirs, ours } = await pair.both(["info", "--output=json", "base.qcow2"]);
      const snapshots = ({ out }: { out: string }) =>
        (JSON.parse(out).snapshots ?? []).map((snapshot: object) => ({ ...snapshot, "date-sec": 0, "date-nsec": 0 }));
      expect.soft(snapshots(ours)).toEqual(snapshots(theirs));
    };
    await pair.agree('snapshot -c "a name that is longer than sixteen" base.qcow2', "snapshot -q -c 1 base.qcow2");
    await listed();
    await pair.agree("snapshot -a s1 base.qcow2", "snapshot -a nope base.qcow2", "snapshot -d nope base.qcow2", "snapshot -d 2 base.qcow2");
    pair.expectSame("base.qcow2", "snapshot -a");
    pair.expectSound("base.qcow2", "snapshot -a");
    await pair.agree("snapshot -d 1 base.qcow2");
    await listed();
    await pair.agree('snapshot -d "a name that is longer than sixteen" base.qcow2', "snapshot -d s1 base.qcow2", "snapshot -l base.qcow2");
    pair.expectSame("base.qcow2", "snapshot -d");
    pair.expectSound("base.qcow2", "snapshot -d");
    pair.prepare(["snapshot", "-c", "a name that is longer than sixteen", "base.qcow2"]);
    await pair.agree("snapshot -l base.qcow2", "snapshot -U -l base.qcow2", "info base.qcow2", "info --output=json base.qcow2");
    await pair.agree(
      "snapshot",
      "snapshot a b",
      "snapshot -l nothere",
      "snapshot -c s1 -l base.qcow2",
      "snapshot -l -l base.qcow2",
      "snapshot -U -c x base.qcow2",
      "snapshot -U base.qcow2",
      "snapshot -f qcow2 -l base.qcow2",
      "snapshot -c s r.raw",
      "snapshot -d s r.raw",
    );
  });

  test("-p: a line that is written over, from nothing to all", async () => {
    for (const command of ["convert -p -O qcow2 top.qcow2 out", "commit -p -d top.qcow2", "rebase -p -b base.qcow2 -F qcow2 top.qcow2"]) {
      pair.chain();
      const { theirs, ours } = await pair.both(command.split(" "));
      for (const { out } of [theirs, ours]) {
        expect
          .soft(out, command)
          .toMatch(/^ {4}\(0\.00\/100%\)\r( {4}\(\d+\.\d\d\/100%\)\r)* {4}\(100\.00\/100%\)\r\n(Image committed\.\n)?$/);
      }
    }
    await pair.agree("convert -p -q -O qcow2 top.qcow2 out");
  });

  test("check: sound, leaking, corrupt, repaired", async () => {
    pair.chain();
    await pair.agree(
      "check base.qcow2",
      "check -q base.qcow2",
      "check --output=json top.qcow2",
      "check -r all base.qcow2",
      "check -r leaks base.qcow2",
      "check r.raw",
      "check --output=json r.raw",
      "check nothere",
      "check -r foo base.qcow2",
      "check",
      "check --output=foo base.qcow2",
    );
  });

  test("check: clusters that nobody uses, and clusters that nobody counts", async () => {
    pair.chain();
    // Clusters of 64 KiB: header, refcount table, refcount block, L1 table, L2 table, data.
    const refcounts = 2 * 65536;
    pair.patch("base.qcow2", 31 * 65536 - 1, [0]);
    pair.patch("base.qcow2", refcounts + 2 * 30, [0, 1]);
    await pair.agree("check base.qcow2", "check --output=json base.qcow2", "check -q base.qcow2");
    pair.patch("base.qcow2", refcounts + 2 * 6, [0, 0]);
    for (const command of [
      "check base.qcow2",
      "check --output=json base.qcow2",
      "check -q --output=json base.qcow2",
      "check -r all base.qcow2",
    ]) {
      const { theirs, ours } = await pair.both(command.split(" "));
      expect.soft(ours.code, command).toBe(theirs.code);
      // What is wrong is told in other words, and where new refcounts lie is each program's own choice.
      expect.soft(ours.out.replace(/offset: \d+/, ""), command).toBe(theirs.out.replace(/offset: \d+/, ""));
    }
    pair.expectSound("base.qcow2", "check -r all");
    pair.expectSame("base.qcow2", "check -r all");
    pair.prepare(["create", "-q", "-f", "qcow2", "leak.qcow2", "1M"]);
    pair.patch("leak.qcow2", 9 * 65536 - 1, [0]);
    pair.patch("leak.qcow2", refcounts + 2 * 8, [0, 1]);
    await pair.agree("check -r leaks leak.qcow2", "check leak.qcow2");
    pair.patch("leak.qcow2", 9 * 65536 - 1, [0]);
    pair.patch("leak.qcow2", refcounts + 2 * 8, [0, 1]);
    await pair.agree("check -r all --output=json leak.qcow2");
  });
});
