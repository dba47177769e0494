// Single-precision operations by the rules of SSE (NaN operands: the first one wins), on values as bit patterns. Rounding, DAZ, FTZ and
// unmasked exceptions come from environment.ts, and exceptions are reported there. Minimum and maximum are SSE's own affair.
import { addNumbers, divideNumbers, multiplyNumbers, squareRootNumber } from "./arithmetic";
import { compareNumbers } from "./compare";
import { toInteger, toIntegerTruncate } from "./integer";
import { copyX, firstNan, nanX, negateSecond, reportDenormalX, secondOperand, setInteger, unpackF32 } from "./number";
import { packF32, packF64 } from "./round";

/** x := a, y := b; whether one is a NaN, the result then being in z. */
function operands(a: u32, b: u32): bool {
  unpackF32(b);
  secondOperand();
  unpackF32(a);
  return firstNan();
}

export function f32Add(a: u32, b: u32): u32 {
  if (!operands(a, b)) addNumbers();
  return packF32();
}

export function f32Sub(a: u32, b: u32): u32 {
  if (!operands(a, b)) {
    negateSecond();
    addNumbers();
  }
  return packF32();
}

export function f32Mul(a: u32, b: u32): u32 {
  if (!operands(a, b)) multiplyNumbers();
  return packF32();
}

export function f32Div(a: u32, b: u32): u32 {
  if (!operands(a, b)) divideNumbers();
  return packF32();
}

export function f32Sqrt(a: u32): u32 {
  unpackF32(a);
  if (!nanX()) squareRootNumber();
  return packF32();
}

/** LESS, EQUAL, GREATER or UNORDERED (compare.ts); quiet: only signalling NaNs are invalid. */
export function f32Compare(a: u32, b: u32, quiet: bool): i32 {
  unpackF32(b);
  secondOperand();
  unpackF32(a);
  return compareNumbers(quiet);
}

export function f32ToF64(a: u32): u64 {
  unpackF32(a);
  if (!nanX()) {
    reportDenormalX();
    copyX();
  }
  return packF64();
}

export function f32FromI32(value: i32): u32 {
  return f32FromI64(<i64>value);
}

export function f32FromI64(value: i64): u32 {
  setInteger(value);
  return packF32();
}

export function f32ToI32(a: u32): i32 {
  unpackF32(a);
  return <i32>toInteger(32);
}

export function f32ToI32Truncate(a: u32): i32 {
  unpackF32(a);
  return <i32>toIntegerTruncate(32);
}

export function f32ToI64(a: u32): i64 {
  unpackF32(a);
  return toInteger(64);
}

export function f32ToI64Truncate(a: u32): i64 {
  unpackF32(a);
  return toIntegerTruncate(64);
}
