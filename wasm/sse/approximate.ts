// RCPPS, RSQRTPS and their scalar forms: no flags, no rounding mode. The manual bounds the relative error by 1.5 * 2^-12 and leaves the
// bits open (Intel's and AMD's differ): here the true value rounded to 12 significant bits, ties away from zero, error below 2^-12,
// the same on every host. Denormal operands are zeros of their sign and tiny results become zeros, as the manual has it.
// SDM 2B "RCPPS", "RSQRTPS".
import { putScalar, putXmm, source128, sourceScalar } from "./operand";
import { SCRATCH } from "./state";

const SIGN: u32 = 0x80000000;
const INFINITY_BITS: u32 = 0x7f800000;
const QUIET_BIT: u32 = 0x400000;
const INDEFINITE: u32 = 0xffc00000;

/** Round the significand to 12 bits; a carry into the exponent is right as it is. */
function round12(bits: u32): u32 {
  return (bits + 0x800) & ~0xfff;
}

function reciprocal(bits: u32): u32 {
  const magnitude = bits & ~SIGN;
  if (magnitude > INFINITY_BITS) return bits | QUIET_BIT;
  const sign = bits & SIGN;
  if (magnitude < 0x00800000) return sign | INFINITY_BITS;
  const r = round12(reinterpret<u32>(<f32>1 / reinterpret<f32>(magnitude)));
  return r < 0x00800000 ? sign : sign | r;
}

function reciprocalRoot(bits: u32): u32 {
  const magnitude = bits & ~SIGN;
  if (magnitude > INFINITY_BITS) return bits | QUIET_BIT;
  if (magnitude < 0x00800000) return (bits & SIGN) | INFINITY_BITS;
  if (bits & SIGN) return INDEFINITE;
  return round12(reinterpret<u32>(<f32>(<f64>1 / sqrt<f64>(<f64>reinterpret<f32>(bits)))));
}

export function rcpps(u: usize): void {
  const s = source128(u);
  if (!s) return;
  for (let i: usize = 0; i < 16; i += 4) store<u32>(SCRATCH + i, reciprocal(load<u32>(s + i)));
  putXmm(u, v128.load(SCRATCH));
}

export function rcpss(u: usize): void {
  const s = sourceScalar<u32>(u);
  if (s) putScalar<u32>(u, reciprocal(load<u32>(s)));
}

export function rsqrtps(u: usize): void {
  const s = source128(u);
  if (!s) return;
  for (let i: usize = 0; i < 16; i += 4) store<u32>(SCRATCH + i, reciprocalRoot(load<u32>(s + i)));
  putXmm(u, v128.load(SCRATCH));
}

export function rsqrtss(u: usize): void {
  const s = sourceScalar<u32>(u);
  if (s) putScalar<u32>(u, reciprocalRoot(load<u32>(s)));
}
