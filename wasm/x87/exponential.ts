// F2XM1: 2^x - 1 for -1 <= x <= 1.
import { EX_PRECISION, report } from "../softfloat/environment";
import { specialX } from "../softfloat/f80";
import {
  copyX,
  FINITE,
  INFINITY,
  reportDenormalX,
  setFinite,
  setInteger,
  TOP_BIT,
  xClass,
  xExp,
  xSig,
  xSign,
  ZERO,
  zClass,
  zSign,
} from "../softfloat/number";
import { add, shiftRightJam, subtract, wideHi, wideLo } from "../softfloat/wide";
import { begin, finish, underflowTo } from "./instruction";
import { isEmpty, loadX } from "./registers";
import {
  FIXED_EXP,
  FIXED_ONE,
  fixedOfZ,
  multiplyAlternating,
  multiplyAscending,
  multiplyZ,
  nearestEntry,
  setDistance,
  setFixed,
  variableZ,
} from "./series";
import { EXPONENTIAL, POWERS } from "./series-tables";

/** ln 2, times 2^128. */
const LN2_HI: u64 = 0xb17217f7d1cf79ab;
const LN2_LO: u64 = 0xc9e3b39803f2f6af;

/** z := 2^z - 1 for |z| <= 1/64. */
function smallPower(): void {
  multiplyZ(-1, LN2_HI, LN2_LO);
  variableZ();
  if (zSign) multiplyAlternating(EXPONENTIAL);
  else multiplyAscending(EXPONENTIAL);
}

/** z := 2^x - 1 for 1/64 <= |x| < 1: 2^x = 2^(i/32) * 2^f with |f| <= 1/64. */
function largePower(): void {
  // a = x, or x + 1 if x is negative, in units of 2^-126.
  shiftRightJam(xSig, 0, FIXED_EXP - xExp);
  if (xSign) subtract(FIXED_ONE, 0, wideHi, wideLo);
  const i = nearestEntry(wideHi);
  setDistance(wideHi, wideLo, i);
  power(<usize>i);
}

/** z := 2^(i/32) * 2^z - 1, or half of the power if x is negative. */
function power(i: usize): void {
  const at = changetype<usize>(POWERS) + (i << 4);
  const baseHi = load<u64>(at);
  const baseLo = load<u64>(at, 8);
  if (zClass != ZERO) {
    smallPower();
    const shift = <u64>clz<u64>(baseHi);
    multiplyZ(1 - <i32>shift, shift ? (baseHi << 1) | (baseLo >> 63) : baseHi, baseLo << shift);
  }
  fixedOfZ();
  if (zSign) subtract(baseHi, baseLo, wideHi, wideLo);
  else add(baseHi, baseLo, wideHi, wideLo);
  if (xSign) subtract(FIXED_ONE, 0, wideHi >> 1, (wideHi << 63) | (wideLo >> 1));
  else subtract(wideHi, wideLo, FIXED_ONE, 0);
  setFixed(xSign, wideHi, wideLo | 1);
}

/** |x| below 2^-6 needs no table. */
const SMALL: i32 = -6;

/** z := 2^x - 1 for |x| < 1. */
function powerMinusOne(): void {
  if (xExp >= SMALL) largePower();
  else {
    setFinite(xSign, xExp, xSig, 0);
    smallPower();
  }
}

/** z := 2^x - 1. Inexact is reported for exact results too, and |x| > 1 (undefined) gives x, both as processors (AMD's) do. */
function exponential(): void {
  if (specialX()) return;
  reportDenormalX();
  copyX();
  if (xClass == INFINITY) {
    if (xSign) setInteger(-1);
  } else if (xClass == FINITE) {
    report(EX_PRECISION);
    if (xExp < 0) powerMinusOne();
    else if (xSign && xExp == 0 && xSig == TOP_BIT) setFinite(1, -1, TOP_BIT, 0);
  }
}

export function f2xm1(u: usize): void {
  if (!begin()) return;
  if (isEmpty(0)) {
    underflowTo(u, 0);
    return;
  }
  loadX(0);
  exponential();
  finish(u, 0, 64);
}
