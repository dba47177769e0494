// FST, FIST, FISTTP, FBSTP and their popping forms: what stores ST(0). SDM 1 "Data Transfer Instructions".
// Memory is written before the status word, so that a fault leaves everything as it was. A store that an unmasked exception forbids
// leaves memory and stack as they were, but faults where memory cannot be written.
import { U_DST } from "../abi/uop";
import { fault } from "../cpu/fault";
import { probeMem, writeMem, writeMemAt } from "../cpu/operand";
import { clearExceptions, EX_BEFORE, EX_INVALID, EX_OVERFLOW, EX_UNDERFLOW, exceptions, report, unmasked } from "../softfloat/environment";
import { INDEFINITE_EXP, specialX } from "../softfloat/f80";
import { toInteger, toIntegerTruncate } from "../softfloat/integer";
import { copyX, INDEFINITE, invalid, xSign } from "../softfloat/number";
import { packF32, packF64 } from "../softfloat/round";
import { begin, complete, completeQuietly, stackFault, underflowTo } from "./instruction";
import { isEmpty, loadX, popStack, stAddress, writeSt } from "./registers";

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

function store32(u: usize): bool {
  if (!begin()) return false;
  const empty = isEmpty(0);
  topToZ(empty);
  const bits = packF32();
  const forbidden = isForbidden();
  if (forbidden) probeMem(u, 4, 4);
  else writeMem<u32>(u, bits);
  return completeStore(u, empty) && !forbidden;
}

function store64(u: usize): bool {
  if (!begin()) return false;
  const empty = isEmpty(0);
  topToZ(empty);
  const bits = packF64();
  const forbidden = isForbidden();
  if (forbidden) probeMem(u, 8, 8);
  else writeMem<u64>(u, bits);
  return completeStore(u, empty) && !forbidden;
}

export function fstMem32(u: usize): void {
  store32(u);
}

export function fstMem64(u: usize): void {
  store64(u);
}

export function fstpMem32(u: usize): void {
  if (store32(u)) popStack();
}

export function fstpMem64(u: usize): void {
  if (store64(u)) popStack();
}

/** Write ten bytes, all or none; none if `forbidden`. */
function write80(u: usize, sig: u64, signExponent: u32, forbidden: bool): void {
  probeMem(u, 10, 8);
  if (fault || forbidden) return;
  writeMemAt<u64>(u, 0, sig);
  writeMemAt<u16>(u, 8, <u16>signExponent);
}

export function fstpMem80(u: usize): void {
  if (!begin()) return;
  const at = stAddress(0);
  const empty = isEmpty(0);
  if (empty) write80(u, INDEFINITE, INDEFINITE_EXP, (unmasked & EX_INVALID) != 0);
  else write80(u, load<u64>(at), load<u16>(at, 8), false);
  if (completeStore(u, empty)) popStack();
}

function storeRegister(u: usize): bool {
  if (!begin()) return false;
  const i = load<u8>(u, U_DST);
  if (isEmpty(0)) return underflowTo(u, i);
  const at = stAddress(0);
  writeSt(i, load<u64>(at), load<u16>(at, 8));
  completeQuietly(u);
  return true;
}

export function fstSt(u: usize): void {
  storeRegister(u);
}

export function fstpSt(u: usize): void {
  if (storeRegister(u)) popStack();
}

/** Store ST(0) as a signed integer of the size of T. */
function storeInteger<T>(u: usize, truncate: bool): bool {
  if (!begin()) return false;
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
  return completeStore(u, empty);
}

export function fistMem16(u: usize): void {
  storeInteger<i16>(u, false);
}

export function fistMem32(u: usize): void {
  storeInteger<i32>(u, false);
}

export function fistpMem16(u: usize): void {
  if (storeInteger<i16>(u, false)) popStack();
}

export function fistpMem32(u: usize): void {
  if (storeInteger<i32>(u, false)) popStack();
}

export function fistpMem64(u: usize): void {
  if (storeInteger<i64>(u, false)) popStack();
}

export function fisttpMem16(u: usize): void {
  if (storeInteger<i16>(u, true)) popStack();
}

export function fisttpMem32(u: usize): void {
  if (storeInteger<i32>(u, true)) popStack();
}

export function fisttpMem64(u: usize): void {
  if (storeInteger<i64>(u, true)) popStack();
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
