// Numbers of the quick ways (quick.ts): normal ones and zeros, as registers hold them: significand, then sign with biased exponent. What
// memory holds in their place is the type T: f32, f64, i16, i32, i64, or Register. It is converted to registers exactly, and from there
// rounded into `narrowed`: that returns what to set in the status word, or REFUSED for all other numbers and for what does not fit.
import { EXP_MAX } from "../softfloat/f80";
import { TOP_BIT } from "../softfloat/number";
import { roundsUpBy } from "../softfloat/round";
import { SE_EXPONENT, SE_SIGN, SW_C1_SHIFT, SW_PRECISION_SHIFT } from "./registers";

/** What a quick way answers when it is none: nothing has changed. */
export const REFUSED: u32 = 0x10000;

/** Stands for the contents of a register. */
export type Register = v128;

/** The largest biased exponent of a finite number. */
const EXPONENT_MAX: i32 = 0x7ffe;
/** From the biased exponent of double precision to that of registers. */
const F64_BIAS: u32 = 16383 - 1023;
const F32_BIAS: u32 = 16383 - 127;
const F32_SPECIAL: u32 = 0xff;
const F64_SPECIAL: u32 = 0x7ff;

export let narrowed: u64 = 0;

export function isNormal(sig: u64, signExponent: u32): bool {
  const exp = <i32>(signExponent & SE_EXPONENT);
  const special = (exp - 1) | (EXPONENT_MAX - exp);
  return <i64>(sig & ~(<u64>(<i64>special))) < 0;
}

/** Whether two numbers are normal. */
export function areNormal(aSig: u64, a: u32, bSig: u64, b: u32): bool {
  const x = <i32>(a & SE_EXPONENT);
  const y = <i32>(b & SE_EXPONENT);
  const special = (x - 1) | (EXPONENT_MAX - x) | (y - 1) | (EXPONENT_MAX - y);
  return <i64>(aSig & bSig & ~(<u64>(<i64>special))) < 0;
}

export function isZero(sig: u64, signExponent: u32): bool {
  return (<u64>(signExponent & SE_EXPONENT) | sig) == 0;
}

/** Whether memory at a host address holds a normal number or zero; of a register nothing is said. */
export function isPlain<T>(host: usize): bool {
  if (!isFloat<T>()) return true;
  if (sizeof<T>() == 4) {
    const bits = load<u32>(host);
    return ((bits >> 23) & F32_SPECIAL) - 1 < F32_SPECIAL - 1 || bits << 1 == 0;
  }
  const bits = load<u64>(host);
  return (<u32>(bits >> 52) & F64_SPECIAL) - 1 < F64_SPECIAL - 1 || bits << 1 == 0;
}

/** Memory at a host address in double precision: exact but for Register and i64. */
function asF64<T>(host: usize): u64 {
  return isFloat<T>() && sizeof<T>() == 8 ? load<u64>(host) : reinterpret<u64>(<f64>load<T>(host));
}

function magnitude(value: i64): u64 {
  return value < 0 ? -value : value;
}

export function significandOf<T>(host: usize): u64 {
  if (sizeof<T>() == 16) return load<u64>(host);
  if (isInteger<T>() && sizeof<T>() == 8) {
    const m = magnitude(load<i64>(host));
    return m << clz<u64>(m);
  }
  const bits = asF64<T>(host);
  return (bits << 11) | ((<u64>((bits & 0x7ff0000000000000) != 0)) << 63);
}

export function signExponentOf<T>(host: usize): u32 {
  if (sizeof<T>() == 16) return load<u16>(host, 8);
  if (isInteger<T>() && sizeof<T>() == 8) {
    const value = load<i64>(host);
    const sign: u32 = value < 0 ? SE_SIGN : 0;
    return value == 0 ? 0 : sign | (<u32>EXP_MAX + 63 - <u32>clz<u64>(magnitude(value)));
  }
  const bits = asF64<T>(host);
  const exp = <u32>(bits >> 52) & F64_SPECIAL;
  return (<u32>(bits >> 48) & SE_SIGN) | (exp + (F64_BIAS & -u32(exp != 0)));
}

/** What is shifted out of the sig of a normal number by `distance`, as a fraction of 2^64; below a quarter, only that it is not zero. */
export function shiftedOut(sig: u64, distance: i32): u64 {
  if (distance < 64) return (sig << 1) << (63 - distance);
  if (distance > 65) return 1;
  return distance == 64 ? sig : (sig >> 1) | (sig & 1);
}

/** Whether to round up to nearest even: `rest`, as a fraction of 2^64, lies below the last bit of sig. */
export function roundsToEven(sig: u64, rest: u64): bool {
  return <bool>(u32(<i64>rest < 0) & u32(((rest << 1) | (sig & 1)) != 0));
}

/** Status bits of a result that was rounded. */
export function roundingStatus(rest: u64, up: bool): u32 {
  return (u32(rest != 0) << SW_PRECISION_SHIFT) | (u32(up) << SW_C1_SHIFT);
}

function narrowZero(sig: u64, signExponent: u32, zero: u64): u32 {
  if (!isZero(sig, signExponent)) return REFUSED;
  narrowed = zero;
  return 0;
}

/** Whether the biased exponent, or that and a carry, is none of a normal number where `special` is that of infinity. */
function isOutside(exp: u32, special: u32): bool {
  return exp - 1 >= special - 2;
}

/** narrowed := a number in single or double precision. */
export function narrow<T>(sig: u64, signExponent: u32): u32 {
  const single = sizeof<T>() == 4;
  const sign = (<u64>(signExponent >> 15)) << (single ? 31 : 63);
  if (!isNormal(sig, signExponent)) return narrowZero(sig, signExponent, sign);
  const exp = (signExponent & SE_EXPONENT) - (single ? F32_BIAS : F64_BIAS);
  if (isOutside(exp, single ? F32_SPECIAL : F64_SPECIAL)) return REFUSED;
  const whole = sig >> (single ? 40 : 11);
  const rest = sig << (single ? 24 : 53);
  const up = roundsToEven(whole, rest);
  // The significand's top bit, which the format leaves out, adds one to the exponent; so does a carry.
  narrowed = (sign | ((<u64>(exp - 1)) << (single ? 23 : 52))) + whole + u64(up);
  return roundingStatus(rest, up);
}

/** narrowed := a number rounded to a signed integer by `mode`. */
export function narrowToInteger<T>(sig: u64, signExponent: u32, mode: i32): u32 {
  if (!isNormal(sig, signExponent)) return narrowZero(sig, signExponent, 0);
  const distance = EXP_MAX + 63 - <i32>(signExponent & SE_EXPONENT);
  // Too large, or the least of 64 bits, which is not worth a look.
  if (distance <= 0) return REFUSED;
  const sign = signExponent >> 15;
  const whole: u64 = distance < 64 ? sig >> distance : 0;
  const rest = shiftedOut(sig, distance);
  const up = roundsUpBy(mode, sign, (whole & 1) != 0, rest);
  const rounded = whole + u64(up);
  if (rounded > ((<u64>1) << (sizeof<T>() * 8 - 1)) - u64(sign == 0)) return REFUSED;
  narrowed = sign ? -rounded : rounded;
  return roundingStatus(rest, up);
}
