// FSIN, FCOS, FSINCOS, FPTAN. Angles are reduced with a pi of 66 bits, as processors since the Pentium do: for large angles results
// are those of the processor and not of mathematics. SDM 1 "Approximation of Pi".
import { roundedUp, setRoundedUp } from "../softfloat/environment";
import { f80Exp, f80Sig, INDEFINITE_EXP, packF80, specialX } from "../softfloat/f80";
import {
  FINITE,
  INDEFINITE,
  INFINITY,
  invalid,
  reportDenormalX,
  setFinite,
  setInteger,
  setZero,
  TOP_BIT,
  xClass,
  xExp,
  xSig,
  xSign,
  ZERO,
  zExp,
  zHi,
  zLo,
  zSign,
} from "../softfloat/number";
import { subtract, wideHi, wideLo } from "../softfloat/wide";
import { begin, complete, completeQuietly, finish, push, stackFault } from "./instruction";
import { changeStatus, isEmpty, loadX, SW_C2, writeSt } from "./registers";
import { divideZ, multiplyAlternating, setWide, variableSquareZ } from "./series";
import { COSINE, SINE } from "./series-tables";

/** pi / 2 in 66 bits, in units of 2^-65. */
const HALF_PI_HI: u64 = 3;
const HALF_PI_LO: u64 = 0x243f6a8885a308d3;
/** The same halved, rounded up: pi / 4. */
const QUARTER_PI_HI: u64 = 1;
const QUARTER_PI_LO: u64 = 0x921fb54442d1846a;

// |x| = quadrant * pi / 2 + (-1)^angleSign * angle. The angle as a number: 2^angleExp * (angleHi:angleLo) / 2^127.
let quadrant: u32 = 0;
let angleSign: u32 = 0;
let angleExp: i32 = 0;
let angleHi: u64 = 0;
let angleLo: u64 = 0;

function setAngle(sign: u32): void {
  angleSign = sign;
  angleExp = zExp;
  angleHi = zHi;
  angleLo = zLo;
}

/** Angles of at least 1/2: one bit of the quotient at a time. */
function reduce(): void {
  let hi: u64 = xSig >> 63;
  let lo: u64 = xSig << 1;
  let q: u32 = 0;
  for (let n = xExp; ; n--) {
    if (hi > HALF_PI_HI || (hi == HALF_PI_HI && lo >= HALF_PI_LO)) {
      subtract(hi, lo, HALF_PI_HI, HALF_PI_LO);
      hi = wideHi;
      lo = wideLo;
      q |= 1;
    }
    if (n < 0) break;
    q <<= 1;
    hi = (hi << 1) | (lo >> 63);
    lo <<= 1;
  }
  const beyond = hi > QUARTER_PI_HI || (hi == QUARTER_PI_HI && lo >= QUARTER_PI_LO);
  if (beyond) subtract(HALF_PI_HI, HALF_PI_LO, hi, lo);
  else subtract(hi, lo, 0, 0);
  quadrant = q + u32(beyond);
  setWide(0, 62, wideHi, wideLo);
  setAngle(u32(beyond));
}

function reduceAngle(): void {
  if (xExp >= -1) reduce();
  else {
    quadrant = 0;
    setFinite(0, xExp, xSig, 0);
    setAngle(0);
  }
}

/** z := sine of the reduced angle, with the sign given. */
function sineOfAngle(sign: u32): void {
  setFinite(sign, angleExp, angleHi, angleLo);
  variableSquareZ();
  multiplyAlternating(SINE);
}

/** z := cosine of the reduced angle, with the sign given. */
function cosineOfAngle(sign: u32): void {
  setFinite(sign, angleExp, angleHi, angleLo);
  variableSquareZ();
  setFinite(sign, 0, TOP_BIT, 0);
  multiplyAlternating(COSINE);
}

