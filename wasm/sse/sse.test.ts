// What the vectors of test/vectors cannot hold: exceptions that need privileged state, the freedom of approximations, and that the
// two ways to compute, wasm's own arithmetic and software floating point, never differ.
import fc from "fast-check";
import { beforeEach, describe, expect, test } from "vitest";
import * as STATE from "../abi/state.js";
import { NONE, realModeMachine } from "../testing/real-mode.js";

const { cpu, ram, set, get, powerOn, execute } = realModeMachine({ segment: 0, offset: 0x1000 });

const DATA = 0x2000;
const [UD, NM, GP, MF, XM] = [6, 7, 13, 16, 19];
const CR0_DEFAULT = 0x20; // NE
const [CR0_EM, CR0_TS] = [4, 8];
const [OSFXSR, OSXMMEXCPT] = [0x200, 0x400];
const MASKED = 0x1f80;
const [IE, ZE, PE] = [1, 4, 0x20];

const mxcsr = () => get(STATE.MXCSR);

beforeEach(() => {
  powerOn();
  set(STATE.CR0, CR0_DEFAULT);
  set(STATE.CR4, OSFXSR | OSXMMEXCPT);
  set(STATE.MXCSR, MASKED);
});

const singles = new Float32Array(cpu.memory.buffer, STATE.XMM, 8);
const doubles = new Float64Array(cpu.memory.buffer, STATE.XMM, 4);
const quads = new BigUint64Array(cpu.memory.buffer, STATE.XMM, 4);
const mm = (n: number) => cpu.view.getBigUint64(STATE.FPU_REGS + 16 * n, true);

const ADDPS = [0x0f, 0x58, 0xc1];
const DIVSS = [0xf3, 0x0f, 0x5e, 0xc1];
const PADDB_MMX = [0x0f, 0xfc, 0xc1];
const LDMXCSR = [0x0f, 0xae, 0x16, DATA & 0xff, DATA >> 8];

describe("whether an instruction may run", () => {
  test("without CR4.OSFXSR, XMM instructions are undefined and MMX instructions are not", () => {
    set(STATE.CR4, 0);
    expect(execute(...ADDPS)).toBe(UD);
    expect(execute(0x66, ...PADDB_MMX)).toBe(UD);
    expect(execute(...PADDB_MMX)).toBe(NONE);
  });

  test("CR0.TS makes both device-not-available, CR0.EM undefined, and EM wins", () => {
    set(STATE.CR0, CR0_DEFAULT | CR0_TS);
    expect([execute(...ADDPS), execute(...PADDB_MMX), execute(...LDMXCSR)]).toEqual([NM, NM, NM]);
    set(STATE.CR0, CR0_DEFAULT | CR0_EM | CR0_TS);
    expect([execute(...ADDPS), execute(...PADDB_MMX), execute(0x0f, 0x77)]).toEqual([UD, UD, UD]);
  });

  test("a pending x87 exception is delivered before MMX instructions and conversions from MMX registers, not before XMM ones", () => {
    set(STATE.FPU_STATUS, 0x81);
    set(STATE.FPU_CONTROL, 0x37e);
    expect(execute(...PADDB_MMX)).toBe(MF);
    expect(execute(0x0f, 0x2a, 0xc1)).toBe(MF);
    expect(execute(...ADDPS)).toBe(NONE);
  });

  test("with CR0.NE clear the x87 error goes to the FERR# pin, and MMX instructions run", () => {
    set(STATE.CR0, 0);
    set(STATE.FPU_STATUS, 0x81);
    expect(execute(...PADDB_MMX)).toBe(NONE);
  });

  test("a lock prefix is undefined", () => {
    expect(execute(0xf0, 0x0f, 0x11, 0x06, DATA & 0xff, DATA >> 8)).toBe(UD);
  });
});

