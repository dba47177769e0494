import { randomBytes } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { afterAll, describe, expect, test } from "vitest";
import { FileStore } from "../../cli/file-store.js";
import { openNamed, openReferredFile } from "../../cli/image-files.js";
import { openQcow2 } from "../../devices/block/open.js";
import { type CreateOptions, createQcow2 } from "../../devices/block/qcow2/create.js";
import { imageFolder, lacksQemuImg, qemuCheck, qemuImg } from "./tools.js";

const folder = imageFolder();
afterAll(() => folder.remove());

const SIZE = (4 << 20) + 1024;
const KINDS: Record<string, Partial<CreateOptions>> = {
  default: {},
  "version 2": { compat: "v2" },
  "clusters of 512 bytes": { cluster_size: 512 },
  "clusters of 2 MiB": { cluster_size: 2 << 20 },
  "refcounts of 1 bit": { refcount_bits: 1 },
  "refcounts of 4 bits": { refcount_bits: 4, cluster_size: 512 },
  "refcounts of 32 bits": { refcount_bits: 32, cluster_size: 1024 },
  "refcounts of 64 bits": { refcount_bits: 64, cluster_size: 512 },
  "extended L2 entries": { extended_l2: true },
  "extended L2 entries, 16 KiB": { extended_l2: true, cluster_size: 16384 },
  "lazy refcounts": { lazy_refcounts: true },
  zstd: { compression_type: "zstd" },
  "a data file": { data_file: folder.path("image.data") },
  "a raw data file": { data_file: folder.path("image.data"), data_file_raw: true },
  "preallocated metadata": { preallocation: "metadata" },
  "preallocated in full": { preallocation: "full", cluster_size: 32768 },
};

describe.skipIf(lacksQemuImg)("qcow2 images that are written here", () => {
  for (const [name, options] of Object.entries(KINDS)) {
    test(`${name}: qemu-img finds nothing wrong and the same bytes`, async () => {
      const path = folder.path("image.qcow2");
      const raw = folder.path("twin.raw");
      const store = await FileStore.open(path, { create: true });
      const data = options.data_file === undefined ? undefined : await FileStore.open(options.data_file, { create: true });
      await createQcow2(store, { size: SIZE, ...options }, data);
      await data?.close();
      const image = await openNamed(store, {}, openReferredFile);
      const twin = new Uint8Array(SIZE);
      let atOnce = 0;
      const write = async (at: number, bytes: Uint8Array) => {
        if (image.writeNow?.(at, bytes)) atOnce++;
        else await image.write(at, bytes);
        twin.set(bytes, at);
      };
      await write(0, randomBytes(512));
      await write(70_000, randomBytes(100_000));
      await write(SIZE - 5000, randomBytes(5000));
      await Promise.all(Array.from({ length: 20 }, (_, index) => write(3_000_000 + index * 3000, randomBytes(3000))));
      await image.zero(75_000, 40_000, true);
      twin.fill(0, 75_000, 115_000);
      await image.zero(3_010_000, 10_000, false);
      twin.fill(0, 3_010_000, 3_020_000);
      await write(3_011_000, randomBytes(10));
      // Where others keep the processor busy, the file does not do everything at once.
      for (let i = 0; i < 10_000 && atOnce === 0; i++) await write(100, randomBytes(300));
      expect(atOnce).toBeGreaterThan(0);
      const piece = new Uint8Array(400);
      for (let i = 0; i < 10_000 && !image.readNow?.(50, piece); i++) await image.read(0, new Uint8Array(1));
      expect(Buffer.compare(piece, twin.subarray(50, 450))).toBe(0);
      const read = new Uint8Array(SIZE);
      await image.read(0, read);
      expect(Buffer.compare(read, twin)).toBe(0);
      await image.close();
      writeFileSync(raw, twin);
      if (options.data_file_raw === true) expect(Buffer.compare(readFileSync(folder.path("image.data")), twin)).toBe(0);
      const check = await qemuCheck(path);
      expect(check).toMatchObject({ corruptions: 0, leaks: 0 });
      expect(await qemuImg("compare", "-f", "qcow2", "-F", "raw", path, raw)).toMatch("Images are identical.");
    });
  }

  const COMPRESSED = [
    {},
    { cluster_size: 512, size: 500_224 },
    { cluster_size: 2 << 20 },
    { compression_type: "zstd" },
    { extended_l2: true },
  ] as const;
  for (const options of COMPRESSED) {
    test(`compressed clusters, ${JSON.stringify(options)}: qemu-img reads them`, async () => {
      const path = folder.path("compressed.qcow2");
      const raw = folder.path("compressed.raw");
      const store = await FileStore.open(path, { create: true });
      await createQcow2(store, { size: 2_500_096, ...options });
      const image = await openQcow2(store);
      const { clusterSize } = image.file.geometry;
      // A program compresses somewhat, and repeats itself over all distances; a part is noise.
      const twin = new Uint8Array(image.size);
      twin.set(readFileSync(process.execPath).subarray(0, Math.floor(twin.length * 0.7)));
      twin.set(randomBytes(Math.floor(twin.length / 20)), Math.floor(twin.length / 4));
      for (let at = 0; at < image.size; at += clusterSize) await image.writeCompressed(at, twin.subarray(at, at + clusterSize));
      await image.write(300_000, twin.fill(7, 300_000, 300_010).subarray(300_000, 300_010));
      await image.close();
      writeFileSync(raw, twin);
      const check = await qemuCheck(path);
      expect(check).toMatchObject({ corruptions: 0, leaks: 0 });
      expect(await qemuImg("compare", "-f", "qcow2", "-F", "raw", path, raw)).toMatch("Images are identical.");
    });
  }

  for (const options of [{}, { compat: "v2" }, { extended_l2: true }, { cluster_size: 512 }] as const) {
    test(`an overlay that is resized, ${JSON.stringify(options)}: qemu-img finds nothing wrong and the same bytes`, async () => {
      const [base, path, raw] = [folder.path("base.raw"), folder.path("overlay.qcow2"), folder.path("overlay.raw")];
      const bytes = randomBytes(3_000_320);
      writeFileSync(base, bytes);
      const store = await FileStore.open(path, { create: true });
      await createQcow2(store, { size: 2_000_384, backing_file: "base.raw", backing_fmt: "raw", ...options });
      const image = await openNamed(store, {}, openReferredFile);
      const twin = new Uint8Array(4_000_256);
      twin.set(bytes.subarray(0, 1_500_160));
      await image.write(1_000_000, new Uint8Array(700_000).fill(1));
      twin.fill(1, 1_000_000, 1_500_160);
      await image.resize(1_500_160);
      await image.resize(4_000_256);
      await image.write(3_500_000, new Uint8Array(1000).fill(2));
      twin.fill(2, 3_500_000, 3_501_000);
      await image.close();
      writeFileSync(raw, twin);
      const check = await qemuCheck(path);
      expect(check).toMatchObject({ corruptions: 0, leaks: 0 });
      expect(await qemuImg("compare", "-f", "qcow2", "-F", "raw", path, raw)).toMatch("Images are identical.");
    });
  }
});
