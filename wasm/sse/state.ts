// What every MMX and SSE instruction asks first: may it run at all? And the MMX view of the x87 registers.
// SDM 3A "System Programming for Instruction Set Extensions", SDM 1 "Effect of MMX Instructions on x87 FPU Tag Word".
import { CR0, CR4, FPU_REGS, FPU_STATUS, FPU_TAGS, XMM } from "../abi/state";
import { raise, VECTOR_NM, VECTOR_UD } from "../cpu/fault";
import { noPendingError } from "../x87/instruction";

const CR0_EM: u32 = 1 << 2;
const CR0_TS: u32 = 1 << 3;
const CR4_OSFXSR: u32 = 1 << 9;
const STATUS_TOP: u32 = 7 << 11;

/** Two 16-byte cells for operands that come from memory or from an immediate. */
export const SCRATCH: usize = memory.data(32, 16);

/** True if an instruction on XMM registers may run; otherwise #UD or #NM is raised. */
export function sseReady(): bool {
  if (!(load<u32>(CR0) & (CR0_EM | CR0_TS)) && load<u32>(CR4) & CR4_OSFXSR) return true;
  raise(load<u32>(CR0) & CR0_EM || !(load<u32>(CR4) & CR4_OSFXSR) ? VECTOR_UD : VECTOR_NM);
  return false;
}

/** True if an instruction on MMX registers may run; otherwise #UD, #NM, or the #MF of an earlier x87 instruction is raised. */
export function mmxReady(): bool {
  if (!(load<u32>(CR0) & (CR0_EM | CR0_TS))) return noPendingError();
  raise(load<u32>(CR0) & CR0_EM ? VECTOR_UD : VECTOR_NM);
  return false;
}

/** The same for instructions that name registers of both files. */
export function mixedReady(): bool {
  return sseReady() && mmxReady();
}

/** Every MMX instruction but EMMS marks all x87 registers valid and sets TOP to 0. Call once nothing can fault any more. */
export function enterMmx(): void {
  store<u32>(FPU_TAGS, 0);
  store<u32>(FPU_STATUS, load<u32>(FPU_STATUS) & ~STATUS_TOP);
}

/** Host address of an MMX register. */
export function mmx(offset: i32): usize {
  return <usize>offset + FPU_REGS;
}

export function getMmx(offset: i32): u64 {
  return load<u64>(<usize>offset, FPU_REGS);
}

/** Write an MMX register: sign and exponent of the x87 register become ones. */
export function setMmx(offset: i32, value: u64): void {
  store<u64>(<usize>offset, value, FPU_REGS);
  store<u16>(<usize>offset + 8, 0xffff, FPU_REGS);
}

/** Host address of an XMM register. */
export function xmm(offset: i32): usize {
  return <usize>offset + XMM;
}

/** EMMS marks all x87 registers empty. */
export function emms(u: usize): void {
  if (!mmxReady()) return;
  enterMmx();
  store<u32>(FPU_TAGS, 0xffff);
}