describe("MMX registers", () => {
  test("an MMX instruction marks all x87 registers valid with TOP 0, and what it writes is a NaN to x87", () => {
    set(STATE.FPU_STATUS, 5 << 11);
    set(STATE.FPU_TAGS, 0xffff);
    cpu.setRegister(STATE.RAX, 0x12345678n);
    expect(execute(0x0f, 0x6e, 0xd8)).toBe(NONE); // movd mm3, eax
    expect([mm(3), cpu.view.getUint16(STATE.FPU_REGS + 16 * 3 + 8, true)]).toEqual([0x12345678n, 0xffff]);
    expect([get(STATE.FPU_TAGS), get(STATE.FPU_STATUS)]).toEqual([0, 0]);
    expect(execute(0x0f, 0x77)).toBe(NONE);
    expect(get(STATE.FPU_TAGS)).toBe(0xffff);
  });

  test("a load that faults leaves the x87 tags alone", () => {
    set(STATE.FPU_TAGS, 0xffff);
    expect(execute(0x0f, 0x6f, 0x06, 0xff, 0xff)).toBe(GP); // movq mm0, [0ffffh]: past the segment limit
    expect(get(STATE.FPU_TAGS)).toBe(0xffff);
  });
});

describe("memory operands", () => {
  test("16 bytes must be aligned, but for MOVUPS, MOVDQU and LDDQU", () => {
    const at = (opcode: number[]) => execute(...opcode, 0x06, (DATA & 0xff) | 8, DATA >> 8);
    expect(at([0x0f, 0x28]), "movaps load").toBe(GP);
    expect(at([0x0f, 0x29]), "movaps store").toBe(GP);
    expect(at([0x0f, 0x58]), "addps").toBe(GP);
    expect(at([0x66, 0x0f, 0xe7]), "movntdq").toBe(GP);
    expect(at([0x0f, 0x10]), "movups load").toBe(NONE);
    expect(at([0xf3, 0x0f, 0x7f]), "movdqu store").toBe(NONE);
    expect(at([0xf2, 0x0f, 0xf0]), "lddqu").toBe(NONE);
  });

  test("MOVUPS works across a page boundary", () => {
    singles.set([1, 2, 3, 4]);
    expect(execute(0x0f, 0x11, 0x06, 0xfa, 0x2f)).toBe(NONE);
    expect([0, 4, 8, 12].map((i) => ram.getFloat32(0x2ffa + i, true))).toEqual([1, 2, 3, 4]);
    expect(execute(0x0f, 0x10, 0x0e, 0xfa, 0x2f)).toBe(NONE);
    expect([...singles.subarray(4)]).toEqual([1, 2, 3, 4]);
  });

  test("a store that reaches past the segment limit writes nothing", () => {
    quads.set([~0n, ~0n]);
    expect(execute(0x0f, 0x11, 0x06, 0xf8, 0xff)).toBe(GP);
    expect(ram.getBigUint64(0xfff8, true)).toBe(0n);
  });

  test("MASKMOVDQU stores the bytes whose mask byte is negative to DS:DI", () => {
    quads.set([0x8877665544332211n, 0xffeeddccbbaa9901n, 0x80000000000000ffn, 0x7f00000000000080n]);
    cpu.setRegister(STATE.RDI, BigInt(DATA + 3));
    expect(execute(0x66, 0x0f, 0xf7, 0xc1)).toBe(NONE);
    expect([...cpu.ram.subarray(DATA + 3, DATA + 19)]).toEqual([0x11, 0, 0, 0, 0, 0, 0, 0x88, 0x01, 0, 0, 0, 0, 0, 0, 0]);
    cpu.setRegister(STATE.RDI, 0xfff8n);
    expect(execute(0x66, 0x0f, 0xf7, 0xc1), "past the segment limit").toBe(GP);
    quads.set([0n, 0n], 2);
    expect(execute(0x66, 0x0f, 0xf7, 0xc1), "nothing selected").toBe(NONE);
  });
});

