// FLD, FILD, FBLD and the constants: what pushes on the register stack. SDM 1 "Data Transfer Instructions", "Load
// Constant Instructions".
import { U_SRC } from "../abi/uop";
import { fault } from "../cpu/fault";
import { effectiveAddress, readMem, readMemAt } from "../cpu/operand";
import { f80Exp, f80Sig, INDEFINITE_EXP, packF80, specialX } from "../softfloat/f80";
import { copyX, INDEFINITE, reportDenormalX, setInteger, unpackF32, unpackF64 } from "../softfloat/number";
import { roundsUp } from "../softfloat/round";
import { begin, complete, completeQuietly, push, recordOperand, roomToPush, stackFault } from "./instruction";
import { hostForRead, isReady, isSlotEmpty, pushIfRoom, slot, slotAddress } from "./quick";
import { isPlain, signExponentOf, significandOf } from "./quick-number";
import { isEmpty } from "./registers";

/** Push x, read from memory as single or double precision. A denormal is pushed even if that exception is not masked. */
function pushX(u: usize): void {
  if (fault || !roomToPush(u)) return;
  const special = specialX();
  if (!special) {
    reportDenormalX();
    copyX();
  }
  packF80(64);
  if (complete(u) || !special) push(f80Sig, f80Exp);
}

/** The quick way of pushing the T in memory. */
function quickLoad<T>(u: usize): bool {
  if (!isReady()) return false;
  const offset = <u32>effectiveAddress(u);
  const host = hostForRead(u, offset, sizeof<T>());
  if (!host || !isPlain<T>(host) || !pushIfRoom(u, significandOf<T>(host), signExponentOf<T>(host))) return false;
  recordOperand(u, offset);
  return true;
}

export function fldMem32(u: usize): void {
  if (quickLoad<f32>(u) || !begin()) return;
  unpackF32(readMem<u32>(u));
  pushX(u);
}

export function fldMem64(u: usize): void {
  if (quickLoad<f64>(u) || !begin()) return;
  unpackF64(readMem<u64>(u));
  pushX(u);
}

/** Push a value as it is. */
function pushExact(u: usize, sig: u64, signExponent: u32): void {
  if (fault || !roomToPush(u)) return;
  push(sig, signExponent);
  completeQuietly(u);
}

function quickLoad80(u: usize): bool {
  if (!isReady()) return false;
  const offset = <u32>effectiveAddress(u);
  const host = hostForRead(u, offset, 10);
  if (!host || !pushIfRoom(u, load<u64>(host), load<u16>(host, 8))) return false;
  recordOperand(u, offset);
  return true;
}

export function fldMem80(u: usize): void {
  if (quickLoad80(u) || !begin()) return;
  const sig = readMemAt<u64>(u, 0);
  if (fault) return;
  pushExact(u, sig, readMemAt<u16>(u, 8));
}

export function fldSt(u: usize): void {
  const i = load<u8>(u, U_SRC);
  const n = slot(i);
  const from = slotAddress(n);
  if ((isReady() && !isSlotEmpty(n) && pushIfRoom(u, load<u64>(from), load<u16>(from, 8))) || !begin()) return;
  if (!isEmpty(i)) pushExact(u, load<u64>(from), load<u16>(from, 8));
  else if (stackFault(u, false)) push(INDEFINITE, INDEFINITE_EXP);
}

function pushInteger(u: usize, value: i64): void {
  setInteger(value);
  packF80(64);
  pushExact(u, f80Sig, f80Exp);
}

function loadInteger<T>(u: usize): void {
  if (!quickLoad<T>(u) && begin()) pushInteger(u, <i64>readMem<T>(u));
}

export function fildMem16(u: usize): void {
  loadInteger<i16>(u);
}

export function fildMem32(u: usize): void {
  loadInteger<i32>(u);
}

export function fildMem64(u: usize): void {
  loadInteger<i64>(u);
}

/** Push a constant whose bits go on below the significand with `below`: rounded by RC, but not reported as inexact. */
function pushConstant(u: usize, exp: u32, sig: u64, below: u64): void {
  if (begin()) pushExact(u, sig + u64(roundsUp(0, (sig & 1) != 0, below)), exp);
}

/** Push a constant that a register holds exactly. */
function pushExactConstant(u: usize, exp: u32, sig: u64): void {
  if (!(isReady() && pushIfRoom(u, sig, exp)) && begin()) pushExact(u, sig, exp);
}

export function fld1(u: usize): void {
  pushExactConstant(u, 0x3fff, 0x8000000000000000);
}

export function fldl2t(u: usize): void {
  pushConstant(u, 0x4000, 0xd49a784bcd1b8afe, 0x492bf6ff4dafdb4c);
}

export function fldl2e(u: usize): void {
  pushConstant(u, 0x3fff, 0xb8aa3b295c17f0bb, 0xbe87fed0691d3e88);
}

export function fldpi(u: usize): void {
  pushConstant(u, 0x4000, 0xc90fdaa22168c234, 0xc4c6628b80dc1cd1);
}

export function fldlg2(u: usize): void {
  pushConstant(u, 0x3ffd, 0x9a209a84fbcff798, 0x8f8959ac0b7c9178);
}

export function fldln2(u: usize): void {
  pushConstant(u, 0x3ffe, 0xb17217f7d1cf79ab, 0xc9e3b39803f2f6af);
}

export function fldz(u: usize): void {
  pushExactConstant(u, 0, 0);
}

/** Value of 18 packed decimal digits; a digit above 9 counts as what its bits say, as processors do (the manual: undefined). */
function fromDecimal(low: u64, high: u32): i64 {
  let value: i64 = 0;
  for (let shift = 4; shift >= 0; shift -= 4) value = value * 10 + ((high >> shift) & 15);
  for (let shift = 60; shift >= 0; shift -= 4) value = value * 10 + ((low >> shift) & 15);
  return value;
}

export function fbld(u: usize): void {
  if (!begin()) return;
  const low = readMemAt<u64>(u, 0);
  if (fault) return;
  const high = <u32>readMemAt<u16>(u, 8);
  setInteger(fromDecimal(low, high & 0xff));
  packF80(64);
  pushExact(u, f80Sig, f80Exp | (high & 0x8000));
}
