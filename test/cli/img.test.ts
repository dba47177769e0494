// `ringside img` beside the real qemu-img 7.2: what is printed, byte by byte, the exit code, and what the images then hold.
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeEach, describe, expect, test } from "vitest";
import { QEMU_IMG, QEMU_IO } from "../disks/qemu-tools.js";
import { lacks } from "../support/requirements.js";
import { Pair, run } from "./img-pair.js";

let pair: Pair | undefined;

afterAll(() => {
  pair?.remove();
  if (template !== undefined) rmSync(template, { recursive: true, force: true });
});

let template: string | undefined;

/** A chain of three qcow2 images and a raw one, in both folders. */
function chain(): void {
  template ??= makeChain();
  pair!.copyFrom(template);
}

function makeChain(): string {
  const folder = mkdtempSync(join(tmpdir(), "ringside-chain-"));
  run(folder, [
    ["create", "-q", "-f", "qcow2", "base.qcow2", "4M"],
    ["io", "-c", "write -P 1 0 1M", "-c", "write -z 1M 64k", "-c", "write -P 5 3M 64k", "base.qcow2"],
    ["create", "-q", "-f", "qcow2", "-b", "base.qcow2", "-F", "qcow2", "mid.qcow2"],
    ["io", "-c", "write -P 2 512k 128k", "-c", "write -z 0 64k", "mid.qcow2"],
    ["create", "-q", "-f", "qcow2", "-b", "mid.qcow2", "-F", "qcow2", "top.qcow2", "8M"],
    ["io", "-c", "write -P 3 256k 64k", "-c", "write -P 9 7M 64k", "top.qcow2"],
    ["create", "-q", "-f", "raw", "r.raw", "1M"],
    ["io", "-f", "raw", "-c", "write -P 7 0 1M", "r.raw"],
  ]);
  return folder;
}

