// Images whose tables are absurdly long, or lead to one place again and again: what is wrong is counted as qemu-img counts it, in time that the file's size
// bounds, and not what its tables say.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { MemoryStore } from "../../devices/block/memory-store.js";
import { openQcow2 } from "../../devices/block/open.js";
import { checkQcow2 } from "../../devices/block/qcow2/check/check.js";
import { createQcow2 } from "../../devices/block/qcow2/create.js";
import { FIELD, MAX_L1_BYTES } from "../../devices/block/qcow2/header.js";
import { contentsOf } from "../../devices/block/testing/recording-store.js";
import { lacksQemuImg, randomBytes, randoms, tool, withFolder } from "./tools.js";

const NOISE = 1 << 17;

/** An image with noise on its disk. */
async function noisy(clusterSize: number, refcountBits = 16): Promise<DataView> {
  const store = new MemoryStore("image");
  await createQcow2(store, { size: 1 << 30, cluster_size: clusterSize, refcount_bits: refcountBits });
  const image = await openQcow2(store);
  await image.write(0, randomBytes(randoms(5), NOISE));
  await image.close();
  const bytes = await contentsOf(store);
  return new DataView(bytes.buffer);
}

/** The L1 table, which lies before all data, is as long as can be: its entries are whatever comes behind it. */
function lengthenL1(view: DataView): DataView {
  view.setUint32(FIELD.l1Size, MAX_L1_BYTES / 8);
  return view;
}

/** All entries of a long L1 table lead to the first L2 table. */
function repeatL2(view: DataView, entries: number): DataView {
  const l1 = Number(view.getBigUint64(FIELD.l1Offset));
  const first = view.getBigUint64(l1);
  const longer = new DataView(new ArrayBuffer(view.byteLength + 8 * entries));
  new Uint8Array(longer.buffer).set(new Uint8Array(view.buffer));
  longer.setUint32(FIELD.l1Size, entries);
  longer.setBigUint64(FIELD.l1Offset, BigInt(view.byteLength));
  for (let i = 0; i < entries; i++) longer.setBigUint64(view.byteLength + 8 * i, first);
  return longer;
}

class CountingStore extends MemoryStore {
  bytesRead = 0;

  override read(at: number, into: Uint8Array): Promise<void> {
    this.bytesRead += into.length;
    return super.read(at, into);
  }
}

async function check(view: DataView) {
  const store = new CountingStore("image", new Uint8Array(view.buffer));
  const lines: string[] = [];
  const result = await checkQcow2(store, "none", (line) => lines.push(line));
  return { result, lines, timesRead: store.bytesRead / store.size };
}

test("each entry of noise as an L1 table would lead to 262,144 entries behind the end", async () => {
  const { result, lines, timesRead } = await check(lengthenL1(await noisy(2 << 20)));
  expect(result.corruptions).toBeGreaterThan(NOISE / 8);
  expect(lines.length).toBe(10_001);
  expect(timesRead).toBeLessThan(4);
});

test("a hundred thousand entries that lead to one table are as many references to what it leads to", async () => {
  const view = await noisy(65536);
  const { result, timesRead } = await check(repeatL2(view, 100_000));
  expect(result.allocatedClusters).toBe(100_000 * (NOISE / 65536));
  expect(timesRead).toBeLessThan(4);
});

describe.skipIf(lacksQemuImg)("beside qemu-img", { timeout: 200_000 }, () => {
  test.each([
    ["noise as an L1 table", async () => lengthenL1(await noisy(4096))],
    ["one table a thousand times", async () => repeatL2(await noisy(4096), 1000)],
    ["one table more often than a refcount can tell", async () => repeatL2(await noisy(4096, 1), 1000)],
  ])("%s: the same is counted", async (_, make) =>
    withFolder(async (folder) => {
      const view = await make();
      const path = join(folder, "image.qcow2");
      writeFileSync(path, view);
      const { result } = await check(view);
      const { output } = await tool("qemu-img", "check", "-f", "qcow2", "--output=json", path);
      expect(JSON.parse(output)).toMatchObject({
        corruptions: result.corruptions,
        "allocated-clusters": result.allocatedClusters,
        "image-end-offset": result.imageEndOffset,
        "check-errors": 0,
      });
      expect(JSON.parse(output).leaks ?? 0).toBe(result.leaks);
    }),
  );
});
