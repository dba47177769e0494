// Images with random bytes in their metadata: whatever is done to them ends, in success or in a BlockError, and neither reads nor holds absurdly much.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { MemoryStore } from "../../devices/block/memory-store.js";
import { openQcow2 } from "../../devices/block/open.js";
import { checkQcow2 } from "../../devices/block/qcow2/check/check.js";
import { type CreateOptions, createQcow2 } from "../../devices/block/qcow2/create.js";
import type { Qcow2Image } from "../../devices/block/qcow2/qcow2-image.js";
import { applySnapshot, createSnapshot, deleteSnapshot, listSnapshots } from "../../devices/block/qcow2/snapshots.js";
import { BlockError } from "../../devices/block/store.js";

const SIZE = 400_000;
const MIB = 1 << 20;
/** What one piece of work may read. The largest table that a header may ask for has 32 MiB. */
const MOST_READ = 512 * MIB;
const MOST_AT_ONCE = 64 * MIB;

class WatchedStore extends MemoryStore {
  private bytesRead = 0;

  override async read(at: number, into: Uint8Array): Promise<void> {
    this.bytesRead += into.length;
    if (into.length > MOST_AT_ONCE || this.bytesRead > MOST_READ)
      throw new Error(`${into.length} bytes are read, ${this.bytesRead} in all`);
    await super.read(at, into);
  }
}

const KINDS: readonly Partial<CreateOptions>[] = [
  { cluster_size: 512 },
  { cluster_size: 4096, compression_type: "zstd", refcount_bits: 8 },
  { cluster_size: 16384, extended_l2: true, refcount_bits: 64 },
  { cluster_size: 4096, compat: "v2" },
  { cluster_size: 1024, lazy_refcounts: true, refcount_bits: 32 },
];

async function makeImage(options: Partial<CreateOptions>): Promise<Uint8Array> {
  const store = new MemoryStore("image");
  await createQcow2(store, { size: SIZE, ...options });
  const image = await openQcow2(store);
  await image.write(1000, new Uint8Array(50_000).fill(1));
  await image.writeCompressed(16384 * 5, new Uint8Array(image.file.geometry.clusterSize).fill(2));
  await createSnapshot(image, { name: "one", seconds: 1, nanoseconds: 1 });
  await image.write(20_000, new Uint8Array(30_000).fill(3));
  await image.zero(200_000, 60_000, true);
  await image.writeCompressed(16384 * 7, new Uint8Array(image.file.geometry.clusterSize).fill(4));
  await image.close();
  const bytes = new Uint8Array(store.size);
  await store.read(0, bytes);
  return bytes;
}

const images = await Promise.all(KINDS.map(makeImage));

/** Where metadata begins: each place is worth a change. */
function placesOf(bytes: Uint8Array): readonly number[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const offset = (at: number) => Number(view.getBigUint64(at) & 0x00ff_ffff_ffff_fe00n);
  const [l1, refcounts, snapshots] = [offset(40), offset(48), offset(64)];
  const l1s = [l1, offset(snapshots)];
  const l2s = l1s.flatMap((table) => Array.from({ length: Math.min(8, view.getUint32(36)) }, (_, i) => offset(table + 8 * i)));
  const blocks = Array.from({ length: 8 }, () => offset(refcounts));
  return [0, 20, 36, 60, 72, 96, 104, ...l1s, ...l1s, refcounts, snapshots, ...blocks, ...l2s.filter((table) => table > 0)];
}

const places = images.map(placesOf);

/** Bytes at a distance from a place in the list. */
const mutation = fc.record({
  place: fc.nat(1000),
  distance: fc.oneof(fc.nat(40), fc.nat(600)),
  bytes: fc.oneof(fc.uint8Array({ minLength: 1, maxLength: 8 }), fc.constantFrom(new Uint8Array(8).fill(255), new Uint8Array(8))),
});

const subject = fc.record({
  kind: fc.nat(KINDS.length - 1),
  mutations: fc.array(mutation, { minLength: 1, maxLength: 4 }),
  cut: fc.option(fc.nat(60_000), { freq: 8 }),
});

