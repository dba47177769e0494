// Conversions between integers, single and double precision. SDM 1 "SSE2 Conversion Instructions". Out of range or NaN, an integer
// result is the indefinite integer with invalid operation. As in float.ts, wasm converts where that is provably the same.
import { U_DST, U_SIZE, U_SRC } from "../abi/uop";
import { fault } from "../cpu/fault";
import { readMem } from "../cpu/operand";
import { getReg, setReg } from "../cpu/state";
import { f32FromI32, f32FromI64, f32ToF64, f32ToI32, f32ToI32Truncate, f32ToI64, f32ToI64Truncate } from "../softfloat/f32";
import { f64FromI64, f64ToF32, f64ToI32, f64ToI32Truncate, f64ToI64, f64ToI64Truncate } from "../softfloat/f64";
import { beginSoft, endSoft, inexactIsSilent, nativeRounding } from "./mxcsr";
import { isMemory, putScalar, putXmm, source128, sourceMmx, sourceScalar } from "./operand";
import { provableNarrowing, provableWidening } from "./provable";
import { enterMmx, mixedReady, SCRATCH, setMmx, sseReady } from "./state";

/** Where packed results are gathered. */
const RESULT: usize = SCRATCH + 16;

// Floating point to integers. T is f32 or f64.

function softToI32<T>(at: usize, truncate: bool): i32 {
  if (sizeof<T>() == 4) return truncate ? f32ToI32Truncate(load<u32>(at)) : f32ToI32(load<u32>(at));
  return truncate ? f64ToI32Truncate(load<u64>(at)) : f64ToI32(load<u64>(at));
}

function softToI64<T>(at: usize, truncate: bool): i64 {
  if (sizeof<T>() == 4) return truncate ? f32ToI64Truncate(load<u32>(at)) : f32ToI64(load<u32>(at));
  return truncate ? f64ToI64Truncate(load<u64>(at)) : f64ToI64(load<u64>(at));
}

/** `count` values at `s` to 32-bit integers at RESULT; false if an exception is not masked. */
function toIntegers<T>(s: usize, count: i32, truncate: bool): bool {
  beginSoft();
  for (let i = 0; i < count; i++) store<i32>(RESULT + (i << 2), softToI32<T>(s + i * sizeof<T>(), truncate));
  return endSoft();
}

/** To a general register; U_SIZE 8 (REX.W) gives 64 bits. */
function toGeneral<T>(u: usize, truncate: bool): void {
  const s = sourceScalar<T>(u);
  if (!s) return;
  const d = load<u8>(u, U_DST);
  if (load<u8>(u, U_SIZE) == 8) {
    beginSoft();
    const r = softToI64<T>(s, truncate);
    if (endSoft()) setReg<u64>(d, r);
    return;
  }
  const value = load<T>(s);
  const whole = truncate ? trunc<T>(value) : nearest<T>(value);
  if (abs<T>(value) < <T>2147483647 && (value == whole || (truncate ? inexactIsSilent() : nativeRounding()))) {
    setReg<u32>(d, <i32>whole);
    return;
  }
  beginSoft();
  const r = softToI32<T>(s, truncate);
  if (endSoft()) setReg<u32>(d, r);
}

/** Two values to an MMX register. MMX mode is entered even if an exception keeps the register as it is (seen on a real processor). */
function toMmx<T>(u: usize, s: usize, truncate: bool): void {
  if (!s) return;
  enterMmx();
  if (toIntegers<T>(s, 2, truncate)) setMmx(load<u8>(u, U_DST), load<u64>(RESULT));
}

/** Four singles to four integers. */
function toDwords(u: usize, truncate: bool): void {
  const s = source128(u);
  if (!s) return;
  const v = v128.load(s);
  const inRange = f32x4.lt(f32x4.abs(v), f32x4.splat(2147483648));
  if (i32x4.all_true(inRange) && (truncate ? inexactIsSilent() : nativeRounding())) {
    putXmm(u, i32x4.trunc_sat_f32x4_s(truncate ? v : f32x4.nearest(v)));
  } else if (toIntegers<f32>(s, 4, truncate)) putXmm(u, v128.load(RESULT));
}

/** Two doubles to two integers; the upper half becomes zero. */
function doublesToDwords(u: usize, truncate: bool): void {
  const s = source128(u);
  if (s && toIntegers<f64>(s, 2, truncate)) putXmm(u, v128.load64_zero(RESULT));
}

export function cvtss2si(u: usize): void {
  toGeneral<f32>(u, false);
}
export function cvttss2si(u: usize): void {
  toGeneral<f32>(u, true);
}
export function cvtsd2si(u: usize): void {
  toGeneral<f64>(u, false);
}
export function cvttsd2si(u: usize): void {
  toGeneral<f64>(u, true);
}
export function cvtps2pi(u: usize): void {
  if (mixedReady()) toMmx<f32>(u, sourceScalar<u64>(u), false);
}
export function cvttps2pi(u: usize): void {
  if (mixedReady()) toMmx<f32>(u, sourceScalar<u64>(u), true);
}
export function cvtpd2pi(u: usize): void {
  if (mixedReady()) toMmx<f64>(u, source128(u), false);
}
export function cvttpd2pi(u: usize): void {
  if (mixedReady()) toMmx<f64>(u, source128(u), true);
}
export function cvtps2dq(u: usize): void {
  toDwords(u, false);
}
export function cvttps2dq(u: usize): void {
  toDwords(u, true);
}
export function cvtpd2dq(u: usize): void {
  doublesToDwords(u, false);
}
export function cvttpd2dq(u: usize): void {
  doublesToDwords(u, true);
}

