// What cached translations let through, and when they are forgotten. Each program runs in one go: synchronize() empties the TLBs.
import { beforeEach, expect, test } from "vitest";
import * as STATE from "../abi/state.js";
import { CODE, cpu, DATA, execute, pageAllBut, powerOn, ram } from "../testing/protected-mode.js";
import { enterRing3, USER_DATA } from "../testing/ring3.js";

const PAGE_TABLE = 0xd000;
const CR4_PGE = 0x80;
const PAGE_FAULT = 14;
const GENERAL_PROTECTION = 13;
const PRESENT = 1;
const WRITABLE = 2;
const GLOBAL = 0x100;
/** A page that the programs map anew, and the frames it is mapped to. */
const PAGE = DATA;
const [OLD, NEW] = [DATA + 0x1000, DATA + 0x2000];

const set = (address: number, value: number) => cpu.view.setBigUint64(address, BigInt(value), true);
const dword = (value: number) => [value & 255, (value >> 8) & 255, (value >> 16) & 255, value >>> 24];
const entryOf = (linear: number) => PAGE_TABLE + (linear >> 12) * 4;
const flagsOf = (bits: number) => PRESENT | WRITABLE | bits;

const MOV_EAX_CR3 = [0x0f, 0x20, 0xd8];
const MOV_CR3_EAX = [0x0f, 0x22, 0xd8];
const loadEbx = (linear: number) => [0x8b, 0x1d, ...dword(linear)];
const loadEcx = (linear: number) => [0x8b, 0x0d, ...dword(linear)];
const loadEdx = (linear: number) => [0x8b, 0x15, ...dword(linear)];
const storeDword = (linear: number, value: number) => [0xc7, 0x05, ...dword(linear), ...dword(value)];

beforeEach(() => {
  powerOn();
  set(STATE.CR4, 0);
});

for (const [kind, bits, forgotten] of [
  ["a page", 0, true],
  ["a global page", GLOBAL, false],
] as const) {
  test(`MOV to CR3 ${forgotten ? "forgets" : "keeps"} where ${kind} was`, () => {
    pageAllBut();
    set(STATE.CR4, CR4_PGE);
    ram.setUint32(entryOf(PAGE), OLD + flagsOf(bits), true);
    ram.setUint32(OLD, 1, true);
    ram.setUint32(NEW, 2, true);
    const remap = storeDword(entryOf(PAGE), NEW + flagsOf(bits));
    const program = [...loadEbx(PAGE), ...remap, ...loadEcx(PAGE), ...MOV_EAX_CR3, ...MOV_CR3_EAX, ...loadEdx(PAGE)];
    const { ebx, ecx, edx } = execute(program);
    expect([ebx, ecx, edx]).toEqual([1, 1, forgotten ? 2 : 1]);
  });

  test(`MOV to CR3 ${forgotten ? "forgets" : "keeps"} the code of ${kind}`, () => {
    pageAllBut();
    set(STATE.CR4, CR4_PGE);
    ram.setUint32(entryOf(PAGE), OLD + flagsOf(bits), true);
    // INC EDI, or INC ESI; RET.
    cpu.ram.set([0x47, 0xc3], OLD);
    cpu.ram.set([0x46, 0xc3], NEW);
    const call = [0xb9, ...dword(PAGE), 0xff, 0xd1];
    const remap = storeDword(entryOf(PAGE), NEW + flagsOf(bits));
    const { edi, esi } = execute([...call, ...remap, ...MOV_EAX_CR3, ...MOV_CR3_EAX, ...call]);
    expect([edi, esi]).toEqual(forgotten ? [1, 1] : [2, 0]);
  });
}

