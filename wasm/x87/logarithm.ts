// FYL2X and FYL2XP1: y * log2 x and y * log2(x + 1) with x = ST(0), y = ST(1). SDM 2A, tables of special cases.
import { EX_PRECISION, EX_UNDERFLOW, EX_ZERO_DIVIDE, report } from "../softfloat/environment";
import { EXP_MIN, specialXY } from "../softfloat/f80";
import {
  copyX,
  FINITE,
  INFINITY,
  invalid,
  reportDenormals,
  setFinite,
  setInfinity,
  setZero,
  TOP_BIT,
  xClass,
  xExp,
  xSig,
  xSign,
  yClass,
  yExp,
  ySig,
  ySign,
  ZERO,
  zClass,
  zExp,
  zHi,
  zLo,
  zSign,
} from "../softfloat/number";
import { add, shiftRightJam, subtract, wideHi, wideLo } from "../softfloat/wide";
import { begin, finish, underflowTo } from "./instruction";
import { isEmpty, loadX, loadY, popStack } from "./registers";
import {
  divideZ,
  ENTRY_SHIFT,
  FIXED_EXP,
  FIXED_ONE,
  multiplyAscending,
  multiplyZ,
  nearestEntry,
  setDistance,
  setFixed,
  setWide,
  variableSquareZ,
} from "./series";
import { LOGARITHMS, ODD } from "./series-tables";

/** log2 e, times 2^127. */
const LOG2E_HI: u64 = 0xb8aa3b295c17f0bb;
const LOG2E_LO: u64 = 0xbe87fed0691d3e89;
/** Square root of 2, times 2^63. */
const ROOT_TWO: u64 = 0xb504f333f9de6484;
/** First entry of LOGARITHMS, and the one of log2 1. */
const FIRST_ENTRY: u64 = 22;
const ENTRY_OF_ONE: u64 = 32;

/** z := log2((1 + z) / (1 - z)) = 2 log2 e * artanh z, for small z that is not zero. */
function logarithmOfQuotient(): void {
  variableSquareZ();
  multiplyAscending(ODD);
  multiplyZ(1, LOG2E_HI, LOG2E_LO);
}

// Logarithms as numbers in two's complement, in units of 2^-110: 18 bits before the point.
const LOG_EXP: i32 = 17;
const LOG_ONE: u64 = (<u64>1) << 46;

/** z := e + the logarithm of i / 32 + z. */
function addParts(e: i32, i: u64): void {
  const at = changetype<usize>(LOGARITHMS) + ((<usize>(i - FIRST_ENTRY)) << 4);
  shiftRightJam(load<u64>(at), load<u64>(at, 8), LOG_EXP - FIXED_EXP);
  const integer = <u64>(<i64>e) * LOG_ONE;
  if (i < ENTRY_OF_ONE) subtract(integer, 0, wideHi, wideLo);
  else add(integer, 0, wideHi, wideLo);
  if (zClass != ZERO) {
    const hi = wideHi;
    const lo = wideLo;
    shiftRightJam(zHi, zLo, LOG_EXP - zExp);
    if (zSign) subtract(hi, lo, wideHi, wideLo);
    else add(hi, lo, wideHi, wideLo);
  }
  const negative = <i64>wideHi < 0;
  if (negative) subtract(0, 0, wideHi, wideLo);
  setWide(u32(negative), LOG_EXP, wideHi, wideLo);
}

/** z := log2(2^e * (hi:lo) / 2^127), the top bit of hi set: from the table's c = i / 32 next to the number, and the rest of it. */
function logarithm(e: i32, hi: u64, lo: u64): void {
  // m in units of 2^-126, between 1/sqrt 2 and sqrt 2.
  const above = hi > ROOT_TWO;
  shiftRightJam(hi, lo, above ? 2 : 1);
  const exp = above ? e + 1 : e;
  const mHi = wideHi;
  const mLo = wideLo;
  const i = nearestEntry(mHi);
  setDistance(mHi, mLo, i);
  if (zClass != ZERO) {
    add(mHi, mLo, i << ENTRY_SHIFT, 0);
    divideZ(FIXED_EXP, wideHi, wideLo);
    logarithmOfQuotient();
  }
  if (exp != 0 || i != ENTRY_OF_ONE) addParts(exp, i);
}

