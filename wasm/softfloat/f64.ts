// Double-precision operations by the rules of SSE (NaN operands: the first one wins), on values as bit patterns. Rounding, DAZ, FTZ and
// unmasked exceptions come from environment.ts, and exceptions are reported there. Minimum and maximum are SSE's own affair.
import { addNumbers, divideNumbers, multiplyNumbers, squareRootNumber } from "./arithmetic";
import { compareNumbers } from "./compare";
import { toInteger, toIntegerTruncate } from "./integer";
import { copyX, firstNan, nanX, negateSecond, reportDenormalX, secondOperand, setInteger, unpackF64 } from "./number";
import { packF32, packF64 } from "./round";

/** x := a, y := b; whether one is a NaN, the result then being in z. */
function operands(a: u64, b: u64): bool {
  unpackF64(b);
  secondOperand();
  unpackF64(a);
  return firstNan();
}

export function f64Add(a: u64, b: u64): u64 {
  if (!operands(a, b)) addNumbers();
  return packF64();
}

export function f64Sub(a: u64, b: u64): u64 {
  if (!operands(a, b)) {
    negateSecond();
    addNumbers();
  }
  return packF64();
}

export function f64Mul(a: u64, b: u64): u64 {
  if (!operands(a, b)) multiplyNumbers();
  return packF64();
}

export function f64Div(a: u64, b: u64): u64 {
  if (!operands(a, b)) divideNumbers();
  return packF64();
}

export function f64Sqrt(a: u64): u64 {
  unpackF64(a);
  if (!nanX()) squareRootNumber();
  return packF64();
}

/** LESS, EQUAL, GREATER or UNORDERED (compare.ts); quiet: only signalling NaNs are invalid. */
export function f64Compare(a: u64, b: u64, quiet: bool): i32 {
  unpackF64(b);
  secondOperand();
  unpackF64(a);
  return compareNumbers(quiet);
}

export function f64ToF32(a: u64): u32 {
  unpackF64(a);
  if (!nanX()) {
    reportDenormalX();
    copyX();
  }
  return packF32();
}

export function f64FromI64(value: i64): u64 {
  setInteger(value);
  return packF64();
}

export function f64ToI32(a: u64): i32 {
  unpackF64(a);
  return <i32>toInteger(32);
}

export function f64ToI32Truncate(a: u64): i32 {
  unpackF64(a);
  return <i32>toIntegerTruncate(32);
}

export function f64ToI64(a: u64): i64 {
  unpackF64(a);
  return toInteger(64);
}

export function f64ToI64Truncate(a: u64): i64 {
  unpackF64(a);
  return toIntegerTruncate(64);
}
