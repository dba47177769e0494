// Floating-point comparisons: CMPccPS and its kin make masks, COMISS and UCOMISS set flags. SDM 2A "CMPPS", "COMISS".
import { U_DST } from "../abi/uop";
import { FLAG_C, FLAG_P, FLAG_Z, setArithmeticFlags } from "../cpu/flags";
import { EQUAL, GREATER, LESS, UNORDERED } from "../softfloat/compare";
import { f32Compare } from "../softfloat/f32";
import { f64Compare } from "../softfloat/f64";
import { beginSoft, endSoft } from "./mxcsr";
import { getXmm, immediate, putXmm, source128, sourceScalar } from "./operand";
import { comparable, comparables } from "./provable";
import { SCRATCH, xmm } from "./state";

// Predicates, the low two bits of the immediate; bit 2 negates.
const PREDICATE_EQ: i32 = 0;
const PREDICATE_LT: i32 = 1;
const PREDICATE_LE: i32 = 2;
const NEGATED: i32 = 4;

/** LESS, EQUAL, GREATER or UNORDERED of the values at two addresses, in software. T is f32 or f64. */
function order<T>(a: usize, b: usize, quiet: bool): i32 {
  return sizeof<T>() == 4 ? f32Compare(load<u32>(a), load<u32>(b), quiet) : f64Compare(load<u64>(a), load<u64>(b), quiet);
}

/** Whether LESS, EQUAL, GREATER or UNORDERED satisfies the predicate. */
function satisfies(predicate: i32, o: i32): bool {
  const p = predicate & 3;
  const r = p == PREDICATE_EQ ? o == EQUAL : p == PREDICATE_LT ? o == LESS : p == PREDICATE_LE ? o <= EQUAL : o == UNORDERED;
  return r != ((predicate & NEGATED) != 0);
}

/** Whether the predicate holds for the values at two addresses. LT and LE and their negations take no NaN quietly. */
function holds<T>(predicate: i32, a: usize, b: usize): bool {
  const p = predicate & 3;
  return satisfies(predicate, order<T>(a, b, p != PREDICATE_LT && p != PREDICATE_LE));
}

function storeMask<T>(at: usize, on: bool): void {
  if (sizeof<T>() == 4) store<u32>(at, on ? -1 : 0);
  else store<u64>(at, on ? -1 : 0);
}

function compareLanes<T>(predicate: i32, a: v128, b: v128): v128 {
  const p = predicate & 3;
  let r: v128;
  if (p == PREDICATE_EQ) r = v128.eq<T>(a, b);
  else if (p == PREDICATE_LT) r = v128.lt<T>(a, b);
  else if (p == PREDICATE_LE) r = v128.le<T>(a, b);
  else r = v128.or(v128.ne<T>(a, a), v128.ne<T>(b, b));
  return predicate & NEGATED ? v128.not(r) : r;
}

function packedCompare<T>(u: usize): void {
  const s = source128(u);
  if (!s) return;
  const a = getXmm(u);
  const b = v128.load(s);
  if (comparables<T>(a, b)) {
    putXmm(u, compareLanes<T>(immediate(u), a, b));
    return;
  }
  const x = SCRATCH;
  const y = SCRATCH + 16;
  v128.store(x, a);
  v128.store(y, b);
  beginSoft();
  for (let i: usize = 0; i < 16; i += sizeof<T>()) storeMask<T>(x + i, holds<T>(immediate(u), x + i, y + i));
  if (endSoft()) putXmm(u, v128.load(x));
}

function scalarCompare<T>(u: usize): void {
  const s = sourceScalar<T>(u);
  if (!s) return;
  const d = xmm(load<u8>(u, U_DST));
  const a = load<T>(d);
  const b = load<T>(s);
  if (comparable<T>(a, b)) {
    storeMask<T>(d, satisfies(immediate(u), a < b ? LESS : a == b ? EQUAL : GREATER));
    return;
  }
  beginSoft();
  const on = holds<T>(immediate(u), d, s);
  if (endSoft()) storeMask<T>(d, on);
}

const UNORDERED_FLAGS: u32 = FLAG_Z | FLAG_P | FLAG_C;

function compareToFlags<T>(u: usize, quiet: bool): void {
  const s = sourceScalar<T>(u);
  if (!s) return;
  const d = xmm(load<u8>(u, U_DST));
  const a = load<T>(d);
  const b = load<T>(s);
  if (comparable<T>(a, b)) {
    setArithmeticFlags(a < b ? FLAG_C : a == b ? FLAG_Z : 0);
    return;
  }
  beginSoft();
  const o = order<T>(d, s, quiet);
  if (endSoft()) setArithmeticFlags(o == UNORDERED ? UNORDERED_FLAGS : o == LESS ? FLAG_C : o == EQUAL ? FLAG_Z : 0);
}

export function cmpps(u: usize): void {
  packedCompare<f32>(u);
}
export function cmppd(u: usize): void {
  packedCompare<f64>(u);
}
export function cmpss(u: usize): void {
  scalarCompare<f32>(u);
}
/** CMPSD xmm: not the string instruction. */
export function sseCmpsd(u: usize): void {
  scalarCompare<f64>(u);
}
export function comiss(u: usize): void {
  compareToFlags<f32>(u, false);
}
export function comisd(u: usize): void {
  compareToFlags<f64>(u, false);
}
export function ucomiss(u: usize): void {
  compareToFlags<f32>(u, true);
}
export function ucomisd(u: usize): void {
  compareToFlags<f64>(u, true);
}
