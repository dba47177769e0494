import { expect, test } from "vitest";
import type { Image } from "../../devices/block/image.js";
import { MemoryStore } from "../../devices/block/memory-store.js";
import { openQcow2 } from "../../devices/block/open.js";
import { createQcow2 } from "../../devices/block/qcow2/create.js";
import { applySnapshot, createSnapshot } from "../../devices/block/qcow2/snapshots.js";
import { commit } from "../../devices/block/tools/commit.js";
import { compare } from "../../devices/block/tools/compare.js";
import { type CopyOptions, copy } from "../../devices/block/tools/copy.js";
import { type Located, mapEntries } from "../../devices/block/tools/extents.js";
import { allocatedClusters, bitmapBytes, qcow2Size } from "../../devices/block/tools/measure.js";
import { rebase } from "../../devices/block/tools/rebase.js";
import { parseSize, sizeText } from "../../devices/block/tools/sizes.js";
import { zeroRuns } from "../../devices/block/tools/zeros.js";
import { bytes, contents, MemoryOverlay } from "./memory-overlay.js";

const K = 1024;

async function expectSame(image: Image, wanted: Uint8Array) {
  expect(Buffer.compare(await contents(image), wanted), image.name).toBe(0);
}

const silent = { progress: () => {} };
const COPY: CopyOptions = { targetIsZero: true, sparse: 4 * K, parallel: 3, outOfOrder: false, ...silent };

async function chain() {
  const base = new MemoryOverlay("base", 64 * K);
  await base.write(0, bytes(32 * K, 1));
  const middle = new MemoryOverlay("middle", 48 * K, base);
  await middle.write(8 * K, bytes(4 * K, 2));
  await middle.zero(12 * K, 4 * K);
  const top = new MemoryOverlay("top", 64 * K, middle);
  await top.write(16 * K, bytes(4 * K, 3));
  for (const image of [base, middle, top]) image.log.length = 0;
  return { base, middle, top };
}

async function entries(image: Image): Promise<Located[]> {
  const found: Located[] = [];
  for await (const entry of mapEntries(image, 0, image.size)) found.push(entry);
  return found;
}

test("sizes: suffixes, fractions, hexadecimal numbers, and what is none", () => {
  const good = { "512": 512n, "1.5k": 1536n, "1.": 1n, "64K": 65536n, "0x10": 16n, "7b": 7n, "16E": "range", "1.0": 1n };
  for (const [text, size] of Object.entries(good)) expect(parseSize(text), text).toBe(size);
  for (const text of ["", "1.5", "1e3", "-1", "1kb", "0x10k", "1Q", ".5k"]) expect(parseSize(text), text).toBe("invalid");
});

test("sizes are printed with three digits, ties to even", () => {
  const sizes = { 0: "0 B", 999: "999 B", 1000: "0.977 KiB", 1023488: "1e+03 KiB", 1024000: "0.977 MiB", 1179648: "1.12 MiB" };
  for (const [size, text] of Object.entries(sizes)) expect(sizeText(Number(size))).toBe(text);
});

test("runs of zeros lie on their grain's multiples, and are long enough", () => {
  const buffer = bytes(32, 1).fill(0, 5, 16).fill(0, 20, 24);
  expect(zeroRuns(buffer, 0, 4).map(({ start, end, zero }) => [start, end, zero])).toEqual([
    [0, 8, false],
    [8, 16, true],
    [16, 20, false],
    [20, 24, true],
    [24, 32, false],
  ]);
  expect(zeroRuns(buffer, 0, 8).map(({ start }) => start)).toEqual([0, 8, 16]);
  expect(zeroRuns(buffer, 2, 4).map(({ start }) => start)).toEqual([0, 6, 14]);
  expect(zeroRuns(bytes(3, 0), 0, 8)).toEqual([{ start: 0, end: 3, zero: true }]);
});

