// Addition, subtraction and comparison: ADD ADC SUB SBB CMP NEG INC DEC XADD CMPXCHG CMPXCHG8B. SDM 2 under each name.
// LOCK needs nothing here: one processor, and no instruction is interrupted between its read and its write.
// Not here: CMPXCHG16B (long mode).
import { RAX, RBX, RCX, RDX } from "../abi/state";
import { U_DST, U_FLAGS, U_SRC, UF_DST_MEM } from "../abi/uop";
import { fault } from "../cpu/fault";
import { carry, changeArithmeticFlags, FLAG_C, FLAG_Z, flagsAdd, flagsBits, flagsSub } from "../cpu/flags";
import { peekDst, readDst, readMemForWrite, readSrc, writeDst, writeMem } from "../cpu/operand";
import { getReg, setReg } from "../cpu/state";
import { addBits, subBits } from "./alu";

export function add<T>(u: usize): void {
  const a = readDst<T>(u);
  if (fault) return;
  const b = readSrc<T>(u);
  if (fault) return;
  const r = <T>(a + b);
  writeDst<T>(u, r);
  if (!fault) flagsAdd<T>(a, r);
}

export function adc<T>(u: usize): void {
  const a = readDst<T>(u);
  if (fault) return;
  const b = readSrc<T>(u);
  if (fault) return;
  const r = <T>(a + b + <T>carry());
  writeDst<T>(u, r);
  if (!fault) flagsBits<T>(r, addBits<T>(a, b, r));
}

export function sub<T>(u: usize): void {
  const a = readDst<T>(u);
  if (fault) return;
  const b = readSrc<T>(u);
  if (fault) return;
  const r = <T>(a - b);
  writeDst<T>(u, r);
  if (!fault) flagsSub<T>(a, r);
}

export function sbb<T>(u: usize): void {
  const a = readDst<T>(u);
  if (fault) return;
  const b = readSrc<T>(u);
  if (fault) return;
  const r = <T>(a - b - <T>carry());
  writeDst<T>(u, r);
  if (!fault) flagsBits<T>(r, subBits<T>(a, b, r));
}

export function cmp<T>(u: usize): void {
  const a = peekDst<T>(u);
  if (fault) return;
  const b = readSrc<T>(u);
  if (!fault) flagsSub<T>(a, <T>(a - b));
}

export function neg<T>(u: usize): void {
  const a = readDst<T>(u);
  if (fault) return;
  const r = <T>(<T>0 - a);
  writeDst<T>(u, r);
  if (!fault) flagsSub<T>(<T>0, r);
}

export function inc<T>(u: usize): void {
  const a = readDst<T>(u);
  if (fault) return;
  const r = <T>(a + <T>1);
  writeDst<T>(u, r);
  if (!fault) flagsBits<T>(r, (addBits<T>(a, <T>1, r) & ~FLAG_C) | carry());
}

export function dec<T>(u: usize): void {
  const a = readDst<T>(u);
  if (fault) return;
  const r = <T>(a - <T>1);
  writeDst<T>(u, r);
  if (!fault) flagsBits<T>(r, (subBits<T>(a, <T>1, r) & ~FLAG_C) | carry());
}

export function xadd<T>(u: usize): void {
  const a = readDst<T>(u);
  if (fault) return;
  const r = <T>(a + getReg<T>(load<u8>(u, U_SRC)));
  // The sum goes first, for the source register may be part of the address; and it wins when both are one register.
  writeDst<T>(u, r);
  if (fault) return;
  const same = !(load<u8>(u, U_FLAGS) & UF_DST_MEM) && load<u8>(u, U_SRC) == load<u8>(u, U_DST);
  if (!same) setReg<T>(load<u8>(u, U_SRC), a);
  flagsAdd<T>(a, r);
}

export function cmpxchg<T>(u: usize): void {
  const a = readDst<T>(u);
  if (fault) return;
  const accumulator = getReg<T>(RAX);
  const equal = accumulator == a;
  // Memory is written in either case. SDM 2 "CMPXCHG": never a read cycle without a write.
  if (equal) writeDst<T>(u, getReg<T>(load<u8>(u, U_SRC)));
  else if (load<u8>(u, U_FLAGS) & UF_DST_MEM) writeMem<T>(u, a);
  if (fault) return;
  if (!equal) setReg<T>(RAX, a);
  flagsSub<T>(accumulator, <T>(accumulator - a));
}

export function cmpxchg8b(u: usize): void {
  const a = readMemForWrite<u64>(u);
  if (fault) return;
  const expected = ((<u64>getReg<u32>(RDX)) << 32) | <u64>getReg<u32>(RAX);
  const equal = expected == a;
  writeMem<u64>(u, equal ? ((<u64>getReg<u32>(RCX)) << 32) | <u64>getReg<u32>(RBX) : a);
  if (fault) return;
  if (!equal) {
    setReg<u32>(RAX, <u32>a);
    setReg<u32>(RDX, <u32>(a >> 32));
  }
  changeArithmeticFlags(FLAG_Z, equal ? FLAG_Z : 0);
}
