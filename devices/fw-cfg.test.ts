import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { AccessSize } from "../core/bus/device.js";
import { FwCfg } from "./fw-cfg.js";
import { expectDamageRefused, transplant } from "./testing/round-trip.js";

const RAM = 0x40000;

function setUp() {
  const ram = new Uint8Array(RAM);
  const written: number[] = [];
  const device = new FwCfg({
    size: RAM,
    read: (address, length) => {
      const bytes = new Uint8Array(length).fill(0xff);
      if (address < RAM) bytes.set(ram.subarray(address, address + length));
      return bytes;
    },
    readInto: (address, into) => into.set(ram.subarray(address, address + into.length)),
    write: (address, bytes) => {
      written.push(bytes.length);
      if (address < RAM) ram.set(bytes.subarray(0, RAM - address), address);
    },
  });
  device.addFile("etc/one", Uint8Array.of(1, 2, 3));
  device.addFile("etc/two", new Uint8Array(70_000).fill(0x22));
  const select = (key: number) => device.ports.write(0, key, 2);
  const read = (count: number) => Array.from({ length: count }, () => device.ports.read(1, 1));
  const dma = (control: number, length: number, address: number) => {
    const view = new DataView(ram.buffer);
    view.setUint32(0x100, control);
    view.setUint32(0x104, length);
    view.setBigUint64(0x108, BigInt(address));
    device.dma.write(4, 0x00010000, 4);
    return view.getUint32(0x100);
  };
  return { device, ram, written, select, read, dma };
}

function fileNames(read: (count: number) => number[]): [name: string, key: number, size: number][] {
  const number = (bytes: number[]) => bytes.reduce((value, byte) => value * 256 + byte, 0);
  return Array.from({ length: number(read(4)) }, () => {
    const size = number(read(4));
    const key = number(read(2));
    read(2);
    const name = String.fromCharCode(...read(56)).replace(/\0.*$/s, "");
    return [name, key, size];
  });
}

test("the signature and the DMA feature bit", () => {
  const { select, read } = setUp();
  select(0);
  expect(String.fromCharCode(...read(4))).toBe("QEMU");
  select(1);
  expect(read(4)).toEqual([3, 0, 0, 0]);
});

test("the directory lists files with big-endian sizes and keys from 20H on", () => {
  const { select, read } = setUp();
  select(0x19);
  expect(fileNames(read)).toEqual([
    ["etc/one", 0x20, 3],
    ["etc/two", 0x21, 70_000],
  ]);
});

test("a replaced file keeps its key", () => {
  const { device, select, read } = setUp();
  device.addFile("etc/one", Uint8Array.of(9));
  select(0x19);
  expect(fileNames(read)[0]).toEqual(["etc/one", 0x20, 1]);
  select(0x20);
  expect(read(2)).toEqual([9, 0]);
});

test("past the end of an item, and in one that is not there, zeros are read", () => {
  const { select, read } = setUp();
  select(0x20);
  expect(read(5)).toEqual([1, 2, 3, 0, 0]);
  select(0x1234);
  expect(read(2)).toEqual([0, 0]);
});

describe("DMA", () => {
  test("the address register reads as a signature", () => {
    const { device } = setUp();
    expect([device.dma.read(0, 4), device.dma.read(4, 4)]).toEqual([0x554d4551, 0x47464320]);
  });

  test("selects, skips and reads, and clears the control word", () => {
    const { ram, dma } = setUp();
    expect(dma(0x0020000c, 1, 0)).toBe(0);
    expect(dma(2, 4, 0x2000)).toBe(0);
    expect([...ram.subarray(0x2000, 0x2004)]).toEqual([2, 3, 0, 0]);
  });

  test("a large item arrives whole", () => {
    const { ram, dma } = setUp();
    dma(0x0021000a, 70_000, 0x8000);
    expect(ram.subarray(0x8000, 0x8000 + 70_000).every((byte) => byte === 0x22)).toBe(true);
    expect(ram[0x8000 + 70_000]).toBe(0);
  });

  test("a write ends in the error bit", () => {
    const { dma } = setUp();
    expect(dma(0x00200018, 1, 0x2000)).toBe(1);
  });

  test("a length of 4 GiB writes no more than there is memory, in pieces", () => {
    const { written, dma } = setUp();
    dma(0x0021000a, 0xffffffff, 0);
    expect(written.reduce((sum, length) => sum + length, 0)).toBeLessThanOrEqual(RAM + 4);
    expect(Math.max(...written)).toBeLessThanOrEqual(0x10000);
  });
});

const access = fc.record({ offset: fc.nat(9), value: fc.nat(0xffffffff), size: fc.constantFrom<AccessSize>(1, 2, 4) });

test("whatever is written, nothing throws, and a copy from the saved state reads on alike", () => {
  fc.assert(
    fc.property(fc.array(access), (accesses) => {
      const a = setUp();
      for (const { offset, value, size } of accesses) {
        if (offset < 2) a.device.ports.write(offset, value, size);
        else a.device.dma.write(offset - 2, value, size);
        a.device.ports.read(offset & 1, size);
      }
      const b = setUp();
      transplant(a.device, b.device);
      expect(b.read(4)).toEqual(a.read(4));
    }),
  );
});

test("a damaged record is refused", () => {
  expectDamageRefused(setUp().device);
});