/** Each command in both folders, one after the other. */
async function agree(...commands: readonly string[]): Promise<void> {
  for (const command of commands) {
    const args = (command.match(/"[^"]*"|\S+/g) ?? []).map((word) => word.replaceAll('"', ""));
    const { theirs, ours } = await pair!.both(args);
    expect.soft(ours, command).toEqual(theirs);
  }
}

/** The real tools find our image sound. */
function expectSound(image: string, command: string): void {
  expect.soft(pair!.qemuImg(pair!.ours, ["check", image]), `${command}: ${image}`).toMatchObject({ code: 0 });
}

/** The real tool sees the same in both folders. */
function expectSame(image: string, command: string): void {
  const same = pair!.qemuImg(pair!.ours, ["compare", image, `${pair!.theirs}/${image}`]);
  expect.soft(same, `${command}: ${image}`).toEqual({ code: 0, out: "Images are identical.\n", err: "" });
}

/** What lies in which image of a chain; where exactly does not matter. */
function expectSameLayers(image: string, command: string): void {
  const layers = (folder: string) => pair!.qemuImg(folder, ["map", "--output=json", image]).out.replace(/, "offset": \d+/g, "");
  expect.soft(layers(pair!.ours), command).toBe(layers(pair!.theirs));
}

describe.skipIf(lacks(QEMU_IMG, QEMU_IO))("as qemu-img", () => {
  beforeEach(() => {
    pair?.remove();
    pair = new Pair();
  });

  test("create: what is made, and how it is told", async () => {
    await agree(
      "create -f qcow2 a.qcow2 1G",
      "create a.raw 10M",
      "create -f raw b.raw 1000",
      "create -q -f qcow2 q.qcow2 1G",
      "create -f qcow2 -b a.qcow2 -F qcow2 b.qcow2",
      "create -f qcow2 -o backing_file=a.qcow2,backing_fmt=qcow2 c.qcow2 2G",
      "create -f qcow2 -u -b nothere -F qcow2 d.qcow2 2G",
      "create -f qcow2 -o cluster_size=2M -o extended_l2=on,preallocation=metadata,lazy_refcounts=on,refcount_bits=1,compression_type=zstd e.qcow2 1M",
      "create -f qcow2 -o data_file=f.data,data_file_raw=on f.qcow2 1M",
      "create -f qcow2 -o compat=0.10 g.qcow2 1.5M",
      "create -f qcow2 -o compat=v2,cluster_size=4k,size=3M h.qcow2",
      "create -f qcow2 -o lazy_refcounts i.qcow2 1M",
      "create -f qcow2 -o nolazy_refcounts,preallocation=full,nocow=on j.qcow2 1M",
      "create -f raw -o preallocation=falloc,nocow=off,extent_size_hint=1M k.raw 1M",
      "create -f qcow2 -o backing_file=x,,y.raw,backing_fmt=raw -u l.qcow2 1M",
      "create -f qcow2 x,y=z.qcow2 1M",
    );
    for (const image of ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "l"]) {
      await agree(`info ${image}.qcow2`, `info --output=json ${image}.qcow2`);
      if (image !== "d" && image !== "l") expectSound(`${image}.qcow2`, "create");
    }
    await agree("info a.raw", "info b.raw", "info --output=json k.raw");
  });

  test("create: what is refused", async () => {
    chain();
    await agree(
      "create",
      "create -Z",
      "create --foo",
      "create -f",
      "create -f qcow2 c.qcow2",
      "create -f foo c.raw 1M",
      "create -f qcow2 c.qcow2 foo",
      "create -f qcow2 c.qcow2 -- -1",
      "create -f qcow2 c.qcow2 1M 2M",
      "create -f raw x 10E",
      "create -f raw -b r.raw c.raw",
      "create -F qcow2 c.raw 1M",
      "create -f qcow2 -F qcow2 c.qcow2 1M",
      "create -f qcow2 -b nothere -F qcow2 c.qcow2",
      "create -f qcow2 -b r.raw -F qcow2 c.qcow2",
      "create -f qcow2 -b r.raw -F foo c.qcow2",
      "create -f qcow2 -b c.qcow2 -F qcow2 c.qcow2",
      "create -f qcow2 -b base.qcow2 c.qcow2",
      'create -f qcow2 -b "" c.qcow2 1M',
      "create -f qcow2 -u -b nothere -F qcow2 c.qcow2",
      "create -f raw -o size=1M c.raw 2M",
      "create -f qcow2 -o foo=1 c.qcow2 1M",
      'create -f qcow2 -o "" c.qcow2 1M',
      "create -f qcow2 -o cluster_size=4k, c.qcow2 1M",
      "create -f qcow2 -o cluster_size=3000 c.qcow2 1M",
      "create -f qcow2 -o cluster_size=foo c.qcow2 1M",
      "create -f qcow2 -o cluster_size=4k,extended_l2=on c.qcow2 1M",
      "create -f qcow2 -o lazy_refcounts=foo c.qcow2 1M",
      "create -f qcow2 -o refcount_bits=foo c.qcow2 1M",
      "create -f qcow2 -o refcount_bits=3 c.qcow2 1M",
      "create -f qcow2 -o compat=2 c.qcow2 1M",
      "create -f qcow2 -o compat=0.10,refcount_bits=8 c.qcow2 1M",
      "create -f qcow2 -o compat=0.10,lazy_refcounts=on c.qcow2 1M",
      "create -f qcow2 -o compat=0.10,extended_l2=on c.qcow2 1M",
      "create -f qcow2 -o compat=0.10,compression_type=zstd c.qcow2 1M",
      "create -f qcow2 -o compat=0.10,data_file=x c.qcow2 1M",
      "create -f qcow2 -o compression_type=foo c.qcow2 1M",
      "create -f qcow2 -o preallocation=foo c.qcow2 1M",
      "create -f raw -o preallocation=foo c.raw 1M",
      "create -f raw -o preallocation=metadata c.raw 1M",
      "create -f qcow2 -o data_file_raw=on c.qcow2 1M",
      "create -f qcow2 -o preallocation=metadata,backing_file=r.raw,backing_fmt=raw c.qcow2 1M",
      "create -f qcow2 -o cluster_size=512 c.qcow2 100T",
      "create -f qcow2 /nonexistent/c.qcow2 1M",
      "create -f raw /tmp 1M",
      "create -f qcow2 x:y 1M",
    );
  });

  test("info: chains, snapshots, bitmaps, data files, damaged images", async () => {
    chain();
    pair!.prepare(
      ["create", "-q", "-f", "qcow2", "bitmaps.qcow2", "10M"],
      ["bitmap", "--add", "-g", "32k", "bitmaps.qcow2", "b0"],
      ["bitmap", "--add", "bitmaps.qcow2", "b1"],
      ["bitmap", "--disable", "bitmaps.qcow2", "b1"],
      ["create", "-q", "-f", "qcow2", "-o", "data_file=d.data", "data.qcow2", "3M"],
      ["create", "-q", "-f", "qcow2", "-u", "-b", "nothere", "-F", "qcow2", "orphan.qcow2", "1M"],
      ["create", "-q", "-f", "qcow2", '日"本.qcow2', "1M"],
    );
    await agree(
      "info top.qcow2",
      "info --backing-chain top.qcow2",
      "info --output=json --backing-chain top.qcow2",
      "info --output json mid.qcow2",
      "info -U base.qcow2",
      "info -f raw base.qcow2",
      "info --format=raw r.raw",
      "info --form=raw r.raw",
      "info ./top.qcow2",
      "info file:r.raw",
      "info bitmaps.qcow2",
      "info --output=json bitmaps.qcow2",
      "info data.qcow2",
      "info --output=json data.qcow2",
      "info orphan.qcow2",
      "info --backing-chain orphan.qcow2",
      'info --output=json 日"本.qcow2',
    );
    await agree(
      "info",
      "info a b",
      "info nothere",
      'info ""',
      "info .",
      "info x:y",
      "info --output=foo r.raw",
      "info --output",
      "info -f qcow2 r.raw",
      "info -f foo r.raw",
      "info --backing-chain=3 r.raw",
    );
  });

  test("map: by layer, in parts, as text and as JSON", async () => {
    chain();
    await agree(
      "map top.qcow2",
      "map mid.qcow2",
      "map --output=json top.qcow2",
      "map --output=json mid.qcow2",
      "map --output=json base.qcow2",
      "map --output=json --start-offset=100k --max-length 1M mid.qcow2",
      "map -s 100k -l 1M mid.qcow2",
      "map --start-offset=100M mid.qcow2",
      "map --output json -s 100M mid.qcow2",
      "map --output=json r.raw",
      "map -f raw r.raw",
      "map",
      "map a b",
      "map --start-offset=foo mid.qcow2",
      "map --max-length=foo mid.qcow2",
      "map --max-length=10E mid.qcow2",
      "map nothere",
    );
    pair!.prepare(["convert", "-c", "-O", "qcow2", "base.qcow2", "compressed.qcow2"]);
    await agree("map --output=json compressed.qcow2", "map compressed.qcow2");
  });

  test("compare: equal, different, of other sizes, strictly", async () => {
    chain();
    pair!.prepare(
      ["create", "-q", "-f", "qcow2", "empty.qcow2", "2M"],
      ["convert", "-O", "raw", "base.qcow2", "base.raw"],
      ["convert", "-O", "qcow2", "base.qcow2", "copy.qcow2"],
    );
    await agree(
      "compare base.qcow2 base.raw",
      "compare base.qcow2 base.qcow2",
      "compare base.qcow2 mid.qcow2",
      "compare -q base.qcow2 mid.qcow2",
      "compare -p base.qcow2 mid.qcow2",
      "compare -p -q base.qcow2 base.qcow2",
      "compare mid.qcow2 top.qcow2",
      "compare -s base.qcow2 mid.qcow2",
      "compare -s base.qcow2 base.qcow2",
      "compare -s base.qcow2 copy.qcow2",
      "compare r.raw empty.qcow2",
      "compare -s r.raw empty.qcow2",
      "compare -f raw -F qcow2 r.raw empty.qcow2",
      "compare empty.qcow2 base.qcow2",
      "compare r.raw nothere",
      "compare nothere r.raw",
      "compare r.raw",
      "compare r.raw a b",
      "compare -f foo r.raw a",
      "compare -F qcow2 r.raw r.raw",
      "compare -T foo r.raw r.raw",
    );
  });

  test("convert: what it takes, what it refuses, and how far it says it is", async () => {
    chain();
    pair!.prepare(["snapshot", "-c", "snap1", "base.qcow2"], ["io", "-c", "write -P 8 0 1M", "base.qcow2"]);
    pair!.prepare(["create", "-q", "-f", "raw", "big.raw", "9M"], ["io", "-f", "raw", "-c", "write -P 6 0 9M", "big.raw"]);
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
      await agree(`convert ${command} ${out}`, `info ${out}`);
      expectSame(out, command);
      if (command.includes("-O qcow2")) expectSound(out, command);
    }
    await agree("convert -n -O raw top.qcow2 big.raw", "compare big.raw top.qcow2");
    await agree(
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
      chain();
      await agree(command);
      for (const image of ["top", "mid", "base"]) {
        await agree(`info ${image}.qcow2`);
        expectSound(`${image}.qcow2`, command);
      }
      for (const image of command.includes("-b") ? ["top", "base"] : ["top", "mid"]) {
        expectSame(`${image}.qcow2`, command);
      }
      expectSameLayers("top.qcow2", command);
    }
    await agree(
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
      chain();
      await agree(command, "info top.qcow2");
      if (command.includes("foo")) continue;
      expectSound("top.qcow2", command);
      expectSame("top.qcow2", command);
      expectSameLayers("top.qcow2", command);
    }
    await agree(
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
    chain();
    await agree(
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
      expectSound(image, "resize");
      expectSame(image, "resize");
    }
  });

  test("measure: of sizes and of images", async () => {
    chain();
    for (const options of [
      "",
      "-o cluster_size=2M",
      "-o cluster_size=512",
      "-o refcount_bits=64",
      "-o refcount_bits=1,extended_l2=on",
      "-o preallocation=full",
      "-o compat=0.10",
    ]) {
      await agree(...["0", "1M", "1G", "10T", "123456789"].map((size) => `measure -O qcow2 ${options} --size ${size}`));
      await agree(...["top.qcow2", "mid.qcow2", "r.raw"].map((file) => `measure -O qcow2 ${options} ${file}`));
    }
    pair!.prepare(["bitmap", "--add", "base.qcow2", "b1"], ["snapshot", "-c", "s", "base.qcow2"]);
    await agree(
      "measure --size 1G",
      "measure -O raw --output=json --size 1G",
      "measure -O raw top.qcow2",
      "measure -O qcow2 --output=json --size 1G",
      "measure -O qcow2 base.qcow2",
      "measure -O qcow2 --output=json base.qcow2",
      "measure -O qcow2 -l s base.qcow2",
      "measure -O qcow2 -l q base.qcow2",
      "measure -O qcow2 -o backing_file=base.qcow2,backing_fmt=qcow2 mid.qcow2",
      "measure -O qcow2 -o size=5M --size 1M",
      "measure -O qcow2",
      "measure -O qcow2 a b",
      "measure -O qcow2 --size 1M base.qcow2",
      "measure -O qcow2 --size foo",
      "measure -O foo --size 1",
      "measure -O qcow2 nothere",
      "measure --output=foo --size 1",
      "measure -O qcow2 -o foo=bar --size 1M",
      "measure -O qcow2 -o cluster_size=foo --size 1M",
      "measure -O qcow2 -o cluster_size=3000 --size 1M",
      "measure -O qcow2 -o refcount_bits=3 --size 1M",
      "measure -O qcow2 -o compat=2 --size 1M",
      "measure -O qcow2 -o preallocation=foo --size 1M",
      "measure -O qcow2 -o , --size 1M",
      "measure -l s --size 1M",
      "measure -f raw --size 1M",
    );
  });

  test("check: sound, leaking, corrupt, repaired", async () => {
    chain();
    await agree(
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
    chain();
    // Clusters of 64 KiB: header, refcount table, refcount block, L1 table, L2 table, data.
    const refcounts = 2 * 65536;
    pair!.patch("base.qcow2", 31 * 65536 - 1, [0]);
    pair!.patch("base.qcow2", refcounts + 2 * 30, [0, 1]);
    await agree("check base.qcow2", "check --output=json base.qcow2", "check -q base.qcow2");
    pair!.patch("base.qcow2", refcounts + 2 * 6, [0, 0]);
    for (const command of [
      "check base.qcow2",
      "check --output=json base.qcow2",
      "check -q --output=json base.qcow2",
      "check -r all base.qcow2",
    ]) {
      const { theirs, ours } = await pair!.both(command.split(" "));
      expect.soft(ours.code, command).toBe(theirs.code);
      // What is wrong is told in other words, and where new refcounts lie is each program's own choice.
      expect.soft(ours.out.replace(/offset: \d+/, ""), command).toBe(theirs.out.replace(/offset: \d+/, ""));
    }
    expectSound("base.qcow2", "check -r all");
    expectSame("base.qcow2", "check -r all");
    pair!.prepare(["create", "-q", "-f", "qcow2", "leak.qcow2", "1M"]);
    pair!.patch("leak.qcow2", 9 * 65536 - 1, [0]);
    pair!.patch("leak.qcow2", refcounts + 2 * 8, [0, 1]);
    await agree("check -r leaks leak.qcow2", "check leak.qcow2");
    pair!.patch("leak.qcow2", 9 * 65536 - 1, [0]);
    pair!.patch("leak.qcow2", refcounts + 2 * 8, [0, 1]);
    await agree("check -r all --output=json leak.qcow2");
  });

  test("snapshot: taken, listed, gone back to, deleted", async () => {
    chain();
    await agree("snapshot -l base.qcow2", "snapshot base.qcow2", "snapshot -l r.raw");
    await agree("snapshot -c s1 base.qcow2");
    pair!.prepare(["io", "-c", "write -P 8 0 2M", "base.qcow2"]);
    const listed = async () => {
      const { theirs, ours } = await pair!.both(["info", "--output=json", "base.qcow2"]);
      const snapshots = ({ out }: { out: string }) =>
        (JSON.parse(out).snapshots ?? []).map((snapshot: object) => ({ ...snapshot, "date-sec": 0, "date-nsec": 0 }));
      expect.soft(snapshots(ours)).toEqual(snapshots(theirs));
    };
    await agree('snapshot -c "a name that is longer than sixteen" base.qcow2', "snapshot -q -c 1 base.qcow2");
    await listed();
    await agree("snapshot -a s1 base.qcow2", "snapshot -a nope base.qcow2", "snapshot -d nope base.qcow2", "snapshot -d 2 base.qcow2");
    expectSame("base.qcow2", "snapshot -a");
    expectSound("base.qcow2", "snapshot -a");
    await agree("snapshot -d 1 base.qcow2");
    await listed();
    await agree('snapshot -d "a name that is longer than sixteen" base.qcow2', "snapshot -d s1 base.qcow2", "snapshot -l base.qcow2");
    expectSame("base.qcow2", "snapshot -d");
    expectSound("base.qcow2", "snapshot -d");
    pair!.prepare(["snapshot", "-c", "a name that is longer than sixteen", "base.qcow2"]);
    await agree("snapshot -l base.qcow2", "snapshot -U -l base.qcow2", "info base.qcow2", "info --output=json base.qcow2");
    await agree(
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

  test("commands and help", async () => {
    await agree("frobnicate x", "info -Z x");
    expect((await pair!.ringside([])).err).toBe("ringside: Not enough arguments\nTry 'ringside img --help' for more information\n");
    for (const args of [["--help"], ["create", "-h"], ["resize", "x", "--help"]]) {
      expect(await pair!.ringside(args)).toMatchObject({ code: 0, out: expect.stringMatching(/^usage: ringside img/) });
    }
    const theirs = pair!.qemuImg(pair!.theirs, ["create", "-f", "qcow2", "-o", "help", "x"]).out;
    const ours = await pair!.ringside(["create", "-f", "qcow2", "-o", "help", "x"]);
    expect(ours.out).toBe(theirs.replace(/^ {2}encrypt.*\n/gm, ""));
    await agree("create -f raw -o help", "create -f raw -o help x", "convert -O raw -o size=1,help a b");
    for (const option of ["--object=secret,id=x", "--image-opts"]) {
      expect(await pair!.ringside(["info", option, "x"])).toMatchObject({
        code: 1,
        err: expect.stringMatching(/^ringside: --\S+ is not supported: /),
      });
    }
  });
});

test("images on a web server are read, and can not name files of this host", async () => {
  pair?.remove();
  pair = new Pair();
  const { ringside, ours } = { ringside: pair.ringside.bind(pair), ours: pair.ours };
  await ringside(["create", "-q", "-f", "qcow2", "base.qcow2", "1M"]);
  await ringside(["create", "-q", "-f", "qcow2", "-b", "base.qcow2", "-F", "qcow2", "top.qcow2"]);
  await ringside(["create", "-q", "-f", "qcow2", "-b", join(ours, "base.qcow2"), "-F", "qcow2", "sly.qcow2"]);
  const server = createServer((request, response) => {
    const path = join(ours, request.url!.slice(1));
    const [, from, to] = /bytes=(\d+)-(\d+)/.exec(request.headers.range ?? "")!.map(Number);
    if (!existsSync(path)) return void response.writeHead(404).end();
    const file = readFileSync(path);
    const part = file.subarray(from, to! + 1);
    response.writeHead(206, { "content-range": `bytes ${from}-${from! + part.length - 1}/${file.length}` }).end(part);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  try {
    expect(await ringside(["info", `${address}/top.qcow2`])).toMatchObject({
      code: 0,
      out: expect.stringMatching(/^virtual size: 1 MiB .*\ndisk size: unavailable\n/m),
    });
    expect(await ringside(["compare", `${address}/top.qcow2`, "base.qcow2"])).toMatchObject({ code: 0 });
    expect(await ringside(["map", `${address}/sly.qcow2`])).toMatchObject({ code: 1, err: expect.stringMatching(/status 404$/m) });
    expect(await ringside(["resize", `${address}/top.qcow2`, "2M"])).toMatchObject({
      code: 1,
      err: expect.stringMatching(/can only be read$/m),
    });
  } finally {
    server.closeAllConnections();
    server.close();
  }
});
