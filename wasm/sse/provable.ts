// When may a wasm floating-point instruction stand for an SSE one? If it provably gives the same bits and raises no flag that is not
// already set: MXCSR says so (mxcsr.ts), no operand is denormal, and the result is finite. Operands that are infinite or NaN show in
// the result, except as divisors of zero, which is exact. Everything here is for T = f32 and T = f64.
// MXCSR says so once a program has had an inexact result. For those that compute with small integers only, scalar results are also
// proven exact: then neither the rounding mode nor any mask matters.
import { nativeRounding, nativeSums, roundsToNearest } from "./mxcsr";

function smallestNormal<T>(): T {
  return sizeof<T>() == 4 ? <T>f32.MIN_NORMAL_VALUE : <T>f64.MIN_NORMAL_VALUE;
}

function zeros<T>(v: v128): v128 {
  return v128.eq<T>(v, i64x2(0, 0));
}

/** Elements below the normal numbers, zeros among them. */
function small<T>(v: v128): v128 {
  return v128.lt<T>(v128.abs<T>(v), v128.splat<T>(smallestNormal<T>()));
}

function denormals<T>(v: v128): v128 {
  return v128.andnot(small<T>(v), zeros<T>(v));
}

function notFinite<T>(v: v128): v128 {
  return v128.not(v128.lt<T>(v128.abs<T>(v), v128.splat<T>(<T>Infinity)));
}

/** Elements that may have been tiny before they were rounded. */
function maybeTiny<T>(v: v128): v128 {
  return v128.lt<T>(v128.abs<T>(v), v128.splat<T>(<T>2 * smallestNormal<T>()));
}

function isDenormal<T>(v: T): bool {
  return abs<T>(v) < smallestNormal<T>() && v != <T>0;
}

/** r = a + b or a - b: a tiny result is exact. */
export function provableSums<T>(a: v128, b: v128, r: v128): bool {
  return nativeSums() && !v128.any_true(v128.or(v128.or(denormals<T>(a), denormals<T>(b)), notFinite<T>(r)));
}

/** The rounding error of r = a + b is zero, and so is no matter of the sign of a zero. Error-free transformation: Knuth, TwoSum. */
function exactSum<T>(a: T, b: T, r: T): bool {
  const bPart = <T>(r - a);
  const aPart = <T>(r - bPart);
  if (a != aPart || b != bPart) return false;
  return abs<T>(r) >= smallestNormal<T>() || (r == <T>0 && roundsToNearest());
}

/** r = a + b; for a difference, b is negated. */
export function provableSum<T>(a: T, b: T, r: T): bool {
  return abs<T>(r) < <T>Infinity && !isDenormal<T>(a) && !isDenormal<T>(b) && (nativeSums() || exactSum<T>(a, b, r));
}

/** r = a * b: a tiny result is inexact, unless an operand is zero. */
export function provableProducts<T>(a: v128, b: v128, r: v128): bool {
  const denormal = v128.or(denormals<T>(a), denormals<T>(b));
  const tiny = v128.andnot(maybeTiny<T>(r), v128.or(zeros<T>(a), zeros<T>(b)));
  return nativeRounding() && !v128.any_true(v128.or(v128.or(denormal, tiny), notFinite<T>(r)));
}

/** Zero bits at the end of the significand. */
function trailingZeros<T>(v: T): i32 {
  if (sizeof<T>() == 4) return <i32>ctz<u32>(reinterpret<u32>(<f32>v) | 0x800000);
  return <i32>ctz<u64>(reinterpret<u64>(<f64>v) | 0x10000000000000);
}

/** The product of the significands fits in one. */
function exactProduct<T>(a: T, b: T): bool {
  return trailingZeros<T>(a) + trailingZeros<T>(b) >= (sizeof<T>() == 4 ? 24 : 53);
}

export function provableProduct<T>(a: T, b: T, r: T): bool {
  if (isDenormal<T>(a) || isDenormal<T>(b) || !(nativeRounding() || exactProduct<T>(a, b))) return false;
  const m = abs<T>(r);
  return (m >= <T>2 * smallestNormal<T>() && m < <T>Infinity) || (m == <T>0 && (a == <T>0 || b == <T>0));
}

/** r = a / b. */
export function provableQuotients<T>(a: v128, b: v128, r: v128): bool {
  const denormal = v128.or(denormals<T>(a), denormals<T>(b));
  const tiny = v128.andnot(maybeTiny<T>(r), zeros<T>(a));
  return nativeRounding() && !v128.any_true(v128.or(v128.or(denormal, tiny), notFinite<T>(r)));
}

export function provableQuotient<T>(a: T, b: T, r: T): bool {
  if (isDenormal<T>(a) || isDenormal<T>(b)) return false;
  if (!nativeRounding() && !(exactProduct<T>(r, b) && <T>(r * b) == a)) return false;
  const m = abs<T>(r);
  return (m >= <T>2 * smallestNormal<T>() && m < <T>Infinity) || (m == <T>0 && a == <T>0);
}

/** r = square root of a: never tiny, and NaN where a is negative. */
export function provableRoots<T>(a: v128, r: v128): bool {
  return nativeRounding() && !v128.any_true(v128.or(denormals<T>(a), notFinite<T>(r)));
}

export function provableRoot<T>(a: T, r: T): bool {
  if (!(abs<T>(r) < <T>Infinity) || isDenormal<T>(a)) return false;
  return nativeRounding() || (exactProduct<T>(r, r) && <T>(r * r) == a);
}

/** Neither NaN nor denormal: comparisons raise no flag, whatever MXCSR says. */
export function comparables<T>(a: v128, b: v128): bool {
  const unordered = v128.or(v128.ne<T>(a, a), v128.ne<T>(b, b));
  return !v128.any_true(v128.or(unordered, v128.or(denormals<T>(a), denormals<T>(b))));
}

export function comparable<T>(a: T, b: T): bool {
  return abs<T>(a) <= <T>Infinity && abs<T>(b) <= <T>Infinity && !isDenormal<T>(a) && !isDenormal<T>(b);
}

/** Single to double precision: exact, and quiet unless NaN or denormal. */
export function provableWidening(a: f32): bool {
  return abs<f32>(a) <= <f32>Infinity && !isDenormal<f32>(a);
}

/** Double to single precision, given the double: its magnitude must stay clear of the ends of the narrower range. */
export function provableNarrowing(a: f64): bool {
  const m = abs<f64>(a);
  return (nativeRounding() || <f64>(<f32>a) == a) && ((m >= 2 * f32.MIN_NORMAL_VALUE && m <= f32.MAX_VALUE) || m == 0);
}
