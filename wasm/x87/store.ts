// FST, FIST, FISTTP, FBSTP and their popping forms: what stores ST(0). SDM 1 "Data Transfer Instructions".
// Memory is written before the status word, so that a fault leaves everything as it was. A store that an unmasked exception forbids
// leaves memory and stack as they were, but faults where memory cannot be written.
import { U_DST } from "../abi/uop";
import { fault } from "../cpu/fault";
import { effectiveAddress, probeMem, writeMem, writeMemAt } from "../cpu/operand";
import {
  clearExceptions,
  EX_BEFORE,
  EX_INVALID,
  EX_OVERFLOW,
  EX_PRECISION,
  EX_UNDERFLOW,
  exceptions,
  ROUND_ZERO,
  report,
  unmasked,
} from "../softfloat/environment";
import { INDEFINITE_EXP, specialX } from "../softfloat/f80";
import { toInteger, toIntegerTruncate } from "../softfloat/integer";
import { copyX, INDEFINITE, invalid, xSign } from "../softfloat/number";
import { packF32, packF64 } from "../softfloat/round";
import { begin, complete, completeQuietly, recordOperand, stackFault, underflowTo } from "./instruction";
import { hostForWrite, isReady, isReadyToRound, isSlotEmpty, put, setFull, settle, settlePop, slot, slotAddress } from "./quick";
import { narrow, narrowed, narrowToInteger, REFUSED } from "./quick-number";
import { controlWord, isEmpty, loadX, popStack, roundingOf, stAddress, writeSt } from "./registers";

/** Whether an unmasked exception forbids the store. Overflow and underflow then leave nothing that could be inexact. */
function isForbidden(): bool {
  const found = exceptions & unmasked;
  if (found & EX_BEFORE) return true;
  const kinds = found & (EX_OVERFLOW | EX_UNDERFLOW);
  if (!kinds) return false;
  clearExceptions();
  report(kinds);
  return true;
}

/** z := ST(0), or indefinite if it is empty. */
function topToZ(empty: bool): void {
  if (empty) {
    invalid();
    return;
  }
  loadX(0);
  if (!specialX()) copyX();
}

/** After the write: enter the exceptions, unless it faulted. Whether the instruction completed. */
function completeStore(u: usize, empty: bool): bool {
  if (fault) return false;
  return empty ? stackFault(u, false) : complete(u);
}

/** End of a quick store to `offset` in memory. */
function settleStore(u: usize, offset: u32, status: u32, pops: bool): bool {
  recordOperand(u, offset);
  if (pops) settlePop(u, status);
  else settle(u, status);
  return true;
}

/** The quick way of storing ST(0) in single or double precision. */
function quickStore<T>(u: usize, pops: bool): bool {
  const n = slot(0);
  if (!isReadyToRound() || isSlotEmpty(n)) return false;
  const offset = <u32>effectiveAddress(u);
  const host = hostForWrite(u, offset, sizeof<T>());
  if (!host) return false;
  const at = slotAddress(n);
  const status = narrow<T>(load<u64>(at), load<u16>(at, 8));
  if (status == REFUSED) return false;
  if (sizeof<T>() == 4) store<u32>(host, <u32>narrowed);
  else store<u64>(host, narrowed);
  return settleStore(u, offset, status, pops);
}

function store32(u: usize, pops: bool): void {
  if (quickStore<f32>(u, pops) || !begin()) return;
  const empty = isEmpty(0);
  topToZ(empty);
  const bits = packF32();
  const forbidden = isForbidden();
  if (forbidden) probeMem(u, 4, 4);
  else writeMem<u32>(u, bits);
  if (completeStore(u, empty) && !forbidden && pops) popStack();
}

function store64(u: usize, pops: bool): void {
  if (quickStore<f64>(u, pops) || !begin()) return;
  const empty = isEmpty(0);
  topToZ(empty);
  const bits = packF64();
  const forbidden = isForbidden();
  if (forbidden) probeMem(u, 8, 8);
  else writeMem<u64>(u, bits);
  if (completeStore(u, empty) && !forbidden && pops) popStack();
}

export function fstMem32(u: usize): void {
  store32(u, false);
}

export function fstMem64(u: usize): void {
  store64(u, false);
}

export function fstpMem32(u: usize): void {
  store32(u, true);
}

export function fstpMem64(u: usize): void {
  store64(u, true);
}

/** Write ten bytes, all or none; none if `forbidden`. */
function write80(u: usize, sig: u64, signExponent: u32, forbidden: bool): void {
  probeMem(u, 10, 8);
  if (fault || forbidden) return;
  writeMemAt<u64>(u, 0, sig);
  writeMemAt<u16>(u, 8, <u16>signExponent);
}

function quickStore80(u: usize): bool {
  const n = slot(0);
  if (!isReady() || isSlotEmpty(n)) return false;
  const offset = <u32>effectiveAddress(u);
  const host = hostForWrite(u, offset, 10);
  if (!host) return false;
  const at = slotAddress(n);
  store<u64>(host, load<u64>(at));
  store<u16>(host, load<u16>(at, 8), 8);
  return settleStore(u, offset, 0, true);
}

export function fstpMem80(u: usize): void {
  if (quickStore80(u) || !begin()) return;
  const at = stAddress(0);
  const empty = isEmpty(0);
  if (empty) write80(u, INDEFINITE, INDEFINITE_EXP, (unmasked & EX_INVALID) != 0);
  else write80(u, load<u64>(at), load<u16>(at, 8), false);
  if (completeStore(u, empty)) popStack();
}

