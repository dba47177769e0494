// Floating-point arithmetic on XMM registers. SDM 1 "Programming with Intel Streaming SIMD Extensions (Intel SSE)".
// Where the bits and the flags are provably the same, the wasm instruction does it
// (provable.ts); otherwise the software floating point.
import { getScalar, getXmm, putScalar, putXmm, source128, sourceScalar } from "./operand";
import {
  comparable,
  comparables,
  provableProduct,
  provableProducts,
  provableQuotient,
  provableQuotients,
  provableRoot,
  provableRoots,
  provableSum,
  provableSums,
} from "./provable";
import { ADD, ADDSUB, DIV, MAX, MIN, MUL, SQRT, SUB, softPacked, softScalar } from "./soft";

function packedAdd<T>(u: usize): void {
  const s = source128(u);
  if (!s) return;
  const a = getXmm(u);
  const b = v128.load(s);
  const r = v128.add<T>(a, b);
  if (provableSums<T>(a, b, r)) putXmm(u, r);
  else softPacked<T>(u, ADD, a, b);
}

function scalarAdd<T>(u: usize): void {
  const s = sourceScalar<T>(u);
  if (!s) return;
  const a = getScalar<T>(u);
  const b = load<T>(s);
  const r = <T>(a + b);
  if (provableSum<T>(a, b, r)) putScalar<T>(u, r);
  else softScalar<T>(u, ADD, s);
}

function packedSub<T>(u: usize): void {
  const s = source128(u);
  if (!s) return;
  const a = getXmm(u);
  const b = v128.load(s);
  const r = v128.sub<T>(a, b);
  if (provableSums<T>(a, b, r)) putXmm(u, r);
  else softPacked<T>(u, SUB, a, b);
}

function scalarSub<T>(u: usize): void {
  const s = sourceScalar<T>(u);
  if (!s) return;
  const a = getScalar<T>(u);
  const b = load<T>(s);
  const r = <T>(a - b);
  if (provableSum<T>(a, -b, r)) putScalar<T>(u, r);
  else softScalar<T>(u, SUB, s);
}

function packedMul<T>(u: usize): void {
  const s = source128(u);
  if (!s) return;
  const a = getXmm(u);
  const b = v128.load(s);
  const r = v128.mul<T>(a, b);
  if (provableProducts<T>(a, b, r)) putXmm(u, r);
  else softPacked<T>(u, MUL, a, b);
}

function scalarMul<T>(u: usize): void {
  const s = sourceScalar<T>(u);
  if (!s) return;
  const a = getScalar<T>(u);
  const b = load<T>(s);
  const r = <T>(a * b);
  if (provableProduct<T>(a, b, r)) putScalar<T>(u, r);
  else softScalar<T>(u, MUL, s);
}

function packedDiv<T>(u: usize): void {
  const s = source128(u);
  if (!s) return;
  const a = getXmm(u);
  const b = v128.load(s);
  const r = v128.div<T>(a, b);
  if (provableQuotients<T>(a, b, r)) putXmm(u, r);
  else softPacked<T>(u, DIV, a, b);
}

function scalarDiv<T>(u: usize): void {
  const s = sourceScalar<T>(u);
  if (!s) return;
  const a = getScalar<T>(u);
  const b = load<T>(s);
  const r = <T>(a / b);
  if (provableQuotient<T>(a, b, r)) putScalar<T>(u, r);
  else softScalar<T>(u, DIV, s);
}

function packedSqrt<T>(u: usize): void {
  const s = source128(u);
  if (!s) return;
  const b = v128.load(s);
  const r = v128.sqrt<T>(b);
  if (provableRoots<T>(b, r)) putXmm(u, r);
  else softPacked<T>(u, SQRT, b, b);
}

function scalarSqrt<T>(u: usize): void {
  const s = sourceScalar<T>(u);
  if (!s) return;
  const b = load<T>(s);
  const r = sqrt<T>(b);
  if (provableRoot<T>(b, r)) putScalar<T>(u, r);
  else softScalar<T>(u, SQRT, s);
}

// The source is the result unless the destination is truly less (or greater): also for zeros of unlike sign, and for NaNs.

function packedMin<T>(u: usize): void {
  const s = source128(u);
  if (!s) return;
  const a = getXmm(u);
  const b = v128.load(s);
  if (comparables<T>(a, b)) putXmm(u, v128.pmin<T>(b, a));
  else softPacked<T>(u, MIN, a, b);
}

function scalarMin<T>(u: usize): void {
  const s = sourceScalar<T>(u);
  if (!s) return;
  const a = getScalar<T>(u);
  const b = load<T>(s);
  if (!comparable<T>(a, b)) softScalar<T>(u, MIN, s);
  else if (a >= b) putScalar<T>(u, b);
}

function packedMax<T>(u: usize): void {
  const s = source128(u);
  if (!s) return;
  const a = getXmm(u);
  const b = v128.load(s);
  if (comparables<T>(a, b)) putXmm(u, v128.pmax<T>(b, a));
  else softPacked<T>(u, MAX, a, b);
}

