// MXCSR: the environment of SSE floating point, and what becomes of the exceptions an instruction found.
// SDM 1 "MXCSR Control and Status Register", "SIMD Floating-Point Exception Conditions".
import { CR4, MXCSR } from "../abi/state";
import { fault, raise, raiseCode, VECTOR_GP, VECTOR_UD, VECTOR_XM } from "../cpu/fault";
import { readMem, writeMem } from "../cpu/operand";
import { clearExceptions, EX_BEFORE, exceptions, setDenormals, setRounding, setUnmasked, unmasked } from "../softfloat/environment";
import { sseReady } from "./state";

const PRECISION: u32 = 1 << 5;
const DAZ: u32 = 1 << 6;
const MASKS_SHIFT: u32 = 7;
const UNDERFLOW_MASK: u32 = 1 << 11;
const PRECISION_MASK: u32 = 1 << 12;
const ROUNDING_SHIFT: u32 = 13;
const ROUNDING: u32 = 3 << 13;
const FTZ: u32 = 1 << 15;
/** Bits that exist, MXCSR_MASK of FXSAVE: writing others is #GP(0). */
const MXCSR_MASK: u32 = 0xffff;
const CR4_OSXMMEXCPT: u32 = 1 << 10;

/** An inexact result leaves no trace that is not there already. */
export function inexactIsSilent(): bool {
  return (load<u32>(MXCSR) & (PRECISION | PRECISION_MASK)) == (PRECISION | PRECISION_MASK);
}

export function roundsToNearest(): bool {
  return (load<u32>(MXCSR) & ROUNDING) == 0;
}

/** Inexact results are silent, and wasm rounds as MXCSR says. */
export function nativeRounding(): bool {
  return (load<u32>(MXCSR) & (PRECISION | PRECISION_MASK | ROUNDING)) == (PRECISION | PRECISION_MASK);
}

/** The same, and an exact tiny result is stored as it is. */
export function nativeSums(): bool {
  const mask = PRECISION | PRECISION_MASK | ROUNDING | UNDERFLOW_MASK | FTZ;
  return (load<u32>(MXCSR) & mask) == (PRECISION | PRECISION_MASK | UNDERFLOW_MASK);
}

/** Set up the software floating point for one instruction. */
export function beginSoft(): void {
  const mxcsr = load<u32>(MXCSR);
  setRounding((mxcsr & ROUNDING) >> ROUNDING_SHIFT);
  setUnmasked(~(mxcsr >> MASKS_SHIFT) & 0x3f);
  setDenormals((mxcsr & DAZ) != 0, (mxcsr & FTZ) != 0);
  clearExceptions();
}

/**
 * Record the exceptions of all elements, and true if the destination may be written. When one that is found before computing is
 * unmasked, nothing is computed, and so the others are not recorded.
 */
export function endSoft(): bool {
  let found = exceptions;
  if (found & unmasked & EX_BEFORE) found &= EX_BEFORE;
  store<u32>(MXCSR, load<u32>(MXCSR) | found);
  if (!(found & unmasked)) return true;
  raise(load<u32>(CR4) & CR4_OSXMMEXCPT ? VECTOR_XM : VECTOR_UD);
  return false;
}

export function ldmxcsr(u: usize): void {
  if (!sseReady()) return;
  const value = readMem<u32>(u);
  if (fault) return;
  if (value & ~MXCSR_MASK) raiseCode(VECTOR_GP, 0);
  else store<u32>(MXCSR, value);
}

export function stmxcsr(u: usize): void {
  if (sseReady()) writeMem<u32>(u, load<u32>(MXCSR));
}
