// Stack instructions and near branches where segments, sizes and faults matter: what user-mode vectors cannot show.
import { beforeEach, describe, expect, test } from "vitest";
import * as STATE from "../abi/state.js";
import { CODE, DATA, execute, pageAllBut, powerOn, ram, STACK, setSegment } from "../testing/protected-mode.js";

beforeEach(powerOn);

const [DE, BR, UD, SS, GP, PF] = [0, 5, 6, 12, 13, 14];
const OPSIZE = 0x66;
const [PUSHA, POPA, LEAVE] = [0x60, 0x61, 0xc9];

/** A 16-bit stack segment at DATA. The exception frames lie there too. */
const smallStack = (limit = 0xffff) => setSegment(STATE.SS, { base: DATA, limit, big: false });

describe("a 16-bit stack", () => {
  test("wraps from 0 to FFFE and leaves the upper half of ESP alone", () => {
    smallStack();
    const end = execute([OPSIZE, 0x50], { eax: 0xbeef, esp: 0xabcd0000 });
    expect(end.esp).toBe(0xabcdfffe);
    expect(ram.getUint16(DATA + 0xfffe, true)).toBe(0xbeef);
  });

  test("PUSHA wraps word by word", () => {
    smallStack();
    const end = execute([OPSIZE, PUSHA], { eax: 0xa, ecx: 0xc, esp: 2, edi: 0xd1 });
    expect(end.esp).toBe(0xfff2);
    expect([ram.getUint16(DATA, true), ram.getUint16(DATA + 0xfffe, true), ram.getUint16(DATA + 0xfff2, true)]).toEqual([0xa, 0xc, 0xd1]);
  });

  test("LEAVE takes the frame from BP, not EBP", () => {
    smallStack();
    ram.setUint32(DATA + 0x200, 0x12345678, true);
    expect(execute([LEAVE], { ebp: 0x99990200, esp: 0x100 })).toMatchObject({ ebp: 0x12345678, esp: 0x204 });
  });
});

describe("faults leave the registers as they were", () => {
  const registers = { eax: 1, ecx: 2, edx: 3, ebx: 4, ebp: 6, esi: 7, edi: 8 };

  test("PUSHA that runs into a missing page", () => {
    pageAllBut(DATA);
    // Four registers fit above the missing page, and then the frame of the fault does: if ESP had moved it would not.
    const end = execute([PUSHA], { ...registers, esp: DATA + 0x1010 });
    expect(end).toMatchObject({ ...registers, vector: PF, eip: CODE, esp: DATA + 0x1010 });
  });

  test("POPA that runs into a missing page", () => {
    pageAllBut(DATA);
    const end = execute([POPA], { ...registers, esp: DATA - 16 });
    expect(end).toMatchObject({ ...registers, vector: PF, eip: CODE, esp: DATA - 16 });
  });

  test("POP to memory that is missing", () => {
    pageAllBut(DATA);
    const end = execute([0x8f, 0x03], { ebx: DATA });
    expect([end.vector, end.esp]).toEqual([PF, STACK]);
  });

  test("ENTER whose new frame is missing", () => {
    pageAllBut(DATA);
    // enter 0x1000,0: the saved EBP can be written, the final stack pointer cannot.
    const end = execute([0xc8, 0x00, 0x10, 0], { esp: DATA + 0x1f00, ebp: 6 });
    expect([end.vector, end.esp, end.ebp]).toEqual([PF, DATA + 0x1f00, 6]);
  });

  test("XADD, XCHG and CMPXCHG on a page that is missing", () => {
    pageAllBut(DATA);
    for (const code of [
      [0x0f, 0xc1, 0x03],
      [0x87, 0x03],
      [0x0f, 0xb1, 0x0b],
    ])
      expect(execute(code, { eax: 5, ebx: DATA, ecx: 7 })).toMatchObject({ vector: PF, eax: 5, ecx: 7 });
  });

  test("CMPXCHG8B that compares unequal needs a writable operand all the same", () => {
    setSegment(STATE.DS, { base: 0, limit: 0xfff });
    expect(execute([0x0f, 0xc7, 0x0b], { ebx: 0xffc, eax: 1 })).toMatchObject({ vector: GP, eax: 1, edx: 0 });
  });

  test("LOOP to beyond the code segment does not count", () => {
    setSegment(STATE.CS, { limit: CODE + 0x10 });
    expect(execute([0xe2, 0x40], { ecx: 5 })).toMatchObject({ vector: GP, eip: CODE, ecx: 5 });
  });

  test("CALL to beyond the code segment does not push", () => {
    setSegment(STATE.CS, { limit: CODE + 0x100 });
    ram.setUint32(STACK - 4, 0x77777777, true);
    const end = execute([0xe8, 0, 1, 0, 0]);
    expect([end.vector, end.eip, end.esp]).toEqual([GP, CODE, STACK]);
  });

  test("RET to beyond the code segment does not pop", () => {
    setSegment(STATE.CS, { limit: CODE + 0x100 });
    ram.setUint32(STACK, 0x50000, true);
    expect(execute([0xc3])).toMatchObject({ vector: GP, eip: CODE, esp: STACK });
  });

  test("a pop across the limit of SS is #SS", () => {
    setSegment(STATE.SS, { limit: STACK + 2 });
    expect(execute([0x58], { eax: 9 })).toMatchObject({ vector: SS, eip: CODE, esp: STACK, eax: 9 });
  });
});

