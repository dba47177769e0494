// `ringside img amend` beside the real qemu-img 7.2, as img.test.ts has it.
import { describe, expect, test } from "vitest";
import { lacksQemuImg } from "../block/tools.js";
import { pairForEachTest } from "./img-pair.js";

const pair = pairForEachTest();

/** An image with data, zeros with and without clusters, and holes. */
const WORK = ["write -P 1 0 100k", "write -P 2 1M 300k", "write -z 1100k 64k", "write -z 2M 128k", "discard 64k 64k", "write -z -u 1M 64k"];

function make(name: string, options: string, ...more: readonly string[]): void {
  pair.prepare(
    ["create", "-q", "-f", "qcow2", ...(options === "" ? [] : ["-o", options]), ...more, name, "4M"],
    ["io", ...WORK.flatMap((command) => ["-c", command]), name],
  );
}

describe.skipIf(lacksQemuImg)("as qemu-img", { timeout: 200_000 }, () => {
  test("amend: versions, refcounts, lazy refcounts and sizes, alone and together", async () => {
    pair.prepare(["create", "-q", "-f", "raw", "base.raw", "3M"], ["io", "-f", "raw", "-c", "write -P 9 0 3M", "base.raw"]);
    const behind = ["-b", "base.raw", "-F", "raw"];
    for (const [name, options, ...more] of [
      ["v3", ""],
      ["v2", "compat=v2"],
      ["top", "", ...behind],
      ["small", "refcount_bits=8,cluster_size=4k"],
    ] as const)
      make(name, options, ...more);
    make("lazy", "lazy_refcounts=on");
    make("snapshot", "compat=v2");
    pair.prepare(["snapshot", "-c", "one", "snapshot"], ["io", "-c", "write -P 5 0 1M", "snapshot"]);
    const changes = [
      "compat=v2 v3",
      "compat=0.10 v3",
      "compat=1.1 v3",
      "refcount_bits=64 v3",
      "refcount_bits=32 v3",
      "compat=v2,refcount_bits=16 v3",
      "compat=v3,refcount_bits=32,lazy_refcounts=on,size=6M v2",
      "nolazy_refcounts v2",
      "size=2M v2",
      "compat=v2 top",
      "compat=v2 lazy",
      "compat=v3 lazy",
      "refcount_bits=16,compat=v2 small",
      "compat=v3,refcount_bits=32 snapshot",
      "refcount_bits=64 snapshot",
      "compat=v2,refcount_bits=16 snapshot",
      "backing_file=base.raw,backing_fmt=raw top",
    ];
    for (const command of changes) {
      const image = command.split(" ").at(-1)!;
      await pair.agree(`amend -o ${command}`, `info ${image}`);
      pair.expectSame(image, command);
      pair.expectSound(image, command);
    }
    // Refcounts that are narrow qemu-img changes slowly.
    for (const bits of [1, 2, 16]) {
      expect(await pair.ringside(["amend", "-o", `compat=v3,refcount_bits=${bits}`, "v3"])).toEqual({ code: 0, out: "", err: "" });
      expect(pair.qemuImg(pair.ours, ["info", "v3"]).out).toContain(`refcount bits: ${bits}\n`);
      pair.expectSame("v3", `refcount_bits=${bits}`);
      pair.expectSound("v3", `refcount_bits=${bits}`);
    }
    await pair.agree("snapshot -a one snapshot");
    pair.expectSame("snapshot", "snapshot -a one");
  });

  test("amend: data files", async () => {
    make("data", "data_file=data.raw");
    make("raw", "data_file=raw.raw,data_file_raw=on");
    await pair.agree(
      "amend -o data_file_raw=on raw",
      "info raw",
      "amend -o data_file_raw=off raw",
      "info raw",
      "amend -o data_file_raw=on raw",
      "amend -o data_file_raw=on data",
      "amend -o compat=v2 data",
      "amend -o data_file=other.raw data",
      "info data",
      "amend -o lazy_refcounts=on data",
    );
    pair.expectSame("raw", "data_file_raw=off");
  });

  test("amend: what is refused, and help", async () => {
    pair.chain();
    make("a", "");
    make("v2", "compat=v2");
    make("x", "extended_l2=on");
    make("r8", "refcount_bits=8");
    make("snapshot", "");
    pair.prepare(["snapshot", "-c", "one", "snapshot"]);
    await pair.agree(
      "amend",
      "amend a",
      "amend -o compat=0.10",
      "amend -o compat=v3 a a",
      "amend -o compat=v2 r8",
      "amend -o compat=v2 x",
      "amend -o compat=v9 a",
      "amend -o lazy_refcounts=on v2",
      "amend -o refcount_bits=3 a",
      "amend -o refcount_bits=8 v2",
      "amend -o backing_file=x a",
      "amend -o backing_file=mid.qcow2 top.qcow2",
      "amend -o backing_fmt=raw top.qcow2",
      "amend -o data_file=x a",
      "amend -o size=1000 a",
      "amend -o foo=1 a",
      "amend -o cluster_size=4k a",
      "amend -o preallocation=off a",
      "amend -o compat=v2 r.raw",
      "amend -o compat=v2 -f raw a",
      "amend -o compat=v2 nothere",
      "amend -t foo -o compat=v3 a",
      "amend -f foo -o compat=v3 a",
      "amend -o , a",
      "amend -o help -f raw",
      "amend --force -q -o lazy_refcounts=on a",
      "amend -p -o lazy_refcounts=off a",
    );
    const theirs = pair.qemuImg(pair.theirs, ["amend", "-o", "help", "a"]);
    const help = { code: 0, out: theirs.out.replace(/^ {2}encrypt.*\n/gm, ""), err: "" };
    for (const args of [
      ["-o", "help", "a"],
      ["-o", "help", "-f", "qcow2"],
    ])
      expect(await pair.ringside(["amend", ...args])).toEqual(help);
    // What theirs writes, ours can not say: clusters of zeros in a snapshot.
    expect(await pair.ringside(["amend", "-o", "compat=v2", "snapshot"])).toMatchObject({
      code: 1,
      err: "ringside: Internal snapshots prevent downgrade of image\n",
    });
    pair.expectSound("snapshot", "compat=v2");
    const refused = await pair.ringside(["amend", "-o", "refcount_bits=1", "snapshot"]);
    expect(refused).toMatchObject({ code: 1, err: expect.stringContaining("more often than refcounts of 1 bits can tell") });
    pair.expectSound("snapshot", "refcount_bits=1");
  });
});
