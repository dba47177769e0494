// The stack of the current privilege level, through SS. SDM 1 "Stacks". Writers check before ESP moves, so a fault changes nothing.
import { REGS, RSP, SEG_ACCESS, SS } from "../abi/state";
import { fault } from "./fault";
import { readLinear, writeLinear } from "./memory";
import { segmentLinear } from "./operand";
import { segment } from "./state";

const ACCESS_DEFAULT_BIG: u32 = 1 << 14;

/** 0xffffffff or 0xffff, by SS.B. */
export function stackMask(): u64 {
  return load<u32>(segment(SS), SEG_ACCESS) & ACCESS_DEFAULT_BIG ? 0xffffffff : 0xffff;
}

export function stackPointer(): u64 {
  return load<u64>(REGS + RSP) & stackMask();
}

/** Move the stack pointer by `delta` bytes, keeping the bits above its size. */
export function moveStack(delta: i64): void {
  setStackPointer(load<u64>(REGS + RSP) + delta);
}

/** Set the stack pointer, keeping the bits above its size. */
export function setStackPointer(value: u64): void {
  const mask = stackMask();
  const old = load<u64>(REGS + RSP);
  store<u64>(REGS + RSP, (old & ~mask & 0xffffffff) | (value & mask));
}

/** Read at `delta` bytes from the top of the stack; the stack pointer stays. */
export function readStack<T>(delta: i64): T {
  const linear = segmentLinear(SS, (load<u64>(REGS + RSP) + delta) & stackMask(), sizeof<T>(), false);
  if (fault) return <T>0;
  return readLinear<T>(linear);
}

/** Write at `delta` bytes from the top of the stack (negative: below); the stack pointer stays. */
export function writeStack<T>(delta: i64, value: T): void {
  const linear = segmentLinear(SS, (load<u64>(REGS + RSP) + delta) & stackMask(), sizeof<T>(), true);
  if (fault) return;
  writeLinear<T>(linear, value);
}

export function push<T>(value: T): void {
  writeStack<T>(-(<i64>sizeof<T>()), value);
  if (!fault) moveStack(-(<i64>sizeof<T>()));
}

/** Value on top; the caller moves the stack with moveStack(sizeof<T>()) when the instruction can no longer fault. */
export function top<T>(): T {
  return readStack<T>(0);
}
