// Packed integer arithmetic, comparison and logic, MMX and XMM forms alike. SDM 1 "Programming with Intel MMX Technology".
// Wrapping, saturating and comparing wasm instructions mean exactly what the manual says; only what differs has a comment.
import { get, put, source } from "./operand";

export function paddb(u: usize): void {
  const s = source(u);
  if (s) put(u, i8x16.add(get(u), v128.load(s)));
}

export function paddw(u: usize): void {
  const s = source(u);
  if (s) put(u, i16x8.add(get(u), v128.load(s)));
}

export function paddd(u: usize): void {
  const s = source(u);
  if (s) put(u, i32x4.add(get(u), v128.load(s)));
}

export function paddq(u: usize): void {
  const s = source(u);
  if (s) put(u, i64x2.add(get(u), v128.load(s)));
}

export function paddsb(u: usize): void {
  const s = source(u);
  if (s) put(u, i8x16.add_sat_s(get(u), v128.load(s)));
}

export function paddsw(u: usize): void {
  const s = source(u);
  if (s) put(u, i16x8.add_sat_s(get(u), v128.load(s)));
}

export function paddusb(u: usize): void {
  const s = source(u);
  if (s) put(u, i8x16.add_sat_u(get(u), v128.load(s)));
}

export function paddusw(u: usize): void {
  const s = source(u);
  if (s) put(u, i16x8.add_sat_u(get(u), v128.load(s)));
}

export function psubb(u: usize): void {
  const s = source(u);
  if (s) put(u, i8x16.sub(get(u), v128.load(s)));
}

export function psubw(u: usize): void {
  const s = source(u);
  if (s) put(u, i16x8.sub(get(u), v128.load(s)));
}

export function psubd(u: usize): void {
  const s = source(u);
  if (s) put(u, i32x4.sub(get(u), v128.load(s)));
}

export function psubq(u: usize): void {
  const s = source(u);
  if (s) put(u, i64x2.sub(get(u), v128.load(s)));
}

export function psubsb(u: usize): void {
  const s = source(u);
  if (s) put(u, i8x16.sub_sat_s(get(u), v128.load(s)));
}

export function psubsw(u: usize): void {
  const s = source(u);
  if (s) put(u, i16x8.sub_sat_s(get(u), v128.load(s)));
}

export function psubusb(u: usize): void {
  const s = source(u);
  if (s) put(u, i8x16.sub_sat_u(get(u), v128.load(s)));
}

export function psubusw(u: usize): void {
  const s = source(u);
  if (s) put(u, i16x8.sub_sat_u(get(u), v128.load(s)));
}

export function pmullw(u: usize): void {
  const s = source(u);
  if (s) put(u, i16x8.mul(get(u), v128.load(s)));
}

/** The high words of eight 32-bit products. */
function highWords(low: v128, high: v128): v128 {
  return v128.shuffle<u16>(low, high, 1, 3, 5, 7, 9, 11, 13, 15);
}

export function pmulhw(u: usize): void {
  const s = source(u);
  if (!s) return;
  const a = get(u);
  const b = v128.load(s);
  put(u, highWords(i32x4.extmul_low_i16x8_s(a, b), i32x4.extmul_high_i16x8_s(a, b)));
}

export function pmulhuw(u: usize): void {
  const s = source(u);
  if (!s) return;
  const a = get(u);
  const b = v128.load(s);
  put(u, highWords(i32x4.extmul_low_i16x8_u(a, b), i32x4.extmul_high_i16x8_u(a, b)));
}

export function pmuludq(u: usize): void {
  const s = source(u);
  if (!s) return;
  const low = i64x2.splat(0xffffffff);
  put(u, i64x2.mul(v128.and(get(u), low), v128.and(v128.load(s), low)));
}

export function pmaddwd(u: usize): void {
  const s = source(u);
  if (s) put(u, i32x4.dot_i16x8_s(get(u), v128.load(s)));
}

/** Sum of absolute byte differences of each 8 bytes, in a zero-extended quadword. */
export function psadbw(u: usize): void {
  const s = source(u);
  if (!s) return;
  const a = get(u);
  const b = v128.load(s);
  const difference = v128.or(i8x16.sub_sat_u(a, b), i8x16.sub_sat_u(b, a));
  const dwords = i32x4.extadd_pairwise_i16x8_u(i16x8.extadd_pairwise_i8x16_u(difference));
  put(u, v128.and(i64x2.add(dwords, i64x2.shr_u(dwords, 32)), i64x2.splat(0xffffffff)));
}

export function pavgb(u: usize): void {
  const s = source(u);
  if (s) put(u, i8x16.avgr_u(get(u), v128.load(s)));
}

export function pavgw(u: usize): void {
  const s = source(u);
  if (s) put(u, i16x8.avgr_u(get(u), v128.load(s)));
}

export function pminub(u: usize): void {
  const s = source(u);
  if (s) put(u, i8x16.min_u(get(u), v128.load(s)));
}

export function pmaxub(u: usize): void {
  const s = source(u);
  if (s) put(u, i8x16.max_u(get(u), v128.load(s)));
}

export function pminsw(u: usize): void {
  const s = source(u);
  if (s) put(u, i16x8.min_s(get(u), v128.load(s)));
}

export function pmaxsw(u: usize): void {
  const s = source(u);
  if (s) put(u, i16x8.max_s(get(u), v128.load(s)));
}

export function pcmpeqb(u: usize): void {
  const s = source(u);
  if (s) put(u, i8x16.eq(get(u), v128.load(s)));
}

export function pcmpeqw(u: usize): void {
  const s = source(u);
  if (s) put(u, i16x8.eq(get(u), v128.load(s)));
}

export function pcmpeqd(u: usize): void {
  const s = source(u);
  if (s) put(u, i32x4.eq(get(u), v128.load(s)));
}

export function pcmpgtb(u: usize): void {
  const s = source(u);
  if (s) put(u, i8x16.gt_s(get(u), v128.load(s)));
}

export function pcmpgtw(u: usize): void {
  const s = source(u);
  if (s) put(u, i16x8.gt_s(get(u), v128.load(s)));
}

export function pcmpgtd(u: usize): void {
  const s = source(u);
  if (s) put(u, i32x4.gt_s(get(u), v128.load(s)));
}

/** PAND, ANDPS, ANDPD: the same bits. */
export function pand(u: usize): void {
  const s = source(u);
  if (s) put(u, v128.and(get(u), v128.load(s)));
}

/** The destination is the complemented operand. */
export function pandn(u: usize): void {
  const s = source(u);
  if (s) put(u, v128.andnot(v128.load(s), get(u)));
}

export function por(u: usize): void {
  const s = source(u);
  if (s) put(u, v128.or(get(u), v128.load(s)));
}

export function pxor(u: usize): void {
  const s = source(u);
  if (s) put(u, v128.xor(get(u), v128.load(s)));
}
