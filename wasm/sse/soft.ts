// The exact way to do SSE arithmetic: element by element in software floating point, with every rounding mode, flag and trap.
// The destination is written when all elements have been computed and none raised an unmasked exception.
import { GREATER, LESS } from "../softfloat/compare";
import { daz } from "../softfloat/environment";
import { f32Add, f32Compare, f32Div, f32Mul, f32Sqrt, f32Sub } from "../softfloat/f32";
import { f64Add, f64Compare, f64Div, f64Mul, f64Sqrt, f64Sub } from "../softfloat/f64";
import { beginSoft, endSoft } from "./mxcsr";
import { getScalar, putScalar, putXmm } from "./operand";
import { SCRATCH } from "./state";

export const ADD: i32 = 0;
export const SUB: i32 = 1;
export const MUL: i32 = 2;
export const DIV: i32 = 3;
export const SQRT: i32 = 4;
export const MIN: i32 = 5;
export const MAX: i32 = 6;
/** SUB in even elements, ADD in odd ones. */
export const ADDSUB: i32 = 7;

// Minimum and maximum pass an operand on; under DAZ a denormal one as the zero it stands for.

function operand32(a: u32): u32 {
  return daz && !(a & 0x7f800000) ? a & 0x80000000 : a;
}

function operand64(a: u64): u64 {
  return daz && !((a >> 52) & 0x7ff) ? (a >> 63) << 63 : a;
}

function soft32(op: i32, a: u32, b: u32): u32 {
  switch (op) {
    case ADD:
      return f32Add(a, b);
    case SUB:
      return f32Sub(a, b);
    case MUL:
      return f32Mul(a, b);
    case DIV:
      return f32Div(a, b);
    case SQRT:
      return f32Sqrt(b);
    case MIN:
      return operand32(f32Compare(a, b, false) == LESS ? a : b);
    default:
      return operand32(f32Compare(a, b, false) == GREATER ? a : b);
  }
}

function soft64(op: i32, a: u64, b: u64): u64 {
  switch (op) {
    case ADD:
      return f64Add(a, b);
    case SUB:
      return f64Sub(a, b);
    case MUL:
      return f64Mul(a, b);
    case DIV:
      return f64Div(a, b);
    case SQRT:
      return f64Sqrt(b);
    case MIN:
      return operand64(f64Compare(a, b, false) == LESS ? a : b);
    default:
      return operand64(f64Compare(a, b, false) == GREATER ? a : b);
  }
}

/** One element: the values at `a` and `b`, the result to `a`. T is f32 or f64. */
function softElement<T>(op: i32, a: usize, b: usize): void {
  if (sizeof<T>() == 4) store<u32>(a, soft32(op, load<u32>(a), load<u32>(b)));
  else store<u64>(a, soft64(op, load<u64>(a), load<u64>(b)));
}

export function softPacked<T>(u: usize, op: i32, a: v128, b: v128): void {
  const x = SCRATCH;
  const y = SCRATCH + 16;
  v128.store(x, a);
  v128.store(y, b);
  beginSoft();
  for (let i: usize = 0; i < 16; i += sizeof<T>()) {
    softElement<T>(op != ADDSUB ? op : i & sizeof<T>() ? ADD : SUB, x + i, y + i);
  }
  if (endSoft()) putXmm(u, v128.load(x));
}

export function softScalar<T>(u: usize, op: i32, s: usize): void {
  const x = SCRATCH + 16;
  store<T>(x, getScalar<T>(u));
  beginSoft();
  softElement<T>(op, x, s);
  if (endSoft()) putScalar<T>(u, load<T>(x));
}
