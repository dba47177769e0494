// FRNDINT, FSCALE, FXTRACT. SDM 1 "Basic Arithmetic Instructions".
import { EX_OVERFLOW, EX_PRECISION, EX_UNDERFLOW, EX_ZERO_DIVIDE, report, setRoundedUp, unmasked } from "../softfloat/environment";
import { EXP_ADJUST, EXP_MAX, EXP_MIN, f80Exp, f80Sig, INDEFINITE_EXP, packF80, specialX, specialXY } from "../softfloat/f80";
import { roundToInteger } from "../softfloat/integer";
import {
  copyX,
  FINITE,
  INDEFINITE,
  INFINITY,
  invalid,
  reportDenormals,
  reportDenormalX,
  setFinite,
  setInfinity,
  setInteger,
  setZero,
  xClass,
  xExp,
  xSig,
  xSign,
  yClass,
  yExp,
  ySig,
  ySign,
  ZERO,
  zExp,
} from "../softfloat/number";
import { begin, complete, finish, push, stackFault, underflowTo } from "./instruction";
import { isEmpty, loadX, loadY, writeSt } from "./registers";

export function frndint(u: usize): void {
  if (!begin()) return;
  if (isEmpty(0)) {
    underflowTo(u, 0);
    return;
  }
  loadX(0);
  if (!specialX()) {
    reportDenormalX();
    roundToInteger();
  }
  finish(u, 0, 64);
}

/** Beyond this the result overflows or underflows whatever x is. */
const SCALE_MAX: i32 = 0x10000;

/** y truncated to an integer, within +-SCALE_MAX. */
function scaleOfY(): i32 {
  if (yClass == ZERO || yExp < 0) return 0;
  const magnitude = yExp > 16 ? SCALE_MAX : <i32>(ySig >> (63 - yExp));
  return ySign ? -min(magnitude, SCALE_MAX) : min(magnitude, SCALE_MAX);
}

function scaleByInfinity(): void {
  if (ySign ? xClass == INFINITY : xClass == ZERO) {
    invalid();
    return;
  }
  reportDenormals();
  if (ySign) setZero(xSign);
  else setInfinity(xSign);
}

/** z := x * 2^y. What even an adjusted exponent cannot hold becomes infinity or zero, whatever the rounding. */
function scale(): void {
  if (specialXY()) return;
  if (yClass == INFINITY) {
    scaleByInfinity();
    return;
  }
  reportDenormals();
  copyX();
  if (xClass != FINITE) return;
  setFinite(xSign, xExp + scaleOfY(), xSig, 0);
  if (zExp > EXP_MAX + EXP_ADJUST && unmasked & EX_OVERFLOW) {
    report(EX_OVERFLOW | EX_PRECISION);
    setRoundedUp(true);
    setInfinity(xSign);
  } else if (zExp < EXP_MIN - EXP_ADJUST && unmasked & EX_UNDERFLOW) {
    report(EX_UNDERFLOW | EX_PRECISION);
    setZero(xSign);
  }
}

export function fscale(u: usize): void {
  if (!begin()) return;
  if (isEmpty(0) || isEmpty(1)) {
    underflowTo(u, 0);
    return;
  }
  loadY(1);
  loadX(0);
  scale();
  finish(u, 0, 64);
}

/** z := the exponent of x as a number. */
function exponentOfX(): void {
  if (xClass == FINITE) {
    reportDenormalX();
    setInteger(<i64>xExp);
  } else if (xClass == ZERO) {
    report(EX_ZERO_DIVIDE);
    setInfinity(1);
  } else if (xClass == INFINITY) setInfinity(0);
  else specialX();
}

/** z := x with exponent 0. */
function significandOfX(): void {
  if (specialX()) return;
  copyX();
  if (xClass == FINITE) setFinite(xSign, 0, xSig, 0);
}

/** Both a source that is empty and a push without room are stack faults; underflow is looked at first. */
export function fxtract(u: usize): void {
  if (!begin()) return;
  const empty = isEmpty(0);
  if (empty || !isEmpty(7)) {
    if (!stackFault(u, !empty)) return;
    writeSt(0, INDEFINITE, INDEFINITE_EXP);
    push(INDEFINITE, INDEFINITE_EXP);
    return;
  }
  loadX(0);
  exponentOfX();
  packF80(64);
  const exponentSig = f80Sig;
  const exponentExp = f80Exp;
  significandOfX();
  packF80(64);
  if (!complete(u)) return;
  writeSt(0, exponentSig, exponentExp);
  push(f80Sig, f80Exp);
}