function quickStoreRegister(u: usize, i: u32, pops: bool): bool {
  const n = slot(0);
  if (!isReady() || isSlotEmpty(n)) return false;
  const from = slotAddress(n);
  const to = slot(i);
  put(slotAddress(to), load<u64>(from), load<u16>(from, 8));
  setFull(to);
  if (pops) settlePop(u, 0);
  else settle(u, 0);
  return true;
}

function storeRegister(u: usize, pops: bool): void {
  const i = load<u8>(u, U_DST);
  if (quickStoreRegister(u, i, pops) || !begin()) return;
  if (isEmpty(0)) {
    if (underflowTo(u, i) && pops) popStack();
    return;
  }
  const at = stAddress(0);
  writeSt(i, load<u64>(at), load<u16>(at, 8));
  completeQuietly(u);
  if (pops) popStack();
}

export function fstSt(u: usize): void {
  storeRegister(u, false);
}

export function fstpSt(u: usize): void {
  storeRegister(u, true);
}

/** The quick way obeys rounding control, which compilers set to truncate around these instructions. */
function quickStoreInteger<T>(u: usize, truncate: bool, pops: bool): bool {
  const n = slot(0);
  const control = controlWord();
  if (!isReady() || !(control & EX_PRECISION) || isSlotEmpty(n)) return false;
  const offset = <u32>effectiveAddress(u);
  const host = hostForWrite(u, offset, sizeof<T>());
  if (!host) return false;
  const at = slotAddress(n);
  const status = narrowToInteger<T>(load<u64>(at), load<u16>(at, 8), truncate ? ROUND_ZERO : roundingOf(control));
  if (status == REFUSED) return false;
  store<T>(host, <T>narrowed);
  return settleStore(u, offset, status, pops);
}

/** Store ST(0) as a signed integer of the size of T. */
function storeInteger<T>(u: usize, truncate: bool, pops: bool): void {
  if (quickStoreInteger<T>(u, truncate, pops) || !begin()) return;
  const bits = <i32>sizeof<T>() * 8;
  const empty = isEmpty(0);
  let value: i64 = -((<i64>1) << (bits - 1));
  if (empty) report(EX_INVALID);
  else {
    loadX(0);
    value = truncate ? toIntegerTruncate(bits) : toInteger(bits);
  }
  if (isForbidden()) probeMem(u, sizeof<T>(), sizeof<T>());
  else writeMem<T>(u, <T>value);
  if (completeStore(u, empty) && pops) popStack();
}

export function fistMem16(u: usize): void {
  storeInteger<i16>(u, false, false);
}

export function fistMem32(u: usize): void {
  storeInteger<i32>(u, false, false);
}

export function fistpMem16(u: usize): void {
  storeInteger<i16>(u, false, true);
}

export function fistpMem32(u: usize): void {
  storeInteger<i32>(u, false, true);
}

export function fistpMem64(u: usize): void {
  storeInteger<i64>(u, false, true);
}

export function fisttpMem16(u: usize): void {
  storeInteger<i16>(u, true, true);
}

export function fisttpMem32(u: usize): void {
  storeInteger<i32>(u, true, true);
}

export function fisttpMem64(u: usize): void {
  storeInteger<i64>(u, true, true);
}

const DECIMAL_MAX: u64 = 999999999999999999;
const DECIMAL_INDEFINITE_HIGH: u32 = 0xffff;

let decimalLow: u64 = INDEFINITE;
let decimalHigh: u32 = DECIMAL_INDEFINITE_HIGH;

function setDecimal(low: u64, high: u32): void {
  decimalLow = low;
  decimalHigh = high;
}

/** Packed decimal digits of a value below 10^18. */
function toDecimal(value: u64, sign: u32): void {
  let digits: u64 = 0;
  let rest = value;
  for (let shift: u64 = 0; shift < 64; shift += 4) {
    digits |= (rest % 10) << shift;
    rest /= 10;
  }
  setDecimal(digits, <u32>(rest % 10) | ((<u32>(rest / 10)) << 4) | (sign << 15));
}

/** Whatever a conversion to 64 bits said: this is invalid, and not inexact. */
function setDecimalIndefinite(): void {
  clearExceptions();
  report(EX_INVALID);
  setDecimal(INDEFINITE, DECIMAL_INDEFINITE_HIGH);
}

/** decimal := ST(0) rounded to an integer of at most 18 digits. */
function topToDecimal(): void {
  loadX(0);
  const value = toInteger(64);
  const magnitude: u64 = value < 0 ? -value : value;
  if (magnitude <= DECIMAL_MAX) toDecimal(magnitude, xSign);
  else setDecimalIndefinite();
}

export function fbstp(u: usize): void {
  if (!begin()) return;
  const empty = isEmpty(0);
  if (empty) setDecimalIndefinite();
  else topToDecimal();
  write80(u, decimalLow, decimalHigh, isForbidden());
  if (completeStore(u, empty)) popStack();
}

/** Undocumented FSTPNCE: FSTP ST(i) without stack fault; an empty ST(0) is only popped. */
export function fstpnce(u: usize): void {
  if (!begin()) return;
  const at = stAddress(0);
  if (!isEmpty(0)) writeSt(load<u8>(u, U_DST), load<u64>(at), load<u16>(at, 8));
  completeQuietly(u);
  popStack();
}
