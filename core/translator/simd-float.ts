/**
 * SSE, SSE2 and SSE3 floating-point arithmetic and comparison in line: the host's where that is provably the same (simd-range.ts), with the
 * exec function in the other arm. RCPPS, RSQRTPS and their scalar forms go through their exec functions.
 */
import { LF_EXPLICIT } from "../../wasm/abi/lazy-flags.js";
import { OP } from "./emit/code.js";
import type { Emitter, Instruction } from "./emitter.js";
import { FLAG_C, FLAG_Z } from "./flags.js";
import * as L from "./locals.js";
import { FLOAT, SIMD, shuffle } from "./simd-codes.js";
import { type Exactness, exactProduct, exactQuotient, exactRoot, exactSum } from "./simd-exact.js";
import { type Emit, xmmSource } from "./simd-operands.js";
import { checkAgain, checkNative, checkQuiet, isDouble, isScalar, type Lanes, type Operands, windowsOf } from "./simd-range.js";

const BYTES = { ps: 16, pd: 16, ss: 4, sd: 8 } as const;

/** The local that holds the source of an instruction on such elements. */
export function floatSource(e: Emitter, i: Instruction, lanes: Lanes): number {
  return xmmSource(e, i, BYTES[lanes]);
}

/** Push the low element of a local as a number. */
export function scalar(e: Emitter, local: number, double: boolean): void {
  e.code.get(local).simdLane(double ? SIMD.f64x2_extract_lane : SIMD.f32x4_extract_lane, 0);
}

/** Set the low element of the destination to the number that `value` pushes. */
export function putScalar(e: Emitter, i: Instruction, double: boolean, value: () => void): void {
  e.code.get(e.vectors.local(i.dst));
  value();
  e.code.simdLane(double ? SIMD.f64x2_replace_lane : SIMD.f32x4_replace_lane, 0);
  e.vectors.set(i.dst);
}

/** Set the destination to the vector on the stack, of which scalar instructions take the low element. */
function putResult(e: Emitter, i: Instruction, lanes: Lanes): void {
  if (isScalar(lanes)) {
    e.code.get(e.vectors.local(i.dst));
    shuffle(e.code, isDouble(lanes) ? [0, 3] : [0, 5, 6, 7]);
  }
  e.vectors.set(i.dst);
}

/** Emit `fast` for when the condition on the stack holds, and a call of the exec function for when not. */
export function orExec(e: Emitter, i: Instruction, fast: () => void): void {
  e.either(fast, () => e.callExec(i));
}

/** Emit `fast` for when the host may compute it, at first sight or at second, and a call of the exec function for when not. */
export function hostOrExec(e: Emitter, i: Instruction, operands: Operands, exact: () => void, fast: () => void): void {
  checkNative(e, operands);
  e.either(fast, () => {
    checkAgain(e, operands, exact);
    orExec(e, i, fast);
  });
}

interface Operation {
  /** Instructions by kind of elements. */
  readonly codes: Readonly<Record<Lanes, number>>;
  readonly zeros: Operands["zeros"];
  readonly exact: Exactness;
}

/** Sums and products of scalars are those of whole vectors, which is quicker than to take elements out. */
function ofAll(single: number, double: number): Operation["codes"] {
  return { ps: single, pd: double, ss: single, sd: double };
}

const ARITHMETIC: Readonly<Record<string, Operation>> = {
  add: { codes: ofAll(SIMD.f32x4_add, SIMD.f64x2_add), zeros: "any", exact: exactSum(false) },
  sub: { codes: ofAll(SIMD.f32x4_sub, SIMD.f64x2_sub), zeros: "any", exact: exactSum(true) },
  mul: { codes: ofAll(SIMD.f32x4_mul, SIMD.f64x2_mul), zeros: "any", exact: exactProduct },
};
const QUOTIENT: Operation = {
  codes: { ps: SIMD.f32x4_div, pd: SIMD.f64x2_div, ss: FLOAT.f32_div, sd: FLOAT.f64_div },
  zeros: "first",
  exact: exactQuotient,
};

