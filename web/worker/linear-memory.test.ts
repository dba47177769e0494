import { beforeEach, describe, expect, test } from "vitest";
import type { Cpu } from "../../core/cpu/cpu.js";
import { builtProcessor } from "../../core/cpu/testing/built-processor.js";
import { smallMachine } from "../../core/cpu/testing/small-machine.js";
import * as LAYOUT from "../../wasm/abi/layout.js";
import * as STATE from "../../wasm/abi/state.js";
import { disassemble } from "./disassembly.js";
import { LinearMemory, paging } from "./linear-memory.js";

const RAM = 1 << 20;
const PG = 0x80000001;
const PRESENT = 1;
const LARGE = 0x80;

describe("guest memory as seen from outside", () => {
  let cpu: Cpu;
  let memory: LinearMemory;
  const state = (at: number, value: number) => cpu.view.setUint32(at, value, true);
  const poke = (physical: number, value: number) => cpu.view.setUint32(LAYOUT.RAM_BASE + physical, value, true);

  beforeEach(() => {
    cpu = smallMachine({ module: builtProcessor(), ramBytes: RAM }).cpu;
    memory = new LinearMemory(cpu);
  });

  test("without paging linear addresses are physical ones", () => {
    poke(0x1234, 0xcafebabe);
    expect(paging(cpu)).toBe("off");
    expect(memory.value(0x1234, 4)).toBe(0xcafebabe);
  });

  test("where nothing is, nothing is read", () => {
    expect(memory.byte(RAM)).toBeUndefined();
    expect(memory.value(RAM - 2, 4)).toBeUndefined();
    expect(memory.bytes(RAM - 3, 16).length).toBe(3);
  });

  test("a closed A20 gate folds the second megabyte onto the first", () => {
    state(STATE.A20_MASK, 0xffefffff);
    poke(0x40, 7);
    expect(memory.byte(0x100040)).toBe(7);
  });

  test("32-bit paging goes through directory and table", () => {
    state(STATE.CR0, PG);
    state(STATE.CR3, 0x1000);
    poke(0x1000 + 0x300 * 4, 0x2000 | PRESENT);
    poke(0x2000 + 5 * 4, 0x3000 | PRESENT);
    poke(0x3678, 0x11223344);
    expect(memory.value(0xc0005678, 4)).toBe(0x11223344);
    expect(memory.byte(0xc0006678)).toBeUndefined();
    expect(memory.byte(0x00005678)).toBeUndefined();
  });

  test("a 4 MiB page counts only while CR4.PSE is set", () => {
    state(STATE.CR0, PG);
    state(STATE.CR3, 0x1000);
    poke(0x1000 + 4, PRESENT | LARGE);
    poke(0x4321, 9);
    expect(memory.byte(0x404321)).toBeUndefined();
    state(STATE.CR4, 1 << 4);
    expect(memory.byte(0x404321)).toBe(9);
  });

  test("PAE paging takes the pointers that were loaded with CR3", () => {
    state(STATE.CR0, PG);
    state(STATE.CR4, 1 << 5);
    state(STATE.PDPTES + 3 * 8, 0x1000 | PRESENT);
    poke(0x1000 + 2 * 8, 0x2000 | PRESENT);
    poke(0x2000 + 1 * 8, 0x3000 | PRESENT);
    poke(0x1000 + 3 * 8, PRESENT | LARGE);
    poke(0x3010, 0x55);
    expect(paging(cpu)).toBe("PAE");
    expect(memory.byte(0xc0401010)).toBe(0x55);
    expect(memory.byte(0xc0603010)).toBe(0x55);
    expect(memory.byte(0x80401010)).toBeUndefined();
  });

  test("a listing holds the instructions before the current one and those after it", () => {
    // mov eax, 1; inc eax; jmp short to itself; hlt
    cpu.bytes.set([0xb8, 1, 0, 0, 0, 0x40, 0xeb, 0xfe, 0xf4], LAYOUT.RAM_BASE + 0x100);
    const lines = disassemble(memory, { base: 0x100, offset: 6, bits: 32 });
    const current = lines.findIndex((line) => line.current);
    expect(lines[current]).toEqual({ offset: 6, bytes: "eb fe", mnemonic: "jmp", operands: "short 6", current: true });
    expect(lines.slice(0, current).map((line) => `${line.offset} ${line.mnemonic} ${line.operands}`)).toEqual([
      "0 mov eax, 1",
      "5 inc eax",
    ]);
    expect(lines[current + 1]).toMatchObject({ offset: 8, mnemonic: "hlt", operands: "", bytes: "f4" });
  });

  test("bytes that are no instruction are listed as data", () => {
    cpu.bytes.set([0x0f, 0x04], LAYOUT.RAM_BASE);
    expect(disassemble(memory, { base: 0, offset: 0, bits: 32 })[0]).toMatchObject({ mnemonic: "db", operands: "0x0f, 0x04, 0x00" });
  });
});
