import { describe, expect, test } from "vitest";
import { createBoard } from "../testing/test-board.js";
import { prepareDirectBoot } from "./direct-boot.js";

describe("what a guest finds", () => {
  test("the PCI functions of an i440FX machine", () => {
    const { config } = createBoard();
    expect(config(0, 0, 0)).toBe(0x12378086);
    expect(config(1, 0, 0)).toBe(0x70008086);
    expect(config(1, 3, 0)).toBe(0x71138086);
    expect(config(2, 0, 0)).toBe(0x11111234);
    expect(config(3, 0, 0)).toBe(0xffffffff);
  });

  test("port CF9 in the middle of CONFIG_ADDRESS resets", () => {
    const { ports, seen, config } = createBoard();
    config(0, 0, 0);
    ports.write(0xcf9, 6, 1);
    expect(seen.resets).toBe(1);
  });

  test("the debug ports", () => {
    const { ports, seen } = createBoard();
    for (const byte of [0x68, 0x69]) ports.write(0xe9, byte, 1);
    ports.write(0xf4, 3, 1);
    expect(seen.console).toBe("hi");
    expect(seen.exits).toEqual([7]);
  });
});

describe("interrupts", () => {
  test("the 8254 reaches the processor through 8259 and LINT0 in virtual wire mode", () => {
    const { board, ports, scheduler, intr } = createBoard();
    prepareDirectBoot(board);
    ports.write(0x21, 0xfa, 1);
    expect(intr.level).toBe(false);
    scheduler.advance(60e6);
    expect(intr.level).toBe(true);
    expect(board.acknowledge()).toBe(0x08);
    expect(intr.level).toBe(false);
  });

  test("the 8254 reaches the processor through I/O APIC pin 2", () => {
    const { board, memory, scheduler, intr } = createBoard();
    prepareDirectBoot(board);
    memory.write(0xfec00000, 0x14, 4);
    memory.write(0xfec00010, 0x31, 4);
    scheduler.advance(60e6);
    expect(intr.level).toBe(true);
    expect(board.acknowledge()).toBe(0x31);
  });

  test("INTA of slot 2 is on I/O APIC pin 17, and on the IRQ its PIIX3 route names", () => {
    const { board, ports, memory, intr } = createBoard();
    prepareDirectBoot(board);
    const device = board.vgaPci;
    expect(device.interruptPin).toBe(0);
    const wire = board.piix3.pirqs[1]!;
    ports.write(0x21, 0xfb, 1);
    ports.write(0xa1, 0xfb, 1);
    wire.set(true);
    expect(intr.level).toBe(true);
    expect(board.acknowledge()).toBe(0x72);
    wire.set(false);
    memory.write(0xfec00000, 0x10 + 17 * 2, 4);
    expect(memory.read(0xfec00010, 4)).toBe(0x10000);
  });
});

describe("direct boot", () => {
  test("opens all shadow RAM, A20 and the framebuffer, and shows a blank text screen", () => {
    const { board, seen, config, memory } = createBoard();
    prepareDirectBoot(board);
    expect(seen.shadow.slice(-13).every((area) => area.endsWith(" ram"))).toBe(true);
    expect(seen.a20).toBe(true);
    expect(board.vga.textScreen()).toEqual(new Array(25).fill(" ".repeat(80)));
    const base = (config(2, 0, 0x10) & ~15) >>> 0;
    memory.write(base, 0x12345678, 4);
    expect(memory.read(base, 4)).toBe(0x12345678);
  });

  test("puts the RSDP and the MP floating pointer where systems look, with sums of zero", () => {
    const { board, ram } = createBoard();
    const { rsdp, mpFloatingPointer } = prepareDirectBoot(board);
    const text = (at: number, length: number) => String.fromCharCode(...ram.subarray(at, at + length));
    const sum = (at: number, length: number) => ram.subarray(at, at + length).reduce((a, b) => a + b, 0) & 0xff;
    expect(rsdp % 16 === 0 && rsdp >= 0xe0000).toBe(true);
    expect(text(rsdp, 8)).toBe("RSD PTR ");
    expect([sum(rsdp, 20), sum(rsdp, 36)]).toEqual([0, 0]);
    expect(mpFloatingPointer % 16 === 0 && mpFloatingPointer >= 0xf0000).toBe(true);
    expect(text(mpFloatingPointer, 4)).toBe("_MP_");
    const view = new DataView(ram.buffer);
    const table = view.getUint32(mpFloatingPointer + 4, true);
    expect(text(table, 4)).toBe("PCMP");
    expect([sum(mpFloatingPointer, 16), sum(table, view.getUint16(table + 4, true))]).toEqual([0, 0]);
  });

  test("power-off by PM1 control and the ACPI enable command work at the ports the FADT names", () => {
    const { board, ports, seen } = createBoard();
    prepareDirectBoot(board);
    ports.write(0xb2, 0xf1, 1);
    expect(ports.read(0x604, 2)).toBe(1);
    ports.write(0x604, 0x2001, 2);
    expect(seen.powerOffs).toBe(1);
  });
});

test("a saved board loaded into a fresh one saves the same again", () => {
  const a = createBoard();
  prepareDirectBoot(a.board);
  a.ports.write(0x21, 0xfa, 1);
  a.scheduler.advance(60e6);
  const b = createBoard();
  b.scheduler.advanceTo(a.scheduler.now());
  const names = a.board.devices.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  a.board.devices.forEach((device, index) => {
    b.board.devices[index]!.load(device.save());
  });
  a.board.devices.forEach((device, index) => {
    expect(b.board.devices[index]!.save(), device.name).toEqual(device.save());
  });
  expect(b.intr.level).toBe(true);
  expect(b.board.acknowledge()).toBe(0x08);
});
