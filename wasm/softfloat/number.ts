// Unpacked numbers. An operation takes operands x and y and leaves its result in z; all three are module globals, so that nothing is
// allocated. A finite value is (-1)^sign * 2^exp * sig / 2^63, with the top bit of sig set.
import { daz, EX_DENORMAL, EX_INVALID, report } from "./environment";

export const ZERO: i32 = 0;
export const FINITE: i32 = 1;
export const INFINITY: i32 = 2;
/** NaNs keep their payload in sig as an 80-bit register does: bit 63 set, bit 62 the quiet bit. */
export const QNAN: i32 = 3;
export const SNAN: i32 = 4;
/** Unnormals, pseudo-infinities and pseudo-NaNs of the 80-bit format. SDM 1 "Unsupported Double Extended-Precision...". */
export const UNSUPPORTED: i32 = 5;

export const TOP_BIT: u64 = 0x8000000000000000;
export const QUIET_BIT: u64 = 0x4000000000000000;
/** Real indefinite: the negative quiet NaN with no payload, and its sign and exponent. */
export const INDEFINITE: u64 = 0xc000000000000000;

export let xClass: i32 = 0;
export let xSign: u32 = 0;
export let xExp: i32 = 0;
export let xSig: u64 = 0;
export let xDenormal: bool = false;

export let yClass: i32 = 0;
export let ySign: u32 = 0;
export let yExp: i32 = 0;
export let ySig: u64 = 0;
let yDenormal: bool = false;

/** z has 128 bits of significand before rounding: zHi, then zLo whose lowest bit is sticky. */
export let zClass: i32 = 0;
export let zSign: u32 = 0;
export let zExp: i32 = 0;
export let zHi: u64 = 0;
export let zLo: u64 = 0;

function setX(kind: i32, sign: u32, exp: i32, sig: u64): void {
  xClass = kind;
  xSign = sign;
  xExp = exp;
  xSig = sig;
  xDenormal = false;
}

/** x := a number whose significand still has to be normalised; not zero. */
function setDenormalX(sign: u32, exp: i32, sig: u64): void {
  const shift = <i32>clz<u64>(sig);
  setX(FINITE, sign, exp - shift, sig << shift);
  xDenormal = true;
}

/** Common to f32 and f64, whose fields are given left-aligned: the fraction below bit 63, which is clear. */
function unpackIeee(sign: u32, biased: i32, fraction: u64, maximum: i32, bias: i32): void {
  if (biased == maximum) {
    const kind = fraction == 0 ? INFINITY : fraction & QUIET_BIT ? QNAN : SNAN;
    setX(kind, sign, 0, fraction | TOP_BIT);
  } else if (biased != 0) setX(FINITE, sign, biased - bias, fraction | TOP_BIT);
  else if (fraction == 0 || daz) setX(ZERO, sign, 0, 0);
  else setDenormalX(sign, 1 - bias, fraction);
}

/** x := a single-precision value. */
export function unpackF32(bits: u32): void {
  unpackIeee(bits >> 31, (bits >> 23) & 0xff, (<u64>(bits & 0x7fffff)) << 40, 0xff, 127);
}

/** x := a double-precision value. */
export function unpackF64(bits: u64): void {
  unpackIeee(<u32>(bits >> 63), <i32>(bits >> 52) & 0x7ff, (bits << 11) & ~TOP_BIT, 0x7ff, 1023);
}

/** x := an 80-bit value: its significand, and its sign and exponent. A pseudo-denormal is denormal too. */
export function unpackF80(sig: u64, signExponent: u32): void {
  const biased = <i32>(signExponent & 0x7fff);
  const sign = (signExponent >> 15) & 1;
  if (biased == 0) {
    if (sig == 0) setX(ZERO, sign, 0, 0);
    else setDenormalX(sign, -16382, sig);
  } else if (!(sig & TOP_BIT)) setX(UNSUPPORTED, sign, 0, sig);
  else if (biased != 0x7fff) setX(FINITE, sign, biased - 16383, sig);
  else setX(sig == TOP_BIT ? INFINITY : sig & QUIET_BIT ? QNAN : SNAN, sign, 0, sig);
}

