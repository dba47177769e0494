import { crc32 as crc32OfZlib } from "node:zlib";
import fc from "fast-check";
import { expect, test } from "vitest";
import { crc32 } from "../../devices/crc32.js";

test("the CRC-32 of any bytes, wherever they lie, is zlib's", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), fc.nat({ max: 20 }), (bytes, from) => {
      const part = bytes.subarray(Math.min(from, bytes.length));
      expect(crc32(part)).toBe(crc32OfZlib(part));
    }),
  );
});
