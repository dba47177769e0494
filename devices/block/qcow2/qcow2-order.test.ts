import { expect, test } from "vitest";
import { CACHE_MODES, type CacheMode } from "../cache-mode.js";
import { MemoryStore } from "../memory-store.js";
import { openQcow2 } from "../open.js";
import { BlockError } from "../store.js";
import { countReferences } from "../testing/count-references.js";
import { contentsOf, firstDifference, RecordingStore } from "../testing/recording-store.js";
import { type CreateOptions, createQcow2 } from "./create.js";

async function created(options: Partial<CreateOptions>): Promise<Uint8Array> {
  const store = new MemoryStore("image");
  await createQcow2(store, { size: 8 << 20, ...options });
  return contentsOf(store);
}

async function flushes(cacheMode: CacheMode): Promise<{ write: number; flush: number }> {
  const store = new RecordingStore("image", await created({}));
  const image = await openQcow2(store, { cacheMode });
  await image.write(0, new Uint8Array(4096));
  const count = () => store.steps.filter(({ kind }) => kind === "flush").length;
  const first = count();
  await image.write(4096, new Uint8Array(4096));
  const write = count() - first;
  await image.write(8192, new Uint8Array(4096));
  const before = count();
  await image.flush();
  return { write, flush: count() - before };
}

test("writethrough makes every write durable, unsafe none, the others those before a flush", async () => {
  const seen = Object.fromEntries(await Promise.all(CACHE_MODES.map(async (mode) => [mode, await flushes(mode)] as const)));
  expect(seen["writeback"]).toEqual({ write: 0, flush: expect.toSatisfy((count: number) => count >= 1) });
  expect(seen["none"]).toEqual(seen["writeback"]);
  expect(seen["writethrough"]!.write).toBeGreaterThanOrEqual(1);
  expect(seen["unsafe"]).toEqual({ write: 0, flush: 0 });
});

test("the refcount table grows, and a crash at any step of that leaves a sound image", async () => {
  // A table of one cluster counts 64 * 64 clusters of 512 bytes: 2 MiB.
  const before = await created({ cluster_size: 512, refcount_bits: 64 });
  const store = new RecordingStore("image", before);
  const image = await openQcow2(store);
  const clusters = image.file.header.refcountTableClusters;
  const bytes = Uint8Array.from({ length: 3 << 20 }, (_, index) => index >> 7);
  await image.write(0, bytes.subarray(0, 1_700_000));
  await image.flush();
  const settled = store.steps.length;
  await image.write(1_700_000, bytes.subarray(1_700_000));
  await image.flush();
  expect(image.file.header.refcountTableClusters).toBeGreaterThan(clusters);
  const interesting = [...store.steps.keys()].filter((step) => {
    const done = store.steps[step]!;
    // The header, and what comes around it.
    return step >= settled && done.kind === "write" && done.at < 512;
  });
  expect(interesting.length).toBeGreaterThan(0);
  for (const step of interesting) {
    for (let count = step - 6; count <= step + 3; count++)
      expect((await countReferences(await store.after(count))).corruptions).toEqual([]);
    const lastFlush = store.steps.slice(0, step + 1).findLastIndex(({ kind }) => kind === "flush");
    const lost = new Set(Array.from({ length: step - lastFlush - 1 }, (_, index) => lastFlush + 1 + index));
    expect((await countReferences(await store.after(step + 1, lost))).corruptions).toEqual([]);
  }
  await image.close();
  expect(await countReferences(await store.after(store.steps.length))).toEqual({ corruptions: [], leaks: 0 });
});

/** A store that is full from some write on, for some writes. */
class FullStore extends MemoryStore {
  failing = false;
  writes = 0;
  failAt = Number.POSITIVE_INFINITY;

  override async write(at: number, from: Uint8Array): Promise<void> {
    if (this.writes++ === this.failAt) throw new BlockError(`${this.name}: the disk is full`, "full");
    await super.write(at, from);
  }
}

test("a write that the store refuses fails alone: what was there stays, and the image is sound", async () => {
  const before = await created({ cluster_size: 512 });
  for (let failAt = 0; failAt < 60; failAt += 3) {
    const store = new FullStore("image", before);
    const image = await openQcow2(store);
    const disk = new Uint8Array(400_000);
    let failed = 0;
    for (let round = 0; round < 12; round++) {
      if (round === 2) store.failAt = store.writes + failAt;
      const at = (round * 31_000) % 350_000;
      const bytes = new Uint8Array(20_000).fill(round + 1);
      try {
        await image.write(at, bytes);
        disk.set(bytes, at);
      } catch (error) {
        expect(error).toMatchObject({ code: "full" });
        failed++;
        await image.read(0, disk);
      }
    }
    await image.flush().catch(() => image.flush());
    await image.close();
    const again = await openQcow2(store);
    const read = new Uint8Array(disk.length);
    await again.read(0, read);
    expect(firstDifference(read, disk), `the write ${failAt} failed`).toBe(-1);
    expect(failed).toBeLessThanOrEqual(1);
    expect((await countReferences(store)).corruptions).toEqual([]);
  }
});

test("requests side by side to the same clusters do not undo each other", async () => {
  const store = new MemoryStore("image", await created({ cluster_size: 65536 }));
  const image = await openQcow2(store);
  const sectors = 8192;
  const bytes = Uint8Array.from({ length: sectors * 512 }, (_, index) => (index >> 9) % 251);
  // Neighbours far apart in time: every cluster is allocated by one of many that want it.
  await Promise.all(
    Array.from({ length: sectors }, (_, index) => {
      const sector = (index * 1021) % sectors;
      return image.write(sector * 512, bytes.subarray(sector * 512, sector * 512 + 512));
    }),
  );
  const read = new Uint8Array(bytes.length);
  await image.read(0, read);
  expect(firstDifference(read, bytes)).toBe(-1);
  await image.close();
  expect(await countReferences(store)).toEqual({ corruptions: [], leaks: 0 });
});

test("a request of which one part fails at once ends when all its parts have", async () => {
  const bytes = await created({ cluster_size: 512 });
  const failing = new (class extends MemoryStore {
    failAt = -1;
    last = 0;

    override async read(at: number, into: Uint8Array): Promise<void> {
      if (at === this.failAt) throw new BlockError(`${this.name}: no`);
      for (let turns = 0; turns < 500; turns++) await undefined;
      await super.read(at, into);
      this.last = at;
    }
  })("image", bytes);
  const image = await openQcow2(failing, { l2Cache: 0 });
  // Every other cluster, under several L2 tables: many parts, and tables to load between them.
  for (let cluster = 0; cluster < 700; cluster += 2) await image.write(cluster * 512, new Uint8Array(512).fill(1));
  await image.flush();
  const place = (await image.extent(0)).offset!;
  const last = (await image.extent(698 * 512)).offset!;
  failing.failAt = place;
  await expect(image.read(0, new Uint8Array(700 * 512))).rejects.toThrow("image: no");
  expect(failing.last).not.toBe(0);
  failing.failAt = -1;
  await image.read(0, new Uint8Array(700 * 512));
  expect(failing.last).toBe(last);
  await image.close();
});
