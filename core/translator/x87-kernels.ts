/**
 * Sums and products of x87 registers, computed with integers: of ordinary numbers (x87-numbers.ts), rounded to nearest in extended precision or
 * by precision control, and those with zeros. wasm/x87/quick-arithmetic.ts does the same for the exec functions.
 */
import { type Code, OP } from "./emit/code.js";
import type { Emitter } from "./emitter.js";
import * as L from "./locals.js";
import { BIAS, EXPONENT, INTEGER_BIT, isPlain, roundsToEven, SIGN } from "./x87-numbers.js";
import { CONTROL_PRECISION, type Register } from "./x87-stack.js";

const Q = L.X87_Q;
const T = L.X87_T;
/** Precision control, as it differs from that of extended precision. */
const PRECISION_DOUBLE = 0x100;
const PRECISION_SINGLE = 0x300;

/** Round the significand Q + 3, below which Q lies, into a register whose sign and exponent are in T. */
function deliver(e: Emitter, to: Register): void {
  const { code: c } = e;
  c.get(L.X87_UNUSUAL).i32(CONTROL_PRECISION).op(OP.i32_and).if();
  c.seldom();
  roundToPrecision(c);
  c.else();
  roundsToEven(c.get(Q + 3), Q);
  c.get(Q + 3)
    .get(L.X87_UP)
    .op(OP.i64_extend_i32_u, OP.i64_add)
    .set(Q + 3);
  c.end();
  c.get(Q + 3)
    .tee(to.sig)
    .op(OP.i64_eqz)
    .get(L.X87_UP)
    .op(OP.i32_and)
    .if();
  c.seldom();
  c.i64Wide(INTEGER_BIT).set(to.sig).get(T).i32(1).op(OP.i32_add).set(T);
  c.end();
  c.get(T).set(to.exp);
  c.get(Q);
  e.x87.rounded();
}

/** The same rounding, of Q + 3 in place, by a precision control that is not that of 64 bits. Q becomes what lies below the last bit used. */
function roundToPrecision(c: Code): void {
  const unused = Q + 2;
  // Of X87_UNUSUAL, precision control has 3 for single, 1 for double precision, and 2 for what is reserved and acts as extended precision.
  const is = (difference: number) => c.get(L.X87_UNUSUAL).i32(CONTROL_PRECISION).op(OP.i32_and).i32(difference).op(OP.i32_eq);
  c.i64(40).i64(11).i64(0);
  is(PRECISION_DOUBLE);
  c.op(OP.select);
  is(PRECISION_SINGLE);
  c.op(OP.select).tee(unused).op(OP.i64_eqz).op(OP.i32_eqz).if();
  c.get(Q + 3)
    .i64(64)
    .get(unused)
    .op(OP.i64_sub, OP.i64_shl)
    .get(Q)
    .i64(0)
    .op(OP.i64_ne, OP.i64_extend_i32_u, OP.i64_or)
    .set(Q);
  c.end();
  roundsToEven(
    c
      .get(Q + 3)
      .get(unused)
      .op(OP.i64_shr_u)
      .tee(Q + 3),
    Q,
  );
  c.get(Q + 3)
    .get(L.X87_UP)
    .op(OP.i64_extend_i32_u, OP.i64_add)
    .get(unused)
    .op(OP.i64_shl)
    .set(Q + 3);
}

const low = (c: Code, local: number) => c.get(local).i64Wide(0xffffffffn).op(OP.i64_and);
const high = (c: Code, local: number) => c.get(local).i64(32).op(OP.i64_shr_u);

