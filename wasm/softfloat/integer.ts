// Conversion of x to integers. Invalid conversions give the integer indefinite: the most negative value of the width.
import { EX_INVALID, EX_PRECISION, ROUND_ZERO, report, rounding, setRoundedUp, setRounding } from "./environment";
import { copyX, FINITE, setMagnitude, xClass, xExp, xSig, xSign, ZERO } from "./number";
import { roundsUp } from "./round";
import { shiftRightJam, wideHi, wideLo } from "./wide";

function indefinite(bits: i32): i64 {
  report(EX_INVALID);
  setRoundedUp(false);
  return -((<i64>1) << (bits - 1));
}

/** x rounded to a signed integer of 16, 32 or 64 bits, by the rounding mode. No denormal exception: the manual lists none. */
export function toInteger(bits: i32): i64 {
  setRoundedUp(false);
  if (xClass == ZERO) return 0;
  if (xClass != FINITE || xExp > 63) return indefinite(bits);
  shiftRightJam(xSig, 0, 63 - xExp);
  const rest = wideLo;
  const up = roundsUp(xSign, (wideHi & 1) != 0, rest);
  const magnitude = wideHi + u64(up);
  const limit = ((<u64>1) << (bits - 1)) - u64(xSign == 0);
  if (magnitude > limit || magnitude < wideHi) return indefinite(bits);
  setRoundedUp(up);
  if (rest != 0) report(EX_PRECISION);
  return xSign ? -(<i64>magnitude) : <i64>magnitude;
}

/** Likewise, towards zero whatever the rounding mode. */
export function toIntegerTruncate(bits: i32): i64 {
  const saved = rounding;
  setRounding(ROUND_ZERO);
  const r = toInteger(bits);
  setRounding(saved);
  return r;
}

/** z := x rounded to an integer by the rounding mode. */
export function roundToInteger(): void {
  setRoundedUp(false);
  if (xClass != FINITE || xExp >= 63) {
    copyX();
    return;
  }
  shiftRightJam(xSig, 0, 63 - xExp);
  const rest = wideLo;
  const up = roundsUp(xSign, (wideHi & 1) != 0, rest);
  setMagnitude(xSign, wideHi + u64(up));
  setRoundedUp(up);
  if (rest != 0) report(EX_PRECISION);
}
