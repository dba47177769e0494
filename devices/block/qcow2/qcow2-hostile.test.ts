import fc from "fast-check";
import { expect, test } from "vitest";
import { MemoryStore } from "../memory-store.js";
import { openImage, openQcow2 } from "../open.js";
import { BlockError } from "../store.js";
import { contentsOf } from "../testing/recording-store.js";
import { setU64, viewOf } from "./big-endian.js";
import { type CreateOptions, createQcow2 } from "./create.js";
import type { Qcow2Image } from "./qcow2-image.js";

const SIZE = 300_000;

/** An image with something of everything in it. */
async function sound(options: Partial<CreateOptions>): Promise<Uint8Array> {
  const store = new MemoryStore("image");
  await createQcow2(store, { size: SIZE, ...options });
  const image = await openQcow2(store);
  await image.write(1000, new Uint8Array(90_000).fill(1));
  await image.zero(40_000, 30_000, false);
  await image.writeCompressed(131_072, new Uint8Array(image.file.geometry.clusterSize).fill(2));
  await image.discard(0, 16_384);
  await image.close();
  return contentsOf(store);
}

const patch = fc.record({
  // Most of the metadata lies in the first clusters.
  at: fc.oneof(fc.nat(120), fc.nat(8000), fc.nat(SIZE)),
  value: fc.oneof(
    fc.constantFrom(0n, 1n, 0xffffn, 1n << 63n, (1n << 64n) - 1n, 1n << 62n, 512n, 65536n, (1n << 63n) | 512n),
    fc.bigInt(0n, (1n << 64n) - 1n),
  ),
  bytes: fc.constantFrom(1, 4, 8),
});

/** All that can be done with an image; each part may fail with a BlockError and with nothing else. */
async function use(bytes: Uint8Array): Promise<void> {
  const mayFail = async (work: () => Promise<void>) => {
    try {
      await work();
    } catch (error) {
      if (!(error instanceof BlockError)) throw error;
    }
  };
  const store = new MemoryStore("image", bytes);
  await mayFail(async () => {
    const image = await openImage(store, {
      format: "qcow2",
      damaged: true,
      backing: false,
      resolve: async (name) => new MemoryStore(name),
    });
    const reach = Math.min(image.size, 2 * SIZE);
    for (let at = 0; at < reach; at += 10_000) await mayFail(() => image.read(at, new Uint8Array(Math.min(10_000, reach - at))));
    await mayFail(async () => {
      for (let at = 0; at < reach; ) at += (await image.extent(at)).length;
    });
    for (const at of [0, 70_000, 131_072, 250_000]) await mayFail(() => image.write(at, new Uint8Array(20_000).fill(3)));
    await mayFail(() => image.zero(60_000, 60_000, true));
    await mayFail(() => image.discard(0, Math.min(image.size, 200_000)));
    await mayFail(() => image.resize(Math.min(image.size, 1 << 30) + 512 * 1024));
    await mayFail(() => image.flush());
    await mayFail(() => image.close());
  });
}

test("images with wrong bytes anywhere are served or refused in a sentence; nothing hangs and nothing else is thrown", async () => {
  const images = await Promise.all([
    sound({ cluster_size: 512 }),
    sound({ cluster_size: 4096, compat: "v2" }),
    sound({ cluster_size: 16384, extended_l2: true, refcount_bits: 1 }),
    sound({ cluster_size: 512, refcount_bits: 64, compression_type: "zstd" }),
  ]);
  await fc.assert(
    fc.asyncProperty(
      fc.nat(images.length - 1),
      fc.array(patch, { minLength: 1, maxLength: 6 }),
      fc.boolean(),
      async (which, patches, cut) => {
        const bytes = images[which]!.slice(0, cut ? Math.floor(images[which]!.length / 2) : undefined);
        const view = viewOf(bytes);
        for (const { at, value, bytes: count } of patches) {
          const place = Math.floor(Math.min(at, bytes.length - 8) / count) * count;
          if (count === 8) view.setBigUint64(place, value);
          else if (count === 4) view.setUint32(place, Number(value & 0xffff_ffffn));
          else view.setUint8(place, Number(value & 0xffn));
        }
        await use(bytes);
      },
    ),
    { numRuns: 250 },
  );
}, 60_000);

for (const [name, field] of [
  ["the L1 table", 40],
  ["the refcount table", 48],
] as const) {
  test(`guest data is not written over ${name}, to which a wrong entry leads`, async () => {
    const bytes = await sound({ cluster_size: 4096 });
    const image = await withEntryTo(bytes, Number(viewOf(bytes).getBigUint64(field)));
    await expect(image.write(20 * 4096, new Uint8Array(4096))).rejects.toThrow(`guest data would be written over ${name}`);
    await expect(image.write(0, new Uint8Array(4096))).rejects.toThrow("is corrupt and not written to");
    await image.read(0, new Uint8Array(4096));
  });
}

test("guest data is not written over the L2 table that leads to it", async () => {
  const bytes = await sound({ cluster_size: 4096 });
  const image = await withEntryTo(bytes, l2Offset(bytes));
  await expect(image.write(20 * 4096, new Uint8Array(4096))).rejects.toThrow("guest data would be written over an L2 table");
});

function l2Offset(bytes: Uint8Array): number {
  const l1Offset = Number(viewOf(bytes).getBigUint64(40));
  return Number(viewOf(bytes).getBigUint64(l1Offset) & 0x00ff_ffff_ffff_fe00n);
}

/** The image with the guest's cluster 20 where it can not be. */
async function withEntryTo(bytes: Uint8Array, offset: number): Promise<Qcow2Image> {
  const entry = l2Offset(bytes) + 8 * 20;
  setU64(viewOf(bytes), entry, offset);
  viewOf(bytes).setUint32(entry, 0x8000_0000);
  return openQcow2(new MemoryStore("image", bytes));
}
