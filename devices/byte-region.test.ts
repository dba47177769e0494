import { expect, test } from "vitest";
import { ByteRegion } from "./byte-region.js";

const make = () => {
  const bytes = [0x11, 0x22, 0x33];
  const region = new ByteRegion(3, {
    read: (offset) => bytes[offset]!,
    write: (offset, value) => {
      bytes[offset] = value;
    },
  });
  return { bytes, region };
};

test("a wide access is byte accesses at rising offsets, low byte first", () => {
  const { bytes, region } = make();
  expect(region.read(0, 2)).toBe(0x2211);
  region.write(1, 0xbbaa, 2);
  expect(bytes).toEqual([0x11, 0xaa, 0xbb]);
});

test("past the last register it reads ones, unsigned, and writes nowhere", () => {
  const { bytes, region } = make();
  expect(region.read(0, 4)).toBe(0xff332211);
  expect(region.read(2, 4)).toBe(0xffffff33);
  region.write(2, 0xddccbbaa, 4);
  expect(bytes).toEqual([0x11, 0x22, 0xaa]);
});
