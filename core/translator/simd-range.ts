/**
 * When may host arithmetic stand for the guest's? If it gives the same bits and raises no flag that is not set already. Here that is told
 * by the operands alone: each is zero, or its exponent lies in a window chosen so that no operand is denormal and no result overflows or
 * may be tiny. Inexact results must be silent, and round as the host does: then the locals NATIVE_* are the masks of all lanes
 * (vectors.ts), else nothing equals them. Everything outside goes through the exec function, which knows more cases (wasm/sse/provable.ts).
 *
 * Numbers are compared as integers without their signs: shifted left by one, and offset so that the window begins at the smallest integer.
 */
import { OP } from "./emit/code.js";
import type { Emitter } from "./emitter.js";
import * as L from "./locals.js";
import { constant, SIMD, shuffle } from "./simd-codes.js";
import { EXACT_2, EXACT_4 } from "./vectors.js";

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

/** Which operands may be zero. */
export type ZeroRule = "any" | "first";

const DOUBLE_EXPONENT = 21;
const SINGLE_EXPONENT = 24;

/**
 * Replace V1 by masks: all ones in the sign bit of each element that is in the window or zero. Of doubles only the sign bit counts.
 * `zero` pushes what V1, shifted, equals where zero is allowed.
 */
function inWindow(e: Emitter, double: boolean, [first, end]: Window, zero?: () => void, signed = false): void {
  const { code: c } = e;
  const shift = (double ? DOUBLE_EXPONENT : SINGLE_EXPONENT) - (signed ? 1 : 0);
  const offset = (0x80000000 - first * 2 ** shift) | 0;
  if (!signed)
    c.get(L.V1)
      .get(L.V1)
      .simd(double ? SIMD.i64x2_add : SIMD.i32x4_add)
      .set(L.V1);
  e.vectors.constant((end * 2 ** shift + offset) | 0);
  c.get(L.V1);
  e.vectors.constant(offset);
  c.simd(SIMD.i32x4_add).simd(SIMD.i32x4_gt_s);
  if (!zero) return;
  c.get(L.V1);
  zero();
  c.simd(double ? SIMD.i64x2_eq : SIMD.i32x4_eq).simd(SIMD.v128_or);
}

const noZero = (e: Emitter) => () => constant(e.code, [0, 0, 0, 0]);

/** Push whether all elements of local `a` are in the window, zero, and positive if `signed`; with `native`, whether the host may round. */
export function checkOne(e: Emitter, lanes: Lanes, window: Window, a: number, native: boolean, signed = false): void {
  const { code: c } = e;
  c.get(a);
  if (isScalar(lanes)) shuffle(c.get(a), isDouble(lanes) ? [0, 0] : [0, 0, 0, 0]);
  c.set(L.V1);
  inWindow(e, isDouble(lanes), window, noZero(e), signed);
  agree(e, lanes, native);
}

/** The same of two operands. */
export function checkTwo(e: Emitter, lanes: Lanes, window: Window, a: number, b: number, native: boolean, zeros: ZeroRule = "any"): void {
  if (a === b && zeros === "any") {
    checkOne(e, lanes, window, a, native);
    return;
  }
  if (isScalar(lanes)) checkPair(e, lanes, window, a, b, zeros);
  else checkPacked(e, lanes, window, a, b, zeros);
  agree(e, lanes, native);
}

/** Both scalars in one vector. */
function checkPair(e: Emitter, lanes: Lanes, window: Window, a: number, b: number, zeros: ZeroRule): void {
  const { code: c } = e;
  shuffle(c.get(a).get(b), isDouble(lanes) ? [0, 2] : [0, 0, 4, 4]);
  c.set(L.V1);
  // What was shifted left is even.
  const never = zeros === "any" ? 0 : 1;
  inWindow(e, isDouble(lanes), window, () => constant(c, [0, 0, never, never]));
}

function checkPacked(e: Emitter, lanes: Lanes, window: Window, a: number, b: number, zeros: ZeroRule): void {
  const { code: c } = e;
  c.get(a).set(L.V1);
  inWindow(e, isDouble(lanes), window, noZero(e));
  c.get(b).set(L.V1);
  inWindow(e, isDouble(lanes), window, zeros === "any" ? noZero(e) : undefined);
  c.simd(SIMD.v128_and);
}

/** Push whether the masks on the stack are all set; with `native`, they stay in T0 for agreeIfExact(). */
function agree(e: Emitter, lanes: Lanes, native: boolean): void {
  const { code: c } = e;
  const four = lanes === "ps";
  c.simd(four ? SIMD.i32x4_bitmask : SIMD.i64x2_bitmask);
  if (native) c.tee(L.T0).get(four ? L.NATIVE_4 : L.NATIVE_2);
  else c.i32(four ? 15 : 3);
  c.op(OP.i32_eq);
}

/** Push whether the host may compute what was just checked if the result is exact. */
export function agreeIfExact(e: Emitter, lanes: Lanes): void {
  const four = lanes === "ps";
  e.code
    .get(L.T0)
    .i32(four ? EXACT_4 : EXACT_2)
    .op(OP.i32_or)
    .get(four ? L.NATIVE_4 : L.NATIVE_2)
    .op(OP.i32_eq);
}