test("many switches of address space neither forget global code nor keep other code", () => {
  pageAllBut();
  set(STATE.CR4, CR4_PGE);
  // Two pages of code, one of them global: each switch fills one entry anew, which is more fills than the lists hold.
  for (const [page, bits] of [
    [DATA, 0],
    [DATA + 0x1000, GLOBAL],
  ] as const) {
    ram.setUint32(entryOf(page), page + flagsOf(bits), true);
    cpu.ram.set([0x47, 0xc3], page);
  }
  // mov ebp, 3000; l: mov ecx, DATA; call ecx; add ecx, 1000H; call ecx; mov eax, cr3; mov cr3, eax; dec ebp; jnz l
  const loop = [0xb9, ...dword(DATA), 0xff, 0xd1, 0x81, 0xc1, ...dword(0x1000), 0xff, 0xd1, ...MOV_EAX_CR3, ...MOV_CR3_EAX, 0x4d];
  const { edi } = execute([0xbd, ...dword(3000), ...loop, 0x75, 256 - loop.length - 2]);
  expect(edi).toBe(6000);
});

test("loading a selector reads a table that the program itself may not read, before and after", () => {
  pageAllBut();
  enterRing3({ supervisorPages: [0] });
  // mov es, [USER_DATA]; mov ebx, [500H]: the descriptor tables are in page 0.
  const load = [0xb8, ...dword(USER_DATA), 0x8e, 0xc0];
  const { vector, eip } = execute([...load, ...load, ...loadEbx(0x500)]);
  expect([vector, eip]).toEqual([PAGE_FAULT, CODE + load.length * 2]);
  expect(cpu.view.getUint32(STATE.CR2, true)).toBe(0x500);
  expect(cpu.segment(STATE.ES).selector).toBe(USER_DATA);
});

test("the accessed bit of a descriptor is set in a table that the program may not write", () => {
  pageAllBut();
  enterRing3({ supervisorPages: [0] });
  const descriptor = 0x500 + (USER_DATA & ~7);
  ram.setUint8(descriptor + 5, 0xf2);
  const { vector } = execute([0xb8, ...dword(USER_DATA), 0x8e, 0xc0]);
  expect(vector).toBe(GENERAL_PROTECTION);
  expect(ram.getUint8(descriptor + 5)).toBe(0xf3);
});

test("after a write has found a page's new place, reads go there too", () => {
  pageAllBut();
  ram.setUint32(entryOf(PAGE), OLD + flagsOf(0), true);
  ram.setUint32(OLD, 1, true);
  const remap = storeDword(entryOf(PAGE), NEW + flagsOf(0));
  const { ebx, ecx } = execute([...loadEbx(PAGE), ...remap, ...storeDword(PAGE, 7), ...loadEcx(PAGE)]);
  expect([ebx, ecx]).toEqual([1, 7]);
});

test("until it is told, a page that was written stays where it was, for reads as for writes", () => {
  pageAllBut();
  ram.setUint32(entryOf(PAGE), OLD + flagsOf(0), true);
  const remap = storeDword(entryOf(PAGE), NEW + flagsOf(0));
  const { ebx, ecx } = execute([...storeDword(PAGE, 5), ...remap, ...loadEbx(PAGE), ...storeDword(PAGE, 7), ...loadEcx(PAGE)]);
  expect([ebx, ecx]).toEqual([5, 7]);
});

test("a page that became global between a read and a write is forgotten by MOV to CR3 for reads and writes alike", () => {
  pageAllBut();
  set(STATE.CR4, CR4_PGE);
  ram.setUint32(entryOf(PAGE), OLD + flagsOf(0), true);
  ram.setUint32(NEW, 2, true);
  const become = storeDword(entryOf(PAGE), OLD + flagsOf(GLOBAL));
  const remap = storeDword(entryOf(PAGE), NEW + flagsOf(GLOBAL));
  const reload = [...MOV_EAX_CR3, ...MOV_CR3_EAX];
  execute([...loadEbx(PAGE), ...become, ...storeDword(PAGE, 5), ...remap, ...reload, ...storeDword(PAGE + 4, 7)]);
  expect([ram.getUint32(OLD + 4, true), ram.getUint32(NEW + 4, true)]).toEqual([0, 7]);
});
