// A stack frame under construction: pushes to a stack that the processor has not switched to yet. Nothing but memory below the stack
// pointer changes until the caller takes framePointer(). SDM 3A "Stack Switching". And the short way to a frame that is being popped.
import { MARK_FLAT, REGS, RSP, SEG_ACCESS, SEG_BASE, SEG_LIMIT, SEG_MARKS, SS } from "../abi/state";
import { fault, VECTOR_SS } from "../cpu/fault";
import { readableAtHand, writableAtHand, writeLinear, writeSystem } from "../cpu/memory";
import { segment } from "../cpu/state";
import { accessOf, baseOf, currentPrivilege, DEFAULT_BIG, EXPAND_DOWN, limitOf, raiseSelector } from "./descriptor";

let base: u64 = 0;
let limit: u32 = 0;
let expandDown: bool = false;
/** 0xffff or 0xffffffff, by the B bit. */
let mask: u64 = 0;
let pointer: u64 = 0;
/** Selector in the error code of #SS: 0 for the stack in use. */
let blame: u32 = 0;
let inner: bool = false;

function begin(access: u32, sp: u64, selector: u32): void {
  expandDown = (access & EXPAND_DOWN) != 0;
  mask = access & DEFAULT_BIG ? 0xffffffff : 0xffff;
  pointer = sp;
  blame = selector;
}

/** A frame on the stack in use. */
export function beginFrame(): void {
  const ss = segment(SS);
  base = load<u64>(ss, SEG_BASE);
  limit = load<u32>(ss, SEG_LIMIT);
  inner = false;
  begin(load<u32>(ss, SEG_ACCESS), load<u64>(REGS + RSP), 0);
}

/** A frame on the stack of an inner privilege level. */
export function beginInnerFrame(selector: u32, d: u64, sp: u64): void {
  base = baseOf(d);
  limit = limitOf(d);
  inner = currentPrivilege() == 3;
  begin(accessOf(d), sp, selector);
}

/**
 * Make room for all of the frame at once: the host address of its lowest byte, or 0 if it has to be pushed piece by piece, because it may
 * fault, is not in one page at hand, or its stack is not flat enough. Nobody has looked at what is stored there then.
 */
export function wholeFrame(bytes: u32): usize {
  if (mask != 0xffffffff || expandDown || pointer < <u64>bytes || pointer - 1 > <u64>limit) return 0;
  const host = writableAtHand((base + pointer - bytes) & 0xffffffff, bytes, inner);
  if (host) pointer -= bytes;
  return host;
}

export function framePointer(): u64 {
  return pointer;
}

/** Drop bytes from the frame's end without writing (negative: make room). */
function moveFrame(delta: i64): void {
  pointer = (pointer & ~mask & 0xffffffff) | ((pointer + delta) & mask);
}

function fits(first: u64, size: u32): bool {
  const last = first + size - 1;
  return expandDown ? first > limit && last <= mask : last <= limit;
}

/** After a fault this does nothing, so a sequence of pushes needs one look at `fault` at its end. */
function framePush<T>(value: T): void {
  if (fault) return;
  const offset = (pointer - sizeof<T>()) & mask;
  if (!fits(offset, sizeof<T>())) {
    raiseSelector(VECTOR_SS, blame);
    return;
  }
  const linear = (base + offset) & 0xffffffff;
  if (inner) writeSystem<T>(linear, value);
  else writeLinear<T>(linear, value);
  moveFrame(-(<i64>sizeof<T>()));
}

/** Push 2 or 4 bytes. */
export function pushSized(size: u32, value: u64): void {
  if (size == 4) framePush<u32>(<u32>value);
  else framePush<u16>(<u16>value);
}

/** Push 4 bytes on the stack in use, and move the stack pointer: the short way of PUSH. False if it has to be done the long way. */
export function pushedAtHand(value: u32): bool {
  const ss = segment(SS);
  if (!(load<u32>(ss, SEG_MARKS) & MARK_FLAT) || !(load<u32>(ss, SEG_ACCESS) & DEFAULT_BIG)) return false;
  const sp = load<u32>(REGS + RSP) - 4;
  const host = writableAtHand(sp, 4, false);
  if (!host) return false;
  store<u32>(host, value);
  store<u64>(REGS + RSP, <u64>sp);
  return true;
}

/** Host address of the `bytes` on top of the stack in use, if they lie in one page at hand and the stack is flat; else 0. */
export function frameAtHand(bytes: u32): usize {
  const ss = segment(SS);
  if (!(load<u32>(ss, SEG_MARKS) & MARK_FLAT) || !(load<u32>(ss, SEG_ACCESS) & DEFAULT_BIG)) return 0;
  return readableAtHand(load<u32>(REGS + RSP), bytes);
}
