// FCOM, FUCOM, FICOM, FTST, FXAM, FCOMI, FUCOMI with their popping forms, and FCMOVcc. SDM 1 "Comparison and Classification
// Instructions", "Conditional Move Instructions".
import { U_SRC } from "../abi/uop";
import { fault } from "../cpu/fault";
import { condition, FLAG_C, FLAG_P, FLAG_Z, setArithmeticFlags } from "../cpu/flags";
import { effectiveAddress } from "../cpu/operand";
import { compareNumbers, EQUAL, LESS, UNORDERED } from "../softfloat/compare";
import { FINITE, INFINITY, secondOperand, UNSUPPORTED, unpackInteger, xClass, xDenormal, xSign, ZERO } from "../softfloat/number";
import {
  begin,
  complete,
  completeKeepingC1,
  completeQuietly,
  recordInstruction,
  recordOperand,
  stackFault,
  underflowTo,
  unpackMemory,
} from "./instruction";
import { hostForRead, isReady, settle, settlePop } from "./quick";
import { quickOrder, quickOrderOfRegister } from "./quick-compare";
import { changeStatus, isEmpty, loadX, loadY, popStack, SW_C0, SW_C1, SW_C2, SW_C3, SW_CONDITIONS, stAddress, writeSt } from "./registers";

/** Condition codes C3 C2 C0 of an ordering. SDM 1 "Floating-Point Comparison": C0 less, C3 equal, all three unordered. */
function conditionCodes(order: i32): u32 {
  if (order == UNORDERED) return SW_C3 | SW_C2 | SW_C0;
  return order == EQUAL ? SW_C3 : order == LESS ? SW_C0 : 0;
}

function setConditions(order: i32): void {
  changeStatus(SW_C3 | SW_C2 | SW_C0, conditionCodes(order));
}

/**
 * Compare x with y and set the condition codes. Whether the instruction completed. Processors (AMD's) set them even when an unmasked
 * exception keeps the instruction from popping; Intel's manual has them unchanged then.
 */
function compareXY(u: usize, quiet: bool): bool {
  setConditions(compareNumbers(quiet));
  return complete(u);
}

/** Compare ST(0) with x, just unpacked from memory. */
function compareTop(u: usize): bool {
  if (fault) return false;
  if (isEmpty(0)) return emptyOperand(u);
  secondOperand();
  loadX(0);
  return compareXY(u, false);
}

function emptyOperand(u: usize): bool {
  setConditions(UNORDERED);
  return stackFault(u, false);
}

/** End of a quick comparison. */
function settleOrder(u: usize, order: i32, pops: i32): void {
  changeStatus(SW_C3 | SW_C2 | SW_C0, conditionCodes(order));
  if (pops) settlePop(u, 0);
  else settle(u, 0);
  if (pops == 2) popStack();
}

function compareRegister(u: usize, i: u32, quiet: bool, pops: i32): void {
  const order = quickOrderOfRegister(i);
  if (order != UNORDERED) {
    settleOrder(u, order, pops);
    return;
  }
  if (!begin()) return;
  let done: bool;
  if (isEmpty(0) || isEmpty(i)) done = emptyOperand(u);
  else {
    loadY(i);
    loadX(0);
    done = compareXY(u, quiet);
  }
  if (!done) return;
  if (pops) popStack();
  if (pops == 2) popStack();
}

export function fcomSt(u: usize): void {
  compareRegister(u, load<u8>(u, U_SRC), false, 0);
}

export function fcompSt(u: usize): void {
  compareRegister(u, load<u8>(u, U_SRC), false, 1);
}

export function fcompp(u: usize): void {
  compareRegister(u, 1, false, 2);
}

export function fucomSt(u: usize): void {
  compareRegister(u, load<u8>(u, U_SRC), true, 0);
}

export function fucompSt(u: usize): void {
  compareRegister(u, load<u8>(u, U_SRC), true, 1);
}

export function fucompp(u: usize): void {
  compareRegister(u, 1, true, 2);
}

/** Compare ST(0) with the operand in memory. */
function compareMemory<T>(u: usize, pops: bool): void {
  if (isReady()) {
    const offset = <u32>effectiveAddress(u);
    const host = hostForRead(u, offset, sizeof<T>());
    const order = host ? quickOrder<T>(host) : UNORDERED;
    if (order != UNORDERED) {
      recordOperand(u, offset);
      settleOrder(u, order, i32(pops));
      return;
    }
  }
  if (!begin()) return;
  unpackMemory<T>(u);
  if (compareTop(u) && pops) popStack();
}

