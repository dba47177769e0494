// What every x87 instruction does before and after its own work: #NM and #MF, the last-instruction pointers, and the delivery of
// exceptions into the status word. SDM 1 "x87 FPU Exception Handling", "Instruction and Data (Operand) Pointers".
//
// With CR0.NE = 0 an error is not #MF: the next waiting instruction tells the host (FERR#, which a PC wires to IRQ 13). The processor
// behaves as if IGNNE# were asserted: it does not freeze there until the interrupt arrives, but completes that instruction first.
import { CR0, CS, FPU_CS, FPU_DP, FPU_DS, FPU_IP, FPU_OPCODE, SEG_SELECTOR } from "../abi/state";
import { VMEXIT_FERR_FREEZE } from "../abi/svm";
import { U_FLAGS, U_IMM2, U_SEG, UF_DST_MEM, UF_SRC_MEM } from "../abi/uop";
import { needStep, raise, raiseExit, VECTOR_MF, VECTOR_NM } from "../cpu/fault";
import { effectiveAddress, readMem } from "../cpu/operand";
import { currentRip, segment, stepping } from "../cpu/state";
import { floatingPointError } from "../host";
import {
  clearExceptions,
  EX_BEFORE,
  EX_INVALID,
  exceptions,
  report,
  roundedUp,
  setDenormals,
  setRounding,
  setUnmasked,
  unmasked,
} from "../softfloat/environment";
import { f80Exp, f80Sig, INDEFINITE_EXP, packF80 } from "../softfloat/f80";
import { INDEFINITE, unpackF32, unpackF64, unpackInteger } from "../softfloat/number";
import { isIntercepted, setExit } from "../system/svm/intercept";
import {
  CW_PRECISION,
  changeStatus,
  controlWord,
  decrementTop,
  isEmpty,
  PRECISION_DOUBLE,
  PRECISION_SINGLE,
  roundingOf,
  SW_BUSY,
  SW_C1,
  SW_ERROR,
  SW_EXCEPTIONS,
  SW_STACK_FAULT,
  statusWord,
  writeSt,
} from "./registers";

const CR0_MP: u32 = 2;
export const CR0_EM: u32 = 4;
export const CR0_TS: u32 = 8;
const CR0_NE: u32 = 0x20;

/** Whether an instruction that uses the x87 unit may run: #NM else. */
export function available(): bool {
  if ((load<u32>(CR0) & (CR0_EM | CR0_TS)) == 0) return true;
  raise(VECTOR_NM);
  return false;
}

/** A waiting instruction (x87, MMX) delivers the error an earlier one left. Whether the instruction may run. */
export function noPendingError(): bool {
  if ((statusWord() & SW_ERROR) == 0) return true;
  if (load<u32>(CR0) & CR0_NE) {
    raise(VECTOR_MF);
    return false;
  }
  // The host hears of it when this instruction runs by itself, so that IRQ 13 can follow it at once.
  if (!stepping) {
    needStep();
    return false;
  }
  if (isIntercepted(VMEXIT_FERR_FREEZE)) {
    setExit(VMEXIT_FERR_FREEZE, 0, 0, 0);
    raiseExit();
    return false;
  }
  floatingPointError();
  return true;
}

/** FWAIT: #NM only if CR0.MP and CR0.TS are both set. */
export function fwait(u: usize): void {
  if ((load<u32>(CR0) & (CR0_MP | CR0_TS)) == (CR0_MP | CR0_TS)) raise(VECTOR_NM);
  else noPendingError();
}

/** Start of a waiting control instruction. */
export function beginControl(): bool {
  return available() && noPendingError();
}

/** Start of any other waiting instruction: the environment for the arithmetic is set too. */
export function begin(): bool {
  if (!beginControl()) return false;
  const cw = controlWord();
  setRounding(roundingOf(cw));
  setUnmasked(~cw & SW_EXCEPTIONS);
  setDenormals(false, false);
  clearExceptions();
  return true;
}

