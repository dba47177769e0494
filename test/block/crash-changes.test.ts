// A host that stops after any write while an image's bitmaps, version, width of refcounts or size change: the image is sound but for leaks, and shows the
// same disk, before qemu-img too.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { MemoryStore } from "../../devices/block/memory-store.js";
import { openQcow2 } from "../../devices/block/open.js";
import { downgrade, setLazyRefcounts, upgrade } from "../../devices/block/qcow2/amend.js";
import { Bitmaps } from "../../devices/block/qcow2/bitmap-changes.js";
import { checkQcow2 } from "../../devices/block/qcow2/check/check.js";
import { changeRefcountWidth } from "../../devices/block/qcow2/check/refcount-width.js";
import { createQcow2 } from "../../devices/block/qcow2/create.js";
import type { Qcow2Image } from "../../devices/block/qcow2/qcow2-image.js";
import { createSnapshot } from "../../devices/block/qcow2/snapshots.js";
import { contentsOf, RecordingStore } from "../../devices/block/testing/recording-store.js";
import { lacksQemuImg, qemuCheck, randomBytes, randoms, withFolder } from "./tools.js";

const SIZE = 200_192;

/** Data, zeros and a hole, and a snapshot of data alone. */
async function make(): Promise<Uint8Array> {
  const store = new MemoryStore("image");
  await createQcow2(store, { size: SIZE, cluster_size: 1024 });
  const image = await openQcow2(store);
  await image.write(0, randomBytes(randoms(7), 60_000));
  await createSnapshot(image, { name: "one", seconds: 1, nanoseconds: 0 });
  await image.write(30_000, randomBytes(randoms(8), 50_000));
  await image.zero(10_000, 20_000, true);
  await image.zero(60_000, 9000, false);
  await image.close();
  return contentsOf(store);
}

async function diskOf(store: MemoryStore): Promise<Uint8Array> {
  const image = await openQcow2(store, { readOnly: true });
  const disk = new Uint8Array(SIZE);
  await image.read(0, disk);
  await image.close();
  return disk;
}

const withImage = (work: (image: Qcow2Image) => Promise<void>) => async (store: RecordingStore) => {
  const image = await openQcow2(store);
  await work(image);
  await image.close();
};

const CHANGES: Readonly<Record<string, (store: RecordingStore) => Promise<void>>> = {
  bitmaps: withImage(async (image) => {
    const bitmaps = await Bitmaps.open(image);
    for (const name of ["a", "b", "c"]) await bitmaps.add({ name, granularity: 512 });
    await bitmaps.enable("b", false);
    await bitmaps.merge("a", bitmaps, "b");
    await bitmaps.clear("a");
    await bitmaps.remove("b");
    await bitmaps.remove("a");
    await bitmaps.remove("c");
  }),
  versions: withImage(async (image) => {
    await downgrade(image);
    await upgrade(image);
    await setLazyRefcounts(image, true);
    await setLazyRefcounts(image, false);
  }),
  "widths of refcounts": async (store) => {
    for (const bits of [64, 2, 8, 16]) await changeRefcountWidth(store, bits);
  },
};

describe("a crash of the host", { timeout: 200_000 }, () => {
  test.each(Object.entries(CHANGES))("while these change: %s", async (_, change) =>
    withFolder(async (folder) => {
      const store = new RecordingStore("image", await make());
      const crashed = await store.after(0);
      const disk = await diskOf(crashed);
      await change(store);
      expect(store.steps.length).toBeGreaterThan(5);
      for (let step = 1; step <= store.steps.length; step++) {
        await store.redo(crashed, step - 1);
        expect(await checkQcow2(crashed), `after ${step} steps`).toMatchObject({ corruptions: 0, checkErrors: 0 });
        expect(Buffer.compare(await diskOf(crashed), disk), `after ${step} steps`).toBe(0);
        if (step % 7 !== 0 || lacksQemuImg) continue;
        const path = join(folder, "crashed.qcow2");
        writeFileSync(path, await contentsOf(crashed));
        expect(await qemuCheck(path)).toMatchObject({ corruptions: 0 });
      }
      expect(await checkQcow2(crashed)).toMatchObject({ leaks: 0 });
    }),
  );
});
