// FPATAN: the angle of the point (x, y) with x = ST(0), y = ST(1). SDM 2A "FPATAN", table of special cases.
import { EX_PRECISION, report } from "../softfloat/environment";
import { specialXY } from "../softfloat/f80";
import {
  exchange,
  FINITE,
  INFINITY,
  reportDenormals,
  setFinite,
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
  zClass,
  zExp,
  zHi,
  zLo,
  zSign,
} from "../softfloat/number";
import { add, multiply, shiftLeft, subtract, wideHi, wideLo } from "../softfloat/wide";
import { begin, finish, underflowTo } from "./instruction";
import { isEmpty, loadX, loadY, popStack } from "./registers";
import { divideZ, FIXED_PI_HI, FIXED_PI_LO, fixedOfZ, multiplyAlternating, setFixed, setWide, variableSquareZ } from "./series";
import { ARC_TANGENTS, ODD } from "./series-tables";

/** Quotients below 2^-6 need no table. */
const SMALL: i32 = 6;

// Table entry that z adds to.
let entryHi: u64 = 0;
let entryLo: u64 = 0;

function setEntry(i: usize): void {
  const at = changetype<usize>(ARC_TANGENTS) + (i << 4);
  entryHi = load<u64>(at);
  entryLo = load<u64>(at, 8);
}

/** z := the quotient y / x of two magnitudes. */
function smallQuotient(): void {
  setFinite(0, yExp, ySig, 0);
  divideZ(xExp, xSig, 0);
}

/** Nearest i to 32 y / x; `distance` is the difference of exponents. */
function nearestEntry(distance: i32): u64 {
  return <u64>nearest<f64>((<f64>(ySig >> distance) / <f64>xSig) * 32);
}

/** z := (y - c x) / (x + c y), where c = i / 32 is the table's tangent next to y / x. */
function tableQuotient(): void {
  const distance = xExp - yExp;
  const i = nearestEntry(distance);
  setEntry(<usize>i);
  // In units of y's last bit: 32 y, and i x.
  multiply(xSig, i << distance);
  const hi = wideHi;
  const lo = wideLo;
  const yHi = ySig >> 59;
  const yLo = ySig << 5;
  const below = yHi < hi || (yHi == hi && yLo < lo);
  if (below) subtract(hi, lo, yHi, yLo);
  else subtract(yHi, yLo, hi, lo);
  setWide(u32(below), 127, wideHi, wideLo);
  if (zClass == ZERO) return;
  multiply(ySig, i);
  const cyHi = wideHi;
  const cyLo = wideLo;
  shiftLeft(0, xSig, 5 + distance);
  add(wideHi, wideLo, cyHi, cyLo);
  divideZ(127, wideHi, wideLo);
}

/** entry + z := arc tangent of y / x, where y <= x are magnitudes: 0 / 0 counts as 0, and infinity / infinity as 1, as in the manual. */
function octant(): void {
  setEntry(0);
  setZero(0);
  if (xClass == INFINITY && yClass == INFINITY) setEntry(32);
  if (xClass != FINITE || yClass != FINITE) return;
  if (xExp - yExp > SMALL) smallQuotient();
  else tableQuotient();
  if (zClass == ZERO) return;
  variableSquareZ();
  multiplyAlternating(ODD);
}

/** z := (-1)^sign * (entry + z), or what pi / 2 leaves of it if `steep`, and then what pi leaves of that if `left`. */
function place(sign: u32, steep: bool, left: bool): void {
  if (!steep && !left && (entryHi | entryLo) == 0) {
    setFinite(sign, zExp, zHi, zLo | 1);
    return;
  }
  fixedOfZ();
  if (zSign) subtract(entryHi, entryLo, wideHi, wideLo);
  else add(entryHi, entryLo, wideHi, wideLo);
  if (steep) subtract(FIXED_PI_HI >> 1, (FIXED_PI_HI << 63) | (FIXED_PI_LO >> 1), wideHi, wideLo);
  if (left) subtract(FIXED_PI_HI, FIXED_PI_LO, wideHi, wideLo);
  setFixed(sign, wideHi, wideLo | 1);
}

/** Whether |y| > |x|. */
function isSteep(): bool {
  if (xClass != yClass) return yClass > xClass;
  return xClass == FINITE && (yExp > xExp || (yExp == xExp && ySig > xSig));
}

function arcTangent(): void {
  if (specialXY()) return;
  reportDenormals();
  const sign = ySign;
  const left = xSign != 0;
  const steep = isSteep();
  if (!steep && !left && (yClass == ZERO || yClass != xClass)) {
    setZero(sign);
    return;
  }
  report(EX_PRECISION);
  if (steep) exchange();
  octant();
  place(sign, steep, left);
}

export function fpatan(u: usize): void {
  if (!begin()) return;
  if (isEmpty(0) || isEmpty(1)) {
    if (underflowTo(u, 1)) popStack();
    return;
  }
  loadY(1);
  loadX(0);
  arcTangent();
  if (finish(u, 1, 64)) popStack();
}
