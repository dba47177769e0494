// Operands of a micro-op, for exec functions: effective addresses, segment checks, and the source and destination whatever they are.
//
// Pattern of an exec function:
//   export function add<T>(u: usize): void {
//     const a = readDst<T>(u);          // for a memory destination this also checks that the write will succeed
//     if (fault) return;
//     const b = readSrc<T>(u);
//     if (fault) return;
//     const r = <T>(a + b);
//     writeDst<T>(u, r);
//     if (fault) return;
//     flagsAdd<T>(a, r);
//   }
import {
  MARK_EXPAND_DOWN,
  MARK_FLAT,
  MARK_READ,
  MARK_USABLE,
  MARK_WRITE,
  REGS,
  SEG_ACCESS,
  SEG_BASE,
  SEG_LIMIT,
  SEG_MARKS,
  SS,
} from "../abi/state";
import {
  U_ASIZE,
  U_BASE,
  U_DISP,
  U_DST,
  U_FLAGS,
  U_IMM,
  U_INDEX,
  U_SCALE,
  U_SEG,
  U_SRC,
  UF_DST_MEM,
  UF_SRC_IMM,
  UF_SRC_MEM,
} from "../abi/uop";
import { fault, raiseCode, VECTOR_GP, VECTOR_SS } from "./fault";
import { checkAlignment, probeWrite, readForWrite, readLinear, writeLinear } from "./memory";
import { getReg, segment, setReg } from "./state";

const ACCESS_DEFAULT_BIG: u32 = 1 << 14;

/** Truncate an offset to the instruction's address size (2, 4 or 8 bytes). */
export function truncateAddress(offset: u64, addressSize: i32): u64 {
  return addressSize == 4 ? offset & 0xffffffff : addressSize == 2 ? offset & 0xffff : offset;
}

/** Effective address (offset in its segment) of the memory operand. */
export function effectiveAddress(u: usize): u64 {
  const base = load<u64>(<usize>load<u8>(u, U_BASE), REGS);
  const index = load<u64>(<usize>load<u8>(u, U_INDEX), REGS) << load<u8>(u, U_SCALE);
  return truncateAddress(base + index + <i64>load<i32>(u, U_DISP), load<u8>(u, U_ASIZE));
}

/**
 * Linear address of `size` bytes at `offset` in segment `seg`, after the checks of type and limit. Raises #GP(0), or #SS(0) for SS.
 * SDM 3A "Limit Checking", "Type Checking".
 */
export function segmentLinear(seg: i32, offset: u64, size: u32, write: bool): u64 {
  const s = segment(seg);
  const marks = load<u32>(s, SEG_MARKS);
  if (marks & MARK_FLAT && (!write || marks & MARK_WRITE)) return offset & 0xffffffff;
  const wanted: u32 = write ? MARK_USABLE | MARK_WRITE : MARK_USABLE | MARK_READ;
  let ok = (marks & wanted) == wanted;
  if (ok) {
    const limit = <u64>load<u32>(s, SEG_LIMIT);
    const last = offset + size - 1;
    if (marks & MARK_EXPAND_DOWN) {
      const top: u64 = load<u32>(s, SEG_ACCESS) & ACCESS_DEFAULT_BIG ? 0xffffffff : 0xffff;
      ok = offset > limit && last <= top;
    } else ok = last <= limit;
  }
  if (!ok) {
    raiseCode(seg == SS ? VECTOR_SS : VECTOR_GP, 0);
    return 0;
  }
  return (load<u64>(s, SEG_BASE) + offset) & 0xffffffff;
}

/** Linear address of the memory operand, checked for `size` bytes. */
export function operandLinear(u: usize, size: u32, write: bool): u64 {
  return segmentLinear(load<u8>(u, U_SEG), effectiveAddress(u), size, write);
}

/** Read the memory operand. */
export function readMem<T>(u: usize): T {
  const linear = operandLinear(u, sizeof<T>(), false);
  if (fault) return <T>0;
  return readLinear<T>(linear);
}

/** Read the memory operand at a byte displacement from its start (far pointers, descriptors, FPU images). */
export function readMemAt<T>(u: usize, delta: u32): T {
  const offset = truncateAddress(effectiveAddress(u) + delta, load<u8>(u, U_ASIZE));
  const linear = segmentLinear(load<u8>(u, U_SEG), offset, sizeof<T>(), false);
  if (fault) return <T>0;
  return readLinear<T>(linear);
}

/** Write the memory operand. */
export function writeMem<T>(u: usize, value: T): void {
  const linear = operandLinear(u, sizeof<T>(), true);
  if (fault) return;
  writeLinear<T>(linear, value);
}

export function writeMemAt<T>(u: usize, delta: u32, value: T): void {
  const offset = truncateAddress(effectiveAddress(u) + delta, load<u8>(u, U_ASIZE));
  const linear = segmentLinear(load<u8>(u, U_SEG), offset, sizeof<T>(), true);
  if (fault) return;
  writeLinear<T>(linear, value);
}

/** Raise now what writing `size` bytes at the memory operand would raise. */
export function probeMem(u: usize, size: u32, alignment: u32 = 1): void {
  const linear = operandLinear(u, size, true);
  if (!fault) probeWrite(linear, size);
  if (!fault) checkAlignment(linear, alignment);
}

/** Read a memory operand that will be written: the write is checked first, as the processor does for read-modify-write. */
export function readMemForWrite<T>(u: usize): T {
  const linear = operandLinear(u, sizeof<T>(), true);
  if (fault) return <T>0;
  return readForWrite<T>(linear);
}

/** Destination of a read-modify-write: register or memory. */
export function readDst<T>(u: usize): T {
  if (load<u8>(u, U_FLAGS) & UF_DST_MEM) return readMemForWrite<T>(u);
  return getReg<T>(load<u8>(u, U_DST));
}

/** Destination that is only compared (CMP, TEST, BT). */
export function peekDst<T>(u: usize): T {
  if (load<u8>(u, U_FLAGS) & UF_DST_MEM) return readMem<T>(u);
  return getReg<T>(load<u8>(u, U_DST));
}

export function writeDst<T>(u: usize, value: T): void {
  if (load<u8>(u, U_FLAGS) & UF_DST_MEM) writeMem<T>(u, value);
  else setReg<T>(load<u8>(u, U_DST), value);
}

/** Source: register, memory or immediate. */
export function readSrc<T>(u: usize): T {
  const flags = load<u8>(u, U_FLAGS);
  if (flags & UF_SRC_MEM) return readMem<T>(u);
  if (flags & UF_SRC_IMM) return <T>load<i32>(u, U_IMM);
  return getReg<T>(load<u8>(u, U_SRC));
}