function scalarMax<T>(u: usize): void {
  const s = sourceScalar<T>(u);
  if (!s) return;
  const a = getScalar<T>(u);
  const b = load<T>(s);
  if (!comparable<T>(a, b)) softScalar<T>(u, MAX, s);
  else if (a <= b) putScalar<T>(u, b);
}

// SSE3: differences in even elements, sums in odd ones; sums and differences of neighbours, the destination's first.

export function addsubps(u: usize): void {
  const s = source128(u);
  if (!s) return;
  const a = getXmm(u);
  const b = v128.load(s);
  const r = v128.shuffle<u32>(f32x4.sub(a, b), f32x4.add(a, b), 0, 5, 2, 7);
  if (provableSums<f32>(a, b, r)) putXmm(u, r);
  else softPacked<f32>(u, ADDSUB, a, b);
}

export function addsubpd(u: usize): void {
  const s = source128(u);
  if (!s) return;
  const a = getXmm(u);
  const b = v128.load(s);
  const r = v128.shuffle<u64>(f64x2.sub(a, b), f64x2.add(a, b), 0, 3);
  if (provableSums<f64>(a, b, r)) putXmm(u, r);
  else softPacked<f64>(u, ADDSUB, a, b);
}

/** Even-numbered elements of a and b, of sizeof<T>() bytes. */
function evens<T>(a: v128, b: v128): v128 {
  return sizeof<T>() == 4 ? v128.shuffle<u32>(a, b, 0, 2, 4, 6) : v128.shuffle<u64>(a, b, 0, 2);
}

function odds<T>(a: v128, b: v128): v128 {
  return sizeof<T>() == 4 ? v128.shuffle<u32>(a, b, 1, 3, 5, 7) : v128.shuffle<u64>(a, b, 1, 3);
}

function horizontalAdd<T>(u: usize): void {
  const s = source128(u);
  if (!s) return;
  const a = evens<T>(getXmm(u), v128.load(s));
  const b = odds<T>(getXmm(u), v128.load(s));
  const r = v128.add<T>(a, b);
  if (provableSums<T>(a, b, r)) putXmm(u, r);
  else softPacked<T>(u, ADD, a, b);
}

function horizontalSub<T>(u: usize): void {
  const s = source128(u);
  if (!s) return;
  const a = evens<T>(getXmm(u), v128.load(s));
  const b = odds<T>(getXmm(u), v128.load(s));
  const r = v128.sub<T>(a, b);
  if (provableSums<T>(a, b, r)) putXmm(u, r);
  else softPacked<T>(u, SUB, a, b);
}

export function addps(u: usize): void {
  packedAdd<f32>(u);
}
export function addpd(u: usize): void {
  packedAdd<f64>(u);
}
export function addss(u: usize): void {
  scalarAdd<f32>(u);
}
export function addsd(u: usize): void {
  scalarAdd<f64>(u);
}
export function subps(u: usize): void {
  packedSub<f32>(u);
}
export function subpd(u: usize): void {
  packedSub<f64>(u);
}
export function subss(u: usize): void {
  scalarSub<f32>(u);
}
export function subsd(u: usize): void {
  scalarSub<f64>(u);
}
export function mulps(u: usize): void {
  packedMul<f32>(u);
}
export function mulpd(u: usize): void {
  packedMul<f64>(u);
}
export function mulss(u: usize): void {
  scalarMul<f32>(u);
}
export function mulsd(u: usize): void {
  scalarMul<f64>(u);
}
export function divps(u: usize): void {
  packedDiv<f32>(u);
}
export function divpd(u: usize): void {
  packedDiv<f64>(u);
}
export function divss(u: usize): void {
  scalarDiv<f32>(u);
}
export function divsd(u: usize): void {
  scalarDiv<f64>(u);
}
export function sqrtps(u: usize): void {
  packedSqrt<f32>(u);
}
export function sqrtpd(u: usize): void {
  packedSqrt<f64>(u);
}
export function sqrtss(u: usize): void {
  scalarSqrt<f32>(u);
}
export function sqrtsd(u: usize): void {
  scalarSqrt<f64>(u);
}
export function minps(u: usize): void {
  packedMin<f32>(u);
}
export function minpd(u: usize): void {
  packedMin<f64>(u);
}
export function minss(u: usize): void {
  scalarMin<f32>(u);
}
export function minsd(u: usize): void {
  scalarMin<f64>(u);
}
export function maxps(u: usize): void {
  packedMax<f32>(u);
}
export function maxpd(u: usize): void {
  packedMax<f64>(u);
}
export function maxss(u: usize): void {
  scalarMax<f32>(u);
}
export function maxsd(u: usize): void {
  scalarMax<f64>(u);
}
export function haddps(u: usize): void {
  horizontalAdd<f32>(u);
}
export function haddpd(u: usize): void {
  horizontalAdd<f64>(u);
}
export function hsubps(u: usize): void {
  horizontalSub<f32>(u);
}
export function hsubpd(u: usize): void {
  horizontalSub<f64>(u);
}
