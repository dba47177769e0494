// Instructions that lie on two pages: decoded once, and yet always what the two pages hold at the moment.
import { beforeEach, describe, expect, test } from "vitest";
import * as STATE from "../abi/state.js";
import { CODE, cpu, DATA, execute, pageAllBut, powerOn, ram, resume, STACK, setSegment } from "../testing/protected-mode.js";

const PAGE_TABLE = 0xd000;
/** Where the second page begins. */
const EDGE = CODE + 0x1000;
const MOV_EAX = 0xb8;
const HLT = 0xf4;

const dword = (value: number) => [value & 255, (value >> 8) & 255, (value >> 16) & 255, value >>> 24];
/** MOV EAX, value; HLT: two bytes before the edge, the rest behind. */
const moveAcross = (value: number) => cpu.ram.set([MOV_EAX, ...dword(value), HLT], EDGE - 2);
const pageOf = (linear: number) => PAGE_TABLE + (linear >> 12) * 4;
/** CALL to an absolute address, from `at`. */
const call = (at: number, to: number) => [0xe8, ...dword((to - at - 5) >>> 0)];

beforeEach(powerOn);

/** Calls what lies at EDGE - 2 twice, doing `between` in between. EBX is 5 after the first call. */
function twice(between: readonly number[]) {
  const first = call(CODE, EDGE - 2);
  const save = [0x89, 0xc3];
  const second = CODE + first.length + save.length + between.length;
  return execute([...first, ...save, ...between, ...call(second, EDGE - 2)]);
}

/** MOV EAX, 5; RET. */
const returning = () => cpu.ram.set([MOV_EAX, ...dword(5), 0xc3], EDGE - 2);

describe("an instruction on two pages", () => {
  test("executes again and again, and counts as one", () => {
    moveAcross(0x12345678);
    for (let i = 0; i < 3; i++) {
      const { eax, instructions } = resume(EDGE - 2);
      expect([eax, instructions]).toEqual([0x12345678, 2]);
    }
    returning();
    cpu.memoryWritten(EDGE - 2, 2);
    cpu.memoryWritten(EDGE, 4);
    // DEC ECX; JNZ back to the call.
    const loop = [...call(CODE, EDGE - 2), 0x49, 0x75, 0xf8];
    const { ecx, instructions } = execute(loop, { ecx: 1000 });
    expect([ecx, instructions]).toEqual([0, 5001]);
  });

  test("may be a branch, in either direction, taken or not", () => {
    cpu.ram.set([0x0f, 0x85, ...dword(0x100), HLT], EDGE - 3);
    cpu.ram.set([0x40, HLT], EDGE + 3 + 0x100);
    for (let i = 0; i < 2; i++) {
      cpu.flags = 0x42;
      expect(resume(EDGE - 3).eip).toBe(EDGE + 3);
      cpu.flags = 2;
      expect(resume(EDGE - 3).eip).toBe(EDGE + 0x104);
    }
  });

  test("may repeat: REP MOVSB with its prefix on the first page", () => {
    cpu.ram.set([0xf3, 0xa4, HLT], EDGE - 1);
    for (let i = 0; i < 2; i++) {
      cpu.ram.fill(7 + i, DATA, DATA + 0x1800);
      cpu.setRegister(STATE.RSI, BigInt(DATA));
      cpu.setRegister(STATE.RDI, BigInt(DATA + 0x4000));
      cpu.setRegister(STATE.RCX, 0x1800n);
      expect(resume(EDGE - 1).ecx).toBe(0);
      expect(cpu.ram[DATA + 0x4000 + 0x17ff]).toBe(7 + i);
    }
  });

  test("is at most 15 bytes long", () => {
    cpu.setRegister(STATE.RSP, BigInt(STACK));
    cpu.ram.fill(0x66, EDGE - 8, EDGE + 7);
    cpu.ram.set([0x90, HLT], EDGE + 6);
    expect(resume(EDGE - 8).vector).toBe(-1);
    cpu.ram.set([0x66, 0x90], EDGE + 6);
    cpu.memoryWritten(EDGE, 16);
    expect(resume(EDGE - 8).vector).toBe(13);
  });
});

describe("stores to it are seen", () => {
  test("on the first page", () => {
    returning();
    // Make it MOV ECX, ...
    const { ebx, ecx } = twice([0xc6, 0x05, ...dword(EDGE - 2), 0xb9]);
    expect([ebx, ecx]).toEqual([5, 5]);
  });

  test("on the second page alone", () => {
    returning();
    const { ebx, eax } = twice([0xc6, 0x05, ...dword(EDGE + 1), 1]);
    expect([ebx, eax]).toEqual([5, 5 + 0x10000]);
  });

  test("on the second page, beside the instruction, without effect on it", () => {
    returning();
    const { ebx, eax } = twice([0xc6, 0x05, ...dword(EDGE + 0x800), 1]);
    expect([ebx, eax]).toEqual([5, 5]);
  });

  test("made by the instruction itself: it doubles its own immediate", () => {
    // ADD BYTE [EDGE + 2], 9: what it adds is the byte it adds to.
    cpu.ram.set([0x80, 0x05, ...dword(EDGE + 2), 9, HLT], EDGE - 4);
    const immediates = [1, 2, 3].map(() => {
      resume(EDGE - 4);
      return cpu.ram[EDGE + 2];
    });
    expect(immediates).toEqual([18, 36, 72]);
  });

  test("by a bus master", () => {
    moveAcross(1);
    expect(resume(EDGE - 2).eax).toBe(1);
    ram.setUint8(EDGE, 2);
    cpu.memoryWritten(EDGE, 1);
    expect(resume(EDGE - 2).eax).toBe(0x201);
  });
});

