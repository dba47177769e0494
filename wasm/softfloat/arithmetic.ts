// Sum, product, quotient and square root of unpacked numbers: z := x op y, exact but for a sticky bit, to be rounded by round.ts.
// Operands are no NaNs and not unsupported: x87 and SSE treat those by rules of their own before they come here.
import { EX_ZERO_DIVIDE, ROUND_DOWN, report, rounding } from "./environment";
import {
  copyX,
  copyY,
  FINITE,
  INFINITY,
  invalid,
  reportDenormals,
  reportDenormalX,
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
} from "./number";
import { divide, multiply, shiftLeft, shiftRightJam, squareRoot, subtract, wideHi, wideLo } from "./wide";

/** Sum of two magnitudes, the first with the larger exponent. */
function addMagnitudes(sign: u32, exp: i32, a: u64, b: u64, distance: i32): void {
  shiftRightJam(b, 0, distance);
  const hi = a + wideHi;
  if (hi >= a) setFinite(sign, exp, hi, wideLo);
  else setFinite(sign, exp + 1, (hi >> 1) | TOP_BIT, (hi << 63) | (wideLo >> 1) | (wideLo & 1));
}

/** Difference of two magnitudes, the first larger. */
function subtractMagnitudes(sign: u32, exp: i32, a: u64, b: u64, distance: i32): void {
  shiftRightJam(b, 0, distance);
  subtract(a, 0, wideHi, wideLo);
  const shift = wideHi ? <i32>clz<u64>(wideHi) : 64 + <i32>clz<u64>(wideLo);
  shiftLeft(wideHi, wideLo, shift);
  setFinite(sign, exp - shift, wideHi, wideLo);
}

function addSpecial(): void {
  if (xClass == INFINITY) {
    if (yClass == INFINITY && xSign != ySign) invalid();
    else {
      reportDenormals();
      setInfinity(xSign);
    }
    return;
  }
  reportDenormals();
  if (yClass != ZERO) copyY();
  else if (xClass != ZERO) copyX();
  else setZero(xSign == ySign ? xSign : u32(rounding == ROUND_DOWN));
}

/** z := x + y. For x - y, negate y first. */
export function addNumbers(): void {
  if (xClass != FINITE || yClass != FINITE) {
    addSpecial();
    return;
  }
  reportDenormals();
  const distance = xExp - yExp;
  if (xSign == ySign) {
    if (distance >= 0) addMagnitudes(xSign, xExp, xSig, ySig, distance);
    else addMagnitudes(xSign, yExp, ySig, xSig, -distance);
  } else if (distance > 0 || (distance == 0 && xSig > ySig)) subtractMagnitudes(xSign, xExp, xSig, ySig, distance);
  else if (distance < 0 || xSig != ySig) subtractMagnitudes(ySign, yExp, ySig, xSig, -distance);
  else setZero(u32(rounding == ROUND_DOWN));
}

/** z := x * y. */
export function multiplyNumbers(): void {
  const sign = xSign ^ ySign;
  if (xClass == FINITE && yClass == FINITE) {
    reportDenormals();
    multiply(xSig, ySig);
    const exp = xExp + yExp + 1;
    if (wideHi & TOP_BIT) setFinite(sign, exp, wideHi, wideLo);
    else setFinite(sign, exp - 1, (wideHi << 1) | (wideLo >> 63), wideLo << 1);
  } else if (xClass + yClass == INFINITY && xClass != FINITE) invalid();
  else {
    reportDenormals();
    if (xClass == ZERO || yClass == ZERO) setZero(sign);
    else setInfinity(sign);
  }
}

/** Below the 64 bits of a quotient: its next bit, and sticky. */
export function quotientRest(remainder: u64, divisor: u64): u64 {
  if (remainder == 0) return 0;
  const half = divisor - remainder;
  return remainder > half ? TOP_BIT | 1 : remainder == half ? TOP_BIT : 1;
}

/** z := x / y. */
export function divideNumbers(): void {
  const sign = xSign ^ ySign;
  if (xClass == FINITE && yClass == FINITE) {
    reportDenormals();
    const less = xSig < ySig;
    const q = less ? divide(xSig, 0, ySig) : divide(xSig >> 1, xSig << 63, ySig);
    setFinite(sign, xExp - yExp - i32(less), q, quotientRest(wideHi, ySig));
  } else if (xClass == yClass) invalid();
  else if (yClass == ZERO && xClass == FINITE) {
    report(EX_ZERO_DIVIDE);
    setInfinity(sign);
  } else {
    reportDenormals();
    if (xClass == INFINITY || yClass == ZERO) setInfinity(sign);
    else setZero(sign);
  }
}

/** z := the square root of x. */
export function squareRootNumber(): void {
  if (xClass == ZERO) {
    setZero(xSign);
    return;
  }
  if (xSign) {
    invalid();
    return;
  }
  reportDenormalX();
  if (xClass == INFINITY) {
    setInfinity(0);
    return;
  }
  const odd = xExp & 1;
  const root = odd ? squareRoot(xSig, 0) : squareRoot(xSig >> 1, xSig << 63);
  const above = wideHi != 0 || wideLo > root;
  const rest: u64 = above ? TOP_BIT | 1 : u64(wideLo != 0);
  setFinite(0, (xExp - odd) >> 1, root, rest);
}
