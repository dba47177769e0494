import { Decoder, DecoderOptions } from "iced-x86";
import { expect, test } from "vitest";
import { defaultImage } from "./cases.js";
import { faultOrderIsFree, notComparable } from "./known-differences.js";
import { DATA_BASE, EAX, ECX, EDI, ESI, ESP, IMAGE_RFLAGS, IMAGE_VECTOR } from "./layout.js";

const MOVSB = [0xf3, 0xa4];
const MOVSW = [0xf3, 0xa5];

/** Whether a move from the data page is compared. `ahead`: bytes from source to destination; `upper`: upper half of EDI. */
function isCompared(bytes: number[], { bits = 16, ahead = 14, count = 783, upper = 0x3294, flags = 0 }): boolean {
  const input = defaultImage();
  input.setGpr(ESI, DATA_BASE + 0x490);
  input.setGpr(EDI, (upper << 16) | (DATA_BASE + 0x490 + ahead));
  input.setGpr(ECX, count);
  input.setU32(IMAGE_RFLAGS, input.u32(IMAGE_RFLAGS) | flags);
  return notComparable(new Decoder(bits, Uint8Array.from(bytes), DecoderOptions.None).decode(), input, input) === undefined;
}

test("a 16-bit REP MOVS into its own source is left out only where Zen 5 does not see the overlap", () => {
  expect(isCompared(MOVSB, {})).toBe(false);
  expect(isCompared([0x67, ...MOVSB], { bits: 32 })).toBe(false);
  expect(isCompared(MOVSB, { upper: 0 })).toBe(true);
  expect(isCompared(MOVSB, { ahead: -14 })).toBe(true);
  expect(isCompared(MOVSB, { flags: 0x400 })).toBe(true);
  expect(isCompared(MOVSB, { bits: 32 })).toBe(true);
  expect(isCompared(MOVSB.slice(1), {})).toBe(true);
});

test("what does not overlap is compared, by bytes and not by elements", () => {
  expect(isCompared(MOVSB, { count: 14 })).toBe(true);
  expect(isCompared(MOVSW, { count: 8 })).toBe(false);
  expect(isCompared(MOVSW, { count: 7 })).toBe(true);
});

test("of an operand on the stack that is misaligned, and beyond the segment's end, either fault is right", () => {
  const isFree = (bytes: number[], esp: number, vectors = [13, 12]) => {
    const input = defaultImage();
    input.setGpr(ESP, esp);
    input.setGpr(EAX, esp);
    const [expected, got] = vectors.map((vector) => {
      const image = defaultImage();
      image.setU32(IMAGE_VECTOR, vector);
      return image;
    });
    return faultOrderIsFree(new Decoder(32, Uint8Array.from(bytes), DecoderOptions.None).decode(), input, expected!, got!);
  };
  const punpckhdq = [0x66, 0x0f, 0x6a, 0x3c, 0x24];
  expect(isFree(punpckhdq, 0x10008)).toBe(true);
  expect(isFree(punpckhdq, 0x10000)).toBe(false);
  expect(isFree(punpckhdq, 0x10008, [14, 12])).toBe(false);
  // [EAX] and a quadword.
  expect(isFree([0x66, 0x0f, 0x6a, 0x38], 0x10008)).toBe(false);
  expect(isFree([0x0f, 0x6a, 0x3c, 0x24], 0x10008)).toBe(false);
});

test("a loop into the middle of itself is not compared", () => {
  const image = defaultImage();
  const reason = (bytes: number[]) => notComparable(new Decoder(32, Uint8Array.from(bytes), DecoderOptions.None).decode(), image, image);
  expect(reason([0x67, 0x66, 0xe0, 0xfe])).toMatch(/as long as ECX/);
  expect(reason([0x67, 0x66, 0xe0, 0xfc])).toBeUndefined();
  expect(reason([0xe0, 0xfe])).toBeUndefined();
  expect(reason([0x67, 0x66, 0xe0, 0])).toBeUndefined();
});
