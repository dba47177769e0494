// Clusters that internal snapshots share with the disk, in images whose snapshots qemu-img made: what we write goes elsewhere.
import { readFileSync } from "node:fs";
import { afterAll, describe, expect, test } from "vitest";
import { FileStore } from "../../cli/file-store.js";
import { openQcow2 } from "../../devices/block/open.js";
import { imageFolder, lacksQemuImg, qemuCheck, qemuImg, qemuIo } from "./tools.js";

const folder = imageFolder();
afterAll(() => folder.remove());

describe.skipIf(lacksQemuImg)("qcow2 images with internal snapshots", () => {
  for (const options of [
    "cluster_size=64k",
    "compat=v2,cluster_size=4k",
    "extended_l2=on,cluster_size=16k",
    "refcount_bits=8,cluster_size=512",
  ]) {
    test(`${options}: writes, zeros and discards leave the snapshot as it was`, async () => {
      const [path, before, after, twin] = ["image", "before", "after", "twin"].map((name) => folder.path(name)) as [
        string,
        string,
        string,
        string,
      ];
      await qemuImg("create", "-q", "-f", "qcow2", "-o", options, path, "2M");
      await qemuIo(path, "qcow2", "write -P 1 0 700000", "write -P 2 1000000 300000", "write -c -P 3 1536k 64k");
      await qemuImg("snapshot", "-c", "one", path);
      await qemuImg("convert", "-f", "qcow2", "-O", "raw", "-l", "one", path, before);

      const image = await openQcow2(await FileStore.open(path));
      const disk = new Uint8Array(image.size);
      await image.read(0, disk);
      const write = async (at: number, length: number, byte: number) => {
        await image.write(at, new Uint8Array(length).fill(byte));
        disk.fill(byte, at, at + length);
      };
      await write(0, 1, 9);
      await write(65_000, 70_000, 10);
      await write(699_000, 2000, 11);
      await write(1_600_000, 10_000, 12);
      await image.zero(200_000, 100_000, true);
      await image.zero(400_000, 100_001, false);
      disk.fill(0, 200_000, 300_000);
      disk.fill(0, 400_000, 500_001);
      await image.discard(1_100_000, 150_000);
      await image.read(1_100_000, disk.subarray(1_100_000, 1_250_000));
      await write(450_000, 300, 13);
      await image.writeCompressed(0, disk.slice(0, image.file.geometry.clusterSize));
      await image.close();

      const check = await qemuCheck(path);
      expect(check).toMatchObject({ corruptions: 0, leaks: 0 });
      await qemuImg("convert", "-f", "qcow2", "-O", "raw", path, twin);
      expect(Buffer.compare(readFileSync(twin), disk)).toBe(0);
      await qemuImg("convert", "-f", "qcow2", "-O", "raw", "-l", "one", path, after);
      expect(Buffer.compare(readFileSync(after), readFileSync(before))).toBe(0);
    });
  }
});
