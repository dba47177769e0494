// The x87 register stack: TOP, tags and the eight registers. SDM 1 "x87 FPU Data Registers", "x87 FPU Tag Word".
// Tags are kept as empty (3) or not (0); environment.ts works out the other values when it stores them.
import { FPU_CONTROL, FPU_REGS, FPU_STATUS, FPU_TAGS } from "../abi/state";
import { secondOperand, unpackF80 } from "../softfloat/number";

export const SW_STACK_FAULT: u32 = 0x40;
export const SW_ERROR: u32 = 0x80;
export const SW_C0: u32 = 0x100;
export const SW_C1_SHIFT: u32 = 9;
export const SW_C1: u32 = 1 << SW_C1_SHIFT;
export const SW_C2: u32 = 0x400;
export const SW_C3: u32 = 0x4000;
export const SW_CONDITIONS: u32 = SW_C0 | SW_C1 | SW_C2 | SW_C3;
export const SW_TOP: u32 = 0x3800;
export const SW_TOP_SHIFT: u32 = 11;
export const SW_BUSY: u32 = 0x8000;
/** PE. */
export const SW_PRECISION_SHIFT: u32 = 5;
/** The six numeric exceptions of status and control word. */
export const SW_EXCEPTIONS: u32 = 0x3f;

/** Rounding control and precision control of the control word. */
export const CW_ROUNDING: u32 = 0xc00;
export const CW_PRECISION: u32 = 0x300;
export const PRECISION_SINGLE: u32 = 0;
export const PRECISION_DOUBLE: u32 = 0x200;

/** Sign and biased exponent of a register: bits 64 to 79. */
export const SE_SIGN: u32 = 0x8000;
export const SE_EXPONENT: u32 = 0x7fff;

export const ALL_EMPTY: u32 = 0xffff;

export function controlWord(): u32 {
  return load<u16>(FPU_CONTROL);
}

/** Rounding mode, ROUND_* of softfloat, by a control word. */
export function roundingOf(control: u32): i32 {
  return <i32>(control >> 10) & 3;
}

export function statusWord(): u32 {
  return load<u16>(FPU_STATUS);
}

export function setStatusWord(value: u32): void {
  store<u64>(FPU_STATUS, <u64>value);
}

/** Replace the bits of the status word that `mask` names. */
export function changeStatus(mask: u32, bits: u32): void {
  setStatusWord((statusWord() & ~mask) | bits);
}

export function stackTop(): u32 {
  return (statusWord() >> SW_TOP_SHIFT) & 7;
}

function setStackTop(n: u32): void {
  changeStatus(SW_TOP, (n & 7) << SW_TOP_SHIFT);
}

/** Physical number of ST(i). */
function physical(i: u32): u32 {
  return (stackTop() + i) & 7;
}

/** Address of ST(i): significand, then sign and exponent 8 bytes on. */
export function stAddress(i: u32): usize {
  return <usize>FPU_REGS + ((<usize>physical(i)) << 4);
}

export function isEmpty(i: u32): bool {
  return ((load<u32>(FPU_TAGS) >> (physical(i) * 2)) & 3) == 3;
}

export function setEmpty(i: u32): void {
  store<u64>(FPU_TAGS, <u64>(load<u32>(FPU_TAGS) | (3 << (physical(i) * 2))));
}

/** Write ST(i) and tag it as not empty. */
export function writeSt(i: u32, sig: u64, signExponent: u32): void {
  const at = stAddress(i);
  store<u64>(at, sig);
  store<u64>(at, <u64>signExponent, 8);
  store<u64>(FPU_TAGS, <u64>(load<u32>(FPU_TAGS) & ~(3 << (physical(i) * 2))));
}

/** Make ST(7) the new top; the caller writes it. */
export function decrementTop(): void {
  setStackTop(stackTop() - 1);
}

export function incrementTop(): void {
  setStackTop(stackTop() + 1);
}

export function popStack(): void {
  setEmpty(0);
  incrementTop();
}

/** x := ST(i). */
export function loadX(i: u32): void {
  const at = stAddress(i);
  unpackF80(load<u64>(at), load<u16>(at, 8));
}

/** y := ST(i); x is overwritten. */
export function loadY(i: u32): void {
  loadX(i);
  secondOperand();
}
