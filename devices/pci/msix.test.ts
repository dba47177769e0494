import { expect, test } from "vitest";
import { FlatSpace } from "../testing/flat-space.js";
import { COMMAND, PciFunction } from "./function.js";
import { MSIX_MOST, Msix } from "./msix.js";

const BASE = 0xe0000000;

function createFunction(vectors = 3) {
  const memory = new FlatSpace();
  const device = new PciFunction("device", { vendor: 1, device: 2, classCode: 0, interruptPin: 1 });
  const sent: string[] = [];
  let changes = 0;
  const msix = new Msix(device, vectors, { bar: 1, memory }, () => changes++);
  device.connect(undefined, (address, data) => sent.push(`${address.toString(16)} ${data.toString(16)}`));
  device.writeConfig(0x14, BASE, 4);
  device.writeConfig(COMMAND, 6, 2);
  const capability = device.readConfig(0x34, 1);
  const control = (value: number) => device.writeConfig(capability + 2, value, 2);
  const entry = (vector: number, ...words: number[]) => {
    words.forEach((word, i) => {
      memory.write(BASE + 16 * vector + 4 * i, word, 4);
    });
  };
  return { memory, device, msix, sent, control, entry, capability, changes: () => changes };
}

test("the capability says how many vectors there are and where table and pending bits lie", () => {
  const { device, capability } = createFunction(5);
  expect(device.readConfig(0x06, 2) & 0x10).toBe(0x10);
  expect(device.readConfig(capability, 4)).toBe(0x00040011);
  expect(device.readConfig(capability + 4, 4)).toBe(1);
  expect(device.readConfig(capability + 8, 4)).toBe(0x801);
});

test("a vector is sent as its entry says, once MSI-X is enabled", () => {
  const { msix, sent, control, entry } = createFunction();
  entry(1, 0xfee01004, 0, 0x4051, 0);
  msix.signal(1);
  expect(sent).toEqual([]);
  control(0x8000);
  msix.signal(1);
  msix.signal(3);
  expect(sent).toEqual(["fee01004 4051"]);
});

test("a masked vector is pending, and sent when it is unmasked", () => {
  const { msix, memory, sent, control, entry } = createFunction();
  control(0x8000);
  entry(2, 0xfee00000, 0, 0x52);
  msix.signal(2);
  expect([sent.length, memory.read(BASE + 0x800, 4)]).toEqual([0, 4]);
  entry(2, 0xfee00000, 0, 0x53, 0);
  expect([sent, memory.read(BASE + 0x800, 4)]).toEqual([["fee00000 53"], 0]);
});

test("the function mask holds all of them back", () => {
  const { msix, sent, control, entry, changes } = createFunction();
  entry(0, 0xfee00000, 0, 0x50, 0);
  control(0xc000);
  msix.signal(0);
  expect(sent).toEqual([]);
  control(0x8000);
  expect(sent).toEqual(["fee00000 50"]);
  expect(changes()).toBe(2);
});

test("nothing is sent above 4 GiB, nor by a function that is no bus master", () => {
  const { msix, sent, control, entry, device } = createFunction();
  control(0x8000);
  entry(0, 0xfee00000, 1, 0x50, 0);
  msix.signal(0);
  entry(1, 0xfee00000, 0, 0x51, 0);
  device.writeConfig(COMMAND, 2, 2);
  msix.signal(1);
  expect(sent).toEqual([]);
});

test("the table reads back in any width, and takes whole words", () => {
  const { memory, entry } = createFunction();
  entry(1, 0xfee12345, 2, 0x1234, 0xffffffff);
  expect([memory.read(BASE + 16, 2), memory.read(BASE + 18, 2), memory.read(BASE + 17, 1)]).toEqual([0x2345, 0xfee1, 0x23]);
  expect(memory.read(BASE + 28, 4)).toBe(1);
  memory.write(BASE + 16, 0, 2);
  memory.write(BASE + 17, 0, 1);
  memory.write(BASE + 0x800, 0xffffffff, 4);
  memory.write(BASE + 48, 0xffffffff, 4);
  expect([memory.read(BASE + 16, 4), memory.read(BASE + 0x800, 4), memory.read(BASE + 48, 4)]).toEqual([0xfee12345, 0, 0]);
});

test("after a reset all vectors are masked", () => {
  const { msix, memory } = createFunction(2);
  msix.reset();
  expect([memory.read(BASE + 12, 4), memory.read(BASE + 28, 4)]).toEqual([1, 1]);
});

test("as many vectors as there is room for", () => {
  expect(createFunction(MSIX_MOST).msix.vectors).toBe(128);
  expect(() => createFunction(MSIX_MOST + 1)).toThrow(RangeError);
});
