import { expect, test } from "vitest";
import { buildMpTables } from "./mp-tables.js";

const ADDRESS = 0xf0040;

function parse() {
  const functions = [
    { slot: 1, device: { interruptPin: 1 } },
    { slot: 2, device: { interruptPin: 0 } },
    { slot: 3, device: { interruptPin: 1 } },
    { slot: 3, device: { interruptPin: 1 } },
  ];
  const bytes = buildMpTables({ address: ADDRESS, ioApicId: 0, pirqPin: 16, functions });
  const view = new DataView(bytes.buffer);
  const table = view.getUint32(4, true) - ADDRESS;
  const entries: number[][] = [];
  let at = table + 44;
  for (let index = 0; index < view.getUint16(table + 34, true); index++) {
    const length = bytes[at] === 0 ? 20 : 8;
    entries.push([...bytes.subarray(at, at + length)]);
    at += length;
  }
  return { bytes, view, table, entries, end: at };
}

const sum = (bytes: Uint8Array) => bytes.reduce((total, byte) => total + byte, 0) & 0xff;

test("floating pointer and configuration table sum to zero, and the table is as long as its entries", () => {
  const { bytes, view, table, end } = parse();
  expect(String.fromCharCode(...bytes.subarray(0, 4))).toBe("_MP_");
  expect(sum(bytes.subarray(0, 16))).toBe(0);
  expect(String.fromCharCode(...bytes.subarray(table, table + 4))).toBe("PCMP");
  expect(view.getUint16(table + 4, true)).toBe(end - table);
  expect(sum(bytes.subarray(table, end))).toBe(0);
});

test("one processor, two buses and one I/O APIC, in the order of their types", () => {
  const { entries } = parse();
  const types = entries.map(([type]) => type!);
  expect(types.slice(0, 4)).toEqual([0, 1, 1, 2]);
  expect([...types].sort()).toEqual(types);
});

test("IRQ 0 is on pin 2, the others on their own, and the cascade is not told", () => {
  const { entries } = parse();
  const isa = entries.filter(([type, kind, , , bus]) => type === 3 && kind === 0 && bus === 1);
  expect(isa.map((entry) => [entry[5], entry[7]])).toEqual([
    [0, 2],
    ...[1, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15].map((irq) => [irq, irq]),
  ]);
});

test("each slot's pin in use is told once, rotated by slot over pins 16-19", () => {
  const { entries } = parse();
  const pci = entries.filter(([type, , , , bus]) => type === 3 && bus === 0);
  expect(pci.map((entry) => [entry[5], entry[7]])).toEqual([
    [4, 16],
    [12, 18],
  ]);
});

test("LINT0 is the 8259s' and LINT1 NMI on every processor", () => {
  const { entries } = parse();
  const local = entries.filter(([type]) => type === 4);
  expect(local.map((entry) => [entry[1], entry[6], entry[7]])).toEqual([
    [3, 0xff, 0],
    [1, 0xff, 1],
  ]);
});
