// FADD, FSUB, FSUBR, FMUL, FDIV, FDIVR with their memory, integer and popping forms, and FSQRT. SDM 1 "Basic Arithmetic Instructions".
import { U_DST, U_SRC } from "../abi/uop";
import { fault } from "../cpu/fault";
import { effectiveAddress } from "../cpu/operand";
import { addNumbers, divideNumbers, multiplyNumbers, squareRootNumber } from "../softfloat/arithmetic";
import { specialX, specialXY } from "../softfloat/f80";
import { exchange, negateSecond, secondOperand } from "../softfloat/number";
import { begin, finish, precision, recordOperand, underflowTo, unpackMemory } from "./instruction";
import { hostForRead, isReadyToRound, isSlotEmpty, settle, slot, slotAddress } from "./quick";
import { product, quotient, sum } from "./quick-arithmetic";
import { isPlain, REFUSED, Register, signExponentOf, significandOf } from "./quick-number";
import { isEmpty, loadX, loadY, popStack, SE_SIGN } from "./registers";

// Operations, numbered as modrm.reg of D8 names them.
const ADD: i32 = 0;
const MUL: i32 = 1;
const SUB: i32 = 4;
const SUBR: i32 = 5;
const DIV: i32 = 6;
const DIVR: i32 = 7;

/** z := x op y, or y op x if reversed. */
function operate(op: i32): void {
  if (specialXY()) return;
  if (op == SUBR || op == DIVR) exchange();
  if (op == ADD) addNumbers();
  else if (op == MUL) multiplyNumbers();
  else if (op >= DIV) divideNumbers();
  else {
    negateSecond();
    addNumbers();
  }
}

/** The quick way of register n := register n op the T at a host address. */
function quick<T>(u: usize, op: i32, n: u32, from: usize): bool {
  if (isSlotEmpty(n) || !isPlain<T>(from)) return false;
  const at = slotAddress(n);
  const aSig = load<u64>(at);
  const a = load<u16>(at, 8);
  const bSig = significandOf<T>(from);
  const b = signExponentOf<T>(from);
  let status: u32;
  if (op == MUL) status = product(at, aSig, a, bSig, b);
  else if (op == DIV) status = quotient(at, aSig, a, bSig, b);
  else if (op == DIVR) status = quotient(at, bSig, b, aSig, a);
  else status = sum(at, aSig, op == SUBR ? a ^ SE_SIGN : a, bSig, op == SUB ? b ^ SE_SIGN : b);
  if (status == REFUSED) return false;
  settle(u, status);
  return true;
}

/** ST(dst) := ST(dst) op ST(src). Whether the instruction completed. */
function registers(u: usize, op: i32, dst: u32, src: u32): bool {
  const from = slot(src);
  if (isReadyToRound() && !isSlotEmpty(from) && quick<Register>(u, op, slot(dst), slotAddress(from))) return true;
  if (!begin()) return false;
  if (isEmpty(dst) || isEmpty(src)) return underflowTo(u, dst);
  loadY(src);
  loadX(dst);
  operate(op);
  return finish(u, dst, precision());
}

/** ST(0) := ST(0) op the operand in memory. */
function memory<T>(u: usize, op: i32): void {
  if (isReadyToRound()) {
    const offset = <u32>effectiveAddress(u);
    const host = hostForRead(u, offset, sizeof<T>());
    if (host && quick<T>(u, op, slot(0), host)) {
      recordOperand(u, offset);
      return;
    }
  }
  if (!begin()) return;
  unpackMemory<T>(u);
  withTop(u, op);
}

/** ST(0) := ST(0) op x. */
function withTop(u: usize, op: i32): void {
  if (fault) return;
  if (isEmpty(0)) {
    underflowTo(u, 0);
    return;
  }
  secondOperand();
  loadX(0);
  operate(op);
  finish(u, 0, precision());
}

/** ST(0) := ST(0) op ST(i). */
function toTop(u: usize, op: i32): void {
  registers(u, op, 0, load<u8>(u, U_SRC));
}

