import { describe, expect, test } from "vitest";
import { MemoryStore } from "./memory-store.js";
import { openImage, probeFormat } from "./open.js";
import { createQcow2 } from "./qcow2/create.js";
import { RawImage } from "./raw.js";
import type { Store } from "./store.js";
import { contentsOf, RecordingStore } from "./testing/recording-store.js";

/** The same store without holes. */
function withoutHoles(store: MemoryStore): Store {
  return {
    name: store.name,
    readOnly: store.readOnly,
    get size() {
      return store.size;
    },
    read: (at, into) => store.read(at, into),
    write: (at, from) => store.write(at, from),
    truncate: (size) => store.truncate(size),
    flush: () => store.flush(),
    close: () => store.close(),
  };
}

const ones = (length: number) => new Uint8Array(length).fill(1);

describe("raw images", () => {
  test("a store that is no whole number of sectors long is filled up with zeros", async () => {
    const image = new RawImage(new MemoryStore("disk", ones(700)));
    expect(image.size).toBe(1024);
    const read = new Uint8Array(1024).fill(9);
    await image.read(0, read);
    expect(read.lastIndexOf(1)).toBe(699);
    expect(read.indexOf(9)).toBe(-1);
    expect(await image.extent(0)).toMatchObject({ length: 700, data: true, zero: false });
    expect(await image.extent(700)).toMatchObject({ length: 324, data: false, zero: true });
  });

  test("zeros are holes where the store can have them and they are wanted, and written where not", async () => {
    for (const [unmap, holes, allocated] of [
      [true, true, 0],
      [false, true, 65536],
      [true, false, 65536],
    ] as const) {
      const store = new MemoryStore("disk", ones(65536));
      const image = new RawImage(holes ? store : withoutHoles(store));
      await image.zero(0, 65536, unmap);
      expect((await contentsOf(store)).indexOf(1)).toBe(-1);
      expect(await store.allocated).toBe(allocated);
    }
  });

  test("what a discard leaves is the store's matter; without holes the bytes stay", async () => {
    const store = new MemoryStore("disk", ones(65536));
    await new RawImage(withoutHoles(store)).discard(0, 512);
    expect((await contentsOf(store)).indexOf(0)).toBe(-1);
    await new RawImage(store).discard(0, 512);
    expect((await contentsOf(store)).indexOf(1)).toBe(512);
  });

  test("requests beyond the end, and changes of what is read-only, are refused", async () => {
    const image = new RawImage(new MemoryStore("disk", ones(1024)), "writeback", true);
    await expect(image.read(1000, new Uint8Array(25))).rejects.toThrow("disk: 25 bytes at 1000 are not within its 1024 bytes");
    await expect(image.read(-1, new Uint8Array(1))).rejects.toThrow("not within");
    await expect(image.read(0.5, new Uint8Array(1))).rejects.toThrow("not within");
    for (const change of [image.write(0, ones(1)), image.zero(0, 1, true), image.discard(0, 1), image.resize(512)]) {
      await expect(change).rejects.toMatchObject({ code: "read-only" });
    }
  });

  test("flushes reach the store by the cache mode", async () => {
    for (const [mode, byWrite, byFlush] of [
      ["writeback", 0, 1],
      ["writethrough", 1, 2],
      ["unsafe", 0, 0],
    ] as const) {
      const store = new RecordingStore("disk", ones(1024));
      const image = new RawImage(store, mode);
      const flushes = () => store.steps.filter(({ kind }) => kind === "flush").length;
      await image.write(0, ones(512));
      expect(flushes()).toBe(byWrite);
      await image.flush();
      expect(flushes()).toBe(byFlush);
    }
  });
});

test("the format is what the first bytes say, and raw if they say nothing", async () => {
  const store = new MemoryStore("disk");
  expect(await probeFormat(store)).toBe("raw");
  await createQcow2(store, { size: 4096 });
  expect(await probeFormat(store)).toBe("qcow2");
  expect((await openImage(store)).size).toBe(4096);
  expect((await openImage(store, { format: "raw" })).format).toBe("raw");
});
