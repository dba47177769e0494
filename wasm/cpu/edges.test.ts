// Where addresses wrap, translations go stale, and exceptions meet exceptions: what fuzzing and lockstep runs found.
import { beforeEach, describe, expect, test } from "vitest";
import * as STATE from "../abi/state.js";
import { CODE, cpu, DATA, execute, pageAllBut, ports, powerOn, ram, resume, STACK, setSegment } from "../testing/protected-mode.js";

const PAGE_DIRECTORY = 0xc000;
const PAGE_TABLE = 0xd000;
const PDPT = 0xe000;
const CR0_PE = 1;
const CR0_WP = 0x10000;
const CR0_AM = 0x40000;
const CR0_PG = 0x80000000;
const CR4_PSE = 0x10;
const CR4_PAE = 0x20;
const CR4_SMAP = 0x200000;
const FLAG_RF = 0x10000;
const FLAG_AC = 0x40000;
const INTERRUPT = 0x1f;

const set = (address: number, value: number) => cpu.view.setBigUint64(address, BigInt(value), true);
const dword = (value: number) => [value & 255, (value >> 8) & 255, (value >> 16) & 255, value >>> 24];

beforeEach(() => {
  powerOn();
  set(STATE.CR4, 0);
  set(STATE.DRS + 56, 0x400);
});

test("an interrupt between the iterations of REP finds RF set", () => {
  ports.portOut = () => cpu.setInterrupt(true);
  const { vector, flags, ecx } = execute([0xf3, 0x6e], { ecx: 300, esi: DATA, edx: 0x80 }, { flags: 0x202 });
  expect(vector).toBe(INTERRUPT);
  expect(ecx).toBeGreaterThan(0);
  expect(flags & FLAG_RF).toBe(FLAG_RF);
});

test("EIP stays 32 bits long when the code segment wraps at 4 GiB", () => {
  setSegment(STATE.CS, { base: 0xffff0000 });
  cpu.ram.set([0x90, 0x90, 0xf4], CODE);
  const { vector, eip } = resume(CODE + 0x10000);
  expect({ vector, eip }).toEqual({ vector: -1, eip: CODE + 0x10002 });
});

test("an instruction that goes on in an absent page beyond the segment limit is #GP, not #PF", () => {
  pageAllBut(CODE + 0x1000);
  setSegment(STATE.CS, { limit: CODE + 0xfff });
  cpu.setRegister(STATE.RSP, BigInt(STACK));
  cpu.ram.set([0xb8, 1, 2], CODE + 0xffd);
  expect(resume(CODE + 0xffd).vector).toBe(13);
  setSegment(STATE.CS);
  expect(resume(CODE + 0xffd).vector).toBe(14);
});

