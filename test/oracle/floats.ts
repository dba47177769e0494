// Floating-point operands: every class of number, with exponents of one vector close enough to each other that rounding, cancellation,
// overflow and denormal results happen often.
import type { Random } from "./random.js";

export interface FloatFormat {
  readonly exponentBits: number;
  /** Bits of the significand that are stored, the integer bit not counted. */
  readonly fractionBits: number;
  /** The integer bit is stored (80-bit format). */
  readonly explicit: boolean;
}

export const F32: FloatFormat = { exponentBits: 8, fractionBits: 23, explicit: false };
export const F64: FloatFormat = { exponentBits: 11, fractionBits: 52, explicit: false };
export const F80: FloatFormat = { exponentBits: 15, fractionBits: 63, explicit: true };

export function bias(format: FloatFormat): number {
  return (1 << (format.exponentBits - 1)) - 1;
}

/** Where the exponents of one vector's operands gather. */
export interface Gathering {
  readonly exponent: number;
  readonly spread: number;
}

export function gather(random: Random, format: FloatFormat): Gathering {
  const max = (1 << format.exponentBits) - 2;
  const middle = bias(format);
  switch (random.below(10)) {
    case 0:
      return { exponent: format.fractionBits, spread: format.fractionBits };
    case 1:
      return { exponent: max - 2, spread: 4 };
    case 2:
      return { exponent: random.chance(50) ? middle >> 1 : middle + (middle >> 1), spread: 4 };
    case 3:
      return { exponent: middle, spread: middle };
    case 4:
      return { exponent: 1, spread: 3 };
    default:
      return { exponent: middle, spread: random.pick([2, 8, 40, 70]) };
  }
}

function pack(format: FloatFormat, sign: boolean, exponent: number, fraction: bigint, integerBit: boolean): bigint {
  const f = BigInt(format.fractionBits);
  let bits = fraction & ((1n << f) - 1n);
  let at = f;
  if (format.explicit) {
    if (integerBit) bits |= 1n << f;
    at++;
  }
  bits |= BigInt(exponent) << at;
  return sign ? bits | (1n << (at + BigInt(format.exponentBits))) : bits;
}

function fractionPattern(random: Random, bits: number): bigint {
  const ones = (1n << BigInt(bits)) - 1n;
  switch (random.below(6)) {
    case 0:
      return 0n;
    case 1:
      return ones - BigInt(random.below(2));
    case 2:
      return 1n << BigInt(random.below(bits));
    case 3:
      return (random.u64() >> BigInt(64 - random.below(20) - 1)) << BigInt(Math.max(0, bits - 20));
    default:
      return random.u64() & ones;
  }
}

/** NaNs, infinities, zeros, denormals and the unsupported encodings of the 80-bit format. */
function special(random: Random, format: FloatFormat): bigint {
  const sign = random.chance(50);
  const max = (1 << format.exponentBits) - 1;
  const quiet = 1n << BigInt(format.fractionBits - 1);
  const payload = fractionPattern(random, format.fractionBits - 1);
  switch (random.below(format.explicit ? 9 : 7)) {
    case 0:
      return pack(format, sign, max, 0n, true);
    case 1:
      return pack(format, sign, max, quiet | payload, true);
    case 2:
      return pack(format, sign, max, payload === 0n ? 1n : payload, true);
    case 3:
    case 4:
      return pack(format, sign, 0, 0n, false);
    case 5:
    case 6:
      return pack(format, sign, 0, fractionPattern(random, format.fractionBits), false);
    case 7:
      return pack(format, sign, 0, fractionPattern(random, format.fractionBits), true);
    default:
      return pack(format, sign, 1 + random.below(max), fractionPattern(random, format.fractionBits), false);
  }
}

/** An integer of at most 24 bits, a half or a quarter: exact in every format. */
function exact(random: Random, format: FloatFormat): bigint {
  const bits = 1 + random.below(12);
  const value = (1 << (bits - 1)) | random.below(1 << (bits - 1));
  const fraction = BigInt(value & ~(1 << (bits - 1))) << BigInt(format.fractionBits - bits + 1);
  return pack(format, random.chance(50), bias(format) + bits - 1 - random.below(3), fraction, true);
}

export function normal(random: Random, format: FloatFormat, around: Gathering): bigint {
  const max = (1 << format.exponentBits) - 2;
  const wanted = around.exponent + random.below(2 * around.spread + 1) - around.spread;
  const exponent = Math.min(max, Math.max(1, wanted));
  return pack(format, random.chance(50), exponent, fractionPattern(random, format.fractionBits), true);
}

export function floatOperand(random: Random, format: FloatFormat, around: Gathering): bigint {
  const kind = random.below(20);
  if (kind < 4) return special(random, format);
  if (kind < 6) return exact(random, format);
  return normal(random, format, around);
}

/** Packed decimal of FBLD: mostly valid digits. */
export function bcdOperand(random: Random): bigint {
  const sign = random.chance(50) ? 0x80n << 72n : 0n;
  const digits = random.below(19);
  let value = 0n;
  for (let i = 0; i < digits; i++) value = (value << 4n) | BigInt(random.below(10));
  return value | sign;
}