export function fcomMem32(u: usize): void {
  compareMemory<f32>(u, false);
}

export function fcompMem32(u: usize): void {
  compareMemory<f32>(u, true);
}

export function fcomMem64(u: usize): void {
  compareMemory<f64>(u, false);
}

export function fcompMem64(u: usize): void {
  compareMemory<f64>(u, true);
}

export function ficomInt16(u: usize): void {
  compareMemory<i16>(u, false);
}

export function ficompInt16(u: usize): void {
  compareMemory<i16>(u, true);
}

export function ficomInt32(u: usize): void {
  compareMemory<i32>(u, false);
}

export function ficompInt32(u: usize): void {
  compareMemory<i32>(u, true);
}

export function ftst(u: usize): void {
  if (!begin()) return;
  unpackInteger(0);
  compareTop(u);
}

/** EFLAGS of an ordering; O, S and A are cleared. */
function setFlags(order: i32): void {
  if (order == UNORDERED) setArithmeticFlags(FLAG_Z | FLAG_P | FLAG_C);
  else setArithmeticFlags(order == EQUAL ? FLAG_Z : order == LESS ? FLAG_C : 0);
}

/** C1 stays but after a stack fault, as in AMD processors; Intel's manual has it cleared. */
function compareToFlags(u: usize, quiet: bool): bool {
  if (!begin()) return false;
  const i = load<u8>(u, U_SRC);
  if (isEmpty(0) || isEmpty(i)) {
    setFlags(UNORDERED);
    return stackFault(u, false);
  }
  loadY(i);
  loadX(0);
  setFlags(compareNumbers(quiet));
  return completeKeepingC1(u);
}

/** FCOMI and FUCOMI. */
function compareRegisterToFlags(u: usize, quiet: bool, pops: bool): void {
  const order = quickOrderOfRegister(load<u8>(u, U_SRC));
  if (order != UNORDERED) {
    setFlags(order);
    recordInstruction(u);
  } else if (!compareToFlags(u, quiet)) return;
  if (pops) popStack();
}

export function fcomi(u: usize): void {
  compareRegisterToFlags(u, false, false);
}

export function fcomip(u: usize): void {
  compareRegisterToFlags(u, false, true);
}

export function fucomi(u: usize): void {
  compareRegisterToFlags(u, true, false);
}

export function fucomip(u: usize): void {
  compareRegisterToFlags(u, true, true);
}

/** C3 C2 C0 of the class of x. SDM 2A "FXAM". */
function classOfX(): u32 {
  if (xClass == UNSUPPORTED) return 0;
  if (xClass == ZERO) return SW_C3;
  if (xClass == INFINITY) return SW_C2 | SW_C0;
  if (xClass != FINITE) return SW_C0;
  return xDenormal ? SW_C3 | SW_C2 : SW_C2;
}

/** FXAM reports the sign even of an empty register, and never faults on the stack. */
export function fxam(u: usize): void {
  if (!begin()) return;
  loadX(0);
  completeQuietly(u);
  const kind = isEmpty(0) ? SW_C3 | SW_C0 : classOfX();
  changeStatus(SW_CONDITIONS, kind | (xSign ? SW_C1 : 0));
}

/** ST(0) := ST(i) if condition code `code` (as of Jcc) holds. Empty registers fault whether it holds or not. */
function moveIf(u: usize, code: i32): void {
  if (!begin()) return;
  const i = load<u8>(u, U_SRC);
  if (isEmpty(0) || isEmpty(i)) {
    underflowTo(u, 0);
    return;
  }
  const at = stAddress(i);
  if (condition(code)) writeSt(0, load<u64>(at), load<u16>(at, 8));
  completeKeepingC1(u);
}

export function fcmovb(u: usize): void {
  moveIf(u, 2);
}

export function fcmove(u: usize): void {
  moveIf(u, 4);
}

export function fcmovbe(u: usize): void {
  moveIf(u, 6);
}

export function fcmovu(u: usize): void {
  moveIf(u, 10);
}

export function fcmovnb(u: usize): void {
  moveIf(u, 3);
}

export function fcmovne(u: usize): void {
  moveIf(u, 5);
}

export function fcmovnbe(u: usize): void {
  moveIf(u, 7);
}

export function fcmovnu(u: usize): void {
  moveIf(u, 11);
}
