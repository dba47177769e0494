// Rounding of z to a precision and an exponent range, and packing into the storage formats. Tininess is detected after rounding,
// as x86 does. SDM 1 "Rounding", "Numeric Overflow Exception", "Numeric Underflow Exception".
import {
  EX_OVERFLOW,
  EX_PRECISION,
  EX_UNDERFLOW,
  ftz,
  ROUND_DOWN,
  ROUND_NEAREST,
  ROUND_UP,
  report,
  rounding,
  setRoundedUp,
  unmasked,
} from "./environment";
import { FINITE, INFINITY, setFinite, setInfinity, setZero, TOP_BIT, ZERO, zClass, zExp, zHi, zLo, zSign } from "./number";
import { shiftRightJam, wideHi, wideLo } from "./wide";

/** Whether rounding by `mode` makes the magnitude larger: `rest` is what lies below the last kept bit, as a fraction of 2^64. */
export function roundsUpBy(mode: i32, sign: u32, odd: bool, rest: u64): bool {
  if (rest == 0) return false;
  if (mode == ROUND_NEAREST) return rest > TOP_BIT || (rest == TOP_BIT && odd);
  return mode == (sign ? ROUND_DOWN : ROUND_UP);
}

/** The same, by the rounding mode in force. */
export function roundsUp(sign: u32, odd: bool, rest: u64): bool {
  return roundsUpBy(rounding, sign, odd, rest);
}

/** Round z to `precision` bits counted from bit 63; whether that was inexact. Does not look at the exponent's range. */
function roundSignificand(precision: i32): bool {
  const shift = 64 - precision;
  const ulp: u64 = (<u64>1) << shift;
  const rest = shift == 0 ? zLo : (zHi << precision) | u64(zLo != 0);
  const kept = zHi & ~(ulp - 1);
  const up = roundsUp(zSign, (kept & ulp) != 0, rest);
  const sum = up ? kept + ulp : kept;
  if (up && sum == 0) setFinite(zSign, zExp + 1, TOP_BIT, 0);
  else setFinite(zSign, zExp, sum, 0);
  if (up) setRoundedUp(true);
  if (rest != 0) report(EX_PRECISION);
  return rest != 0;
}

/** Whether rounding z to `precision` bits carries into the next power of two. */
function carries(precision: i32): bool {
  const shift = 64 - precision;
  const kept = (zHi >> shift) << shift;
  if (kept + ((<u64>1) << shift) != 0) return false;
  return roundsUp(zSign, true, shift == 0 ? zLo : (zHi << precision) | u64(zLo != 0));
}

function overflow(precision: i32, maximum: i32, adjust: i32): void {
  report(EX_OVERFLOW);
  if (unmasked & EX_OVERFLOW) {
    setFinite(zSign, zExp - adjust, zHi, 0);
    return;
  }
  report(EX_PRECISION);
  const away = rounding == ROUND_NEAREST || rounding == (zSign ? ROUND_DOWN : ROUND_UP);
  setRoundedUp(away);
  if (away) setInfinity(zSign);
  else setFinite(zSign, maximum, ~(((<u64>1) << (64 - precision)) - 1), 0);
}

function underflow(precision: i32, minimum: i32, adjust: i32): void {
  const tiny = zExp != minimum - 1 || !carries(precision);
  if (tiny && unmasked & EX_UNDERFLOW) {
    report(EX_UNDERFLOW);
    setFinite(zSign, zExp + adjust, zHi, zLo);
    roundSignificand(precision);
    return;
  }
  if (tiny && ftz) {
    report(EX_UNDERFLOW | EX_PRECISION);
    setZero(zSign);
    return;
  }
  shiftRightJam(zHi, zLo, minimum - zExp);
  setFinite(zSign, minimum, wideHi, wideLo);
  const inexact = roundSignificand(precision);
  if (inexact && tiny) report(EX_UNDERFLOW);
  if (zHi == 0) setZero(zSign);
}

/**
 * Round z for a format: precision in bits, least and greatest exponent, and the adjustment an unmasked overflow or underflow gets.
 * A denormal result has exponent `minimum` and its top bit clear.
 */
export function roundResult(precision: i32, minimum: i32, maximum: i32, adjust: i32): void {
  if (zClass != FINITE) return;
  if (zExp < minimum) {
    underflow(precision, minimum, adjust);
    return;
  }
  roundSignificand(precision);
  if (zExp > maximum) overflow(precision, maximum, adjust);
}

/** Round z to single precision and pack it. */
export function packF32(): u32 {
  roundResult(24, -126, 127, 192);
  const sign = zSign << 31;
  if (zClass == ZERO) return sign;
  if (zClass == INFINITY) return sign | 0x7f800000;
  const fraction = <u32>(zHi >> 40) & 0x7fffff;
  if (zClass != FINITE) return sign | 0x7f800000 | fraction;
  return zHi & TOP_BIT ? sign | ((<u32>(zExp + 127) & 0xff) << 23) | fraction : sign | fraction;
}

/** Round z to double precision and pack it. */
export function packF64(): u64 {
  roundResult(53, -1022, 1023, 1536);
  const sign = (<u64>zSign) << 63;
  if (zClass == ZERO) return sign;
  if (zClass == INFINITY) return sign | 0x7ff0000000000000;
  const fraction = (zHi >> 11) & 0xfffffffffffff;
  if (zClass != FINITE) return sign | 0x7ff0000000000000 | fraction;
  return zHi & TOP_BIT ? sign | ((<u64>(zExp + 1023) & 0x7ff) << 52) | fraction : sign | fraction;
}