describe("translations", () => {
  test("physical addresses above 4 GiB are not those below: reads are ones, writes go nowhere", () => {
    for (let page = 0; page < 256; page++) ram.setBigUint64(PAGE_TABLE + page * 8, BigInt(page * 4096 + 3), true);
    ram.setBigUint64(PAGE_TABLE + (DATA >> 12) * 8, 0x1_0000_0003n + BigInt(DATA + 0x1000), true);
    ram.setBigUint64(PAGE_DIRECTORY, BigInt(PAGE_TABLE + 3), true);
    set(STATE.PDPTES, PAGE_DIRECTORY + 1);
    set(STATE.CR3, PDPT);
    set(STATE.CR4, CR4_PAE);
    set(STATE.CR0, CR0_PG + CR0_PE);
    const { eax, ecx } = execute([0x89, 0x03, 0x8b, 0x03, 0x8b, 0x8b, ...dword(0x1000)], { eax: 5, ebx: DATA });
    expect([eax, ecx]).toEqual([0xffffffff, 0]);
  });

  test("bits 17-21 of a 4 MiB page's entry are reserved where physical addresses have 36 bits", () => {
    for (const bit of [17, 21]) {
      pageAllBut();
      set(STATE.CR4, CR4_PSE);
      ram.setUint32(PAGE_DIRECTORY + 4, 0x83 | (1 << bit), true);
      const { vector, esp } = execute([0x8b, 0x05, ...dword(0x400000)]);
      expect(vector).toBe(14);
      expect(ram.getUint32(esp - 16, true)).toBe(9);
    }
  });

  test("a page fault drops the translation of its page", () => {
    pageAllBut();
    set(STATE.CR0, CR0_PG + CR0_PE + CR0_WP);
    ram.setUint32(PAGE_TABLE + (DATA >> 12) * 4, DATA + 1, true);
    ram.setUint32(DATA + 0x1000, 77, true);
    // Read, then write to the read-only page; the handler maps another page there and reads again.
    cpu.ram.set([0xc7, 0x05, ...dword(PAGE_TABLE + (DATA >> 12) * 4), ...dword(DATA + 0x1003), 0x8b, 0x0b, 0xf4], 0x2000);
    ram.setUint16(0x600 + 14 * 8, 0x2000, true);
    execute([0x8b, 0x03, 0x89, 0x03], { ebx: DATA });
    expect(Number(cpu.register(STATE.RCX))).toBe(77);
  });

  test("both halves of a read-modify-write meet the same page, though its entry was changed and not invalidated", () => {
    for (const increment of [
      [0xff, 0x03],
      [0x66, 0xff, 0x03],
    ]) {
      pageAllBut();
      ram.setUint32(DATA, 0, true);
      ram.setUint32(DATA + 0x1000, 100, true);
      const remap = [0xc7, 0x05, ...dword(PAGE_TABLE + (DATA >> 12) * 4), ...dword(DATA + 0x1003)];
      execute([0xc6, 0x03, 5, ...remap, ...increment], { ebx: DATA });
      expect([ram.getUint32(DATA, true), ram.getUint32(DATA + 0x1000, true)]).toEqual([6, 100]);
    }
  });

  test("EFLAGS.AC lets no descriptor be read from a user page under SMAP", () => {
    pageAllBut();
    ram.setUint32(PAGE_DIRECTORY, PAGE_TABLE + 7, true);
    ram.setUint32(PAGE_TABLE + (DATA >> 12) * 4, DATA + 7, true);
    ram.setBigUint64(DATA + 24, 0x00cf93000000ffffn, true);
    set(STATE.CR4, CR4_SMAP);
    set(STATE.GDTR_LIMIT, DATA + 31);
    // The handlers' own descriptors are at the beginning of the table, on a supervisor page.
    const selector = (DATA + 24 - 0x500) & ~7;
    expect(execute([0x8b, 0x03], { ebx: DATA }, { flags: FLAG_AC | 2 }).vector).toBe(-1);
    expect(execute([0x8e, 0xe2], { ebx: DATA, edx: selector }, { flags: FLAG_AC | 2 }).vector).toBe(14);
    expect(ram.getUint32(STACK - 16, true)).toBe(1);
  });
});

test("a load of the state brings its data breakpoints back to work", () => {
  set(STATE.DRS, DATA);
  set(STATE.DRS + 56, 0x000d0401);
  const state = cpu.saveState();
  powerOn();
  cpu.loadState(state);
  expect(execute([0x89, 0x03], { ebx: DATA }).vector).toBe(1);
});

test("#AC in the delivery of #AC, again and again, is shutdown and no endless loop", () => {
  const CODE3 = 0x1b;
  const DATA3 = 0x23;
  ram.setBigUint64(0x500 + 24, 0x00cffb000000ffffn, true);
  ram.setBigUint64(0x500 + 32, 0x00cff3000000ffffn, true);
  set(STATE.GDTR_LIMIT, 39);
  ram.setUint32(0x600 + 17 * 8, (CODE3 << 16) | 0x811, true);
  cpu.setSegment(STATE.CS, { ...cpu.segment(STATE.CS), selector: CODE3, access: 0xc0fb });
  cpu.setSegment(STATE.SS, { ...cpu.segment(STATE.SS), selector: DATA3, access: 0xc0f3 });
  set(STATE.CPL, 3);
  set(STATE.CR0, CR0_PE + CR0_AM);
  expect(() => execute([0x8b, 0x03], { ebx: DATA + 1, esp: STACK + 1 }, { flags: FLAG_AC | 2 })).toThrow("shutdown");
});
