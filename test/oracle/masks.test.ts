import { Decoder, DecoderOptions } from "iced-x86";
import { expect, test } from "vitest";
import { defaultImage } from "./cases.js";
import { ECX } from "./layout.js";
import { undefinedDestination, undefinedFlags } from "./masks.js";

const [CF, AF, OF] = [0x1, 0x10, 0x800];

function flagsOf(bytes: number[], cl = 0): number {
  const input = defaultImage();
  input.setGpr(ECX, cl);
  return undefinedFlags(new Decoder(32, Uint8Array.from(bytes), DecoderOptions.None).decode(), input, true);
}

test("a shift by zero leaves no flag open, by one only AF, by more OF too", () => {
  expect([0x20, 1, 5].map((cl) => flagsOf([0xd3, 0xe0], cl))).toEqual([0, AF, AF | OF]);
});

test("CF is open when SHL or SHR shifts out more than there is, but SAR's is the sign", () => {
  expect(flagsOf([0xd2, 0xe0], 9)).toBe(AF | OF | CF);
  expect(flagsOf([0xd2, 0xf8], 9)).toBe(AF | OF);
});

test("a rotate leaves AF alone", () => {
  expect(flagsOf([0xd3, 0xc0], 3)).toBe(OF);
});

test("ADD leaves no flag open", () => {
  expect(flagsOf([0x01, 0xc0])).toBe(0);
});

test("the result of a 16-bit SHLD by more than 16 is open, of a 32-bit one it is not", () => {
  const of = (bytes: number[]): boolean =>
    undefinedDestination(new Decoder(32, Uint8Array.from(bytes), DecoderOptions.None).decode(), defaultImage());
  expect(of([0x66, 0x0f, 0xa4, 0xc8, 17])).toBe(true);
  expect(of([0x66, 0x0f, 0xa4, 0xc8, 16])).toBe(false);
  expect(of([0x0f, 0xa4, 0xc8, 17])).toBe(false);
});
