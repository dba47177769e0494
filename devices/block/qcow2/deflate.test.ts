import fc from "fast-check";
import { inflateSync } from "fflate";
import { expect, test } from "vitest";
import { firstDifference } from "../testing/recording-store.js";
import { deflate } from "./deflate.js";
import { codeLengths } from "./huffman.js";

const piece = fc.oneof(
  fc.uint8Array({ maxLength: 300 }),
  fc.tuple(fc.nat(255), fc.integer({ min: 1, max: 9000 })).map(([byte, length]) => new Uint8Array(length).fill(byte)),
  fc.integer({ min: 1, max: 7000 }).map((period) => Uint8Array.from({ length: 9000 }, (_, index) => ((index % period) * 31) >> 2)),
);

test("what deflate() makes inflates to what it was given", () => {
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 8 }), (pieces) => {
      const bytes = Uint8Array.from(pieces.flatMap((part) => Array.from(part)));
      expect(firstDifference(inflateSync(deflate(bytes)), bytes)).toBe(-1);
    }),
    { numRuns: 60 },
  );
});

test("blocks end and others begin in long inputs", () => {
  let state = 1;
  const noise = () => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return state >>> 27;
  };
  const bytes = Uint8Array.from({ length: 200_000 }, noise);
  const packed = deflate(bytes);
  expect(packed.length).toBeLessThan(bytes.length * 0.66);
  expect(firstDifference(inflateSync(packed), bytes)).toBe(-1);
});

test("no code is longer than the limit, and the codes fill the tree", () => {
  const fibonacci = [1, 1];
  while (fibonacci.length < 30) fibonacci.push(fibonacci.at(-1)! + fibonacci.at(-2)!);
  const lengths = codeLengths(fibonacci, 15);
  expect(Math.max(...lengths)).toBeLessThanOrEqual(15);
  expect(lengths.reduce((sum, length) => sum + 2 ** -length, 0)).toBe(1);
});
