// Remainder of unpacked finite numbers, exact, with the low bits of the quotient. SDM 2A "FPREM", "FPREM1".
import { setFinite, setZero, xExp, xSig, xSign, yExp, ySig } from "./number";
import { divide, shiftLeft, wideHi, wideLo } from "./wide";

/** Low bits of the quotient of the last remainder(). */
export let quotient: u64 = 0;

/** z := remainder r * 2^exp / 2^63. */
function setRemainder(sign: u32, exp: i32, r: u64): void {
  if (r == 0) {
    setZero(sign);
    return;
  }
  const shift = <i32>clz<u64>(r);
  setFinite(sign, exp - shift, r << shift, 0);
}

/** |x| is less than |y|: the nearest quotient is 0, or 1 if x is more than half of y. */
function smallerThanDivisor(nearest: bool): void {
  quotient = 0;
  if (!nearest || xExp < yExp - 1 || (xExp == yExp - 1 && xSig <= ySig)) {
    setRemainder(xSign, xExp, xSig);
    return;
  }
  quotient = 1;
  setRemainder(xSign ^ 1, xExp, ySig - (xSig - ySig));
}

/**
 * z := x - q * y * 2^scale, where q is x / (y * 2^scale) truncated, or rounded to nearest even if `nearest`; at most 63 bits of q.
 * x and y are finite.
 */
export function remainder(scale: i32, nearest: bool): void {
  const distance = xExp - yExp - scale;
  if (distance < 0) {
    smallerThanDivisor(nearest);
    return;
  }
  const first = xSig >= ySig;
  shiftLeft(0, first ? xSig - ySig : xSig, distance);
  const lower = divide(wideHi, wideLo, ySig);
  const r = wideHi;
  quotient = (u64(first) << distance) + lower;
  const rest = ySig - r;
  if (nearest && (r > rest || (r == rest && quotient & 1))) {
    quotient++;
    setRemainder(xSign ^ 1, yExp + scale, rest);
  } else setRemainder(xSign, yExp + scale, r);
}
