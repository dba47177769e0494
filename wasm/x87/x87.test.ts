// What the vectors of test/vectors cannot hold: exceptions that need privileged state, errors delivered late, real-mode images; and that
// transcendental functions agree with mathematics.
import fc from "fast-check";
import { beforeEach, describe, expect, test } from "vitest";
import * as STATE from "../abi/state.js";
import { NONE, realModeMachine } from "../testing/real-mode.js";

const SEGMENT = 0x100; // CS and DS: 1000h
const DATA = 0x200;
const AT = SEGMENT * 16 + DATA;
const [NM, GP, MF] = [7, 13, 16];
const CR0 = { MP: 2, EM: 4, TS: 8, NE: 0x20 };
const OSFXSR = 0x200;
const [IE, ZE, OE, PE, ES] = [1, 4, 8, 0x20, 0x80];
const ALL_MASKED = 0x37f;

/** How often the processor signalled FERR#. */
let errors = 0;
const floatingPointError = () => {
  errors++;
};
const { cpu, ram, set, get, powerOn, execute } = realModeMachine({ segment: SEGMENT, offset: 0x100 }, { floatingPointError });
const status = () => get(STATE.FPU_STATUS);

beforeEach(() => {
  powerOn();
  set(STATE.CR0, CR0.NE);
  set(STATE.CR4, OSFXSR);
  execute(0xdb, 0xe3); // FNINIT
});

/** The instruction with [DATA] as its memory operand. */
const onMemory = (opcode: number, reg: number) => execute(opcode, (reg << 3) | 6, DATA & 0xff, DATA >> 8);
const control = (word: number) => {
  ram.setUint16(AT, word, true);
  return onMemory(0xd9, 5);
};
const push = (value: number) => {
  ram.setFloat64(AT, value, true);
  onMemory(0xdd, 0);
};
const pop = () => {
  onMemory(0xdd, 3);
  return ram.getFloat64(AT, true);
};
/** FDIV ST, ST(1) of 1 by 0, zero-divide not masked. */
const divideByZero = () => {
  control(ALL_MASKED & ~ZE);
  push(0);
  push(1);
  return execute(0xd8, 0xf1);
};

describe("an unmasked error", () => {
  test("waits for the next waiting instruction, and leaves the operands of its own", () => {
    expect(divideByZero()).toBe(NONE);
    expect(status() & (ES | ZE)).toBe(ES | ZE);
    expect(execute(0xd9, 0xe8), "FLD1").toBe(MF);
    expect(execute(0x9b), "FWAIT").toBe(MF);
    expect(execute(0x0f, 0x77), "EMMS").toBe(MF);
    expect(execute(0xdb, 0xe2), "FNCLEX").toBe(NONE);
    expect(pop()).toBe(1);
    expect(pop()).toBe(0);
  });

  test("does not hinder instructions without wait", () => {
    divideByZero();
    for (const [opcode, reg] of [
      [0xd9, 7], // FNSTCW
      [0xdd, 7], // FNSTSW
      [0xd9, 6], // FNSTENV
    ] as const)
      expect(onMemory(opcode, reg)).toBe(NONE);
    expect(execute(0xdf, 0xe0), "FNSTSW AX").toBe(NONE);
  });

  test("is none of #MF while CR0.NE is clear: FERR# tells the board", () => {
    divideByZero();
    set(STATE.CR0, 0);
    errors = 0;
    expect(execute(0xd9, 0xe8)).toBe(NONE);
    expect(errors).toBe(1);
    expect(status() & ES).toBe(ES);
  });

  test("appears when FLDCW unmasks what is flagged, and goes when it masks it", () => {
    push(0);
    push(1);
    execute(0xd8, 0xf1);
    expect(status() & (ES | ZE)).toBe(ZE);
    control(ALL_MASKED & ~ZE);
    expect(status() & ES).toBe(ES);
    execute(0xdb, 0xe2);
    expect(status() & ES).toBe(0);
  });

  test("of overflow gives a register the result with 24576 taken off its exponent", () => {
    control(ALL_MASKED & ~OE);
    const at = STATE.FPU_REGS + 7 * 16;
    push(1);
    cpu.view.setUint16(at + 8, 0x7ffe, true);
    execute(0xd8, 0xc8); // FMUL ST, ST
    expect(status() & (ES | OE)).toBe(ES | OE);
    expect(cpu.view.getUint16(at + 8, true)).toBe(2 * 0x7ffe - 0x3fff - 24576);
  });

  test("of invalid operation keeps a store from memory and the stack", () => {
    control(ALL_MASKED & ~IE);
    push(Number.NaN);
    cpu.view.setBigUint64(STATE.FPU_REGS + 7 * 16, 0x8000000000000001n, true);
    ram.setUint32(AT, 0x12345678, true);
    onMemory(0xdb, 3); // FISTP
    expect(ram.getUint32(AT, true)).toBe(0x12345678);
    expect(status() & (ES | IE)).toBe(ES | IE);
    expect((status() >> 11) & 7).toBe(7);
  });
});

