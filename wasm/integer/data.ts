// Moving, exchanging and converting data: MOV MOVNTI XCHG LEA MOVZX MOVSX MOVSXD CMOVcc SETcc BSWAP XLAT CBW CWD and their wider forms.
// Not here: moves of segment, control and debug registers (system).
import { RAX, RBX, RDX } from "../abi/state";
import { U_ASIZE, U_DST, U_IMM, U_IMM2, U_SEG, U_SRC } from "../abi/uop";
import { fault } from "../cpu/fault";
import { carry, condition, signExtend } from "../cpu/flags";
import { readLinear } from "../cpu/memory";
import { effectiveAddress, readDst, readSrc, segmentLinear, truncateAddress, writeDst } from "../cpu/operand";
import { getReg, setReg } from "../cpu/state";

export function mov<T>(u: usize): void {
  const value = readSrc<T>(u);
  if (!fault) writeDst<T>(u, value);
}

/** MOV of an immediate as wide as the register, 64 bits included. */
export function movImm<T>(u: usize): void {
  const value = <u64>load<u32>(u, U_IMM) | ((<u64>load<u32>(u, U_IMM2)) << 32);
  setReg<T>(load<u8>(u, U_DST), <T>value);
}

export function xchg<T>(u: usize): void {
  const a = readDst<T>(u);
  if (fault) return;
  const source = load<u8>(u, U_SRC);
  writeDst<T>(u, getReg<T>(source));
  if (!fault) setReg<T>(source, a);
}

export function lea<T>(u: usize): void {
  setReg<T>(load<u8>(u, U_DST), <T>effectiveAddress(u));
}

export function movzx8<T>(u: usize): void {
  const value = readSrc<u8>(u);
  if (!fault) setReg<T>(load<u8>(u, U_DST), <T>value);
}

export function movzx16<T>(u: usize): void {
  const value = readSrc<u16>(u);
  if (!fault) setReg<T>(load<u8>(u, U_DST), <T>value);
}

export function movsx8<T>(u: usize): void {
  const value = readSrc<u8>(u);
  if (!fault) setReg<T>(load<u8>(u, U_DST), <T>signExtend<u8>(value));
}

export function movsx16<T>(u: usize): void {
  const value = readSrc<u16>(u);
  if (!fault) setReg<T>(load<u8>(u, U_DST), <T>signExtend<u16>(value));
}

export function movsx32<T>(u: usize): void {
  const value = readSrc<u32>(u);
  if (!fault) setReg<T>(load<u8>(u, U_DST), <T>signExtend<u32>(value));
}

/** The source is read, and may fault, even if the condition is false. A false condition still clears bits 63-32 of a 32-bit register. */
export function cmovcc<T>(u: usize): void {
  const value = readSrc<T>(u);
  if (fault) return;
  const destination = load<u8>(u, U_DST);
  setReg<T>(destination, condition(load<u32>(u, U_IMM2)) ? value : getReg<T>(destination));
}

export function setcc(u: usize): void {
  writeDst<u8>(u, <u8>condition(load<u32>(u, U_IMM2)));
}

export function bswap<T>(u: usize): void {
  const register = load<u8>(u, U_DST);
  // The manual leaves 16 bits undefined; processors clear them.
  if (sizeof<T>() == 2) setReg<u16>(register, 0);
  else setReg<T>(register, bswapValue<T>(getReg<T>(register)));
}

function bswapValue<T>(v: T): T {
  if (sizeof<T>() == 8) {
    const x = <u64>v;
    return <T>(((<u64>bswapValue<u32>(<u32>x)) << 32) | <u64>bswapValue<u32>(<u32>(x >> 32)));
  }
  const x = <u32>v;
  return <T>((x << 24) | ((x & 0xff00) << 8) | ((x >> 8) & 0xff00) | (x >> 24));
}

export function xlat(u: usize): void {
  const offset = truncateAddress(getReg<u64>(RBX) + <u64>getReg<u8>(RAX), load<u8>(u, U_ASIZE));
  const linear = segmentLinear(load<u8>(u, U_SEG), offset, 1, false);
  if (fault) return;
  const value = readLinear<u8>(linear);
  if (!fault) setReg<u8>(RAX, value);
}

/** Not in the manual; every processor has it outside 64-bit mode. */
export function salc(u: usize): void {
  setReg<u8>(RAX, carry() ? 0xff : 0);
}

/** CBW, CWDE, CDQE. */
export function cbw<T>(u: usize): void {
  if (sizeof<T>() == 2) setReg<u16>(RAX, <u16>signExtend<u8>(getReg<u8>(RAX)));
  else if (sizeof<T>() == 4) setReg<u32>(RAX, <u32>signExtend<u16>(getReg<u16>(RAX)));
  else setReg<u64>(RAX, <u64>signExtend<u32>(getReg<u32>(RAX)));
}

/** CWD, CDQ, CQO. */
export function cwd<T>(u: usize): void {
  setReg<T>(RDX, <T>(signExtend<T>(getReg<T>(RAX)) >> 63));
}

/** NOP, and the hints that need no action: PAUSE, PREFETCHh and the reserved ones. A memory operand is not touched. */
export function nop(u: usize): void {}
