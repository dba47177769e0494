// Packing, unpacking, shuffling, inserting and extracting. Instructions with an MMX and an XMM form share a function where U_SIZE
// can tell them apart. The memory operand of MMX PUNPCKL* is 32 bits; every other one has the register's width.
import { U_DST, U_SRC } from "../abi/uop";
import { fault } from "../cpu/fault";
import { readMem } from "../cpu/operand";
import { getReg, setReg } from "../cpu/state";
import { allowed, get, getXmm, immediate, isMemory, isXmm, put, putXmm, ready, source, source128, sourceMmx } from "./operand";
import { SCRATCH, setMmx, xmm } from "./state";

/** Low quadwords of both. */
function lowQuads(a: v128, b: v128): v128 {
  return v128.shuffle<u64>(a, b, 0, 2);
}

export function packsswb(u: usize): void {
  const s = source(u);
  if (!s) return;
  const a = get(u);
  const b = v128.load(s);
  const pair = lowQuads(a, b);
  put(u, isXmm(u) ? i8x16.narrow_i16x8_s(a, b) : i8x16.narrow_i16x8_s(pair, pair));
}

export function packuswb(u: usize): void {
  const s = source(u);
  if (!s) return;
  const a = get(u);
  const b = v128.load(s);
  const pair = lowQuads(a, b);
  put(u, isXmm(u) ? i8x16.narrow_i16x8_u(a, b) : i8x16.narrow_i16x8_u(pair, pair));
}

export function packssdw(u: usize): void {
  const s = source(u);
  if (!s) return;
  const a = get(u);
  const b = v128.load(s);
  const pair = lowQuads(a, b);
  put(u, isXmm(u) ? i16x8.narrow_i32x4_s(a, b) : i16x8.narrow_i32x4_s(pair, pair));
}