describe("with paging", () => {
  const INVLPG = [0x0f, 0x01, 0x3d, ...dword(EDGE)];
  const map = (linear: number, entry: number) => [0xc7, 0x05, ...dword(pageOf(linear)), ...dword(entry)];

  test("a second page that is mapped elsewhere is executed from there, and back again", () => {
    pageAllBut();
    returning();
    cpu.ram.set([0, 1, 0, 0xc3], DATA);
    const { ebx, eax } = twice([...map(EDGE, DATA + 3), ...INVLPG]);
    expect([ebx, eax]).toEqual([5, 5 + 0x10000]);
    ram.setUint32(pageOf(EDGE), EDGE + 3, true);
    expect(execute(call(CODE, EDGE - 2)).eax).toBe(5);
  });

  test("a second page that is not there is #PF, with CR2 at its beginning and EIP at the instruction", () => {
    pageAllBut();
    returning();
    const { vector, ebx, eip } = twice([...map(EDGE, 0), ...INVLPG]);
    expect({ vector, ebx, eip }).toEqual({ vector: 14, ebx: 5, eip: EDGE - 2 });
    expect(cpu.view.getUint32(STATE.CR2, true)).toBe(EDGE);
    ram.setUint32(pageOf(EDGE), EDGE + 3, true);
    expect(execute(call(CODE, EDGE - 2)).eax).toBe(5);
  });

  test("a second page that was never there is #PF before anything is done", () => {
    pageAllBut(EDGE);
    cpu.ram.set([0xc6, 0x05, ...dword(DATA), 9], EDGE - 4);
    cpu.setRegister(STATE.RSP, BigInt(STACK));
    const { vector, eip } = resume(EDGE - 4);
    expect({ vector, eip, stored: cpu.ram[DATA] }).toEqual({ vector: 14, eip: EDGE - 4, stored: 0 });
    expect(cpu.view.getUint32(STATE.CR2, true)).toBe(EDGE);
  });

  test("two linear pages with the same first page, and different second ones, take turns", () => {
    pageAllBut();
    returning();
    // Linear 20000H is CODE's page again; behind it lies DATA.
    ram.setUint32(pageOf(0x20000), CODE + 3, true);
    ram.setUint32(pageOf(0x21000), DATA + 3, true);
    cpu.ram.set([7, 0, 0, 0xc3], DATA);
    const calls: number[] = [];
    const save = [0x01, 0xc3];
    for (let i = 0; i < 6; i++) calls.push(...call(CODE + calls.length, i % 2 ? 0x20ffe : EDGE - 2), ...save);
    expect(execute(calls).ebx).toBe(3 * 5 + 3 * 0x705);
  });
});

describe("at the limit of its segment", () => {
  test("the last byte may be the last one of the segment, and not the one behind", () => {
    moveAcross(3);
    cpu.setRegister(STATE.RSP, BigInt(STACK));
    setSegment(STATE.CS, { limit: EDGE + 3 });
    expect(resume(EDGE - 2).eax).toBe(3);
    setSegment(STATE.CS, { limit: EDGE + 2 });
    expect(resume(EDGE - 2).vector).toBe(13);
    setSegment(STATE.CS);
    expect(resume(EDGE - 2).vector).toBe(-1);
    setSegment(STATE.CS, { limit: EDGE - 1 });
    expect(resume(EDGE - 2).vector).toBe(13);
  });

  test("it does not wrap at 4 GiB", () => {
    setSegment(STATE.CS, { base: 0x2000 });
    moveAcross(3);
    cpu.setRegister(STATE.RSP, BigInt(STACK));
    expect(resume(EDGE - 2 - 0x2000 + 2 ** 32).vector).toBe(13);
    setSegment(STATE.CS, { base: 0x1000 });
    expect(resume(EDGE - 2 - 0x1000).eax).toBe(3);
  });

  test("in 16-bit code it is decoded as 16-bit code", () => {
    cpu.ram.set([MOV_EAX, 1, 2, 0x43, HLT], EDGE - 2);
    setSegment(STATE.CS, { big: false });
    expect([0, 0].map(() => resume(EDGE - 2).eax)).toEqual([0x201, 0x201]);
    setSegment(STATE.CS);
    ram.setUint8(EDGE + 3, HLT);
    cpu.memoryWritten(EDGE + 3, 1);
    expect(resume(EDGE - 2).eax).toBe(0xf4430201);
  });
});
