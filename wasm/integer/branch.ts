// Near branches: JMP CALL RET Jcc JCXZ LOOP. SDM 2 under each name. The target is checked before anything changes.
// Not here: far branches, interrupts and their returns (system).
import { CS, RCX, SEG_LIMIT } from "../abi/state";
import { U_ASIZE, U_IMM, U_IMM2, U_SIZE } from "../abi/uop";
import { fault, raiseCode, VECTOR_GP } from "../cpu/fault";
import { condition, zero } from "../cpu/flags";
import { readSrc } from "../cpu/operand";
import { moveStack, push, top } from "../cpu/stack";
import { getReg, getRip, segment, setReg, setRip } from "../cpu/state";

/** Raise #GP(0) unless the target lies in the code segment. */
function checkTarget(target: u64): void {
  if (target > <u64>load<u32>(segment(CS), SEG_LIMIT)) raiseCode(VECTOR_GP, 0);
}

/** Target of a relative branch, truncated to the operand size. */
function relativeTarget(u: usize): u64 {
  const target = getRip() + <i64>load<i32>(u, U_IMM);
  const size = load<u8>(u, U_SIZE);
  return size == 2 ? target & 0xffff : size == 4 ? target & 0xffffffff : target;
}

function jump(target: u64): void {
  checkTarget(target);
  if (!fault) setRip(target);
}

function callTo<T>(target: u64): void {
  checkTarget(target);
  if (fault) return;
  push<T>(<T>getRip());
  if (!fault) setRip(target);
}

export function jmp(u: usize): void {
  jump(relativeTarget(u));
}

export function jmpIndirect<T>(u: usize): void {
  const target = <u64>readSrc<T>(u);
  if (!fault) jump(target);
}

export function call<T>(u: usize): void {
  callTo<T>(relativeTarget(u));
}

export function callIndirect<T>(u: usize): void {
  const target = <u64>readSrc<T>(u);
  if (!fault) callTo<T>(target);
}

function returnFreeing<T>(bytes: i64): void {
  const target = <u64>top<T>();
  if (fault) return;
  jump(target);
  if (!fault) moveStack(<i64>sizeof<T>() + bytes);
}

export function ret<T>(u: usize): void {
  returnFreeing<T>(0);
}

export function retImm<T>(u: usize): void {
  returnFreeing<T>(load<u32>(u, U_IMM) & 0xffff);
}

export function jcc(u: usize): void {
  if (condition(load<u32>(u, U_IMM2))) jmp(u);
}

/** The counter CX, ECX or RCX, by address size. */
function counter(u: usize): u64 {
  const size = load<u8>(u, U_ASIZE);
  return size == 2 ? <u64>getReg<u16>(RCX) : size == 4 ? <u64>getReg<u32>(RCX) : getReg<u64>(RCX);
}

function setCounter(u: usize, value: u64): void {
  const size = load<u8>(u, U_ASIZE);
  if (size == 2) setReg<u16>(RCX, <u16>value);
  else if (size == 4) setReg<u32>(RCX, <u32>value);
  else setReg<u64>(RCX, value);
}

/** JCXZ, JECXZ, JRCXZ. */
export function jcxz(u: usize): void {
  if (!counter(u)) jmp(u);
}

function loopIf(u: usize, taken: bool): void {
  const count = counter(u) - 1;
  if (taken && count) jmp(u);
  if (!fault) setCounter(u, count);
}

export function loop(u: usize): void {
  loopIf(u, true);
}

export function loope(u: usize): void {
  loopIf(u, zero() != 0);
}

export function loopne(u: usize): void {
  loopIf(u, zero() == 0);
}
