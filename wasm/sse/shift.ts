// Packed shifts by an immediate or by the low quadword of the source. A count past the element's width gives zeros, or signs for
// PSRAW and PSRAD, where wasm would take the count modulo the width.
import { get, getXmm, immediate, put, putXmm, shiftCount } from "./operand";
import { sseReady } from "./state";

const ZERO: v128 = i64x2(0, 0);

export function psllw(u: usize): void {
  const n = shiftCount(u);
  if (n >= 0) put(u, n > 15 ? ZERO : i16x8.shl(get(u), n));
}

export function pslld(u: usize): void {
  const n = shiftCount(u);
  if (n >= 0) put(u, n > 31 ? ZERO : i32x4.shl(get(u), n));
}

export function psllq(u: usize): void {
  const n = shiftCount(u);
  if (n >= 0) put(u, n > 63 ? ZERO : i64x2.shl(get(u), n));
}

export function psrlw(u: usize): void {
  const n = shiftCount(u);
  if (n >= 0) put(u, n > 15 ? ZERO : i16x8.shr_u(get(u), n));
}

export function psrld(u: usize): void {
  const n = shiftCount(u);
  if (n >= 0) put(u, n > 31 ? ZERO : i32x4.shr_u(get(u), n));
}

export function psrlq(u: usize): void {
  const n = shiftCount(u);
  if (n >= 0) put(u, n > 63 ? ZERO : i64x2.shr_u(get(u), n));
}

export function psraw(u: usize): void {
  const n = shiftCount(u);
  if (n >= 0) put(u, i16x8.shr_s(get(u), min(n, 15)));
}

export function psrad(u: usize): void {
  const n = shiftCount(u);
  if (n >= 0) put(u, i32x4.shr_s(get(u), min(n, 31)));
}

const BYTE_NUMBERS: v128 = i8x16(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);

/** Bytes to shift by, at most 16. */
function byteCount(u: usize): v128 {
  return i8x16.splat(<i8>min(immediate(u), 16));
}

/** Shift the whole register left by bytes: swizzle gives zero for byte numbers past 15, negative ones included. */
export function pslldq(u: usize): void {
  if (sseReady()) putXmm(u, i8x16.swizzle(getXmm(u), i8x16.sub(BYTE_NUMBERS, byteCount(u))));
}

export function psrldq(u: usize): void {
  if (sseReady()) putXmm(u, i8x16.swizzle(getXmm(u), i8x16.add(BYTE_NUMBERS, byteCount(u))));
}
