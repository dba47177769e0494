import { expect, test } from "vitest";
import { defaultImage } from "./cases.js";
import { decodeVectors, encodeVectors, MODE_16, MODE_32, type Vector } from "./format.js";
import { IMAGE_RIP, IMAGE_SIZE, type StateImage } from "./layout.js";

function vector(mode: number, change: (input: StateImage, output: StateImage) => void): Vector {
  const input = defaultImage();
  const output = defaultImage();
  change(input, output);
  return { mode, code: Uint8Array.of(0x66, 0x90), input: input.bytes, output: output.bytes };
}

const VECTORS = [
  vector(MODE_32, (_, output) => output.setU32(IMAGE_RIP, 0x1234)),
  vector(MODE_16, (input, output) => {
    input.setGpr(0, 0xffffffff);
    output.bytes[IMAGE_SIZE - 1] = 0x77;
  }),
  vector(MODE_32, () => {}),
];

test("vectors come back from a file as they went in, from a Node buffer too", () => {
  const bytes = encodeVectors({ bits: 32, seed: 7, vectors: VECTORS }, defaultImage().bytes);
  for (const form of [bytes, Buffer.from(bytes)]) {
    const file = decodeVectors(form);
    expect([file.bits, file.seed, file.count]).toEqual([32, 7, 3]);
    expect([...file.vectors].map((v) => ({ ...v, code: [...v.code] }))).toEqual(VECTORS.map((v) => ({ ...v, code: [...v.code] })));
  }
});

test("a vector that changes little takes few bytes", () => {
  const empty = encodeVectors({ bits: 32, seed: 7, vectors: [] }, defaultImage().bytes).length;
  const one = encodeVectors({ bits: 32, seed: 7, vectors: VECTORS.slice(0, 1) }, defaultImage().bytes).length;
  expect(one - empty).toBeLessThan(16);
});

test("a file that is cut short, or is something else, is refused with a sentence", () => {
  const bytes = encodeVectors({ bits: 32, seed: 7, vectors: VECTORS }, defaultImage().bytes);
  expect(() => [...decodeVectors(bytes.subarray(0, bytes.length - 3)).vectors]).toThrow("cut short");
  expect(() => decodeVectors(new Uint8Array(64))).toThrow("not a vector file");
});
