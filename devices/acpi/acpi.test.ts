import { describe, expect, test } from "vitest";
import { pcAcpi } from "../boards/pc-acpi.js";
import * as aml from "./aml.js";
import { acpiFiles } from "./fw-cfg-loader.js";
import { placeAcpi } from "./tables.js";

const BASE = 0xf1000;

function text(bytes: Uint8Array, at: number, length: number): string {
  return String.fromCharCode(...bytes.subarray(at, at + length));
}

function sum(bytes: Uint8Array, at: number, length: number): number {
  return bytes.subarray(at, at + length).reduce((total, byte) => total + byte, 0) & 0xff;
}

/** Follows the pointers from the RSDP as a system does. */
function walk() {
  const { tables, rsdp } = placeAcpi(pcAcpi(), BASE);
  const view = new DataView(tables.buffer);
  const root = new DataView(rsdp.buffer);
  const at = (address: number) => address - BASE;
  const rsdt = at(root.getUint32(16, true));
  const xsdt = at(Number(root.getBigUint64(24, true)));
  const entries = (table: number, size: 4 | 8) => {
    const count = (view.getUint32(table + 4, true) - 36) / size;
    return Array.from({ length: count }, (_, index) => at(view.getUint32(table + 36 + index * size, true)));
  };
  const found = new Map(entries(rsdt, 4).map((table) => [text(tables, table, 4), table]));
  return { tables, rsdp, view, rsdt, xsdt, entries, found, at };
}

describe("the tables", () => {
  test("RSDT and XSDT name the same tables, and every table sums to zero", () => {
    const { tables, view, rsdt, xsdt, entries, found, at } = walk();
    expect([text(tables, rsdt, 4), text(tables, xsdt, 4)]).toEqual(["RSDT", "XSDT"]);
    expect(entries(xsdt, 8)).toEqual(entries(rsdt, 4));
    expect([...found.keys()]).toEqual(["FACP", "APIC"]);
    const dsdt = at(view.getUint32(found.get("FACP")! + 40, true));
    for (const table of [rsdt, xsdt, dsdt, ...found.values()]) expect(sum(tables, table, view.getUint32(table + 4, true))).toBe(0);
  });

  test("the RSDP sums to zero over its first 20 bytes and over all 36", () => {
    const { rsdp } = walk();
    expect(text(rsdp, 0, 8)).toBe("RSD PTR ");
    expect([sum(rsdp, 0, 20), sum(rsdp, 0, 36)]).toEqual([0, 0]);
  });

  test("the FADT says the same in its narrow and wide fields", () => {
    const { tables, view, found, at } = walk();
    const fadt = found.get("FACP")!;
    expect(view.getUint32(fadt + 4, true)).toBe(244);
    const facs = at(view.getUint32(fadt + 36, true));
    expect(text(tables, facs, 4)).toBe("FACS");
    expect(facs % 64).toBe(0);
    expect(view.getBigUint64(fadt + 140, true)).toBe(BigInt(view.getUint32(fadt + 40, true)));
    // Blocks: event, control, timer, GPE0: 32-bit field, its length in bytes, and the generic address.
    for (const [narrow, length, wide] of [
      [56, 88, 148],
      [64, 89, 172],
      [76, 91, 208],
      [80, 92, 220],
    ] as const) {
      expect(tables[fadt + wide]).toBe(1);
      expect(tables[fadt + wide + 1]).toBe(tables[fadt + length]! * 8);
      expect(view.getBigUint64(fadt + wide + 4, true)).toBe(BigInt(view.getUint32(fadt + narrow, true)));
    }
    expect(view.getUint32(fadt + 76, true)).toBe(0x608);
  });

  test("the MADT lists one processor, the I/O APIC, the overrides of IRQ 0 and 9, and NMI on LINT1", () => {
    const { tables, view, found } = walk();
    const madt = found.get("APIC")!;
    const entries: number[][] = [];
    for (let at = madt + 44; at < madt + view.getUint32(madt + 4, true); at += tables[at + 1]!) {
      entries.push([...tables.subarray(at, at + tables[at + 1]!)]);
    }
    expect(entries.map(([type]) => type)).toEqual([0, 1, 2, 2, 4]);
    expect(entries[2]!.slice(2, 8)).toEqual([0, 0, 2, 0, 0, 0]);
    expect(entries[3]!.slice(2)).toEqual([0, 9, 9, 0, 0, 0, 0x0d, 0]);
    expect(entries[4]!.slice(2)).toEqual([0xff, 0, 0, 1]);
  });
});