describe("branches", () => {
  test("a 16-bit relative jump wraps inside 64 KiB", () => {
    ram.setUint8(0x0, 0);
    // jmp word -> (CODE + 4 + 0xf000) & ffff = 4: a HLT is put there.
    ram.setUint8(CODE + 4 - 0x1000, 0xf4);
    expect(execute([OPSIZE, 0xe9, 0x00, 0xf0]).eip).toBe(4);
  });

  test("a 16-bit indirect jump clears the upper half of EIP", () => {
    ram.setUint8(4, 0xf4);
    expect(execute([OPSIZE, 0xff, 0xe0], { eax: 0x00010004 }).eip).toBe(4);
  });

  test("a 16-bit CALL pushes two bytes and RET takes two", () => {
    // call +1 (over the HLT); ret with a 16-bit operand comes back to the HLT.
    const end = execute([OPSIZE, 0xe8, 1, 0, 0xf4, OPSIZE, 0xc3], {});
    expect([end.eip, end.esp]).toEqual([CODE + 4, STACK]);
  });

  test("RET imm16 frees the parameters, all 64 KiB of them unsigned", () => {
    ram.setUint32(STACK, CODE + 0x100, true);
    ram.setUint8(CODE + 0x100, 0xf4);
    expect(execute([0xc2, 0xf0, 0xff]).esp).toBe(STACK + 4 + 0xfff0);
  });

  test("JECXZ and LOOP use CX under an address-size prefix", () => {
    ram.setUint8(CODE + 0x13, 0xf4);
    expect(execute([0x67, 0xe3, 0x10], { ecx: 0x10000 }).eip).toBe(CODE + 0x13);
    expect(execute([0x67, 0xe2, 0x10], { ecx: 0x10000 })).toMatchObject({ eip: CODE + 0x13, ecx: 0x1ffff });
  });
});

describe("checks", () => {
  test("BOUND compares signed and raises #BR outside, with EIP at the instruction", () => {
    ram.setInt32(DATA, -5, true);
    ram.setInt32(DATA + 4, 5, true);
    const bound = [0x62, 0x03];
    expect(execute(bound, { eax: -5, ebx: DATA }).vector).toBe(-1);
    expect(execute(bound, { eax: 5, ebx: DATA }).vector).toBe(-1);
    expect(execute(bound, { eax: -6, ebx: DATA })).toMatchObject({ vector: BR, eip: CODE });
  });

  test("AAM with a base of zero is a divide error", () => {
    expect(execute([0xd4, 0], { eax: 7 })).toMatchObject({ vector: DE, eip: CODE, eax: 7 });
  });

  test("IDIV of the least dividend by -1 is a divide error in every size", () => {
    expect(execute([0xf6, 0xf9], { eax: 0x8000, ecx: 0xff }).vector).toBe(DE);
    expect(execute([OPSIZE, 0xf7, 0xf9], { edx: 0x8000, ecx: 0xffff }).vector).toBe(DE);
    expect(execute([0xf7, 0xf9], { edx: 0x80000000, ecx: 0xffffffff }).vector).toBe(DE);
  });

  test("LOCK is undefined before instructions that do not write memory", () => {
    expect(execute([0xf0, 0x01, 0x03], { ebx: DATA, eax: 3 }).vector).toBe(-1);
    for (const code of [
      [0xf0, 0x01, 0xc3],
      [0xf0, 0x39, 0x03],
      [0xf0, 0x90],
      [0xf0, 0x8b, 0x03],
    ])
      expect(execute(code, { ebx: DATA }).vector).toBe(UD);
  });

  test("LEA, CMPXCHG8B and BOUND are undefined with a register", () => {
    for (const code of [
      [0x8d, 0xc0],
      [0x0f, 0xc7, 0xc8],
      [0x62, 0xc0],
    ])
      expect(execute(code).vector).toBe(UD);
  });

  test("a hint's operand is not touched", () => {
    pageAllBut(DATA);
    expect(execute([0x0f, 0x1f, 0x03, 0x0f, 0x18, 0x0b, 0x0f, 0x0d, 0x03], { ebx: DATA }).vector).toBe(-1);
  });

  test("BTS addresses the bit string around its operand, below it for negative offsets", () => {
    execute([0x0f, 0xab, 0x03], { ebx: DATA + 0x100, eax: -33 });
    expect(ram.getUint32(DATA + 0xf8, true)).toBe(0x80000000);
    execute([0x67, 0x0f, 0xab, 0x07], { ebx: 0x100, eax: 0x80000 + 5 });
    expect(ram.getUint32(0x100, true)).toBe(0x20);
  });
});
