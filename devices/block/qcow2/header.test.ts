import { strToU8 } from "fflate";
import { describe, expect, test } from "vitest";
import { MemoryStore } from "../memory-store.js";
import { openImage, openQcow2 } from "../open.js";
import { BlockError } from "../store.js";
import { setU64, viewOf } from "./big-endian.js";
import { checkQcow2 } from "./check/check.js";
import { type CreateOptions, createQcow2 } from "./create.js";
import { AUTOCLEAR, EXTENSION, FIELD, INCOMPATIBLE } from "./header.js";
import { changeBacking } from "./header-write.js";

async function image(options: Partial<CreateOptions> = {}, name = "disk.qcow2"): Promise<MemoryStore> {
  const store = new MemoryStore(name);
  await createQcow2(store, { size: 1 << 20, ...options });
  return store;
}

async function patched(change: (view: DataView) => void, options: Partial<CreateOptions> = {}): Promise<MemoryStore> {
  const store = await image(options);
  const header = new Uint8Array(512);
  await store.read(0, header);
  change(viewOf(header));
  await store.write(0, header);
  return store;
}

describe("what is refused, and in which words", () => {
  const cases: readonly (readonly [string, (view: DataView) => void, RegExp])[] = [
    ["no magic", (view) => view.setUint32(FIELD.magic, 1), /is no qcow2 image/],
    ["version 4", (view) => view.setUint32(FIELD.version, 4), /is of version 4/],
    ["clusters of 256 bytes", (view) => view.setUint32(FIELD.clusterBits, 8), /cluster size is 2\^8 bytes/],
    ["clusters of 4 GiB", (view) => view.setUint32(FIELD.clusterBits, 32), /cluster size is 2\^32 bytes/],
    ["AES", (view) => view.setUint32(FIELD.cryptMethod, 1), /is encrypted \(AES\)/],
    ["LUKS", (view) => view.setUint32(FIELD.cryptMethod, 2), /is encrypted \(LUKS\)/],
    ["refcounts of 128 bits", (view) => view.setUint32(FIELD.refcountOrder, 7), /refcounts are 2\^7 bits wide/],
    ["an L1 table that is too short", (view) => setU64(view, FIELD.size, 2 ** 45), /L1 table has 1 entries.*needs/],
    [
      "an L1 table that is too long",
      (view) => view.setUint32(FIELD.l1Size, 0xffff_ffff),
      /L1 table has 4294967295 entries, which is too many/,
    ],
    ["an L1 table between clusters", (view) => setU64(view, FIELD.l1Offset, 0x30008), /the L1 table lies at 196616/],
    ["an L1 table beyond 2^53", (view) => view.setBigUint64(FIELD.l1Offset, 1n << 60n), /the L1 table lies at/],
    ["no refcount table", (view) => view.setUint32(FIELD.refcountTableClusters, 0), /there is no refcount table/],
    ["a long refcount table", (view) => view.setUint32(FIELD.refcountTableClusters, 0x7fff_ffff), /refcount table has 2147483647 clusters/],
    ["a refcount table over the header", (view) => setU64(view, FIELD.refcountTableOffset, 0), /the refcount table lies at 0/],
    ["millions of snapshots", (view) => view.setUint32(FIELD.snapshotCount, 0x7fff_ffff), /2147483647 snapshots/],
    ["a disk beyond 2^53 bytes", (view) => view.setBigUint64(FIELD.size, 1n << 62n), /beyond 2\^53/],
    ["a header without length", (view) => view.setUint32(FIELD.headerLength, 0), /length of 0 bytes/],
    ["an endless extension", (view) => view.setUint32(116, 0xffff_fff0), /header extension 0x6803f857 is 4294967280 bytes long/],
    [
      "a long backing name",
      (view) => {
        setU64(view, FIELD.backingOffset, 400);
        view.setUint32(FIELD.backingSize, 0xffff_ffff);
      },
      /name has 4294967295 bytes/,
    ],
    ["a backing name that lies elsewhere", (view) => setU64(view, FIELD.backingOffset, 2 ** 40), /name lies outside/],
    ["a compression type without its bit", (view) => view.setUint8(FIELD.compressionType, 1), /does not go with the feature bit/],
    ["an unknown compression", (view) => view.setUint8(FIELD.compressionType, 9), /compression type 9/],
    ["an unknown feature", (view) => view.setBigUint64(FIELD.incompatible, 1n << 40n), /not known: incompatible feature bit 40/],
  ];
  for (const [name, change, message] of cases) {
    test(name, async () => {
      const store = await patched(change);
      await expect(openImage(store, { format: "qcow2" })).rejects.toThrow(message);
      await expect(openImage(store, { format: "qcow2" })).rejects.toBeInstanceOf(BlockError);
    });
  }

  test("unknown features by the names that the image gives them", async () => {
    const store = await patched((view) => {
      view.setBigUint64(FIELD.incompatible, 1n << 17n);
      // The first entry of the feature name table.
      view.setUint8(121, 17);
      for (const [index, byte] of strToU8("time travel\0").entries()) view.setUint8(122 + index, byte);
    });
    await expect(openImage(store)).rejects.toThrow("disk.qcow2 uses features that are not known: time travel");
  });

  test("backing images in a circle, and chains without an end", async () => {
    const one = await image({ backing_file: "two", backing_fmt: "qcow2" }, "one");
    const two = await image({ backing_file: "one", backing_fmt: "qcow2" }, "two");
    await expect(openImage(one, { resolve: async (name) => (name === "one" ? one : two) })).rejects.toThrow(
      "two lies on one, which lies on it again",
    );
    let count = 0;
    const resolve = () => image({ backing_file: "next", backing_fmt: "qcow2" }, `image ${count++}`);
    await expect(openImage(one, { resolve })).rejects.toThrow("more than 200 images lie behind one");
  });

  test("a backing file of a format that is not known, and one that nobody can find", async () => {
    const store = await image({ backing_file: "base", backing_fmt: "vmdk" });
    await expect(openImage(store, { resolve: async () => new MemoryStore("base") })).rejects.toThrow("format vmdk is not known");
    await expect(openImage(await image({ backing_file: "base" }))).rejects.toThrow("refers to base, which can not be found");
  });
});