test("a copy has the contents, and no zeros are written", async () => {
  const { top } = await chain();
  const target = new MemoryOverlay("target", 64 * K);
  await copy([top], target, COPY);
  await expectSame(target, await contents(top));
  expect(target.log.some((line) => line.startsWith("zero"))).toBe(false);
  expect((await entries(target)).map(({ at, length, zero }) => [at / K, length / K, zero])).toEqual([
    [0, 12, false],
    [12, 4, true],
    [16, 16, false],
    [32, 32, true],
  ]);
});

test("a target that is not empty gets the zeros, too; without detection of zeros, all is written", async () => {
  const { top } = await chain();
  const target = new MemoryOverlay("target", 64 * K);
  await target.write(0, bytes(64 * K, 9));
  await copy([top], target, { ...COPY, targetIsZero: false });
  await expectSame(target, await contents(top));
  const full = new MemoryOverlay("full", 64 * K);
  await copy([top], full, { ...COPY, sparse: 0 });
  expect((await entries(full)).map(({ data, present }) => [data, present])).toEqual([[true, true]]);
});

test("several sources come one behind the other, also where a compressed cluster has parts of two", async () => {
  const { base, middle } = await chain();
  await base.resize(62 * K);
  const target = new MemoryOverlay("target", 112 * K);
  const clusters: number[] = [];
  const compressed = {
    cluster: 16 * K,
    write: async (at: number, from: Uint8Array) => {
      clusters.push(at / K);
      await target.write(at, from);
    },
  };
  await copy([base, middle], target, { ...COPY, compressed });
  const wanted = new Uint8Array(112 * K);
  wanted.set(await contents(base));
  wanted.set(await contents(middle), 62 * K);
  await expectSame(target, wanted);
  expect(clusters).toEqual([0, 16, 48, 64, 80]);
});

test("what is behind the source is not copied to a target with the same behind it", async () => {
  const { top, middle } = await chain();
  const target = new MemoryOverlay("target", 64 * K, middle);
  await copy([top], target, { ...COPY, targetIsZero: false, backing: middle.size });
  expect(target.log).toEqual([`write ${16 * K} ${4 * K}`]);
  await expectSame(target, await contents(top));
});

test("copies are written in the order of the disk unless any order will do", async () => {
  const source = new MemoryOverlay("source", 16 * K);
  await source.write(0, bytes(8 * K, 1));
  const slow = source.read.bind(source);
  source.read = async (at, into) => {
    await new Promise((resolve) => setTimeout(resolve, at === 0 ? 20 : 1));
    await slow(at, into);
  };
  const orders = await Promise.all(
    [false, true].map(async (outOfOrder) => {
      const target = new MemoryOverlay("target", 16 * K);
      await copy([source], target, { ...COPY, outOfOrder });
      return target.log;
    }),
  );
  expect(orders).toEqual([
    [`write 0 ${4 * K}`, `write ${4 * K} ${4 * K}`],
    [`write ${4 * K} ${4 * K}`, `write 0 ${4 * K}`],
  ]);
});

test("a sector that can not be read ends a copy, or is zeros and told", async () => {
  const source = new MemoryOverlay("source", 16 * K);
  await source.write(0, bytes(16 * K, 1));
  source.unreadable = 5 * K;
  const target = new MemoryOverlay("target", 16 * K);
  await expect(copy([source], target, COPY)).rejects.toMatchObject({ doing: "reading", at: 4 * K, message: "the disk has a scratch" });
  const told: number[] = [];
  await copy([source], target, { ...COPY, targetIsZero: false, unreadable: (at) => told.push(at) });
  expect(told).toEqual([5 * K]);
  expect((await contents(target)).indexOf(0)).toBe(5 * K);
});

