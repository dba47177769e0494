// Ordering of unpacked numbers.
import { EX_INVALID, report } from "./environment";
import { FINITE, INFINITY, reportDenormals, SNAN, xClass, xExp, xSig, xSign, yClass, yExp, ySig, ySign, ZERO } from "./number";

export const LESS: i32 = -1;
export const EQUAL: i32 = 0;
export const GREATER: i32 = 1;
export const UNORDERED: i32 = 2;

/** Compare |x| with |y|. */
function compareMagnitudes(): i32 {
  if (xClass != yClass) return xClass < yClass ? LESS : GREATER;
  if (xClass != FINITE) return EQUAL;
  if (xExp != yExp) return xExp < yExp ? LESS : GREATER;
  return xSig == ySig ? EQUAL : xSig < ySig ? LESS : GREATER;
}

/** LESS, EQUAL, GREATER or UNORDERED. A quiet comparison reports invalid for signalling NaNs only, any other for all NaNs. */
export function compareNumbers(quiet: bool): i32 {
  if (xClass > INFINITY || yClass > INFINITY) {
    if (!quiet || xClass >= SNAN || yClass >= SNAN) report(EX_INVALID);
    return UNORDERED;
  }
  reportDenormals();
  if (xClass == ZERO && yClass == ZERO) return EQUAL;
  const xNegative = xSign != 0;
  if (xSign != ySign) return xNegative ? LESS : GREATER;
  const order = compareMagnitudes();
  return xNegative ? -order : order;
}
