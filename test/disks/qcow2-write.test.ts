import { randomBytes } from "node:crypto";
import { writeFileSync } from "node:fs";
import { afterAll, describe, expect, test } from "vitest";
import { FileStore } from "../../cli/file-store.js";
import { openImage } from "../../devices/block/open.js";
import { type CreateOptions, createQcow2 } from "../../devices/block/qcow2/create.js";
import { lacks } from "../support/requirements.js";
import { imageFolder, QEMU_IMG, qemuCheck, qemuImg } from "./qemu-tools.js";

const folder = imageFolder();
afterAll(() => folder.remove());

const SIZE = (9 << 20) + 1024;
const KINDS: Record<string, Partial<CreateOptions>> = {
  default: {},
  "version 2": { compat: "v2" },
  "clusters of 512 bytes": { cluster_size: 512 },
  "clusters of 2 MiB": { cluster_size: 2 << 20 },
  "refcounts of 1 bit": { refcount_bits: 1 },
  "refcounts of 2 bits": { refcount_bits: 2, cluster_size: 4096 },
  "refcounts of 4 bits": { refcount_bits: 4, cluster_size: 512 },
  "refcounts of 8 bits": { refcount_bits: 8 },
  "refcounts of 32 bits": { refcount_bits: 32, cluster_size: 1024 },
  "refcounts of 64 bits": { refcount_bits: 64, cluster_size: 512 },
  "extended L2 entries": { extended_l2: true },
  "extended L2 entries, 16 KiB": { extended_l2: true, cluster_size: 16384 },
  "lazy refcounts": { lazy_refcounts: true },
  zstd: { compression_type: "zstd" },
  "preallocated metadata": { preallocation: "metadata" },
  "preallocated in full": { preallocation: "full", cluster_size: 32768 },
};

describe.skipIf(lacks(QEMU_IMG))("qcow2 images that are written here", () => {
  for (const [name, options] of Object.entries(KINDS)) {
    test(`${name}: qemu-img finds nothing wrong and the same bytes`, async () => {
      const path = folder.path("image.qcow2");
      const raw = folder.path("twin.raw");
      const store = await FileStore.open(path, { create: true });
      await createQcow2(store, { size: SIZE, ...options });
      const image = await openImage(store);
      const twin = new Uint8Array(SIZE);
      const write = async (at: number, bytes: Uint8Array) => {
        await image.write(at, bytes);
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
      const read = new Uint8Array(SIZE);
      await image.read(0, read);
      expect(Buffer.compare(read, twin)).toBe(0);
      await image.close();
      writeFileSync(raw, twin);
      const check = qemuCheck(path);
      expect(check, check.printed).toMatchObject({ corruptions: 0, leaks: 0 });
      expect(qemuImg("compare", "-f", "qcow2", "-F", "raw", path, raw)).toMatch("Images are identical.");
    });
  }
});