describe("marks in the header", () => {
  test("an image that is marked corrupt is read and not written to", async () => {
    const store = await patched((view) => view.setBigUint64(FIELD.incompatible, INCOMPATIBLE.corrupt));
    await expect(openImage(store)).rejects.toThrow("is marked corrupt");
    const opened = await openImage(store, { readOnly: true });
    await opened.read(0, new Uint8Array(512));
    await expect(opened.write(0, new Uint8Array(512))).rejects.toThrow("read-only");
  });

  test("an image that was not closed is repaired before it is written to", async () => {
    const store = await image({ lazy_refcounts: true });
    const first = await openQcow2(store);
    await first.write(0, new Uint8Array(512));
    await first.mapping.flush();
    const left = new Uint8Array(store.size);
    await store.read(0, left);
    const crashed = new MemoryStore("crashed", left);
    expect(viewOf(left).getBigUint64(FIELD.incompatible)).toBe(INCOMPATIBLE.dirty);
    await (await openImage(crashed, { readOnly: true })).close();
    expect((await checkQcow2(crashed)).corruptions).toBeGreaterThan(0);
    const again = await openQcow2(crashed);
    expect(again.file.header.incompatible).toBe(0n);
    expect(await checkQcow2(crashed)).toMatchObject({ corruptions: 0, leaks: 0, checkErrors: 0 });
    await first.close();
    const closed = await openQcow2(store, { readOnly: true });
    expect(closed.file.header.incompatible).toBe(0n);
  });

  test("autoclear bits go with the first write, and not before", async () => {
    const store = await patched((view) => view.setBigUint64(FIELD.autoclear, AUTOCLEAR.bitmaps | (1n << 33n)));
    const autoclear = async () => {
      const header = new Uint8Array(112);
      await store.read(0, header);
      return viewOf(header).getBigUint64(FIELD.autoclear);
    };
    const opened = await openQcow2(store);
    await opened.read(0, new Uint8Array(512));
    expect(await autoclear()).toBe(AUTOCLEAR.bitmaps | (1n << 33n));
    await opened.write(0, new Uint8Array(512));
    expect(await autoclear()).toBe(0n);
    await opened.close();
  });

  test("unknown extensions and unknown header fields outlive another backing file", async () => {
    const store = await image();
    const cluster = new Uint8Array(65536);
    await store.read(0, cluster);
    const view = viewOf(cluster);
    // A header of 120 bytes with an unknown field, then two extensions of types that nobody has defined.
    cluster.fill(0, 112);
    view.setUint32(FIELD.headerLength, 120);
    setU64(view, 112, 0x1234_5678);
    const unknown = [
      { type: 0x1111_2222, data: strToU8("left alone") },
      { type: EXTENSION.bitmaps, data: new Uint8Array(24).fill(3) },
    ];
    let at = 120;
    for (const { type, data } of unknown) {
      view.setUint32(at, type);
      view.setUint32(at + 4, data.length);
      cluster.set(data, at + 8);
      at += 8 + Math.ceil(data.length / 8) * 8;
    }
    await store.write(0, cluster);
    const opened = await openQcow2(store);
    await changeBacking(opened.file, { name: "base", format: "raw" });
    await opened.close();
    const again = await openQcow2(store, { backing: false });
    expect(again.file.header).toMatchObject({ backingName: "base", backingFormat: "raw", headerLength: 120 });
    expect(again.file.header.extensions.filter(({ type }) => type !== EXTENSION.backingFormat)).toEqual(unknown);
    await changeBacking(again.file, undefined);
    await store.read(0, cluster);
    expect(viewOf(cluster).getBigUint64(112)).toBe(0x1234_5678n);
    expect(again.file.header.backingName).toBeUndefined();
  });
});
