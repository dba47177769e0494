// The quick ways to sums, products and quotients: of normal numbers and zeros, rounded to nearest by precision control, with a normal
// result or zero. NaNs, infinities, denormals, overflow, underflow and division by zero are REFUSED. Operands are numbers as
// quick-number.ts has them; the result goes to `at`, and what to set in the status word is returned.
import { FPU_CONTROL } from "../abi/state";
import { quotientRest } from "../softfloat/arithmetic";
import { EXP_MAX } from "../softfloat/f80";
import { TOP_BIT } from "../softfloat/number";
import { divide, productHigh } from "../softfloat/wide";
import { put } from "./quick";
import { areNormal, isNormal, isZero, REFUSED, roundingStatus, roundsToEven, shiftedOut } from "./quick-number";
import { CW_PRECISION, PRECISION_DOUBLE, PRECISION_SINGLE, SE_EXPONENT, SE_SIGN } from "./registers";

/** Bits at the end of a significand that precision control leaves unused; its reserved encoding acts as extended precision. */
function unusedBits(): u64 {
  const control = load<u32>(FPU_CONTROL) & CW_PRECISION;
  return control == PRECISION_DOUBLE ? 11 : control == PRECISION_SINGLE ? 40 : 0;
}

/** What comes below the used bits, as a fraction of 2^64, if `rest` is what comes below sig. */
function cut(sig: u64, rest: u64, unused: u64): u64 {
  return unused ? (sig << (64 - unused)) | u64(rest != 0) : rest;
}

/** Round a result, of which cut() has made `rest`. */
function deliver(at: usize, sign: u32, exp: i32, sig: u64, rest: u64, unused: u64): u32 {
  // The largest exponent is refused too, so that a carry can not overflow.
  if (<u32>(exp - 1) >= SE_EXPONENT - 2) return REFUSED;
  const whole = sig >> unused;
  const up = roundsToEven(whole, rest);
  const rounded = (whole + u64(up)) << unused;
  const carry = u32(rounded == 0);
  put(at, rounded | ((<u64>carry) << 63), sign | (<u32>exp + carry));
  return roundingStatus(rest, up);
}

/** Sum of which one operand at least is not normal. */
function sumWithZero(at: usize, aSig: u64, a: u32, bSig: u64, b: u32): u32 {
  let sig = aSig;
  let signExponent = a;
  if (isZero(aSig, a)) {
    if (isZero(bSig, b)) {
      put(at, 0, a & b);
      return 0;
    }
    sig = bSig;
    signExponent = b;
  } else if (!isZero(bSig, b)) return REFUSED;
  if (!isNormal(sig, signExponent)) return REFUSED;
  const unused = unusedBits();
  return deliver(at, signExponent & SE_SIGN, signExponent & SE_EXPONENT, sig, cut(sig, 0, unused), unused);
}

/** Sum of normal numbers of one sign, the second shifted right by `distance`. */
function addMagnitudes(at: usize, signExponent: u32, hi: u64, lo: u64, distance: i32): u32 {
  let exp = <i32>(signExponent & SE_EXPONENT);
  let rest = shiftedOut(lo, distance);
  let sig = distance < 64 ? hi + (lo >> distance) : hi;
  if (sig < hi || <i64>sig >= 0) {
    // The lowest bit of rest is clear: so far down a shifted number causes no carry.
    rest = (sig << 63) | (rest >> 1);
    sig = (sig >> 1) | TOP_BIT;
    exp++;
  }
  const unused = unusedBits();
  return deliver(at, signExponent & SE_SIGN, exp, sig, cut(sig, rest, unused), unused);
}

/** Difference of normal numbers, the first larger or equal, the second shifted right by `distance`. */
function subtractMagnitudes(at: usize, signExponent: u32, hi: u64, lo: u64, distance: i32): u32 {
  let exp = <i32>(signExponent & SE_EXPONENT);
  let rest = -shiftedOut(lo, distance);
  let sig = (distance < 64 ? hi - (lo >> distance) : hi) - u64(rest != 0);
  if (<i64>sig >= 0) {
    if (sig == 0) {
      if (rest == 0) {
        put(at, 0, 0);
        return 0;
      }
      sig = rest;
      rest = 0;
      exp -= 64;
    }
    const shift = clz<u64>(sig);
    exp -= <i32>shift;
    sig = (sig << shift) | ((rest >> 1) >> (63 - shift));
    rest <<= shift;
  }
  const unused = unusedBits();
  return deliver(at, signExponent & SE_SIGN, exp, sig, cut(sig, rest, unused), unused);
}

/** a + b. */
export function sum(at: usize, aSig: u64, a: u32, bSig: u64, b: u32): u32 {
  if (!areNormal(aSig, a, bSig, b)) return sumWithZero(at, aSig, a, bSig, b);
  let distance = <i32>(a & SE_EXPONENT) - <i32>(b & SE_EXPONENT);
  let signExponent = a;
  let hi = aSig;
  let lo = bSig;
  if (distance < 0 || (distance == 0 && aSig < bSig)) {
    distance = -distance;
    signExponent = b;
    hi = bSig;
    lo = aSig;
  }
  if ((a ^ b) & SE_SIGN) return subtractMagnitudes(at, signExponent, hi, lo, distance);
  return addMagnitudes(at, signExponent, hi, lo, distance);
}

function productWithZero(at: usize, aSig: u64, a: u32, bSig: u64, b: u32): u32 {
  const valid = isZero(aSig, a) ? isZero(bSig, b) || isNormal(bSig, b) : isZero(bSig, b) && isNormal(aSig, a);
  if (!valid) return REFUSED;
  put(at, 0, (a ^ b) & SE_SIGN);
  return 0;
}

/** a * b. */
export function product(at: usize, aSig: u64, a: u32, bSig: u64, b: u32): u32 {
  if (!areNormal(aSig, a, bSig, b)) return productWithZero(at, aSig, a, bSig, b);
  let exp = <i32>(a & SE_EXPONENT) + <i32>(b & SE_EXPONENT) - EXP_MAX;
  let sig = productHigh(aSig, bSig);
  let rest = aSig * bSig;
  if (<i64>sig < 0) exp++;
  else {
    sig = (sig << 1) | (rest >> 63);
    rest <<= 1;
  }
  const unused = unusedBits();
  return deliver(at, (a ^ b) & SE_SIGN, exp, sig, cut(sig, rest, unused), unused);
}

/** a / b. */
export function quotient(at: usize, aSig: u64, a: u32, bSig: u64, b: u32): u32 {
  const sign = (a ^ b) & SE_SIGN;
  if (!areNormal(aSig, a, bSig, b)) {
    if (!isZero(aSig, a) || !isNormal(bSig, b)) return REFUSED;
    put(at, 0, sign);
    return 0;
  }
  const less = aSig < bSig;
  const exp = <i32>(a & SE_EXPONENT) - <i32>(b & SE_EXPONENT) + EXP_MAX - i32(less);
  const lo: u64 = less ? 0 : aSig << 63;
  const sig = divide(less ? aSig : aSig >> 1, lo, bSig);
  const rest = quotientRest(lo - sig * bSig, bSig);
  const unused = unusedBits();
  return deliver(at, sign, exp, sig, cut(sig, rest, unused), unused);
}
