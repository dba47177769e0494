// Frames of gates and of IRET, and what PUSH and POP of segments and flags do, whether the stack's page is at hand, is not, or is two pages.
import { beforeEach, describe, expect, test } from "vitest";
import * as STATE from "../abi/state.js";
import { CODE, cpu, execute, pageAllBut, powerOn, ram, STACK } from "../testing/protected-mode.js";
import { enterRing3, INNER_STACK, USER_CODE, USER_DATA } from "../testing/ring3.js";

const PAGE = 0x1000;
const FLAG_I = 0x200;
const DEBUG_TRAP = 1;
const GENERAL_PROTECTION = 13;
const PAGE_FAULT = 14;
const INTERRUPT_GATE_DPL3 = 0xee00;
const RESERVED_FLAG = 2;

const set = (address: number, value: number) => cpu.view.setBigUint64(address, BigInt(value), true);
const dword = (value: number) => [value & 255, (value >> 8) & 255, (value >> 16) & 255, value >>> 24];
const word = (linear: number) => ram.getUint32(linear, true);
const words = (linear: number, count: number) => Array.from({ length: count }, (_, i) => word(linear + i * 4));

beforeEach(() => {
  powerOn();
  set(STATE.CR4, 0);
  set(STATE.DRS + 56, 0x400);
});

/** Stack pointers: inside a page, at its very end, and such that a frame begins in one page and ends in the next. */
const STACKS = [0x8800, 0x9000, 0x8008, 0x8004] as const;

describe("the frame of a gate", () => {
  for (const innerStack of STACKS) {
    test(`to ring 0 with the stack at ${innerStack.toString(16)} holds EIP, CS, EFLAGS, ESP, SS`, () => {
      pageAllBut();
      enterRing3({ innerStack });
      // INT 1FH through a gate of DPL 3, whose handler halts.
      ram.setUint16(0x600 + 0x1f * 8 + 4, INTERRUPT_GATE_DPL3, true);
      execute([0xcd, 0x1f], { esp: 0x7654 }, { flags: FLAG_I });
      const frame = [CODE + 2, USER_CODE, FLAG_I | RESERVED_FLAG, 0x7654, USER_DATA];
      expect(words(innerStack - 20, 5)).toEqual(frame);
      expect(Number(cpu.register(STATE.RSP))).toBe(innerStack - 20);
    });

    test(`with an error code and the stack at ${innerStack.toString(16)} has it at its end`, () => {
      pageAllBut();
      enterRing3({ innerStack });
      // MOV ES, a selector beyond the GDT.
      execute([0xb8, ...dword(0x123), 0x8e, 0xc0], { esp: 0x7654 });
      expect(words(innerStack - 24, 4)).toEqual([0x120, CODE + 5, USER_CODE, 0x10002]);
    });

    test(`in ring 0 with the stack at ${innerStack.toString(16)} is pushed below ESP, for every INT anew`, () => {
      pageAllBut();
      // The handler of INT 1FH: IRET. Two INTs: the second finds the page at hand.
      const handler = 0x2000;
      ram.setUint8(handler, 0xcf);
      ram.setUint16(0x600 + 0x1f * 8, handler, true);
      const { esp, vector } = execute([0xcd, 0x1f, 0xcd, 0x1f], { esp: innerStack });
      expect([esp, vector]).toEqual([innerStack, -1]);
      expect(words(innerStack - 12, 3)).toEqual([CODE + 4, 8, RESERVED_FLAG]);
    });
  }
});

describe("IRET", () => {
  for (const top of [0x8800, 0x9000 - 20, 0x8ff8, 0x8ff0]) {
    test(`to ring 3 from a frame at ${top.toString(16)} loads EIP, CS, EFLAGS, ESP, SS`, () => {
      pageAllBut();
      enterRing3();
      // In ring 0 after all, with data segments that ring 3 may keep and one that it may not.
      cpu.setSegment(STATE.CS, { selector: 8, base: 0, limit: 0xffffffff, access: 0xc09b });
      cpu.setSegment(STATE.SS, { selector: 16, base: 0, limit: 0xffffffff, access: 0xc093 });
      cpu.setSegment(STATE.FS, { selector: 16, base: 0, limit: 0xffffffff, access: 0xc093 });
      set(STATE.CPL, 0);
      const target = 0x2000;
      ram.setUint8(target, 0xf4);
      [target, USER_CODE, FLAG_I, 0x7650, USER_DATA].forEach((v, i) => {
        ram.setUint32(top + i * 4, v, true);
      });
      // POP EAX and PUSH EAX first, so that the page of the frame's begin is at hand.
      const { vector, eip, flags } = execute([0x58, 0x50, 0xcf], { esp: top });
      expect({ vector, eip, flags: flags & FLAG_I }).toEqual({ vector: GENERAL_PROTECTION, eip: target, flags: FLAG_I });
      const [, , cs, , esp, ss] = words(INNER_STACK - 24, 6);
      expect([cs, esp, ss]).toEqual([USER_CODE, 0x7650, USER_DATA]);
      expect([STATE.DS, STATE.FS].map((n) => cpu.segment(n).selector)).toEqual([USER_DATA, 0]);
    });
  }
});

describe("pushes and pops of segments and flags", () => {
  const PUSH_ES = [0x06];
  const POP_ES = [0x07];
  const PUSHF = [0x9c];
  const POPF = [0x9d];
  const STC = [0xf9];

  for (const esp of [STACK, STACK + 2, STACK + 0x100]) {
    test(`with ESP = ${esp.toString(16)}H move it by 4 each way`, () => {
      const { vector, ...after } = execute([...STC, ...PUSHF, ...PUSH_ES, ...POP_ES, 0x58], { esp });
      expect([vector, after.eax & 1, after.esp]).toEqual([-1, 1, esp]);
      expect(word(esp - 8)).toBe(16);
    });
  }

  test("move SP alone on a 16-bit stack, which wraps", () => {
    cpu.setSegment(STATE.SS, { selector: 16, base: 0, limit: 0xffff, access: 0x93 });
    const { esp } = execute([...PUSH_ES, ...POP_ES, ...PUSHF], { esp: 0x5_0000 });
    expect(esp).toBe(0x5_fffc);
    expect(word(0xfffc)).toBe(RESERVED_FLAG);
  });

  test("of a page that is absent are #PF and move nothing", () => {
    const absent = STACK + PAGE;
    for (const [code, esp] of [
      [PUSH_ES, absent + PAGE],
      [PUSHF, absent + PAGE],
      [POP_ES, absent],
      [POPF, absent],
    ] as const) {
      pageAllBut(absent);
      enterRing3();
      const { vector, eip } = execute(code, { esp });
      expect([vector, eip, word(INNER_STACK - 8)]).toEqual([PAGE_FAULT, CODE, esp]);
    }
  });

  for (const [name, code, kind] of [
    ["PUSHF", PUSHF, 1],
    ["PUSH ES", PUSH_ES, 1],
    ["POPF", [...PUSHF, ...POPF], 3],
    ["POP ES", [...PUSH_ES, ...POP_ES], 3],
  ] as const) {
    test(`${name} meets a data breakpoint on the stack`, () => {
      set(STATE.DRS, STACK - 4);
      set(STATE.DRS + 56, 0x401 | (kind << 16) | (3 << 18));
      const { vector } = execute([...code, 0x90]);
      expect(vector).toBe(DEBUG_TRAP);
    });
  }
});
