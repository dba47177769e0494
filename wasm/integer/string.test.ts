// Repeated string instructions where a vector of one instruction cannot look: pages, interrupts, devices, counts of instructions.
import { beforeEach, describe, expect, test } from "vitest";
import { RAM_BASE } from "../abi/layout.js";
import * as STATE from "../abi/state.js";
import { CODE, cpu, DATA, DEVICE, deviceLog, execute, pageAllBut, powerOn, ram, resume, setSegment } from "../testing/protected-mode.js";

beforeEach(powerOn);

const [REP, REPNE, OPSIZE, ADDRSIZE] = [0xf3, 0xf2, 0x66, 0x67];
const [MOVSB, MOVSD, CMPSB, STOSB, STOSD, LODSB, SCASB] = [0xa4, 0xa5, 0xa6, 0xaa, 0xab, 0xac, 0xae];
const [FLAG_D, FLAG_T, FLAG_I] = [0x400, 0x100, 0x200];
const [DB, GP, PF] = [1, 13, 14];
const INTERRUPT = 0x1f;

const bytes = (at: number, length: number) => [...cpu.ram.subarray(at, at + length)];
const fill = (at: number, length: number) =>
  cpu.ram.set(
    Array.from({ length }, (_, i) => (i * 7 + 1) & 0xff),
    at,
  );

describe("REP MOVS and REP STOS", () => {
  test("a copy of three pages and a bit arrives whole", () => {
    fill(DATA + 3, 13000);
    const end = execute([REP, MOVSB], { ecx: 13000, esi: DATA + 3, edi: DATA + 0x8ffe });
    expect([end.ecx, end.esi, end.edi]).toEqual([0, DATA + 3 + 13000, DATA + 0x8ffe + 13000]);
    expect(bytes(DATA + 0x8ffe, 13000)).toEqual(bytes(DATA + 3, 13000));
    expect(bytes(DATA + 0x8ffe + 13000, 4)).toEqual([0, 0, 0, 0]);
  });

  test("a copy to just above its source repeats the pattern, as compilers and games expect", () => {
    cpu.ram.set([1, 2, 3], DATA);
    execute([REP, MOVSB], { ecx: 9, esi: DATA, edi: DATA + 3 });
    expect(bytes(DATA, 12)).toEqual([1, 2, 3, 1, 2, 3, 1, 2, 3, 1, 2, 3]);
  });

  test("with DF set a copy to just below its source repeats the pattern downwards", () => {
    cpu.ram.set([7, 8], DATA + 10);
    execute([REP, MOVSB], { ecx: 4, esi: DATA + 11, edi: DATA + 9 }, { flags: FLAG_D });
    expect(bytes(DATA + 6, 6)).toEqual([7, 8, 7, 8, 7, 8]);
  });

  test("with DF set a dword copy over a page boundary goes down from the last dword", () => {
    fill(DATA + 0xff0, 40);
    const end = execute([REP, MOVSD], { ecx: 10, esi: DATA + 0xff0 + 36, edi: DATA + 0x4002 + 36 }, { flags: FLAG_D });
    expect(bytes(DATA + 0x4002, 40)).toEqual(bytes(DATA + 0xff0, 40));
    expect(end.edi).toBe(DATA + 0x4002 - 4);
  });

  test("a count of zero touches neither memory nor registers", () => {
    const end = execute([REP, STOSB], { ecx: 0, eax: 0x55, edi: DATA });
    expect([end.edi, ram.getUint8(DATA)]).toEqual([DATA, 0]);
  });

  test("a page that is missing stops the copy exactly at its first element, and the copy goes on when it is there", () => {
    pageAllBut(DATA + 0x2000);
    const end = execute([REP, STOSD], { ecx: 2048, eax: 0x01020304, edi: DATA + 0x1002 });
    expect([end.vector, end.eip]).toEqual([PF, CODE]);
    // The dword across the boundary is not written at all.
    expect([end.edi, end.ecx]).toEqual([DATA + 0x1ffe, 2048 - 1023]);
    expect(cpu.view.getUint32(STATE.CR2, true)).toBe(DATA + 0x2000);
    expect(bytes(DATA + 0x1ffa, 8)).toEqual([4, 3, 2, 1, 0, 0, 0, 0]);
    pageAllBut();
    cpu.setRegister(STATE.RSP, BigInt(end.esp));
    expect(resume(end.eip)).toMatchObject({ vector: -1, ecx: 0, edi: DATA + 0x1002 + 8192 });
    expect(ram.getUint32(DATA + 0x1002 + 8188, true)).toBe(0x01020304);
  });

  test("elements below a segment's limit are stored before the one beyond it faults", () => {
    setSegment(STATE.ES, { base: DATA, limit: 9 });
    const end = execute([REP, STOSD], { ecx: 5, eax: 0x11111111, edi: 0 });
    expect([end.vector, end.eip, end.ecx, end.edi]).toEqual([GP, CODE, 3, 8]);
    expect(bytes(DATA + 6, 4)).toEqual([0x11, 0x11, 0, 0]);
  });

  test("16-bit addresses wrap at 64 KiB and leave the upper halves of the registers alone", () => {
    setSegment(STATE.ES, { base: DATA, limit: 0xffff });
    const end = execute([ADDRSIZE, REP, STOSB], { ecx: 0xabcd0004, eax: 0x77, edi: 0x1234fffe });
    expect([end.ecx, end.edi]).toEqual([0xabcd0000, 0x12340002]);
    expect([...bytes(DATA + 0xfffe, 2), ...bytes(DATA, 3)]).toEqual([0x77, 0x77, 0x77, 0x77, 0]);
  });

  test("a device sees every element in order, and no other access", () => {
    execute([REP, OPSIZE, MOVSD], { ecx: 3, esi: DEVICE + 2, edi: DEVICE + 0x100 });
    expect(deviceLog).toEqual(["r 2 2", "w 256 2 2", "r 4 2", "w 258 2 4", "r 6 2", "w 260 2 6"]);
  });

  test("ROM takes the writes of REP STOS and keeps its contents", () => {
    cpu.mapPages(DATA, 0x1000, "rom", RAM_BASE + DATA);
    fill(DATA, 16);
    const before = bytes(DATA, 16);
    expect(execute([REP, STOSB], { ecx: 16, edi: DATA }).ecx).toBe(0);
    expect(bytes(DATA, 16)).toEqual(before);
    cpu.mapPages(DATA, 0x1000, "ram", RAM_BASE + DATA);
  });

  test("code that was overwritten by REP MOVS is executed as it is now", () => {
    // mov al,1 at DATA, run once; then replaced by mov al,2 and run again.
    execute([0xb0, 1], {}, { at: DATA });
    cpu.ram.set([0xb0, 2], DATA + 0x2000);
    const end = execute([REP, MOVSB, 0xb9, DATA & 0xff, (DATA >> 8) & 0xff, DATA >> 16, 0, 0xff, 0xe1], {
      ecx: 2,
      esi: DATA + 0x2000,
      edi: DATA,
    });
    expect(end.eax).toBe(2);
  });
});

