// FST, FIST, FISTTP, FBSTP and their popping forms: what stores ST(0). SDM 1 "Data Transfer Instructions".
// Memory is checked before anything changes; a store that an unmasked exception forbids leaves memory and stack as they were.
import { U_DST } from "../abi/uop";
import { fault } from "../cpu/fault";
import { probeMem, writeMem, writeMemAt } from "../cpu/operand";
import { clearExceptions, EX_INVALID, EX_OVERFLOW, EX_UNDERFLOW, exceptions, report, unmasked } from "../softfloat/environment";
import { INDEFINITE_EXP, specialX } from "../softfloat/f80";
import { toInteger, toIntegerTruncate } from "../softfloat/integer";
import { copyX, INDEFINITE, xSign } from "../softfloat/number";
import { packF32, packF64 } from "../softfloat/round";
import { begin, complete, completeQuietly, stackFault, underflowTo } from "./instruction";
import { isEmpty, loadX, popStack, stAddress, writeSt } from "./registers";

/** Whether a store of `size` bytes may go on: no pending error, and memory can be written. */
function beginStore(u: usize, size: u32): bool {
  if (!begin()) return false;
  probeMem(u, size);
  return fault == 0;
}

/** End of a store that may overflow or underflow. Unmasked, these leave nothing that could be inexact. */
function completeStore(u: usize): bool {
  const kinds = exceptions & unmasked & (EX_OVERFLOW | EX_UNDERFLOW);
  if (kinds) {
    clearExceptions();
    report(kinds);
  }
  return complete(u) && kinds == 0;
}

function topToZ(): void {
  loadX(0);
  if (!specialX()) copyX();
}

function store32(u: usize): bool {
  if (!beginStore(u, 4)) return false;
  let bits: u32 = 0xffc00000;
  if (isEmpty(0)) {
    if (!stackFault(u, false)) return false;
  } else {
    topToZ();
    bits = packF32();
    if (!completeStore(u)) return false;
  }
  writeMem<u32>(u, bits);
  return true;
}

function store64(u: usize): bool {
  if (!beginStore(u, 8)) return false;
  let bits: u64 = 0xfff8000000000000;
  if (isEmpty(0)) {
    if (!stackFault(u, false)) return false;
  } else {
    topToZ();
    bits = packF64();
    if (!completeStore(u)) return false;
  }
  writeMem<u64>(u, bits);
  return true;
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

function write80(u: usize, sig: u64, signExponent: u32): void {
  writeMemAt<u64>(u, 0, sig);
  writeMemAt<u16>(u, 8, <u16>signExponent);
}

export function fstpMem80(u: usize): void {
  if (!beginStore(u, 10)) return;
  const at = stAddress(0);
  if (!isEmpty(0)) {
    write80(u, load<u64>(at), load<u16>(at, 8));
    completeQuietly(u);
  } else if (stackFault(u, false)) write80(u, INDEFINITE, INDEFINITE_EXP);
  else return;
  popStack();
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
  const bits = <i32>sizeof<T>() * 8;
  if (!beginStore(u, sizeof<T>())) return false;
  let value: i64 = -((<i64>1) << (bits - 1));
  if (isEmpty(0)) {
    if (!stackFault(u, false)) return false;
  } else {
    loadX(0);
    value = truncate ? toIntegerTruncate(bits) : toInteger(bits);
    if (!complete(u)) return false;
  }
  writeMem<T>(u, <T>value);
  return true;
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

/** decimal := ST(0) rounded to an integer of at most 18 digits. */
function topToDecimal(): void {
  loadX(0);
  const value = toInteger(64);
  const magnitude: u64 = value < 0 ? -value : value;
  if (magnitude <= DECIMAL_MAX) toDecimal(magnitude, xSign);
  else {
    // Whatever the conversion to 64 bits said: this is invalid, and not inexact.
    clearExceptions();
    report(EX_INVALID);
    setDecimal(INDEFINITE, DECIMAL_INDEFINITE_HIGH);
  }
}

export function fbstp(u: usize): void {
  if (!beginStore(u, 10)) return;
  if (isEmpty(0)) {
    if (!stackFault(u, false)) return;
    setDecimal(INDEFINITE, DECIMAL_INDEFINITE_HIGH);
  } else {
    topToDecimal();
    if (!complete(u)) return;
  }
  write80(u, decimalLow, decimalHigh);
  popStack();
}

/** Undocumented FSTPNCE: FSTP ST(i) without stack fault; an empty ST(0) is only popped. */
export function fstpnce(u: usize): void {
  if (!begin()) return;
  const at = stAddress(0);
  if (!isEmpty(0)) writeSt(load<u8>(u, U_DST), load<u64>(at), load<u16>(at, 8));
  completeQuietly(u);
  popStack();
}
