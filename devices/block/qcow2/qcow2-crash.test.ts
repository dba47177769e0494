import { expect, test } from "vitest";
import { MemoryStore } from "../memory-store.js";
import { openQcow2 } from "../open.js";
import { countReferences } from "../testing/count-references.js";
import { Promises } from "../testing/promises.js";
import { RecordingStore } from "../testing/recording-store.js";
import { type CreateOptions, createQcow2 } from "./create.js";

const SIZE = 200_000;

async function workload(options: Partial<CreateOptions>): Promise<{ store: RecordingStore; promises: Promises; before: Uint8Array }> {
  const empty = new MemoryStore("image");
  await createQcow2(empty, { size: SIZE, ...options });
  const before = new Uint8Array(empty.size);
  await empty.read(0, before);
  const store = new RecordingStore("image", before);
  const image = await openQcow2(store);
  const promises = new Promises();
  const disk = new Uint8Array(image.size);
  let state = 7;
  const random = (limit: number) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * limit);
  };
  const { clusterSize } = image.file.geometry;
  for (let round = 0; round < 60; round++) {
    const at = random(SIZE - 1);
    const length = 1 + random(Math.min(20_000, SIZE - at - 1));
    const choice = random(10);
    promises.begin(store.steps.length, at, length);
    if (choice < 5) {
      const bytes = new Uint8Array(length).fill(1 + random(255));
      await image.write(at, bytes);
      disk.set(bytes, at);
    } else if (choice < 6) {
      await image.zero(at, length, true);
      disk.fill(0, at, at + length);
    } else if (choice < 7) {
      await image.discard(at, length);
      await image.read(0, disk);
    } else if (choice < 8) {
      const place = Math.floor(at / clusterSize) * clusterSize;
      const bytes = new Uint8Array(Math.min(clusterSize, image.size - place)).fill(1 + random(255));
      promises.begin(store.steps.length, place, bytes.length);
      await image.writeCompressed(place, bytes);
      disk.set(bytes, place);
    } else {
      await image.flush();
      promises.flushed(store.steps.length, disk);
    }
  }
  await image.close();
  return { store, promises, before };
}

/** What survives a crash after so many steps of the store, the image says. */
async function survives(crashed: MemoryStore, steps: number, promises: Promises): Promise<void> {
  const count = await countReferences(crashed);
  const image = await openQcow2(crashed, { readOnly: true });
  const dirty = (image.file.header.incompatible & 1n) !== 0n;
  if (!dirty) expect(count.corruptions, `after ${steps} steps`).toEqual([]);
  const read = new Uint8Array(image.size);
  await image.read(0, read);
  expect(promises.firstLost(read, steps), `the first flushed byte that is lost after ${steps} steps`).toBe(-1);
}

const KINDS: Record<string, Partial<CreateOptions>> = {
  "clusters of 512 bytes": { cluster_size: 512, refcount_bits: 64 },
  "clusters of 4 KiB": { cluster_size: 4096 },
  "version 2": { cluster_size: 1024, compat: "v2" },
  "extended L2 entries": { cluster_size: 16384, extended_l2: true },
  "lazy refcounts": { cluster_size: 1024, lazy_refcounts: true },
};

for (const [name, options] of Object.entries(KINDS)) {
  test(`${name}: a crash between any two writes loses nothing that was flushed, and leaves an image that at worst leaks`, async () => {
    const { store, promises, before } = await workload(options);
    const crashed = new MemoryStore("image", before);
    for (let steps = 0; steps < store.steps.length; steps++) {
      await store.redo(crashed, steps);
      await survives(crashed, steps + 1, promises);
    }
    expect((await countReferences(crashed)).leaks).toBe(0);
  });

  test(`${name}: a crash loses any of the writes since the last flush, and the same holds`, async () => {
    const { store, promises } = await workload(options);
    let state = 99;
    for (let round = 0; round < 60; round++) {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      const count = 1 + (state % store.steps.length);
      const flush = store.steps.slice(0, count).findLastIndex(({ kind }) => kind === "flush");
      const lost = new Set<number>();
      for (let step = flush + 1; step < count; step++) if ((Math.imul(step + round, 0x9e37_79b1) >>> 30) % 2 === 0) lost.add(step);
      await survives(await store.after(count, lost), count, promises);
    }
  });
}
