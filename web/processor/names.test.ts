import { expect, test } from "vitest";
import { CR0_BITS, hex, segmentKind, setBits } from "./names.js";

test("a flat 32-bit code segment of ring 0 may be read and executed", () => {
  expect(segmentKind(0xc09b)).toBe("32 r-x ring 0");
});

test("execute-only code and read-only data say what they permit", () => {
  expect(segmentKind(0xc0f9)).toBe("32 --x ring 3");
  expect(segmentKind(0x00f1)).toBe("16 r-- ring 3");
});

test("system descriptors are named by their type", () => {
  expect(segmentKind(0x008b)).toBe("TSS 32 busy");
  expect(segmentKind(0x0082)).toBe("LDT");
});

test("bit 31 counts as any other", () => {
  expect(setBits(0x80000011, CR0_BITS).map((b) => b.name)).toEqual(["PE", "ET", "PG"]);
  expect(hex(0x80000011 | 0)).toBe("80000011");
});