/** a * b. */
export function product(e: Emitter, a: Register, b: Register, to: Register): void {
  const { code: c } = e;
  low(c, a.sig);
  low(c, b.sig).op(OP.i64_mul).set(Q);
  high(c, a.sig);
  low(c, b.sig).op(OP.i64_mul);
  high(c, Q)
    .op(OP.i64_add)
    .set(Q + 1);
  low(c, a.sig);
  high(c, b.sig).op(OP.i64_mul);
  low(c, Q + 1)
    .op(OP.i64_add)
    .set(Q + 2);
  high(c, a.sig);
  high(c, b.sig).op(OP.i64_mul);
  high(c, Q + 1).op(OP.i64_add);
  high(c, Q + 2)
    .op(OP.i64_add)
    .tee(Q + 3);
  // Shift left by one if the upper bit is clear.
  c.op(OP.i64_clz).set(Q + 1);
  low(c, Q)
    .get(Q + 2)
    .i64(32)
    .op(OP.i64_shl, OP.i64_or)
    .set(Q);
  c.get(Q + 3)
    .get(Q + 1)
    .op(OP.i64_shl)
    .get(Q)
    .i64(63)
    .op(OP.i64_shr_u)
    .get(Q + 1)
    .op(OP.i64_and, OP.i64_or)
    .set(Q + 3);
  c.get(Q)
    .get(Q + 1)
    .op(OP.i64_shl)
    .set(Q);
  c.get(a.exp).i32(EXPONENT).op(OP.i32_and).get(b.exp).i32(EXPONENT).op(OP.i32_and, OP.i32_add);
  c.i32(BIAS - 1)
    .op(OP.i32_sub)
    .get(Q + 1)
    .op(OP.i32_wrap_i64, OP.i32_sub);
  c.get(a.exp).get(b.exp).op(OP.i32_xor).i32(SIGN).op(OP.i32_and, OP.i32_or).set(T);
  deliver(e, to);
}

/** T + 1 := distance of the exponents. Push whether it is so small that the smaller number has bits in the larger one's place. */
export function areNear(c: Code, a: Register, b: Register): void {
  c.get(a.exp)
    .i32(EXPONENT)
    .op(OP.i32_and)
    .get(b.exp)
    .i32(EXPONENT)
    .op(OP.i32_and, OP.i32_sub)
    .tee(T + 1);
  c.i32(63).op(OP.i32_add).i32(127).op(OP.i32_lt_u);
}

/** Q + 3 := the significand of the larger number, Q + 1 and Q that of the smaller one in its place, and T the larger one's sign and exponent. */
function align(c: Code, a: Register, b: Register, flipA: number, flipB: number): void {
  const less = T + 2;
  c.get(T + 1)
    .i32(0)
    .op(OP.i32_lt_s);
  c.get(a.sig)
    .get(b.sig)
    .op(OP.i64_lt_u)
    .get(T + 1)
    .op(OP.i32_eqz, OP.i32_and, OP.i32_or)
    .set(less);
  c.get(b.exp).i32(flipB).op(OP.i32_xor).get(a.exp).i32(flipA).op(OP.i32_xor).get(less).op(OP.select).set(T);
  c.get(b.sig)
    .get(a.sig)
    .get(less)
    .op(OP.select)
    .set(Q + 3);
  c.get(a.sig)
    .get(b.sig)
    .get(less)
    .op(OP.select)
    .set(Q + 1);
  c.i32(0)
    .get(T + 1)
    .op(OP.i32_sub)
    .get(T + 1)
    .get(less)
    .op(OP.select, OP.i64_extend_i32_u)
    .set(Q + 2);
  c.get(Q + 1)
    .i64(1)
    .op(OP.i64_shl)
    .i64(63)
    .get(Q + 2)
    .op(OP.i64_sub, OP.i64_shl)
    .set(Q);
  c.get(Q + 1)
    .get(Q + 2)
    .op(OP.i64_shr_u)
    .set(Q + 1);
}