describe("firmware", () => {
  /** What firmware does with the script: allocate, patch pointers, patch checksums. */
  function runLoader(script: Uint8Array, files: ReadonlyMap<string, Uint8Array>, addresses: ReadonlyMap<string, number>) {
    const view = new DataView(script.buffer);
    const memory = new Map([...files].map(([name, bytes]) => [name, bytes.slice()]));
    const string = (at: number) => text(script, at, 56).replace(/\0.*$/s, "");
    const allocated: string[] = [];
    for (let at = 0; at < script.length; at += 128) {
      const file = string(at + 4);
      const bytes = memory.get(file)!;
      switch (view.getUint32(at, true)) {
        case 1:
          allocated.push(file);
          expect(addresses.get(file)! % view.getUint32(at + 60, true)).toBe(0);
          break;
        case 2: {
          const offset = view.getUint32(at + 116, true);
          const target = new DataView(bytes.buffer);
          target.setUint32(offset, target.getUint32(offset, true) + addresses.get(string(at + 60))!, true);
          break;
        }
        case 3: {
          const [offset, start, length] = [60, 64, 68].map((field) => view.getUint32(at + field, true)) as [number, number, number];
          bytes[offset] = bytes[offset]! - sum(bytes, start, length);
          break;
        }
      }
    }
    expect(allocated.sort()).toEqual([...addresses.keys()].sort());
    return memory;
  }

  test("that runs the loader script ends with the tables that direct boot places itself", () => {
    const files = new Map(acpiFiles(pcAcpi()).map(({ name, bytes }) => [name, bytes]));
    const script = files.get("etc/table-loader")!;
    const addresses = new Map([
      ["etc/acpi/tables", 0x7fe0000],
      ["etc/acpi/rsdp", 0xf5b00],
    ]);
    const memory = runLoader(script, files, addresses);
    const placed = placeAcpi(pcAcpi(), 0x7fe0000);
    expect(memory.get("etc/acpi/tables")).toEqual(placed.tables);
    expect(memory.get("etc/acpi/rsdp")).toEqual(placed.rsdp);
  });
});

describe("AML", () => {
  test("names: one segment, two, many, with root and parent prefixes", () => {
    expect(aml.nameString("ISA")).toEqual([...aml.ascii("ISA_")]);
    expect(aml.nameString("\\_SB.PCI0")).toEqual([0x5c, 0x2e, ...aml.ascii("_SB_PCI0")]);
    expect(aml.nameString("^A.B.C")).toEqual([0x5e, 0x2f, 3, ...aml.ascii("A___B___C___")]);
  });

  test("integers take the shortest form", () => {
    expect([0, 1, 2, 0xff, 0x100, 0x10000].map(aml.integer)).toEqual([[0], [1], [0x0a, 2], [0x0a, 0xff], [0x0b, 0, 1], [0x0c, 0, 0, 1, 0]]);
  });

  test("EISA identifiers are compressed: PNP0A03 is 030AD041", () => {
    expect(aml.eisaId("PNP0A03")).toEqual([0x0c, 0x41, 0xd0, 0x0a, 0x03]);
  });

  test("package lengths count themselves, in one to three bytes", () => {
    const scopeOf = (bytes: number) => aml.scope("X", new Array(bytes).fill(0xa3));
    // One byte: up to 63 with itself and the name's four.
    expect(scopeOf(58).slice(0, 2)).toEqual([0x10, 63]);
    // Two: low four bits in the first.
    expect(scopeOf(59).slice(0, 3)).toEqual([0x10, 0x41, 0x04]);
    expect(scopeOf(4000).length).toBe(1 + 2 + 4 + 4000);
    // Three, from 4,096 on.
    const large = scopeOf(5000);
    const length = 3 + 4 + 5000;
    expect(large.slice(0, 4)).toEqual([0x10, 0x80 | (length & 15), (length >> 4) & 0xff, length >> 12]);
  });
});