/** x := a signed integer. */
export function unpackInteger(value: i64): void {
  const sign = u32(value < 0);
  const magnitude: u64 = sign ? -value : value;
  const shift = <i32>clz<u64>(magnitude);
  if (magnitude == 0) setX(ZERO, 0, 0, 0);
  else setX(FINITE, sign, 63 - shift, magnitude << shift);
}

/** y := x, so that the first operand can be unpacked after the second. */
export function secondOperand(): void {
  yClass = xClass;
  ySign = xSign;
  yExp = xExp;
  ySig = xSig;
  yDenormal = xDenormal;
}

/** Exchange x and y. */
export function exchange(): void {
  const kind = yClass;
  const sign = ySign;
  const exp = yExp;
  const sig = ySig;
  const denormal = yDenormal;
  secondOperand();
  setX(kind, sign, exp, sig);
  xDenormal = denormal;
}

export function negateSecond(): void {
  ySign ^= 1;
}

/** Report a denormal operand. Only when no operand is a NaN and the operation is valid. SDM 1 "Floating-Point Exception Priority". */
export function reportDenormals(): void {
  if (xDenormal || yDenormal) report(EX_DENORMAL);
}

export function reportDenormalX(): void {
  if (xDenormal) report(EX_DENORMAL);
}

export function setZero(sign: u32): void {
  zClass = ZERO;
  zSign = sign;
}

export function setInfinity(sign: u32): void {
  zClass = INFINITY;
  zSign = sign;
}

/** z := a finite value to be rounded; the top bit of hi is set. */
export function setFinite(sign: u32, exp: i32, hi: u64, lo: u64): void {
  zClass = FINITE;
  zSign = sign;
  zExp = exp;
  zHi = hi;
  zLo = lo;
}

/** z := (-1)^sign * magnitude. */
export function setMagnitude(sign: u32, magnitude: u64): void {
  const shift = <i32>clz<u64>(magnitude);
  if (magnitude == 0) setZero(sign);
  else setFinite(sign, 63 - shift, magnitude << shift, 0);
}

/** z := a signed integer. */
export function setInteger(value: i64): void {
  if (value < 0) setMagnitude(1, -value);
  else setMagnitude(0, value);
}

/** z := a NaN, made quiet. */
function setNan(sign: u32, sig: u64): void {
  zClass = QNAN;
  zSign = sign;
  zHi = sig | QUIET_BIT;
}

/** Invalid operation: z := the indefinite NaN. */
export function invalid(): void {
  report(EX_INVALID);
  setNan(1, INDEFINITE);
}

/** z := x, still to be rounded. */
export function copyX(): void {
  if (xClass >= QNAN) setNan(xSign, xSig);
  else setFinite(xSign, xExp, xSig, 0);
  if (xClass < QNAN) zClass = xClass;
}

/** z := y, still to be rounded. */
export function copyY(): void {
  if (yClass >= QNAN) setNan(ySign, ySig);
  else setFinite(ySign, yExp, ySig, 0);
  if (yClass < QNAN) zClass = yClass;
}

/** SSE: whether an operand is a NaN; then z := the first NaN, made quiet. SDM 1 "Operating on SNaNs and QNaNs". */
export function firstNan(): bool {
  if (xClass < QNAN && yClass < QNAN) return false;
  if (xClass == SNAN || yClass == SNAN) report(EX_INVALID);
  if (xClass >= QNAN) copyX();
  else copyY();
  return true;
}

/** SSE, one operand: whether x is a NaN; then z := x, made quiet. */
export function nanX(): bool {
  if (xClass < QNAN) return false;
  if (xClass == SNAN) report(EX_INVALID);
  copyX();
  return true;
}