function addMagnitudes(c: Code): void {
  const carry = Q + 2;
  c.get(Q + 3)
    .get(Q + 1)
    .op(OP.i64_add)
    .tee(Q + 1)
    .get(Q + 3)
    .op(OP.i64_lt_u, OP.i64_extend_i32_u)
    .set(carry);
  // The lowest bit of what lies below is clear, as the distance is.
  c.get(Q)
    .get(carry)
    .op(OP.i64_shr_u)
    .get(Q + 1)
    .get(carry)
    .op(OP.i64_and)
    .i64(63)
    .op(OP.i64_shl, OP.i64_or)
    .set(Q);
  c.get(Q + 1)
    .get(carry)
    .op(OP.i64_shr_u)
    .get(carry)
    .i64(63)
    .op(OP.i64_shl, OP.i64_or)
    .set(Q + 3);
  c.get(T).get(carry).op(OP.i32_wrap_i64, OP.i32_add).set(T);
}

function subtractMagnitudes(c: Code): void {
  const shift = Q + 2;
  c.get(Q + 3)
    .get(Q + 1)
    .op(OP.i64_sub);
  c.get(Q)
    .i64(0)
    .op(OP.i64_ne, OP.i64_extend_i32_u, OP.i64_sub)
    .tee(Q + 3);
  c.i64(0).get(Q).op(OP.i64_sub).set(Q);
  c.op(OP.i64_eqz).if();
  c.seldom();
  // Zero, or half of the last bit.
  c.get(T).i32(64).op(OP.i32_sub).i32(0).get(Q).i64(0).op(OP.i64_ne, OP.select).set(T);
  c.get(Q)
    .set(Q + 3)
    .i64(0)
    .set(Q);
  c.else();
  c.get(Q + 3)
    .op(OP.i64_clz)
    .set(shift);
  c.get(T).get(shift).op(OP.i32_wrap_i64, OP.i32_sub).set(T);
  c.get(Q + 3)
    .get(shift)
    .op(OP.i64_shl)
    .get(Q)
    .i64(1)
    .op(OP.i64_shr_u)
    .i64(63)
    .get(shift)
    .op(OP.i64_sub, OP.i64_shr_u, OP.i64_or)
    .set(Q + 3);
  c.get(Q).get(shift).op(OP.i64_shl).set(Q);
  c.end();
}

/** Sum of a, with its sign bit flipped by `flipA`, and b. */
export function sum(e: Emitter, a: Register, b: Register, flipA: number, flipB: number, to: Register): void {
  const { code: c } = e;
  align(c, a, b, flipA, flipB);
  c.get(a.exp).get(b.exp).op(OP.i32_xor).i32(SIGN).op(OP.i32_and);
  c.i32(flipA ^ flipB)
    .op(OP.i32_eq)
    .if();
  addMagnitudes(c);
  c.else();
  subtractMagnitudes(c);
  c.end();
  deliver(e, to);
}

/** Push whether one number is zero, and the other one too or ordinary. */
export function isWithZero(e: Emitter, a: Register, b: Register): void {
  const { code: c } = e;
  c.get(a.sig).op(OP.i64_eqz).get(b.sig).op(OP.i64_eqz, OP.i32_or);
  isPlain(e, a);
  isPlain(e, b);
  c.op(OP.i32_and, OP.i32_and);
}

/** a * b, one of them zero. */
export function productWithZero(e: Emitter, a: Register, b: Register, to: Register): void {
  const { code: c } = e;
  c.get(a.exp).get(b.exp).op(OP.i32_xor).i32(SIGN).op(OP.i32_and).set(to.exp).i64(0).set(to.sig);
}

/** The same sum where one of them is zero. */
export function sumWithZero(e: Emitter, a: Register, b: Register, flipA: number, flipB: number, to: Register): void {
  const { code: c } = e;
  const [first, second] = [T, T + 1];
  c.get(a.exp).i32(flipA).op(OP.i32_xor).set(first).get(b.exp).i32(flipB).op(OP.i32_xor).set(second);
  c.get(first).get(second).op(OP.i32_and).get(second).get(b.sig).op(OP.i64_eqz, OP.select);
  c.get(first).get(a.sig).op(OP.i64_eqz, OP.select).set(first);
  c.get(a.sig).get(b.sig).op(OP.i64_or).set(to.sig).get(first).set(to.exp);
}
