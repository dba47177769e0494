// What the quick ways have in common. An instruction takes one when nothing can come of it but its result, PE and C1: the unit is
// available, no error is pending, operands and result are normal numbers or zeros, the registers are empty or not as they should be, and
// memory is a flat segment's and a hit in the TLB. Whatever rounds also wants rounding to nearest and the precision exception masked.
// All else goes the way through wasm/softfloat, which knows every case; where both can go, they give the same bits.
import { CR0, FPU_CONTROL, FPU_REGS, FPU_STATUS, FPU_TAGS, MARK_FLAT, MARK_WRITE, SEG_MARKS } from "../abi/state";
import { U_SEG } from "../abi/uop";
import { readableAtHand, writableAtHand } from "../cpu/memory";
import { segment, stepping } from "../cpu/state";
import { EX_PRECISION } from "../softfloat/environment";
import { CR0_EM, CR0_TS, recordInstruction } from "./instruction";
import { CW_ROUNDING, SW_C1, SW_ERROR, SW_TOP, SW_TOP_SHIFT, setStatusWord } from "./registers";

const SW_TOP_ONE: u32 = 1 << SW_TOP_SHIFT;
const EMPTY: u32 = 3;

/** Whether an instruction may begin: neither #NM nor an error pending. */
export function isReady(): bool {
  return ((load<u32>(CR0) & (CR0_EM | CR0_TS)) | (load<u32>(FPU_STATUS) & SW_ERROR)) == 0;
}

/** Whether it may begin and is to round to nearest, without anybody being told that a result is inexact. */
export function isReadyToRound(): bool {
  const control = (load<u32>(FPU_CONTROL) ^ EX_PRECISION) & (CW_ROUNDING | EX_PRECISION);
  return ((load<u32>(CR0) & (CR0_EM | CR0_TS)) | (load<u32>(FPU_STATUS) & SW_ERROR) | control) == 0;
}

/** Number of the register that is ST(i). */
export function slot(i: u32): u32 {
  return ((load<u32>(FPU_STATUS) >> SW_TOP_SHIFT) + i) & 7;
}

export function slotAddress(n: u32): usize {
  return <usize>FPU_REGS + ((<usize>n) << 4);
}

export function isSlotEmpty(n: u32): bool {
  return ((load<u32>(FPU_TAGS) >> (n * 2)) & EMPTY) == EMPTY;
}

export function setFull(n: u32): void {
  store<u64>(FPU_TAGS, <u64>(load<u32>(FPU_TAGS) & ~(EMPTY << (n * 2))));
}

/** Write a register, whose tag is none of our business. */
export function put(at: usize, sig: u64, signExponent: u32): void {
  store<u64>(at, sig);
  store<u64>(at, <u64>signExponent, 8);
}

/** End of an instruction: what it found goes to the status word. */
export function settle(u: usize, status: u32): void {
  recordInstruction(u);
  setStatusWord((load<u32>(FPU_STATUS) & ~SW_C1) | status);
}

/** The same, then pop. */
export function settlePop(u: usize, status: u32): void {
  recordInstruction(u);
  const sw = load<u32>(FPU_STATUS);
  store<u64>(FPU_TAGS, <u64>(load<u32>(FPU_TAGS) | (EMPTY << (((sw & SW_TOP) >> SW_TOP_SHIFT) * 2))));
  setStatusWord((sw & ~(SW_C1 | SW_TOP)) | ((sw + SW_TOP_ONE) & SW_TOP) | status);
}

/** Push, if there is room for it. Whether there was. */
export function pushIfRoom(u: usize, sig: u64, signExponent: u32): bool {
  const sw = load<u32>(FPU_STATUS);
  const top = (sw - SW_TOP_ONE) & SW_TOP;
  const n = top >> SW_TOP_SHIFT;
  const tags = load<u32>(FPU_TAGS) ^ (EMPTY << (n * 2));
  if ((tags >> (n * 2)) & EMPTY) return false;
  put(slotAddress(n), sig, signExponent);
  store<u64>(FPU_TAGS, <u64>tags);
  setStatusWord((sw & ~(SW_C1 | SW_TOP)) | top);
  recordInstruction(u);
  return true;
}

/** Host address of the memory operand, `size` bytes at `offset` in its segment, or 0 where that takes more than a look. */
export function hostForRead(u: usize, offset: u32, size: u32): usize {
  if (stepping || !(load<u32>(segment(load<u8>(u, U_SEG)), SEG_MARKS) & MARK_FLAT)) return 0;
  return readableAtHand(offset, size);
}

export function hostForWrite(u: usize, offset: u32, size: u32): usize {
  const marks = load<u32>(segment(load<u8>(u, U_SEG)), SEG_MARKS);
  if (stepping || (marks & (MARK_FLAT | MARK_WRITE)) != (MARK_FLAT | MARK_WRITE)) return 0;
  return writableAtHand(offset, size, false);
}