describe("between the iterations", () => {
  test("an interrupt is taken at a page boundary, with EIP at the instruction and the registers advanced", () => {
    cpu.setInterrupt(true);
    // STI holds interrupts off for one instruction: the first chunk of REP STOS.
    const end = execute([0xfb, REP, STOSB], { ecx: 0x3000, edi: DATA + 0x800 });
    expect([end.vector, end.eip, end.edi, end.ecx]).toEqual([INTERRUPT, CODE + 1, DATA + 0x1000, 0x3000 - 0x800]);
    expect(end.flags & FLAG_I).toBe(FLAG_I);
  });

  test("single-stepping traps after every iteration", () => {
    const end = execute([REP, STOSB], { ecx: 3, edi: DATA }, { flags: FLAG_T });
    expect([end.vector, end.eip, end.ecx, end.edi]).toEqual([DB, CODE, 2, DATA + 1]);
  });

  test("single-stepping the last iteration traps behind the instruction", () => {
    expect(execute([REP, STOSB], { ecx: 1, edi: DATA }, { flags: FLAG_T })).toMatchObject({ vector: DB, eip: CODE + 2, ecx: 0 });
  });

  test("a copy counts one instruction a page, whether its pages hold decoded code or not", () => {
    const plain = execute([REP, STOSB], { ecx: 0x3000, edi: DATA }).instructions;
    execute([0x90], {}, { at: DATA + 0x1800 });
    expect(execute([REP, STOSB], { ecx: 0x3000, edi: DATA }).instructions).toBe(plain);
    expect(plain).toBe(3 + 1);
  });
});

describe("REP CMPS and REPNE SCAS", () => {
  const [FLAG_Z, FLAG_C] = [0x40, 1];

  test("REPE CMPSB stops behind the first difference, with the flags of that comparison", () => {
    cpu.ram.set([1, 2, 3, 4], DATA);
    cpu.ram.set([1, 2, 9, 4], DATA + 0x100);
    const end = execute([REP, CMPSB], { ecx: 4, esi: DATA, edi: DATA + 0x100 });
    expect([end.ecx, end.esi, end.edi, end.flags & (FLAG_Z | FLAG_C)]).toEqual([1, DATA + 3, DATA + 0x103, FLAG_C]);
  });

  test("REPNE SCASB finds the end of a string that lies on two pages", () => {
    cpu.ram.fill(0x41, DATA + 0xff0, DATA + 0x1010);
    const end = execute([REPNE, SCASB], { ecx: 0xffffffff, eax: 0, edi: DATA + 0xff0 });
    expect([end.edi, end.ecx, end.flags & FLAG_Z]).toEqual([DATA + 0x1011, 0xffffffff - 0x21, FLAG_Z]);
  });

  test("a count that runs out leaves the flags of the last comparison", () => {
    const end = execute([REPNE, SCASB], { ecx: 2, eax: 1, edi: DATA });
    expect([end.ecx, end.edi, end.flags & FLAG_Z]).toEqual([0, DATA + 2, 0]);
  });

  test("a count of zero leaves the flags alone", () => {
    expect(execute([REP, CMPSB], { esi: DATA, edi: DATA + 1 }, { flags: FLAG_C }).flags & (FLAG_Z | FLAG_C)).toBe(FLAG_C);
  });
});

describe("segments", () => {
  test("an override applies to the source and never to ES:EDI", () => {
    setSegment(STATE.FS, { base: DATA, limit: 0xffff });
    ram.setUint8(DATA + 5, 0x99);
    execute([0x64, MOVSB], { esi: 5, edi: DATA + 0x100 });
    expect(ram.getUint8(DATA + 0x100)).toBe(0x99);
    setSegment(STATE.FS, { base: 0x40000, limit: 0xffff });
    execute([0x64, STOSB], { eax: 0x98, edi: DATA + 0x101 });
    expect(ram.getUint8(DATA + 0x101)).toBe(0x98);
  });

  test("LODSB beyond the limit of DS faults and loads nothing", () => {
    setSegment(STATE.DS, { base: DATA, limit: 3 });
    expect(execute([LODSB], { eax: 0x55, esi: 4 })).toMatchObject({ vector: GP, eax: 0x55, esi: 4 });
  });
});
