// Operands of MMX and SSE instructions. Sources are handed out as host addresses: of the register, of guest RAM, or of a copy in
// SCRATCH; 0 means that the instruction has faulted (and a source function has asked sseReady() or mmxReady() first).
//
// Pattern of an exec function:
//   export function paddb(u: usize): void {
//     const s = source(u);
//     if (s) put(u, i8x16.add(get(u), v128.load(s)));
//   }
// source, get and put serve instructions that exist for MMX (U_SIZE 8) and for XMM registers (U_SIZE 16): lanes 8-15 of an MMX
// operand hold anything.
import { FPU_REGS, XMM } from "../abi/state";
import { U_DST, U_FLAGS, U_IMM, U_SIZE, U_SRC, UF_SRC_IMM, UF_SRC_MEM } from "../abi/uop";
import { fault } from "../cpu/fault";
import { readMem } from "../cpu/operand";
import { readMem128, readMemScalar } from "./memory";
import { enterMmx, mmx, mmxReady, SCRATCH, setMmx, sseReady, xmm } from "./state";

/** The instruction works on XMM registers, not on MMX registers. */
export function isXmm(u: usize): bool {
  return load<u8>(u, U_SIZE) == 16;
}

export function isMemory(u: usize): bool {
  return (load<u8>(u, U_FLAGS) & UF_SRC_MEM) != 0;
}

/** The immediate byte of shuffles, inserts, shifts and comparisons. */
export function immediate(u: usize): i32 {
  return load<u8>(u, U_IMM);
}

/** XMM register, or 16 aligned bytes. */
export function source128(u: usize): usize {
  if (!sseReady()) return 0;
  return isMemory(u) ? readMem128(u, true) : xmm(load<u8>(u, U_SRC));
}

/** XMM register, or memory of sizeof<T>() bytes. */
export function sourceScalar<T>(u: usize): usize {
  if (!sseReady()) return 0;
  return isMemory(u) ? readMemScalar<T>(u) : xmm(load<u8>(u, U_SRC));
}

/** MMX register, or memory of sizeof<T>() bytes: 16 bytes may be loaded there. */
export function sourceMmx<T>(u: usize): usize {
  if (!mmxReady()) return 0;
  let s = mmx(load<u8>(u, U_SRC));
  if (isMemory(u)) {
    const value = readMem<T>(u);
    if (fault) return 0;
    s = SCRATCH;
    store<T>(s, value);
  }
  enterMmx();
  return s;
}

/** Full-width source of an instruction with an MMX and an XMM form. */
export function source(u: usize): usize {
  return isXmm(u) ? source128(u) : sourceMmx<u64>(u);
}

/** True if the instruction may run; nothing has changed yet. */
export function allowed(u: usize): bool {
  return isXmm(u) ? sseReady() : mmxReady();
}

/** True if an instruction that cannot fault any more may run. */
export function ready(u: usize): bool {
  if (!allowed(u)) return false;
  if (!isXmm(u)) enterMmx();
  return true;
}

/** Shift count: the low 64 bits of the source, or the immediate byte; 255 for any larger one, -1 after a fault. */
export function shiftCount(u: usize): i32 {
  if (load<u8>(u, U_FLAGS) & UF_SRC_IMM) return ready(u) ? immediate(u) : -1;
  const s = source(u);
  if (!s) return -1;
  const count = load<u64>(s);
  return count > 255 ? 255 : <i32>count;
}

/** The destination register before the instruction. */
export function get(u: usize): v128 {
  const d = <usize>load<u8>(u, U_DST);
  return isXmm(u) ? v128.load(d, XMM) : v128.load64_zero(d, FPU_REGS);
}

export function put(u: usize, value: v128): void {
  if (isXmm(u)) putXmm(u, value);
  else setMmx(load<u8>(u, U_DST), <u64>i64x2.extract_lane(value, 0));
}

export function getXmm(u: usize): v128 {
  return v128.load(<usize>load<u8>(u, U_DST), XMM);
}

export function putXmm(u: usize, value: v128): void {
  v128.store(<usize>load<u8>(u, U_DST), value, XMM);
}

/** The low element of the destination XMM register; put leaves the others as they are. */
export function getScalar<T>(u: usize): T {
  return load<T>(<usize>load<u8>(u, U_DST), XMM);
}

export function putScalar<T>(u: usize, value: T): void {
  store<T>(<usize>load<u8>(u, U_DST), value, XMM);
}
