// Internal snapshots: ours and qemu-img's, on the same images.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { FileStore } from "../../cli/file-store.js";
import { openQcow2 } from "../../devices/block/open.js";
import { type CreateOptions, createQcow2 } from "../../devices/block/qcow2/create.js";
import type { Qcow2Image } from "../../devices/block/qcow2/qcow2-image.js";
import { applySnapshot, createSnapshot, deleteSnapshot, listSnapshots } from "../../devices/block/qcow2/snapshots.js";
import { BlockError } from "../../devices/block/store.js";
import { lacksQemuImg, must, randomBytes, randoms, withFolder } from "./tools.js";

const SIZE = (3 << 20) + 512;
const KINDS: Readonly<Record<string, Partial<CreateOptions>>> = {
  "512 bytes, refcounts of 8 bits": { cluster_size: 512, refcount_bits: 8 },
  "extended L2 entries": { extended_l2: true },
  "version 2": { compat: "v2" },
  "lazy refcounts": { lazy_refcounts: true, cluster_size: 8192 },
};

async function open<T>(path: string, work: (image: Qcow2Image) => Promise<T>): Promise<T> {
  const image = await openQcow2(await FileStore.open(path));
  try {
    return await work(image);
  } finally {
    await image.close();
  }
}

const readAll = async (image: Qcow2Image) => {
  const bytes = new Uint8Array(image.size);
  await image.read(0, bytes);
  return bytes;
};

async function expectSound(path: string): Promise<void> {
  expect(JSON.parse(await must("qemu-img", "check", "--output=json", path))).toMatchObject({ "check-errors": 0 });
}

/** The disk as qemu-img reads it. */
async function theirs(path: string, ...options: readonly string[]): Promise<Buffer> {
  await must("qemu-img", "convert", ...options, "-O", "raw", path, `${path}.raw`);
  return readFileSync(`${path}.raw`);
}

const WHEN = { seconds: 1_700_000_000, nanoseconds: 5 };

describe.skipIf(lacksQemuImg)("internal snapshots", () => {
  test.each(Object.entries(KINDS))("%s: created, listed, applied and deleted here, with qemu-img as the judge", async (_, options) =>
    withFolder(async (folder) => {
      const path = join(folder, "a.qcow2");
      const store = await FileStore.open(path, { create: true });
      await createQcow2(store, { size: SIZE, ...options });
      await store.close();
      const random = randoms(77);
      const states: Uint8Array[] = [];
      await open(path, async (image) => {
        for (let i = 0; i < 4; i++) {
          for (let n = 0; n < 8; n++) {
            const at = random(SIZE - 70_000);
            await image.write(at, randomBytes(random, 1 + random(70_000)));
          }
          await image.zero(random(SIZE / 2), 100_000, true);
          if (i % 2 === 1) {
            const { clusterSize } = image.file.geometry;
            for (let n = 0; n < 4; n++) await image.writeCompressed(random(10) * clusterSize, new Uint8Array(clusterSize).fill(i));
          }
          states.push(await readAll(image));
          expect(await createSnapshot(image, { name: `s${i}`, ...WHEN })).toMatchObject({ id: String(i + 1) });
        }
        await image.write(5000, new Uint8Array(9000).fill(0xee));
        states.push(await readAll(image));
        expect((await listSnapshots(image)).map(({ name, seconds, diskSize }) => [name, seconds, diskSize])).toEqual(
          [0, 1, 2, 3].map((i) => [`s${i}`, WHEN.seconds, SIZE]),
        );
      });
      await expectSound(path);
      const info = JSON.parse(await must("qemu-img", "info", "--output=json", path));
      expect(info.snapshots.map((s: { name: string; "date-sec": number }) => [s.name, s["date-sec"]])).toEqual(
        [0, 1, 2, 3].map((i) => [`s${i}`, WHEN.seconds]),
      );
      for (let i = 0; i < 4; i++) expect(Buffer.compare(await theirs(path, "-l", `snapshot.name=s${i}`), states[i]!)).toBe(0);
      expect(Buffer.compare(await theirs(path), states[4]!)).toBe(0);

      await open(path, (image) => applySnapshot(image, "s1"));
      await expectSound(path);
      expect(Buffer.compare(await theirs(path), states[1]!)).toBe(0);

      await open(path, async (image) => {
        await deleteSnapshot(image, "1");
        await image.write(70_000, new Uint8Array(70_000).fill(1));
        await applySnapshot(image, "s3");
        await deleteSnapshot(image, "s1");
        expect(Buffer.compare(await readAll(image), states[3]!)).toBe(0);
      });
      await expectSound(path);
      expect(Buffer.compare(await theirs(path, "-l", "s2"), states[2]!)).toBe(0);

      await must("qemu-img", "snapshot", "-d", "s3", path);
      await open(path, async (image) => {
        expect((await listSnapshots(image)).map(({ name }) => name)).toEqual(["s2"]);
        await deleteSnapshot(image, "s2");
        await image.write(0, new Uint8Array(SIZE).fill(3));
      });
      await expectSound(path);
    }),
  );

  test("those of qemu-img are applied and deleted here, and its machine state's size is kept", async () =>
    withFolder(async (folder) => {
      const path = join(folder, "a.qcow2");
      await must("qemu-img", "create", "-q", "-f", "qcow2", "-o", "cluster_size=4k", path, "4M");
      await must("qemu-io", "-c", "write -P 1 0 1M", "-c", "write -c -P 2 2M 4k", path);
      await must("qemu-img", "snapshot", "-c", "one", path);
      await must("qemu-img", "resize", "-q", path, "6M");
      await must("qemu-io", "-c", "write -P 3 512k 5M", path);
      const bytes = readFileSync(path);
      // vm_state_size, of the extra data of the first entry.
      bytes.writeBigUInt64BE(12345n, Number(bytes.readBigUInt64BE(64)) + 40);
      writeFileSync(path, bytes);
      await open(path, async (image) => {
        await createSnapshot(image, { name: "two", ...WHEN, vmStateSize: 7 });
        await applySnapshot(image, "one");
        expect(image.size).toBe(4 << 20);
        expect((await listSnapshots(image)).map(({ vmStateSize, diskSize }) => [vmStateSize, diskSize])).toEqual([
          [12345, 4 << 20],
          [7, 6 << 20],
        ]);
      });
      await expectSound(path);
      expect(await must("qemu-io", "-c", "read -P 1 0 1M", "-c", "read -P 2 2M 4k", path)).not.toMatch(/failed/);
      await open(path, (image) => applySnapshot(image, "two"));
      await open(path, async (image) => {
        await deleteSnapshot(image, "one");
        await deleteSnapshot(image, "two");
      });
      await expectSound(path);
      expect(await must("qemu-io", "-c", "read -P 1 0 512k", "-c", "read -P 3 512k 5M", path)).not.toMatch(/failed/);
    }));

  test("what can not be is refused, and changes nothing", async () =>
    withFolder(async (folder) => {
      const path = join(folder, "a.qcow2");
      await must("qemu-img", "create", "-q", "-f", "qcow2", "-o", "refcount_bits=1,cluster_size=4k", path, "1M");
      await must("qemu-io", "-c", "write -P 1 0 300k", path);
      await open(path, async (image) => {
        await expect(createSnapshot(image, { name: "a", ...WHEN })).rejects.toThrow(BlockError);
        await expect(applySnapshot(image, "a")).rejects.toThrow(/no snapshot "a"/);
        await expect(deleteSnapshot(image, "a")).rejects.toThrow(/no snapshot "a"/);
        await image.write(0, new Uint8Array(100));
      });
      await expectSound(path);
    }));
});