function arithmetic({ codes, zeros, exact }: Operation, lanes: Lanes): Emit {
  return (e, i) => {
    const s = floatSource(e, i, lanes);
    const d = e.vectors.local(i.dst);
    const operands = { lanes, window: windowsOf(lanes).arithmetic, a: d, b: s, zeros };
    const result = () => {
      e.code.get(d).get(s).simd(codes[lanes]);
      putResult(e, i, lanes);
    };
    hostOrExec(e, i, operands, () => exact(e, lanes, d, s), result);
  };
}

function divide(lanes: Lanes): Emit {
  const double = isDouble(lanes);
  if (!isScalar(lanes)) return arithmetic(QUOTIENT, lanes);
  return (e, i) => {
    const s = floatSource(e, i, lanes);
    const d = e.vectors.local(i.dst);
    const operands = { lanes, window: windowsOf(lanes).arithmetic, a: d, b: s, zeros: QUOTIENT.zeros };
    const quotient = () => {
      scalar(e, d, double);
      scalar(e, s, double);
      e.code.op(QUOTIENT.codes[lanes]);
    };
    hostOrExec(
      e,
      i,
      operands,
      () => exactQuotient(e, lanes, d, s),
      () => putScalar(e, i, double, quotient),
    );
  };
}

function squareRoot(lanes: Lanes): Emit {
  const double = isDouble(lanes);
  return (e, i) => {
    const s = floatSource(e, i, lanes);
    const operands: Operands = { lanes, window: windowsOf(lanes).normal, a: s, zeros: "any", positive: true };
    const root = () => {
      if (isScalar(lanes)) {
        putScalar(e, i, double, () => {
          scalar(e, s, double);
          e.code.op(double ? FLOAT.f64_sqrt : FLOAT.f32_sqrt);
        });
      } else {
        e.code.get(s).simd(double ? SIMD.f64x2_sqrt : SIMD.f32x4_sqrt);
        e.vectors.set(i.dst);
      }
    };
    hostOrExec(e, i, operands, () => exactRoot(e, lanes, s), root);
  };
}

/** What takes two vectors, raises nothing on ordinary numbers and is exact. Scalar forms compute it of all elements. */
function quiet(lanes: Lanes, emit: (e: Emitter, i: Instruction, d: number, s: number) => void): Emit {
  return (e, i) => {
    const s = floatSource(e, i, lanes);
    const d = e.vectors.local(i.dst);
    checkQuiet(e, { lanes, window: windowsOf(lanes).normal, a: d, b: s, zeros: "any" });
    orExec(e, i, () => {
      emit(e, i, d, s);
      putResult(e, i, lanes);
    });
  };
}

/** The source is the result unless the destination is truly less (or greater), which is what pmin and pmax do with the operands reversed. */
function extreme(lanes: Lanes, single: number, double: number): Emit {
  return quiet(lanes, (e, _, d, s) =>
    e.code
      .get(s)
      .get(d)
      .simd(isDouble(lanes) ? double : single),
  );
}

const ALL_ONES = -1;
/** Predicates of CMPPS and its kin: equal, less, less or equal, unordered; bit 2 negates. */
const PREDICATES = {
  single: [SIMD.f32x4_eq, SIMD.f32x4_lt, SIMD.f32x4_le],
  double: [SIMD.f64x2_eq, SIMD.f64x2_lt, SIMD.f64x2_le],
};
const UNORDERED = 3;
const NEGATED = 4;

function compare(lanes: Lanes): Emit {
  return quiet(lanes, (e, i, d, s) => {
    const { code: c } = e;
    const predicate = i.imm & 3;
    const negated = (i.imm & NEGATED) !== 0;
    if (predicate === UNORDERED) {
      c.i32(negated ? ALL_ONES : 0).simd(SIMD.i32x4_splat);
      return;
    }
    c.get(d)
      .get(s)
      .simd(PREDICATES[isDouble(lanes) ? "double" : "single"][predicate]!);
    if (negated) c.simd(SIMD.v128_not);
  });
}