/** Significand bits of results by precision control (24, 53, 64); the reserved encoding 1 acts as 64. */
export function precision(): i32 {
  const pc = controlWord() & CW_PRECISION;
  return pc == PRECISION_SINGLE ? 24 : pc == PRECISION_DOUBLE ? 53 : 64;
}

/** Set or clear ES and B after the exceptions or the masks changed. */
export function updateError(): void {
  const pending = statusWord() & ~controlWord() & SW_EXCEPTIONS;
  changeStatus(SW_ERROR | SW_BUSY, pending ? SW_ERROR | SW_BUSY : 0);
}

/** x := the operand in memory: f32, f64 or an integer. It may fault. */
export function unpackMemory<T>(u: usize): void {
  if (isInteger<T>()) unpackInteger(<i64>readMem<T>(u));
  else if (sizeof<T>() == 4) unpackF32(readMem<u32>(u));
  else unpackF64(readMem<u64>(u));
}

/** Record this instruction as the last one that was not a control instruction. */
export function recordInstruction(u: usize): void {
  store<u64>(FPU_OPCODE, <u64>(load<u32>(u, U_IMM2) & 0x7ff));
  store<u64>(FPU_IP, currentRip(u));
  store<u64>(FPU_CS, <u64>load<u16>(segment(CS), SEG_SELECTOR));
}

/** Record its memory operand, which lies at `offset` in its segment. */
export function recordOperand(u: usize, offset: u64): void {
  store<u64>(FPU_DP, offset);
  store<u64>(FPU_DS, <u64>load<u16>(segment(load<u8>(u, U_SEG)), SEG_SELECTOR));
}

function recordPointers(u: usize): void {
  recordInstruction(u);
  if (load<u8>(u, U_FLAGS) & (UF_SRC_MEM | UF_DST_MEM)) recordOperand(u, effectiveAddress(u));
}

/** Enter what was reported into the status word, all but C1. False if an unmasked exception forbids the result. */
export function completeKeepingC1(u: usize): bool {
  recordPointers(u);
  let found = exceptions;
  const stop = (found & unmasked & EX_BEFORE) != 0;
  if (stop) found &= EX_BEFORE;
  changeStatus(0, found & unmasked ? found | SW_ERROR | SW_BUSY : found);
  return !stop;
}

/**
 * Enter what was reported into the status word; C1 tells whether the result was rounded up. False if an unmasked exception forbids
 * the result: then registers and memory stay as they are.
 */
export function complete(u: usize): bool {
  const go = completeKeepingC1(u);
  changeStatus(SW_C1, roundedUp && go ? SW_C1 : 0);
  return go;
}

/** Stack underflow (C1 = 0) or overflow (C1 = 1): true if masked, and the instruction goes on with an indefinite result. */
export function stackFault(u: usize, overflowed: bool): bool {
  clearExceptions();
  report(EX_INVALID);
  const masked = complete(u);
  changeStatus(SW_C1, SW_STACK_FAULT | (overflowed ? SW_C1 : 0));
  return masked;
}

/** Stack underflow of an instruction whose destination is ST(i): indefinite if masked. */
export function underflowTo(u: usize, i: u32): bool {
  if (!stackFault(u, false)) return false;
  writeSt(i, INDEFINITE, INDEFINITE_EXP);
  return true;
}

/** Round z to `bits` of precision and write it to ST(i). Whether it was written. */
export function finish(u: usize, i: u32, bits: i32): bool {
  packF80(bits);
  if (!complete(u)) return false;
  writeSt(i, f80Sig, f80Exp);
  return true;
}

/** Whether there is room for a push; if not, the stack fault is done, with indefinite pushed if masked. */
export function roomToPush(u: usize): bool {
  if (isEmpty(7)) return true;
  if (stackFault(u, true)) push(INDEFINITE, INDEFINITE_EXP);
  return false;
}

export function push(sig: u64, signExponent: u32): void {
  decrementTop();
  writeSt(0, sig, signExponent);
}

/** End of an instruction without numeric result or exceptions: C1 := 0. */
export function completeQuietly(u: usize): void {
  recordPointers(u);
  changeStatus(SW_C1, 0);
}
