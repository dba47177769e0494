// The 80-bit format of the x87 registers, and x87's choice among NaN operands. Packing leaves its result in f80Sig and f80Exp.
import { EX_INVALID, report } from "./environment";
import {
  copyX,
  copyY,
  FINITE,
  INFINITY,
  invalid,
  QNAN,
  SNAN,
  TOP_BIT,
  UNSUPPORTED,
  xClass,
  xSig,
  xSign,
  yClass,
  ySig,
  ySign,
  ZERO,
  zClass,
  zExp,
  zHi,
  zSign,
} from "./number";
import { roundResult } from "./round";

export const EXP_MIN: i32 = -16382;
export const EXP_MAX: i32 = 16383;
/** What unmasked overflow and underflow subtract from or add to the exponent. SDM 1 "Numeric Overflow Exception (#O)". */
export const EXP_ADJUST: i32 = 24576;
/** Sign and exponent of real indefinite; its significand is INDEFINITE. */
export const INDEFINITE_EXP: u32 = 0xffff;

/** Result of packF80: significand, and sign (bit 15) with biased exponent. */
export let f80Sig: u64 = 0;
export let f80Exp: u32 = 0;

/** Round z to `precision` bits (24, 53 or 64) and pack it. */
export function packF80(precision: i32): void {
  roundResult(precision, EXP_MIN, EXP_MAX, EXP_ADJUST);
  const sign = zSign << 15;
  if (zClass == ZERO) {
    f80Sig = 0;
    f80Exp = sign;
  } else if (zClass == FINITE) {
    f80Sig = zHi;
    f80Exp = zHi & TOP_BIT ? sign | (<u32>(zExp - EXP_MIN + 1) & 0x7fff) : sign;
  } else {
    f80Sig = zClass == INFINITY ? TOP_BIT : zHi;
    f80Exp = sign | 0x7fff;
  }
}

/** Whether x is a NaN or unsupported; z is then the result. */
export function specialX(): bool {
  if (xClass < QNAN) return false;
  if (xClass == UNSUPPORTED) invalid();
  else {
    if (xClass == SNAN) report(EX_INVALID);
    copyX();
  }
  return true;
}

/** SDM 1 "Rules for Handling NaNs": with two NaNs a quiet one, else the larger significand, else the positive one. */
function takesX(): bool {
  if (yClass < QNAN) return true;
  if (xClass < QNAN) return false;
  if (xClass != yClass) return xClass == QNAN;
  return xSig != ySig ? xSig > ySig : xSign <= ySign;
}

/** Whether x or y is a NaN or unsupported; z is then the result. */
export function specialXY(): bool {
  if (xClass < QNAN && yClass < QNAN) return false;
  if (xClass == UNSUPPORTED || yClass == UNSUPPORTED) {
    invalid();
    return true;
  }
  if (xClass == SNAN || yClass == SNAN) report(EX_INVALID);
  if (takesX()) copyX();
  else copyY();
  return true;
}