describe("#NM", () => {
  test.each([CR0.EM, CR0.TS])("comes of CR0 %i for every instruction but FWAIT", (bit) => {
    set(STATE.CR0, CR0.NE | bit);
    expect(execute(0xd9, 0xe8), "FLD1").toBe(NM);
    expect(execute(0xdb, 0xe3), "FNINIT").toBe(NM);
    expect(onMemory(0xdd, 6), "FNSAVE").toBe(NM);
    expect(execute(0x0f, 0xae, 0x06, 0, 2), "FXSAVE").toBe(NM);
    expect(execute(0x9b), "FWAIT").toBe(NONE);
  });

  test("comes of FWAIT when CR0.MP and CR0.TS are both set", () => {
    set(STATE.CR0, CR0.NE | CR0.MP);
    expect(execute(0x9b)).toBe(NONE);
    set(STATE.CR0, CR0.NE | CR0.MP | CR0.TS);
    expect(execute(0x9b)).toBe(NM);
  });
});

describe("images", () => {
  test("in real mode hold linear addresses: 16-bit format", () => {
    push(1);
    onMemory(0xd9, 6);
    const words = Array.from({ length: 7 }, (_, i) => ram.getUint16(AT + 2 * i, true));
    expect(words).toEqual([ALL_MASKED, 7 << 11, 0x3fff, 0x1100, 0x0506, 0x1200, 0x0000]);
    expect(get(STATE.FPU_CONTROL), "FNSTENV masks all exceptions").toBe(ALL_MASKED);
  });

  test("in real mode hold linear addresses: 32-bit format", () => {
    push(1);
    execute(0x66, 0xd9, 0x36, 0, 2);
    const words = Array.from({ length: 7 }, (_, i) => ram.getUint32(AT + 4 * i, true));
    expect(words.slice(3)).toEqual([0xffff1100, 0x0506, 0xffff1200, 0]);
  });

  test("come back as they were stored", () => {
    for (let i = 1; i <= 8; i++) push(i / 3);
    onMemory(0xdd, 6); // FNSAVE
    expect(get(STATE.FPU_TAGS)).toBe(0xffff);
    onMemory(0xdd, 4); // FRSTOR
    for (let i = 8; i >= 1; i--) expect(pop()).toBe(i / 3);
  });

  test("of FXSAVE lie on a multiple of 16, and have no XMM registers without CR4.OSFXSR", () => {
    expect(execute(0x0f, 0xae, 0x06, 8, 2)).toBe(GP);
    set(STATE.XMM, 0x12345678);
    set(STATE.CR4, 0);
    expect(execute(0x0f, 0xae, 0x06, 0, 2)).toBe(NONE);
    expect(ram.getUint32(AT + 160, true)).toBe(0);
    set(STATE.CR4, OSFXSR);
    execute(0x0f, 0xae, 0x06, 0, 2);
    expect(ram.getUint32(AT + 160, true)).toBe(0x12345678);
  });

  test("with reserved bits of MXCSR are refused by FXRSTOR, before anything is loaded", () => {
    push(1);
    execute(0x0f, 0xae, 0x06, 0, 2);
    execute(0xdb, 0xe3);
    ram.setUint32(AT + 24, 0x10000, true);
    expect(execute(0x0f, 0xae, 0x0e, 0, 2)).toBe(GP);
    expect(get(STATE.FPU_TAGS)).toBe(0xffff);
  });
});

describe("transcendental functions are those of mathematics", () => {
  const near = (got: number, want: number) => expect(Math.abs(got - want)).toBeLessThanOrEqual(Math.abs(want) * 4e-16);
  const real = (min: number, max: number) => fc.double({ min, max, noNaN: true });

  test("sine, cosine and tangent", () => {
    fc.assert(
      fc.property(real(-0.78, 0.78), (x) => {
        push(x);
        execute(0xd9, 0xfb);
        near(pop(), Math.cos(x));
        near(pop(), Math.sin(x));
        push(x);
        execute(0xd9, 0xf2);
        expect(pop()).toBe(1);
        near(pop(), Math.tan(x));
      }),
    );
  });

  test("arc tangent in all four quadrants", () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true }), fc.double({ noNaN: true }), (y, x) => {
        push(y);
        push(x);
        execute(0xd9, 0xf3);
        near(pop(), Math.atan2(y, x));
      }),
    );
  });

  test("powers and logarithms", () => {
    fc.assert(
      fc.property(real(-1, 1), real(1e-300, 1e300), (x, y) => {
        push(x);
        execute(0xd9, 0xf0);
        near(pop(), Math.expm1(x * Math.LN2));
        push(1);
        push(y);
        execute(0xd9, 0xf1);
        near(pop(), Math.log2(y));
      }),
    );
  });

  test("C2 tells that an angle is too large", () => {
    push(2 ** 63);
    execute(0xd9, 0xfe);
    expect(status() & 0x400).toBe(0x400);
    expect(pop()).toBe(2 ** 63);
    push(2 ** 62);
    execute(0xd9, 0xfe);
    expect(status() & (0x400 | PE)).toBe(PE);
  });
});