// Integers to floating point. A 32-bit integer is exact in double precision.

function readGeneral(u: usize): i64 {
  if (load<u8>(u, U_SIZE) == 8) return isMemory(u) ? readMem<i64>(u) : getReg<i64>(load<u8>(u, U_SRC));
  return isMemory(u) ? readMem<i32>(u) : getReg<i32>(load<u8>(u, U_SRC));
}

export function cvtsi2ss(u: usize): void {
  if (!sseReady()) return;
  const value = readGeneral(u);
  if (fault) return;
  if (nativeRounding() || abs<i64>(value) <= 1 << 24) {
    putScalar<f32>(u, <f32>value);
    return;
  }
  beginSoft();
  const r = f32FromI64(value);
  if (endSoft()) putScalar<u32>(u, r);
}

export function cvtsi2sd(u: usize): void {
  if (!sseReady()) return;
  const value = readGeneral(u);
  if (fault) return;
  if (load<u8>(u, U_SIZE) != 8 || nativeRounding()) {
    putScalar<f64>(u, <f64>value);
    return;
  }
  beginSoft();
  const r = f64FromI64(value);
  if (endSoft()) putScalar<u64>(u, r);
}

/** `count` 32-bit integers at `s` to singles at RESULT; false if an exception is not masked. */
function toSingles(s: usize, count: i32): bool {
  beginSoft();
  for (let i = 0; i < count; i++) store<u32>(RESULT + (i << 2), f32FromI32(load<i32>(s + (i << 2))));
  return endSoft();
}

export function cvtdq2ps(u: usize): void {
  const s = source128(u);
  if (!s) return;
  if (nativeRounding()) putXmm(u, f32x4.convert_i32x4_s(v128.load(s)));
  else if (toSingles(s, 4)) putXmm(u, v128.load(RESULT));
}

export function cvtdq2pd(u: usize): void {
  const s = sourceScalar<u64>(u);
  if (s) putXmm(u, f64x2.convert_low_i32x4_s(v128.load64_zero(s)));
}

/** Two integers from an MMX register or from memory, which has nothing to do with MMX: SDM 2A "CVTPI2PD" says so, "CVTPI2PS" does not,
 * but AMD's processors treat them alike. */
function sourceIntegers(u: usize): usize {
  if (!sseReady()) return 0;
  return isMemory(u) ? sourceScalar<u64>(u) : sourceMmx<u64>(u);
}

/** The upper half stays. */
export function cvtpi2ps(u: usize): void {
  const s = sourceIntegers(u);
  if (s && toSingles(s, 2)) putScalar<u64>(u, load<u64>(RESULT));
}

export function cvtpi2pd(u: usize): void {
  const s = sourceIntegers(u);
  if (s) putXmm(u, f64x2.convert_low_i32x4_s(v128.load64_zero(s)));
}

// Between single and double precision.

export function cvtss2sd(u: usize): void {
  const s = sourceScalar<f32>(u);
  if (!s) return;
  const value = load<f32>(s);
  if (provableWidening(value)) {
    putScalar<f64>(u, <f64>value);
    return;
  }
  beginSoft();
  const r = f32ToF64(load<u32>(s));
  if (endSoft()) putScalar<u64>(u, r);
}

export function cvtsd2ss(u: usize): void {
  const s = sourceScalar<f64>(u);
  if (!s) return;
  const value = load<f64>(s);
  if (provableNarrowing(value)) {
    putScalar<f32>(u, <f32>value);
    return;
  }
  beginSoft();
  const r = f64ToF32(load<u64>(s));
  if (endSoft()) putScalar<u32>(u, r);
}

/** The two low singles. */
export function cvtps2pd(u: usize): void {
  const s = sourceScalar<u64>(u);
  if (!s) return;
  if (provableWidening(load<f32>(s)) && provableWidening(load<f32>(s, 4))) {
    putXmm(u, f64x2.promote_low_f32x4(v128.load64_zero(s)));
    return;
  }
  beginSoft();
  const low = f32ToF64(load<u32>(s));
  const high = f32ToF64(load<u32>(s, 4));
  if (endSoft()) putXmm(u, i64x2.replace_lane(i64x2.splat(low), 1, high));
}

/** The upper half becomes zero. */
export function cvtpd2ps(u: usize): void {
  const s = source128(u);
  if (!s) return;
  if (provableNarrowing(load<f64>(s)) && provableNarrowing(load<f64>(s, 8))) {
    putXmm(u, f32x4.demote_f64x2_zero(v128.load(s)));
    return;
  }
  beginSoft();
  store<u32>(RESULT, f64ToF32(load<u64>(s)));
  store<u32>(RESULT, f64ToF32(load<u64>(s, 8)), 4);
  if (endSoft()) putXmm(u, v128.load64_zero(RESULT));
}
