import { expect, test } from "vitest";
import { type CmosContents, fillCmos } from "./cmos.js";

function filled(contents: CmosContents): Map<number, number> {
  const bytes = new Map<number, number>();
  fillCmos(contents, (index, value) => bytes.set(index, value));
  return bytes;
}

const word = (bytes: Map<number, number>, index: number) => bytes.get(index)! | (bytes.get(index + 1)! << 8);

test("256 MiB: 640 KiB base, extended memory capped at 65,535 KiB, the rest above 16 MiB in 64 KiB units", () => {
  const bytes = filled({ memoryBelow4G: 256 << 20 });
  expect(word(bytes, 0x15)).toBe(640);
  expect(word(bytes, 0x17)).toBe(0xffff);
  expect(word(bytes, 0x30)).toBe(0xffff);
  expect(word(bytes, 0x34)).toBe((240 << 20) / 65_536);
  expect(word(bytes, 0x5b)).toBe(0);
});

test("8 MiB: extended memory below 16 MiB and none above", () => {
  const bytes = filled({ memoryBelow4G: 8 << 20 });
  expect(word(bytes, 0x17)).toBe(7 * 1024);
  expect(word(bytes, 0x34)).toBe(0);
});

test("memory above 4 GiB takes three bytes, and stops at their largest number", () => {
  const above = (size: number) => {
    const bytes = filled({ memoryBelow4G: 3 * 2 ** 30, memoryAbove4G: size });
    return [0x5b, 0x5c, 0x5d].map((index) => bytes.get(index));
  };
  expect(above(0x12_3456 * 65_536)).toEqual([0x56, 0x34, 0x12]);
  expect(above(2 ** 45)).toEqual([0xff, 0xff, 0xff]);
});

test("boot order: first and second in 3DH, third in the high half of 38H", () => {
  const bytes = filled({ memoryBelow4G: 1 << 24, bootOrder: ["cdrom", "disk", "floppy"] });
  expect([bytes.get(0x3d), bytes.get(0x38)]).toEqual([0x23, 0x11]);
});

test("equipment: coprocessor and pointing device, and as many floppies as there are", () => {
  expect(filled({ memoryBelow4G: 1 << 24 }).get(0x14)).toBe(0x06);
  const two = filled({ memoryBelow4G: 1 << 24, floppies: ["1.44M", "360K"], disks: 1 });
  expect([two.get(0x14), two.get(0x10), two.get(0x12)]).toEqual([0x47, 0x41, 0xf0]);
});

test("the checksum is the sum of 10H to 2DH, high byte first", () => {
  const bytes = filled({ memoryBelow4G: 64 << 20, floppies: ["1.44M"] });
  let sum = 0;
  for (let index = 0x10; index <= 0x2d; index++) sum += bytes.get(index) ?? 0;
  expect((bytes.get(0x2e)! << 8) | bytes.get(0x2f)!).toBe(sum);
});

test("the clock's own registers and the century are left alone", () => {
  const indexes = [...filled({ memoryBelow4G: 1 << 24 }).keys()];
  expect(indexes.filter((index) => index < 0x0e || index === 0x32)).toEqual([]);
});