function interleaveBytes(a: v128, b: v128): v128 {
  return v128.shuffle<u8>(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
}

function interleaveWords(a: v128, b: v128): v128 {
  return v128.shuffle<u16>(a, b, 0, 8, 1, 9, 2, 10, 3, 11);
}

function interleaveDwords(a: v128, b: v128): v128 {
  return v128.shuffle<u32>(a, b, 0, 4, 1, 5);
}

function highQuad(a: v128): v128 {
  return v128.shuffle<u64>(a, a, 1, 1);
}

function lowSource(u: usize): usize {
  return isXmm(u) ? source128(u) : sourceMmx<u32>(u);
}

export function punpcklbw(u: usize): void {
  const s = lowSource(u);
  if (s) put(u, interleaveBytes(get(u), v128.load(s)));
}

export function punpcklwd(u: usize): void {
  const s = lowSource(u);
  if (s) put(u, interleaveWords(get(u), v128.load(s)));
}

/** PUNPCKLDQ and UNPCKLPS: the same bits. */
export function punpckldq(u: usize): void {
  const s = lowSource(u);
  if (s) put(u, interleaveDwords(get(u), v128.load(s)));
}

/** PUNPCKLQDQ and UNPCKLPD. */
export function punpcklqdq(u: usize): void {
  const s = source128(u);
  if (s) putXmm(u, lowQuads(getXmm(u), v128.load(s)));
}

// Of an MMX register the upper half of the interleaved low quadwords is wanted; of an XMM register, the high quadwords interleaved.

export function punpckhbw(u: usize): void {
  const s = source(u);
  if (!s) return;
  const a = get(u);
  const b = v128.load(s);
  put(u, isXmm(u) ? interleaveBytes(highQuad(a), highQuad(b)) : highQuad(interleaveBytes(a, b)));
}

export function punpckhwd(u: usize): void {
  const s = source(u);
  if (!s) return;
  const a = get(u);
  const b = v128.load(s);
  put(u, isXmm(u) ? interleaveWords(highQuad(a), highQuad(b)) : highQuad(interleaveWords(a, b)));
}

/** PUNPCKHDQ and UNPCKHPS. */
export function punpckhdq(u: usize): void {
  const s = source(u);
  if (!s) return;
  const a = get(u);
  const b = v128.load(s);
  put(u, isXmm(u) ? interleaveDwords(highQuad(a), highQuad(b)) : highQuad(interleaveDwords(a, b)));
}

/** PUNPCKHQDQ and UNPCKHPD. */
export function punpckhqdq(u: usize): void {
  const s = source128(u);
  if (s) putXmm(u, v128.shuffle<u64>(getXmm(u), v128.load(s), 1, 3));
}

/** Element `n` of the four that a two-bit field of the immediate at bit 2n selects. */
function selected<T>(s: usize, imm: i32, n: i32): T {
  return load<T>(s + ((imm >> (n << 1)) & 3) * sizeof<T>());
}

/** Four words picked from the quadword at `s`. */
function fourWords(s: usize, imm: i32): u64 {
  return (
    <u64>selected<u16>(s, imm, 0) |
    ((<u64>selected<u16>(s, imm, 1)) << 16) |
    ((<u64>selected<u16>(s, imm, 2)) << 32) |
    ((<u64>selected<u16>(s, imm, 3)) << 48)
  );
}

/** Two dwords, picked by bits 2n-2n+3 of the immediate. */
function twoDwords(s: usize, imm: i32, n: i32): u64 {
  return <u64>selected<u32>(s, imm, n) | ((<u64>selected<u32>(s, imm, n + 1)) << 32);
}

function putQuads(u: usize, low: u64, high: u64): void {
  putXmm(u, i64x2.replace_lane(i64x2.splat(low), 1, high));
}

export function pshufw(u: usize): void {
  const s = source(u);
  if (s) setMmx(load<u8>(u, U_DST), fourWords(s, immediate(u)));
}

export function pshuflw(u: usize): void {
  const s = source128(u);
  if (s) putQuads(u, fourWords(s, immediate(u)), load<u64>(s, 8));
}

export function pshufhw(u: usize): void {
  const s = source128(u);
  if (s) putQuads(u, load<u64>(s), fourWords(s + 8, immediate(u)));
}

export function pshufd(u: usize): void {
  const s = source128(u);
  if (s) putQuads(u, twoDwords(s, immediate(u), 0), twoDwords(s, immediate(u), 2));
}

export function shufps(u: usize): void {
  const s = source128(u);
  if (s) putQuads(u, twoDwords(xmm(load<u8>(u, U_DST)), immediate(u), 0), twoDwords(s, immediate(u), 2));
}

export function shufpd(u: usize): void {
  const s = source128(u);
  if (!s) return;
  const imm = immediate(u);
  putQuads(u, load<u64>(xmm(load<u8>(u, U_DST)) + ((imm & 1) << 3)), load<u64>(s + ((imm & 2) << 2)));
}

/** Byte offset in the register of the word that the immediate names, modulo the number of words. */
function wordOffset(u: usize): usize {
  return (immediate(u) & (isXmm(u) ? 7 : 3)) << 1;
}

/** The word comes from memory or from the low half of a general register. */
export function pinsrw(u: usize): void {
  if (!allowed(u)) return;
  const value = isMemory(u) ? readMem<u16>(u) : getReg<u16>(load<u8>(u, U_SRC));
  if (fault || !ready(u)) return;
  v128.store(SCRATCH, get(u));
  store<u16>(SCRATCH + wordOffset(u), value);
  put(u, v128.load(SCRATCH));
}

export function pextrw(u: usize): void {
  const s = source(u);
  if (s) setReg<u32>(load<u8>(u, U_DST), load<u16>(s + wordOffset(u)));
}

/** The sign bits of all bytes. */
export function pmovmskb(u: usize): void {
  const s = source(u);
  if (s) setReg<u32>(load<u8>(u, U_DST), <u32>i8x16.bitmask(v128.load(s)) & (isXmm(u) ? 0xffff : 0xff));
}

export function movmskps(u: usize): void {
  const s = source128(u);
  if (s) setReg<u32>(load<u8>(u, U_DST), <u32>i32x4.bitmask(v128.load(s)));
}

export function movmskpd(u: usize): void {
  const s = source128(u);
  if (s) setReg<u32>(load<u8>(u, U_DST), <u32>i64x2.bitmask(v128.load(s)));
}
