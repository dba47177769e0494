// Bit test and bit scan: BT BTS BTR BTC BSF BSR. SDM 2 under each name.
// Flags besides C (and Z of the scans) are undefined; they keep their values.
import { U_ASIZE, U_DST, U_FLAGS, U_IMM, U_SEG, U_SRC, UF_DST_MEM, UF_SRC_IMM } from "../abi/uop";
import { fault } from "../cpu/fault";
import { changeArithmeticFlags, FLAG_C, FLAG_Z, signExtend } from "../cpu/flags";
import { probeWrite, readLinear, writeLinear } from "../cpu/memory";
import { effectiveAddress, readSrc, segmentLinear, truncateAddress } from "../cpu/operand";
import { getReg, setReg } from "../cpu/state";
import { bitOf } from "./alu";

/** Bit offset: a signed register, or an immediate that is taken modulo the operand size. SDM 2 "BT". */
function bitOffset<T>(u: usize): i64 {
  if (load<u8>(u, U_FLAGS) & UF_SRC_IMM) return <i64>(load<i32>(u, U_IMM) & (sizeof<T>() * 8 - 1));
  return signExtend<T>(getReg<T>(load<u8>(u, U_SRC)));
}

/** Linear address of the operand-sized piece of the bit string that holds the bit. */
function pieceLinear<T>(u: usize, offset: i64, write: bool): u64 {
  const pieces = offset >> (sizeof<T>() == 2 ? 4 : sizeof<T>() == 4 ? 5 : 6);
  const address = truncateAddress(effectiveAddress(u) + <u64>pieces * sizeof<T>(), load<u8>(u, U_ASIZE));
  return segmentLinear(load<u8>(u, U_SEG), address, sizeof<T>(), write);
}

/** Replace the bit by (bit & keep) ^ flip, both 0 or 1, and put the old one in C. */
function changeBit<T>(u: usize, keep: u32, flip: u32): void {
  const offset = bitOffset<T>(u);
  const n = <u32>offset & (sizeof<T>() * 8 - 1);
  const mask = <T>((<u64>1) << n);
  const inMemory = (load<u8>(u, U_FLAGS) & UF_DST_MEM) != 0;
  let linear: u64 = 0;
  let value: T;
  if (inMemory) {
    linear = pieceLinear<T>(u, offset, true);
    if (!fault) probeWrite(linear, sizeof<T>());
    if (fault) return;
    value = readLinear<T>(linear);
    if (fault) return;
  } else value = getReg<T>(load<u8>(u, U_DST));
  let changed = value;
  if (!keep) changed = <T>(changed & ~mask);
  if (flip) changed = <T>(changed ^ mask);
  if (inMemory) {
    writeLinear<T>(linear, changed);
    if (fault) return;
  } else setReg<T>(load<u8>(u, U_DST), changed);
  changeArithmeticFlags(FLAG_C, bitOf<T>(value, n));
}

export function bt<T>(u: usize): void {
  const offset = bitOffset<T>(u);
  let value: T;
  if (load<u8>(u, U_FLAGS) & UF_DST_MEM) {
    const linear = pieceLinear<T>(u, offset, false);
    if (fault) return;
    value = readLinear<T>(linear);
    if (fault) return;
  } else value = getReg<T>(load<u8>(u, U_DST));
  changeArithmeticFlags(FLAG_C, bitOf<T>(value, <u32>offset & (sizeof<T>() * 8 - 1)));
}

export function bts<T>(u: usize): void {
  changeBit<T>(u, 0, 1);
}

export function btr<T>(u: usize): void {
  changeBit<T>(u, 0, 0);
}

export function btc<T>(u: usize): void {
  changeBit<T>(u, 1, 1);
}

/** A source of zero leaves the destination as it was: undefined in the manual, but what processors do. */
export function bsf<T>(u: usize): void {
  const value = <u64>readSrc<T>(u);
  if (fault) return;
  if (value) setReg<T>(load<u8>(u, U_DST), <T>ctz<u64>(value));
  changeArithmeticFlags(FLAG_Z, value ? 0 : FLAG_Z);
}

export function bsr<T>(u: usize): void {
  const value = <u64>readSrc<T>(u);
  if (fault) return;
  if (value) setReg<T>(load<u8>(u, U_DST), <T>(63 - clz<u64>(value)));
  changeArithmeticFlags(FLAG_Z, value ? 0 : FLAG_Z);
}
