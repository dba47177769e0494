import fc from "fast-check";
import { expect, test } from "vitest";
import { BlockError } from "../store.js";
import { firstDifference } from "../testing/recording-store.js";
import { compressCluster, decompressCluster } from "./compression.js";
import type { CompressionType } from "./header.js";

const CLUSTER = 4096;
const TYPES: readonly CompressionType[] = ["zlib", "zstd"];
const cluster = fc
  .array(fc.tuple(fc.uint8Array({ minLength: 1, maxLength: 40 }), fc.integer({ min: 1, max: 60 })), { minLength: 1, maxLength: 20 })
  .map((parts) => {
    const bytes = new Uint8Array(CLUSTER);
    let at = 0;
    for (const [part, times] of parts)
      for (let time = 0; time < times && at + part.length <= CLUSTER; time++, at += part.length) bytes.set(part, at);
    return bytes;
  });

for (const type of TYPES) {
  test(`${type}: a cluster comes back as it was, whatever follows it in its last sector`, async () => {
    await fc.assert(
      fc.asyncProperty(cluster, fc.uint8Array({ maxLength: 511 }), async (contents, rest) => {
        const packed = await compressCluster(type, contents);
        if (packed === undefined) return;
        const bytes = new Uint8Array(packed.length + rest.length);
        bytes.set(packed);
        bytes.set(rest, packed.length);
        expect(firstDifference(await decompressCluster(type, bytes, CLUSTER, "image"), contents)).toBe(-1);
      }),
      { numRuns: 60 },
    );
  });

  test(`${type}: damaged data gives a cluster or an error that names the image, and the next is not disturbed`, async () => {
    const sound = new Uint8Array(CLUSTER).map((_, index) => ((index % 300) * 7) ^ (index >> 9));
    const packed = (await compressCluster(type, sound))!;
    await fc.assert(
      fc.asyncProperty(fc.nat(), fc.nat(255), fc.nat(packed.length), async (where, value, length) => {
        const bytes = packed.slice();
        bytes[where % bytes.length] = value;
        const cut = where % 3 === 0 ? bytes.subarray(0, length) : bytes;
        try {
          expect((await decompressCluster(type, cut, CLUSTER, "image")).length).toBe(CLUSTER);
        } catch (error) {
          expect(error).toBeInstanceOf(BlockError);
          expect((error as Error).message).toMatch(/^image: a compressed cluster/);
        }
        expect(firstDifference(await decompressCluster(type, packed, CLUSTER, "image"), sound)).toBe(-1);
      }),
      { numRuns: 150 },
    );
  });
}

test("a zstd frame that promises more than a cluster, or wants a window of gigabytes, is not decompressed", async () => {
  const promise = Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd, 0xe0, 0xff, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 1, 0, 0);
  const window = Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd, 0x00, 0xff, 1, 0, 0);
  for (const bytes of [promise, window])
    await expect(decompressCluster("zstd", bytes, CLUSTER, "image")).rejects.toThrow("can not be decompressed");
});

test("what does not become smaller is not compressed", async () => {
  let state = 1;
  const noise = new Uint8Array(CLUSTER).map(() => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state >>> 24;
  });
  for (const type of TYPES) expect(await compressCluster(type, noise)).toBeUndefined();
});