/** z := sin x, the angle being reduced. */
function sine(): void {
  const sign = xSign ^ ((quadrant >> 1) & 1);
  if (quadrant & 1) cosineOfAngle(sign);
  else sineOfAngle(sign ^ angleSign);
}

/** z := cos x, the angle being reduced. */
function cosine(): void {
  const sign = ((quadrant + 1) >> 1) & 1;
  if (quadrant & 1) sineOfAngle(sign ^ angleSign);
  else cosineOfAngle(sign);
}

/** Below 2^-60 the tangent is x and a little more, and the quotient could not tell. */
const TINY: i32 = -60;

/** z := tan x = sin x / cos x, the angle being reduced. */
function tangent(): void {
  if (xExp < TINY) {
    setFinite(xSign, xExp, xSig, 1);
    return;
  }
  cosine();
  const cosineExp = zExp;
  const cosineHi = zHi;
  const cosineLo = zLo;
  const cosineSign = zSign;
  sine();
  divideZ(cosineExp, cosineHi, cosineLo);
  setFinite(zSign ^ cosineSign, zExp, zHi, zLo);
}

/** Operands of this exponent and above are not reduced: C2 tells the program to do it. */
const TOO_LARGE: i32 = 63;

/** Whether x is a finite number with an angle; if not, z is the result. */
function hasAngle(): bool {
  if (specialX()) return false;
  if (xClass == INFINITY) {
    invalid();
    return false;
  }
  reportDenormalX();
  return xClass == FINITE;
}

/** x := ST(0). False if the instruction is over: the stack is not as it must be, or the angle is too large. */
function beginAngle(u: usize, pushes: bool): bool {
  if (!begin()) return false;
  const empty = isEmpty(0);
  if (empty || (pushes && !isEmpty(7))) {
    if (stackFault(u, !empty)) indefinite(pushes);
    changeStatus(SW_C2, 0);
    return false;
  }
  loadX(0);
  if (xClass == FINITE && xExp >= TOO_LARGE) {
    completeQuietly(u);
    changeStatus(SW_C2, SW_C2);
    return false;
  }
  changeStatus(SW_C2, 0);
  return true;
}

function indefinite(pushes: bool): void {
  writeSt(0, INDEFINITE, INDEFINITE_EXP);
  if (pushes) push(INDEFINITE, INDEFINITE_EXP);
}

export function fsin(u: usize): void {
  if (!beginAngle(u, false)) return;
  if (hasAngle()) {
    reduceAngle();
    sine();
  } else if (xClass == ZERO) setZero(xSign);
  finish(u, 0, 64);
}

export function fcos(u: usize): void {
  if (!beginAngle(u, false)) return;
  if (hasAngle()) {
    reduceAngle();
    cosine();
  } else if (xClass == ZERO) setInteger(1);
  finish(u, 0, 64);
}

/** ST(0) := f80, then push z. C1 tells of the first. */
function finishPair(u: usize): void {
  const sig = f80Sig;
  const signExponent = f80Exp;
  const up = roundedUp;
  packF80(64);
  setRoundedUp(up);
  if (!complete(u)) return;
  writeSt(0, sig, signExponent);
  push(f80Sig, f80Exp);
}

export function fsincos(u: usize): void {
  if (!beginAngle(u, true)) return;
  const angle = hasAngle();
  if (angle) {
    reduceAngle();
    sine();
  } else if (xClass == ZERO) setZero(xSign);
  packF80(64);
  if (angle) cosine();
  else if (xClass == ZERO) setInteger(1);
  finishPair(u);
}

/** The tangent, and above it 1.0, or the NaN again. */
export function fptan(u: usize): void {
  if (!beginAngle(u, true)) return;
  const angle = hasAngle();
  if (angle) {
    reduceAngle();
    tangent();
  } else if (xClass == ZERO) setZero(xSign);
  packF80(64);
  if (angle || xClass == ZERO) setInteger(1);
  finishPair(u);
}