/** COMISS and its kin. C: less, Z: equal; the other flags are clear. */
function compareToFlags(lanes: "ss" | "sd"): Emit {
  const double = isDouble(lanes);
  return (e, i) => {
    const { code: c } = e;
    const s = floatSource(e, i, lanes);
    const d = e.vectors.local(i.dst);
    checkQuiet(e, { lanes, window: windowsOf(lanes).normal, a: d, b: s, zeros: "any" });
    const holds = (instruction: number) => {
      scalar(e, d, double);
      scalar(e, s, double);
      c.op(instruction);
    };
    orExec(e, i, () => {
      holds(double ? FLOAT.f64_lt : FLOAT.f32_lt);
      holds(double ? FLOAT.f64_eq : FLOAT.f32_eq);
      c.i32(Math.log2(FLAG_Z / FLAG_C))
        .op(OP.i32_shl, OP.i32_or)
        .set(L.FLAG_A);
    });
    e.flags.define(LF_EXPLICIT);
  };
}

// SSE3: differences in even elements, sums in odd ones; sums and differences of neighbours, the destination's first.

function sse3(lanes: "ps" | "pd", emit: (e: Emitter, d: number, s: number) => void): Emit {
  return (e, i) => {
    const s = floatSource(e, i, lanes);
    const d = e.vectors.local(i.dst);
    const operands: Operands = { lanes, window: windowsOf(lanes).arithmetic, a: d, b: s, zeros: "any" };
    const never = () => e.code.i32(0);
    hostOrExec(e, i, operands, never, () => {
      emit(e, d, s);
      e.vectors.set(i.dst);
    });
  };
}

function alternate(lanes: "ps" | "pd"): Emit {
  const double = isDouble(lanes);
  return sse3(lanes, ({ code: c }, d, s) => {
    c.get(d)
      .get(s)
      .simd(double ? SIMD.f64x2_sub : SIMD.f32x4_sub);
    c.get(d)
      .get(s)
      .simd(double ? SIMD.f64x2_add : SIMD.f32x4_add);
    shuffle(c, double ? [0, 3] : [0, 5, 2, 7]);
  });
}

function horizontal(lanes: "ps" | "pd", single: number, double: number): Emit {
  return sse3(lanes, ({ code: c }, d, s) => {
    shuffle(c.get(d).get(s), isDouble(lanes) ? [0, 2] : [0, 2, 4, 6]);
    shuffle(c.get(d).get(s), isDouble(lanes) ? [1, 3] : [1, 3, 5, 7]);
    c.simd(isDouble(lanes) ? double : single);
  });
}

const ALL_LANES: readonly Lanes[] = ["ps", "pd", "ss", "sd"];

function forms(name: string, make: (lanes: Lanes) => Emit): [string, Emit][] {
  return ALL_LANES.map((lanes) => [name + lanes, make(lanes)]);
}

const { cmpsd, ...comparisons } = Object.fromEntries(forms("cmp", compare));

/** By exec function. */
export const FLOATS: Readonly<Record<string, Emit>> = {
  ...Object.fromEntries(Object.entries(ARITHMETIC).flatMap(([name, operation]) => forms(name, (lanes) => arithmetic(operation, lanes)))),
  ...Object.fromEntries(forms("div", divide)),
  ...Object.fromEntries(forms("sqrt", squareRoot)),
  ...Object.fromEntries(forms("min", (lanes) => extreme(lanes, SIMD.f32x4_pmin, SIMD.f64x2_pmin))),
  ...Object.fromEntries(forms("max", (lanes) => extreme(lanes, SIMD.f32x4_pmax, SIMD.f64x2_pmax))),
  ...comparisons,
  sseCmpsd: cmpsd!,
  addsubps: alternate("ps"),
  addsubpd: alternate("pd"),
  haddps: horizontal("ps", SIMD.f32x4_add, SIMD.f64x2_add),
  haddpd: horizontal("pd", SIMD.f32x4_add, SIMD.f64x2_add),
  hsubps: horizontal("ps", SIMD.f32x4_sub, SIMD.f64x2_sub),
  hsubpd: horizontal("pd", SIMD.f32x4_sub, SIMD.f64x2_sub),
};

/** Those that overwrite all arithmetic flags. */
export const FLAG_WRITERS: Readonly<Record<string, Emit>> = {
  comiss: compareToFlags("ss"),
  comisd: compareToFlags("sd"),
  ucomiss: compareToFlags("ss"),
  ucomisd: compareToFlags("sd"),
};