function broken({
  kind,
  mutations,
  cut,
}: {
  kind: number;
  mutations: readonly { place: number; distance: number; bytes: Uint8Array }[];
  cut: number | null;
}) {
  const bytes = images[kind]!.slice();
  for (const { place, distance, bytes: put } of mutations) {
    const at = places[kind]![place % places[kind]!.length]! + distance;
    if (at + put.length <= bytes.length) bytes.set(put, at);
  }
  return new WatchedStore("image", cut === null ? bytes : bytes.subarray(0, cut));
}

/** The work's result, or undefined if it was refused. */
async function allowed<T>(work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof BlockError)) throw error;
    expect(error.message).not.toBe("");
    return undefined;
  }
}

const work = {
  read: (image: Qcow2Image) => image.read(0, new Uint8Array(Math.min(image.size, MIB))),
  readEnd: (image: Qcow2Image) => image.read(Math.max(0, image.size - 70_000), new Uint8Array(Math.min(image.size, 70_000))),
  map: async (image: Qcow2Image) => {
    for (let at = 0, i = 0; at < image.size && i < 1000; i++) {
      const { length } = await image.extent(at);
      expect(length).toBeGreaterThan(0);
      at += length;
    }
  },
  write: (image: Qcow2Image) =>
    image.write(Math.min(30_000, image.size), new Uint8Array(Math.max(0, Math.min(image.size - 30_000, 100_000)))),
  writeNew: (image: Qcow2Image) => image.write(300_001, new Uint8Array(50_000).fill(9)),
  writeCompressed: (image: Qcow2Image) => image.writeCompressed(0, new Uint8Array(image.file.geometry.clusterSize).fill(7)),
  zero: (image: Qcow2Image) => image.zero(500, Math.min(image.size - 500, 200_000), true),
  discard: (image: Qcow2Image) => image.discard(0, Math.min(image.size, 300_000)),
  flush: (image: Qcow2Image) => image.flush(),
  grow: (image: Qcow2Image) => image.resize(image.size + 512_000),
  shrink: (image: Qcow2Image) => image.resize(51_200),
  list: (image: Qcow2Image) => listSnapshots(image),
  snapshot: (image: Qcow2Image) => createSnapshot(image, { name: "new", seconds: 1, nanoseconds: 0 }),
  apply: (image: Qcow2Image) => applySnapshot(image, "1"),
  remove: (image: Qcow2Image) => deleteSnapshot(image, "one"),
};

/** More, and others each time, by hand. */
const BY_HAND = process.env["RINGSIDE_FUZZ_RUNS"];
const RUNS = Number(BY_HAND ?? 250);
const PARAMETERS = { numRuns: RUNS, ...(BY_HAND === undefined ? { seed: 5 } : {}) };

describe("images that are broken at random", () => {
  test("can be used, or are refused", async () => {
    const names = fc.array(fc.constantFrom(...(Object.keys(work) as (keyof typeof work)[])), { minLength: 1, maxLength: 6 });
    let opened = 0;
    await fc.assert(
      fc.asyncProperty(subject, names, fc.boolean(), async (which, steps, readOnly) => {
        const image = await allowed(() => openQcow2(broken(which), { readOnly, backing: false }));
        if (!image) return;
        opened++;
        for (const step of steps) await allowed<unknown>(() => work[step](image));
        await allowed(() => image.close());
      }),
      PARAMETERS,
    );
    expect(opened).toBeGreaterThan(RUNS / 10);
  }, 120_000);

  test("are checked and repaired, and what a repair says is sound is sound", async () => {
    let repaired = 0;
    await fc.assert(
      fc.asyncProperty(subject, async (which) => {
        const store = broken(which);
        await allowed(() => checkQcow2(store));
        const result = await allowed(() => checkQcow2(store, "all"));
        if (!result || result.corruptions + result.checkErrors > 0) return;
        repaired++;
        expect(await checkQcow2(store)).toMatchObject({ corruptions: 0, leaks: 0, checkErrors: 0 });
        await allowed(async () => {
          const image = await openQcow2(store);
          await image.write(0, new Uint8Array(100_000));
          await image.close();
          // Clusters behind the end that were counted as used are leaks once the image is so long.
          expect(await checkQcow2(store)).toMatchObject({ corruptions: 0, checkErrors: 0 });
        });
      }),
      PARAMETERS,
    );
    expect(repaired).toBeGreaterThan(RUNS / 50);
  }, 120_000);
});
