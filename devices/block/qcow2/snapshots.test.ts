import { expect, test } from "vitest";
import { MemoryStore } from "../memory-store.js";
import { openQcow2 } from "../open.js";
import { checkQcow2 } from "./check/check.js";
import { createQcow2 } from "./create.js";
import { readHeader } from "./header.js";
import { createSnapshot, deleteSnapshot } from "./snapshots.js";

const CLUSTER = 512;
/** Clusters that a refcount table of one cluster counts, in blocks of 64. */
const COUNTED = 64 * 64;

test("snapshots come and go where the refcount table has to grow for them", async () => {
  const tables = new Set<number>();
  for (let used = COUNTED - 260; used < COUNTED - 60; used += 5) {
    const store = new MemoryStore("image");
    await createQcow2(store, { size: 4 << 20, cluster_size: CLUSTER, refcount_bits: 64 });
    const image = await openQcow2(store);
    await image.write(0, new Uint8Array(CLUSTER * used).fill(1));
    await createSnapshot(image, { name: "one", seconds: 1, nanoseconds: 0 });
    tables.add((await readHeader(store)).header.refcountTableClusters);
    await image.write(1000, new Uint8Array(3000).fill(2));
    await deleteSnapshot(image, "one");
    await image.finish();
    expect(await checkQcow2(store), `${used} clusters`).toMatchObject({ corruptions: 0, leaks: 0, checkErrors: 0 });
    const read = new Uint8Array(8000);
    await image.read(0, read);
    expect(read.findIndex((byte, at) => byte !== (at >= 1000 && at < 4000 ? 2 : 1))).toBe(-1);
  }
  expect(Math.min(...tables)).toBe(1);
  expect(Math.max(...tables)).toBeGreaterThan(1);
});

test("a snapshot that refcounts can not count changes nothing", async () => {
  const store = new MemoryStore("image");
  await createQcow2(store, { size: 1 << 20, cluster_size: CLUSTER, refcount_bits: 1 });
  const image = await openQcow2(store);
  await image.write(0, new Uint8Array(100_000).fill(1));
  await expect(createSnapshot(image, { name: "one", seconds: 1, nanoseconds: 0 })).rejects.toThrow(
    "a cluster can not be referred to 2 times with refcounts of 1 bits",
  );
  await image.write(50_000, new Uint8Array(10_000).fill(2));
  await image.finish();
  expect(await checkQcow2(store)).toMatchObject({ corruptions: 0, leaks: 0, checkErrors: 0 });
});
