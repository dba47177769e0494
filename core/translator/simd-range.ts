/**
 * When may host arithmetic stand for the guest's? If it gives the same bits and raises no flag that is not set already. Here that is told
 * by the operands alone: each is zero, or its exponent lies in a window chosen so that no operand is denormal and no result overflows or
 * may be tiny. Inexact results must be silent, and round as the host does: then the locals NATIVE_* are the masks of all elements
 * (vectors.ts). Everything outside goes through the exec function, which knows more cases (wasm/sse/provable.ts).
 *
 * Numbers are compared as integers without their signs: shifted left by one, and offset so that the window begins at the smallest integer.
 * Zeros take more, so arithmetic looks for them only when there is something else than ordinary numbers.
 */
import { OP } from "./emit/code.js";
import type { Emitter } from "./emitter.js";
import * as L from "./locals.js";
import { constant, SIMD, shuffle } from "./simd-codes.js";
import { ALL_2, ALL_4, EXACT_2, EXACT_4 } from "./vectors.js";

/** The elements that an instruction works on. */
export type Lanes = "ps" | "pd" | "ss" | "sd";

export const isDouble = (lanes: Lanes) => lanes === "pd" || lanes === "sd";
export const isScalar = (lanes: Lanes) => lanes === "ss" || lanes === "sd";

/** Biased exponents: from the first to before the second. */
export type Window = readonly [number, number];

interface Windows {
  /** Finite and normal. */
  readonly normal: Window;
  /** Sums, products and quotients are normal, or exactly zero: magnitudes from 2^-500 or 2^-60 to the reciprocal. */
  readonly arithmetic: Window;
}

export const DOUBLE: Windows = { normal: [1, 2047], arithmetic: [523, 1523] };
export const SINGLE: Windows = { normal: [1, 255], arithmetic: [67, 187] };
/** Doubles that become normal singles. */
export const NARROWING: Window = [1023 - 125, 1023 + 127];

export const windowsOf = (lanes: Lanes) => (isDouble(lanes) ? DOUBLE : SINGLE);

export interface Operands {
  readonly lanes: Lanes;
  readonly window: Window;
  /** Locals. */
  readonly a: number;
  readonly b?: number;
  /** Which operands may be zero. */
  readonly zeros: "any" | "first";
  /** They must be positive, or +0. */
  readonly positive?: boolean;
}

const DOUBLE_EXPONENT = 21;
const SINGLE_EXPONENT = 24;

/**
 * Push masks of what is in V1: all ones in the sign bit of each element that is in the window, or equals, shifted, what `zero` pushes.
 * Of doubles only the sign bit counts.
 */
function inWindow(e: Emitter, { lanes, window, positive }: Operands, zero?: () => void): void {
  const { code: c } = e;
  const double = isDouble(lanes);
  const shift = (double ? DOUBLE_EXPONENT : SINGLE_EXPONENT) - (positive ? 1 : 0);
  const offset = (0x80000000 - window[0] * 2 ** shift) | 0;
  if (!positive)
    c.get(L.V1)
      .get(L.V1)
      .simd(double ? SIMD.i64x2_add : SIMD.i32x4_add)
      .set(L.V1);
  e.vectors.constant((window[1] * 2 ** shift + offset) | 0);
  c.get(L.V1);
  e.vectors.constant(offset);
  c.simd(SIMD.i32x4_add).simd(SIMD.i32x4_gt_s);
  if (!zero) return;
  c.get(L.V1);
  zero();
  c.simd(double ? SIMD.i64x2_eq : SIMD.i32x4_eq).simd(SIMD.v128_or);
}

/** How many elements masks have. */
type Count = 2 | 4;

function pushBits(e: Emitter, count: Count): Count {
  e.code.simd(count === 4 ? SIMD.i32x4_bitmask : SIMD.i64x2_bitmask);
  return count;
}

/** Push which operands are in the window: one bit for each element. */
function ordinary(e: Emitter, o: Operands): Count {
  const { code: c } = e;
  const { lanes, a, b = a } = o;
  if (lanes === "pd" && a !== b) {
    // The upper halves of all four.
    shuffle(c.get(a).get(b), [1, 3, 5, 7]);
    c.set(L.V1);
    inWindow(e, { ...o, lanes: "pd" });
    return pushBits(e, 4);
  }
  return masks(e, o);
}

/** Push the same with zeros taken for ordinary. */
function ordinaryOrZero(e: Emitter, o: Operands): Count {
  return masks(e, o, o.zeros);
}

function masks(e: Emitter, o: Operands, zeros?: "any" | "first"): Count {
  const { code: c } = e;
  const { lanes, a, b = a } = o;
  const zero = () => e.vectors.constant(0);
  if (isScalar(lanes)) {
    // Both in one vector. What was shifted left is even, so nothing equals one.
    shuffle(c.get(a).get(b), isDouble(lanes) ? [0, 2] : [0, 0, 4, 4]);
    c.set(L.V1);
    inWindow(e, o, zeros && (zeros === "any" ? zero : () => constant(c, [0, 0, 1, 1])));
    return pushBits(e, 2);
  }
  c.get(a).set(L.V1);
  inWindow(e, o, zeros && zero);
  if (a !== b || zeros === "first") {
    c.get(b).set(L.V1);
    inWindow(e, o, zeros === "any" ? zero : undefined);
    c.simd(SIMD.v128_and);
  }
  return pushBits(e, lanes === "ps" ? 4 : 2);
}

const native = (count: Count) => (count === 4 ? L.NATIVE_4 : L.NATIVE_2);

/** Push whether the operands are ordinary, for instructions that raise nothing then and are exact. */
export function checkQuiet(e: Emitter, o: Operands): void {
  const count = ordinaryOrZero(e, o);
  e.code.i32(count === 4 ? ALL_4 : ALL_2).op(OP.i32_eq);
}

/** Push whether the operands are ordinary, and the host may round. */
export function checkNative(e: Emitter, o: Operands): void {
  const count = ordinary(e, o);
  e.code.get(native(count)).op(OP.i32_eq);
}

/** The same if zeros are there, or if the result is exact, which `exact` pushes: the second look. */
export function checkAgain(e: Emitter, o: Operands, exact: () => void): void {
  const count = ordinaryOrZero(e, o);
  e.code.tee(L.T0).get(native(count)).op(OP.i32_eq);
  e.code
    .get(L.T0)
    .i32(count === 4 ? EXACT_4 : EXACT_2)
    .op(OP.i32_or)
    .get(native(count))
    .op(OP.i32_eq);
  exact();
  e.code.op(OP.i32_and, OP.i32_or);
}