test("images are the same, or differ at a sector; strictly, also in size or allocation", async () => {
  const { base, top } = await chain();
  let sizes = 0;
  const options = { ...silent, strict: false, sizesDiffer: () => sizes++ };
  const copied = new MemoryOverlay("copied", 80 * K);
  await copy([top], copied, COPY);
  expect(await compare(top, copied, options)).toEqual({ result: "identical" });
  expect(sizes).toBe(1);
  expect(await compare(top, copied, { ...options, strict: true })).toEqual({ result: "size" });
  await copied.write(70 * K + 5, bytes(1, 1));
  expect(await compare(copied, top, options)).toEqual({ result: "content", at: 70 * K });
  expect(await compare(top, base, options)).toEqual({ result: "content", at: 8 * K });
  const same = new MemoryOverlay("same", 64 * K);
  await copy([base], same, { ...COPY, sparse: 0 });
  expect(await compare(base, same, { ...options, strict: true })).toEqual({ result: "allocation", at: 32 * K });
});

test("a commit writes what lies above the base, and the base grows", async () => {
  const near = await chain();
  const shown = await contents(near.top);
  await commit(near.top, near.middle, { depth: 1, ...silent });
  await expectSame(near.middle, shown);
  expect(near.middle.log).toEqual([`write ${16 * K} ${4 * K}`]);
  const far = await chain();
  await far.base.write(50 * K, bytes(K, 7));
  await commit(far.top, far.base, { depth: 2, ...silent });
  // What the end of the one between hides is zeros there, too.
  await expectSame(far.base, shown);
});

test("a rebase changes nothing that is seen, and writes no more than that needs", async () => {
  const { base, middle, top } = await chain();
  const shown = await contents(top);
  await rebase(top, middle, base, silent);
  const moved = new MemoryOverlay("moved", 64 * K, base);
  for await (const { at, length, depth, zero } of mapEntries(top, 0, top.size)) {
    if (depth > 0) continue;
    const own = new Uint8Array(length);
    await top.read(at, own);
    if (zero) await moved.zero(at, length);
    else await moved.write(at, own);
  }
  await expectSame(moved, shown);
  expect(top.log).toEqual([`write ${8 * K} ${4 * K}`, `write ${12 * K} ${4 * K}`]);
});

test("a rebase onto nothing takes all that is not zeros", async () => {
  const { middle, top } = await chain();
  const shown = await contents(top);
  await rebase(top, middle, undefined, silent);
  await middle.zero(0, middle.size);
  await expectSame(top, shown);
});

test("measures: figures of qemu-img measure 7.2", async () => {
  const layout = { clusterSize: 64 * K, refcountBits: 16, extendedL2: false };
  expect(qcow2Size(0, layout)).toBe(196608);
  expect(qcow2Size(2 ** 30, layout)).toBe(1074135040);
  expect(qcow2Size(10 * 2 ** 40, layout)).toBe(10996794392576);
  expect(qcow2Size(10 * 2 ** 40, { ...layout, refcountBits: 64 })).toBe(10997801484288);
  expect(qcow2Size(10 * 2 ** 40, { ...layout, extendedL2: true })).toBe(10998136766464);
  expect(qcow2Size(123456789, { ...layout, clusterSize: 512 })).toBe(125917184);
  expect(qcow2Size(10 * 2 ** 40, { ...layout, clusterSize: 512 })).toBeUndefined();
  const { top } = await chain();
  expect(await allocatedClusters(top, 64 * K)).toBe(64 * K);
  expect(await allocatedClusters(top, 4 * K)).toBe(28 * K);
  expect(bitmapBytes([{ name: "b1", granularity: 64 * K }], 4 * 2 ** 20, 64 * K)).toBe(196608);
});

test("a snapshot that says its disk is absurdly large is refused, not gone back to", async () => {
  const store = new MemoryStore("image");
  await createQcow2(store, { size: 64 * K });
  const image = await openQcow2(store);
  await createSnapshot(image, { name: "s", seconds: 0, nanoseconds: 0 });
  const { snapshotsOffset } = image.file.header;
  // Bytes of the disk: second field of the extra data, behind 40 bytes that every entry has.
  await store.write(snapshotsOffset + 48, Uint8Array.of(0, 0x10));
  await expect(applySnapshot(image, "s")).rejects.toThrow(/^image: snapshot 1 says that its disk has \d+ bytes, which is too many$/);
});