/** ST(i) := ST(i) op ST(0). */
function fromTop(u: usize, op: i32): void {
  registers(u, op, load<u8>(u, U_DST), 0);
}

function fromTopPop(u: usize, op: i32): void {
  if (registers(u, op, load<u8>(u, U_DST), 0)) popStack();
}

export function fsqrt(u: usize): void {
  if (!begin()) return;
  if (isEmpty(0)) {
    underflowTo(u, 0);
    return;
  }
  loadX(0);
  if (!specialX()) squareRootNumber();
  finish(u, 0, precision());
}

export function faddMem32(u: usize): void {
  memory<f32>(u, ADD);
}

export function faddMem64(u: usize): void {
  memory<f64>(u, ADD);
}

export function faddInt16(u: usize): void {
  memory<i16>(u, ADD);
}

export function faddInt32(u: usize): void {
  memory<i32>(u, ADD);
}

export function faddSt(u: usize): void {
  toTop(u, ADD);
}

export function faddTo(u: usize): void {
  fromTop(u, ADD);
}

export function faddPop(u: usize): void {
  fromTopPop(u, ADD);
}

export function fmulMem32(u: usize): void {
  memory<f32>(u, MUL);
}

export function fmulMem64(u: usize): void {
  memory<f64>(u, MUL);
}

export function fmulInt16(u: usize): void {
  memory<i16>(u, MUL);
}

export function fmulInt32(u: usize): void {
  memory<i32>(u, MUL);
}

export function fmulSt(u: usize): void {
  toTop(u, MUL);
}

export function fmulTo(u: usize): void {
  fromTop(u, MUL);
}

export function fmulPop(u: usize): void {
  fromTopPop(u, MUL);
}

export function fsubMem32(u: usize): void {
  memory<f32>(u, SUB);
}

export function fsubMem64(u: usize): void {
  memory<f64>(u, SUB);
}

export function fsubInt16(u: usize): void {
  memory<i16>(u, SUB);
}

export function fsubInt32(u: usize): void {
  memory<i32>(u, SUB);
}

export function fsubSt(u: usize): void {
  toTop(u, SUB);
}

export function fsubTo(u: usize): void {
  fromTop(u, SUB);
}

export function fsubPop(u: usize): void {
  fromTopPop(u, SUB);
}

export function fsubrMem32(u: usize): void {
  memory<f32>(u, SUBR);
}

export function fsubrMem64(u: usize): void {
  memory<f64>(u, SUBR);
}

export function fsubrInt16(u: usize): void {
  memory<i16>(u, SUBR);
}

export function fsubrInt32(u: usize): void {
  memory<i32>(u, SUBR);
}

export function fsubrSt(u: usize): void {
  toTop(u, SUBR);
}

export function fsubrTo(u: usize): void {
  fromTop(u, SUBR);
}

export function fsubrPop(u: usize): void {
  fromTopPop(u, SUBR);
}

export function fdivMem32(u: usize): void {
  memory<f32>(u, DIV);
}

export function fdivMem64(u: usize): void {
  memory<f64>(u, DIV);
}

export function fdivInt16(u: usize): void {
  memory<i16>(u, DIV);
}

export function fdivInt32(u: usize): void {
  memory<i32>(u, DIV);
}

export function fdivSt(u: usize): void {
  toTop(u, DIV);
}

export function fdivTo(u: usize): void {
  fromTop(u, DIV);
}

export function fdivPop(u: usize): void {
  fromTopPop(u, DIV);
}

export function fdivrMem32(u: usize): void {
  memory<f32>(u, DIVR);
}

export function fdivrMem64(u: usize): void {
  memory<f64>(u, DIVR);
}

export function fdivrInt16(u: usize): void {
  memory<i16>(u, DIVR);
}

export function fdivrInt32(u: usize): void {
  memory<i32>(u, DIVR);
}

export function fdivrSt(u: usize): void {
  toTop(u, DIVR);
}

export function fdivrTo(u: usize): void {
  fromTop(u, DIVR);
}

export function fdivrPop(u: usize): void {
  fromTopPop(u, DIVR);
}
