// FPREM and FPREM1. A quotient of 64 bits or more is taken in steps; the manual leaves their width open (32 to 63 bits).

import { specialXY } from "../softfloat/f80";
import { copyX, INFINITY, invalid, reportDenormals, xClass, xExp, yClass, yExp, ZERO } from "../softfloat/number";
import { quotient, remainder } from "../softfloat/remainder";
import { begin, finish, underflowTo } from "./instruction";
import { changeStatus, isEmpty, loadX, loadY, SW_C0, SW_C1, SW_C2, SW_C3, SW_CONDITIONS } from "./registers";

/** Condition codes of the last reduction: C2 if it is not complete, else the low bits of the quotient in C0, C3, C1. */
let conditions: u32 = 0;
/** Which of them it changes: not C0 and C3 if the result is a NaN. */
let changed: u32 = 0;

function quotientBits(): u32 {
  const q = <u32>quotient;
  return (q & 4 ? SW_C0 : 0) | (q & 2 ? SW_C3 : 0) | (q & 1 ? SW_C1 : 0);
}

/** z := remainder of x and y, or a step towards it. */
function reduce(nearest: bool): void {
  conditions = 0;
  changed = SW_C1 | SW_C2;
  if (specialXY()) return;
  if (xClass == INFINITY || yClass == ZERO) {
    invalid();
    return;
  }
  changed = SW_CONDITIONS;
  reportDenormals();
  if (xClass == ZERO || yClass == INFINITY) {
    copyX();
    return;
  }
  const distance = xExp - yExp;
  if (distance < 64) {
    remainder(0, nearest);
    conditions = quotientBits();
  } else {
    const step = (distance & 31) | 32;
    remainder(distance - step, false);
    conditions = SW_C2;
  }
}

function partialRemainder(u: usize, nearest: bool): void {
  if (!begin()) return;
  if (isEmpty(0) || isEmpty(1)) {
    underflowTo(u, 0);
    changeStatus(SW_C2, 0);
    return;
  }
  loadY(1);
  loadX(0);
  reduce(nearest);
  if (finish(u, 0, 64)) changeStatus(changed, conditions);
  else changeStatus(SW_C2, 0);
}

export function fprem(u: usize): void {
  partialRemainder(u, false);
}

export function fprem1(u: usize): void {
  partialRemainder(u, true);
}