describe("MXCSR", () => {
  test("a bit that does not exist is #GP and loads nothing", () => {
    ram.setUint32(DATA, 0x10000 | MASKED, true);
    expect(execute(...LDMXCSR)).toBe(GP);
    ram.setUint32(DATA, 0xffff, true);
    expect(execute(...LDMXCSR)).toBe(NONE);
    expect(mxcsr()).toBe(0xffff);
  });

  test("an unmasked exception sets its flag, keeps the destination, and is #UD where the system does not expect #XM", () => {
    set(STATE.MXCSR, MASKED & ~(ZE << 7));
    singles.set([3, 0, 0, 0, 0]);
    expect(execute(...DIVSS)).toBe(XM);
    expect([singles[0], mxcsr() & 0x3f]).toEqual([3, ZE]);
    set(STATE.CR4, OSFXSR);
    expect(execute(...DIVSS)).toBe(UD);
  });

  test("one unmasked invalid element keeps the exceptions of computing the others from being recorded", () => {
    set(STATE.MXCSR, MASKED & ~(IE << 7));
    singles.set([1, Number.POSITIVE_INFINITY, 1, 1, 3, Number.POSITIVE_INFINITY, 3, 3]);
    expect(execute(0x0f, 0x5e, 0xc1)).toBe(XM);
    expect([singles[0], mxcsr() & 0x3f]).toEqual([1, IE]);
  });
});

/** Values of every magnitude, whole numbers, and bits as they come. */
const anySingle = fc.oneof(
  fc.float({ noNaN: false }),
  fc.integer({ min: -64, max: 64 }).map((n) => n / 4),
  fc.integer({ min: -2147483648, max: 2147483647 }).map((bits) => new Float32Array(Int32Array.of(bits).buffer)[0]!),
);
const anyDouble = fc.oneof(
  fc.double(),
  fc.integer({ min: -64, max: 64 }).map((n) => n / 4),
);

describe("native and software floating point agree", () => {
  /** Bits of XMM0 and flags, once with the precision flag set, which admits wasm's own arithmetic, and once without. */
  function bothWays(bytes: number[], fill: () => void): (bigint | number)[][] {
    return [MASKED | PE, MASKED].map((initial) => {
      set(STATE.MXCSR, initial);
      fill();
      expect(execute(...bytes)).toBe(NONE);
      return [quads[0]!, quads[1]!, mxcsr() | PE];
    });
  }

  const OPERATIONS = { add: 0x58, mul: 0x59, sub: 0x5c, min: 0x5d, div: 0x5e, max: 0x5f, sqrt: 0x51 };
  test.each(Object.entries(OPERATIONS))("%s", (_, opcode) => {
    const property = fc.property(
      fc.array(anySingle, { minLength: 8, maxLength: 8 }),
      fc.array(anyDouble, { minLength: 4, maxLength: 4 }),
      (s, d) => {
        for (const prefix of [[], [0xf3]]) {
          const [native, software] = bothWays([...prefix, 0x0f, opcode, 0xc1], () => singles.set(s));
          expect(native).toEqual(software);
        }
        for (const prefix of [0x66, 0xf2]) {
          const [native, software] = bothWays([prefix, 0x0f, opcode, 0xc1], () => doubles.set(d));
          expect(native).toEqual(software);
        }
      },
    );
    fc.assert(property, { numRuns: 150 });
  });
});

describe("approximations", () => {
  const BOUND = 1.5 * 2 ** -12;
  const positive = fc.float({ min: 2 ** -124, max: 2 ** 124, noNaN: true });

  test("RCPPS and RSQRTPS keep the manual's error bound and touch no flag", () => {
    const property = fc.property(fc.array(positive, { minLength: 4, maxLength: 4 }), (values) => {
      singles.set(values, 4);
      expect(execute(0x0f, 0x53, 0xc1)).toBe(NONE);
      for (const [i, v] of values.entries()) expect(Math.abs(singles[i]! * v - 1)).toBeLessThanOrEqual(BOUND);
      expect(execute(0x0f, 0x52, 0xc1)).toBe(NONE);
      for (const [i, v] of values.entries()) expect(Math.abs(singles[i]! * Math.sqrt(v) - 1)).toBeLessThanOrEqual(BOUND);
      expect(mxcsr()).toBe(MASKED);
    });
    fc.assert(property, { numRuns: 200 });
  });

  test("denormals count as zeros, and tiny reciprocals become zeros", () => {
    singles.set([2 ** -130, -(2 ** -130), 2 ** 127, -(2 ** 127)], 4);
    execute(0x0f, 0x53, 0xc1);
    expect([...singles.subarray(0, 4)]).toEqual([Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0, -0]);
    execute(0x0f, 0x52, 0xc1);
    expect([...singles.subarray(0, 2)]).toEqual([Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]);
    expect(singles[3]).toBeNaN();
  });
});