/** z := z * y; z is finite or zero, y finite. As inexact is always reported, so is underflow if the result is tiny. */
function multiplyByY(): void {
  if (zClass == ZERO) {
    setZero(zSign ^ ySign);
    return;
  }
  const exact = zLo == 0;
  multiplyZ(yExp, ySig, 0);
  if (exact && zExp < EXP_MIN) report(EX_UNDERFLOW);
  setFinite(zSign ^ ySign, zExp, zHi, zLo);
}

/** z := y * log2 x for x > 0. */
function ofPositive(): void {
  const one = xExp == 0 && xSig == TOP_BIT;
  const logSign = u32(xExp < 0);
  if (yClass == INFINITY) {
    if (one) invalid();
    else setInfinity(ySign ^ logSign);
  } else if (yClass == ZERO || one) setZero(ySign ^ logSign);
  else {
    report(EX_PRECISION);
    logarithm(xExp, xSig, 0);
    multiplyByY();
  }
}

/** x is infinite: the logarithm too. */
function ofInfinity(): void {
  if (xSign || yClass == ZERO) invalid();
  else {
    reportDenormals();
    setInfinity(ySign);
  }
}

function ofZero(): void {
  if (yClass == ZERO) {
    invalid();
    return;
  }
  if (yClass == FINITE) report(EX_ZERO_DIVIDE);
  setInfinity(ySign ^ 1);
}

/** z := y * log2 x. Inexact is reported for exact results too, as processors (AMD's) do. */
function yLog2X(): void {
  if (specialXY()) return;
  if (xClass == ZERO) ofZero();
  else if (xClass == INFINITY) ofInfinity();
  else if (xSign) invalid();
  else {
    if (yClass != INFINITY || xExp != 0 || xSig != TOP_BIT) reportDenormals();
    ofPositive();
  }
}

/** |x| below 2^-6: the logarithm of 1 + x comes from x / (2 + x), so that no bit of x is lost. */
const SMALL: i32 = -6;

/** z := log2(x + 1) for small x. */
function logarithmNearOne(): void {
  shiftRightJam(xSig, 0, FIXED_EXP - xExp);
  if (xSign) subtract(TOP_BIT, 0, wideHi, wideLo);
  else add(TOP_BIT, 0, wideHi, wideLo);
  setFinite(xSign, xExp, xSig, 0);
  divideZ(FIXED_EXP, wideHi, wideLo);
  logarithmOfQuotient();
}

/** z := log2(x + 1) for x > -1, any other x. */
function logarithmFarFromOne(): void {
  if (xExp > 0) {
    shiftRightJam(TOP_BIT, 0, xExp + 1);
    add(wideHi, wideLo, xSig >> 1, xSig << 63);
    setWide(0, xExp + 1, wideHi, wideLo);
  } else {
    shiftRightJam(xSig, 0, FIXED_EXP - xExp);
    if (xSign) subtract(FIXED_ONE, 0, wideHi, wideLo);
    else add(FIXED_ONE, 0, wideHi, wideLo);
    setFixed(0, wideHi, wideLo);
  }
  logarithm(zExp, zHi, zLo);
}

/**
 * z := y * log2(x + 1). The manual defines it for |x| < 1 - sqrt(1/2) only; processors go on to all x > -1, and beyond give x back.
 */
function yLog2XPlus1(): void {
  if (specialXY()) return;
  if (xClass == INFINITY) {
    ofInfinity();
    return;
  }
  if (xClass == ZERO && yClass == INFINITY) {
    invalid();
    return;
  }
  reportDenormals();
  if (yClass == INFINITY) setInfinity(xSign ^ ySign);
  else if (xClass == ZERO || yClass == ZERO) setZero(xSign ^ ySign);
  else {
    report(EX_PRECISION);
    if (xSign && xExp >= 0) copyX();
    else {
      if (xExp < SMALL) logarithmNearOne();
      else logarithmFarFromOne();
      multiplyByY();
    }
  }
}

export function fyl2x(u: usize): void {
  if (!beginLogarithm(u)) return;
  yLog2X();
  if (finish(u, 1, 64)) popStack();
}

export function fyl2xp1(u: usize): void {
  if (!beginLogarithm(u)) return;
  yLog2XPlus1();
  if (finish(u, 1, 64)) popStack();
}

/** x := ST(0), y := ST(1). False if the instruction is over. */
function beginLogarithm(u: usize): bool {
  if (!begin()) return false;
  if (isEmpty(0) || isEmpty(1)) {
    if (underflowTo(u, 1)) popStack();
    return false;
  }
  loadY(1);
  loadX(0);
  return true;
}
