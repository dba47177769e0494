/**
 * Before a program's first inexact result MXCSR would show one, so host arithmetic may only stand for the guest's where a result is exact.
 * These push whether it is, given that the operands are in the window (simd-range.ts) and the guest rounds to nearest.
 */
import { OP } from "./emit/code.js";
import type { Emitter } from "./emitter.js";
import * as L from "./locals.js";
import { SIMD, shuffle } from "./simd-codes.js";
import { isDouble, isScalar, type Lanes } from "./simd-range.js";

export type Exactness = (e: Emitter, lanes: Lanes, d: number, s: number) => void;

const SIGNIFICAND_BITS = 53;

const pick = (lanes: Lanes, single: number, double: number) => (isDouble(lanes) ? double : single);

/** Push whether the masks on the stack are set for all elements that count. */
function all(e: Emitter, lanes: Lanes): void {
  const { code: c } = e;
  c.simd(pick(lanes, SIMD.i32x4_bitmask, SIMD.i64x2_bitmask));
  const elements = isScalar(lanes) ? 1 : pick(lanes, 15, 3);
  c.i32(elements).op(OP.i32_and).i32(elements).op(OP.i32_eq);
}

/** The rounding error of d + s, or of d - s, is zero. Error-free transformation: Knuth, TwoSum. */
export function exactSum(subtract: boolean): Exactness {
  return (e, lanes, d, s) => {
    const { code: c } = e;
    const sub = pick(lanes, SIMD.f32x4_sub, SIMD.f64x2_sub);
    const eq = pick(lanes, SIMD.f32x4_eq, SIMD.f64x2_eq);
    c.get(s);
    if (subtract) c.simd(pick(lanes, SIMD.f32x4_neg, SIMD.f64x2_neg));
    c.set(L.V1);
    c.get(d)
      .get(L.V1)
      .simd(pick(lanes, SIMD.f32x4_add, SIMD.f64x2_add))
      .set(L.V2);
    // What of the sum came from s is s, and what came from d is d.
    c.get(L.V2).get(d).simd(sub).get(L.V1).simd(eq);
    c.get(L.V2).get(L.V2).get(d).simd(sub).simd(sub).get(d).simd(eq);
    c.simd(SIMD.v128_and);
    all(e, lanes);
  };
}

/** Push the bits of one double, with the leading bit of its significand. */
function significand(e: Emitter, x: number, lane: number): void {
  e.code.get(x).simdLane(SIMD.i64x2_extract_lane, lane).i64(1).i64(52).op(OP.i64_shl, OP.i64_or);
}

/** Push whether `product`, of x and y, is exact: the product of two singles is a double, that of two doubles has as few bits as they have. */
function exactProductOf(e: Emitter, lanes: Lanes, x: number, y: number, product: number): void {
  const { code: c } = e;
  const count = isScalar(lanes) ? 1 : 2;
  for (let n = 0; n < count; n++) {
    if (isDouble(lanes)) {
      significand(e, x, n);
      c.op(OP.i64_ctz);
      significand(e, y, n);
      c.op(OP.i64_ctz, OP.i64_add, OP.i32_wrap_i64).i32(SIGNIFICAND_BITS).op(OP.i32_ge_s);
      c.get(product).simdLane(SIMD.i64x2_extract_lane, n).i64(1).op(OP.i64_shl, OP.i64_eqz, OP.i32_or);
    } else {
      const widen = (singles: number) => {
        c.get(singles);
        if (n) shuffle(c.get(singles), [1, 1]);
        c.simd(SIMD.f64x2_promote_low_f32x4);
      };
      widen(x);
      widen(y);
      c.simd(SIMD.f64x2_mul);
      widen(product);
      c.simd(SIMD.f64x2_eq);
      all(e, isScalar(lanes) ? "sd" : "pd");
    }
    if (n) c.op(OP.i32_and);
  }
}

const multiply = (lanes: Lanes) => pick(lanes, SIMD.f32x4_mul, SIMD.f64x2_mul);

export const exactProduct: Exactness = (e, lanes, d, s) => {
  e.code.get(d).get(s).simd(multiply(lanes)).set(L.V1);
  exactProductOf(e, lanes, d, s, L.V1);
};

/** V1, times `factor`, is exactly `whole`. */
function exactInverse(e: Emitter, lanes: Lanes, factor: number, whole: number): void {
  const { code: c } = e;
  c.get(L.V1).get(factor).simd(multiply(lanes)).tee(L.V2);
  c.get(whole).simd(pick(lanes, SIMD.f32x4_eq, SIMD.f64x2_eq));
  all(e, lanes);
  exactProductOf(e, lanes, L.V1, factor, L.V2);
  c.op(OP.i32_and);
}

export const exactQuotient: Exactness = (e, lanes, d, s) => {
  e.code
    .get(d)
    .get(s)
    .simd(pick(lanes, SIMD.f32x4_div, SIMD.f64x2_div))
    .set(L.V1);
  exactInverse(e, lanes, s, d);
};

export function exactRoot(e: Emitter, lanes: Lanes, s: number): void {
  e.code
    .get(s)
    .simd(pick(lanes, SIMD.f32x4_sqrt, SIMD.f64x2_sqrt))
    .set(L.V1);
  exactInverse(e, lanes, L.V1, s);
}
