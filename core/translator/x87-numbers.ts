/**
 * Numbers of the x87 unit in translated code: what is usual enough to be computed in line, operands in memory as registers would hold them,
 * and rounding to nearest. What is not usual (denormals, NaNs, infinities, far exponents, other rounding) is for the exec functions.
 */
import { type Code, MEMORY, OP } from "./emit/code.js";
import type { Emitter, Instruction } from "./emitter.js";
import * as L from "./locals.js";
import type { Register } from "./x87-stack.js";

export const SIGN = 0x8000;
export const EXPONENT = 0x7fff;
export const BIAS = 16383;
/** The significand's upper bit, which is explicit. */
export const INTEGER_BIT = 1n << 63n;
const BELOW_TIE = INTEGER_BIT - 1n;

/** What a memory operand is. */
export type MemoryType = "f32" | "f64" | "i16" | "i32" | "i64";
export const BYTES: Readonly<Record<MemoryType, number>> = { f32: 4, f64: 8, i16: 2, i32: 4, i64: 8 };

interface Format {
  /** Where the biased exponent begins, how far the sign lies above that of registers, the largest exponent, and how much less they are. */
  readonly fraction: number;
  readonly sign: number;
  readonly special: number;
  readonly bias: number;
}

export const FORMATS: Readonly<Record<"f32" | "f64", Format>> = {
  f32: { fraction: 23, sign: 16, special: 0xff, bias: BIAS - 127 },
  f64: { fraction: 52, sign: 48, special: 0x7ff, bias: BIAS - 1023 },
};

/** Where memory operands go. */
const OPERAND: Register = { sig: L.Q0, exp: L.T0 };

/** Push the host address of the memory operand. */
function host(e: Emitter, i: Instruction, bytes: number): void {
  e.address(i);
  e.host(i, bytes, false);
}

/** Push the bits of a memory operand as an i64: single or double precision, to which short integers are converted. */
function loadFloat(e: Emitter, type: Exclude<MemoryType, "i64">): void {
  const { code: c } = e;
  if (type === "f64") c.memory(MEMORY.i64_load);
  else if (type === "f32") c.memory(MEMORY.i32_load).op(OP.i64_extend_i32_u);
  else c.memory(type === "i16" ? MEMORY.i32_load16_s : MEMORY.i32_load).op(OP.f64_convert_i32_s, OP.i64_reinterpret_f64);
}

function loadQuadword({ code: c }: Emitter): void {
  const { sig, exp } = OPERAND;
  c.memory(MEMORY.i64_load).tee(sig).i64(63).op(OP.i64_shr_u, OP.i32_wrap_i64).i32(15).op(OP.i32_shl).set(exp);
  c.i64(0).get(sig).op(OP.i64_sub).get(sig).get(exp).op(OP.select).tee(sig).op(OP.i64_clz).set(L.X87_Q);
  c.i32(0);
  c.i32(BIAS + 63)
    .get(L.X87_Q)
    .op(OP.i32_wrap_i64, OP.i32_sub)
    .get(exp)
    .op(OP.i32_or);
  c.get(sig).op(OP.i64_eqz, OP.select).set(exp);
  c.get(sig).get(L.X87_Q).op(OP.i64_shl).set(sig);
}

/**
 * Load a memory operand into locals, and whether it is a normal number or zero into X87_T + 3. What is neither has a clear integer bit.
 * May leave the region.
 */
export function memoryOperand(e: Emitter, i: Instruction, type: MemoryType): Register {
  const { code: c } = e;
  host(e, i, BYTES[type]);
  if (type === "i64") {
    loadQuadword(e);
    c.i32(1).set(L.X87_T + 3);
    return OPERAND;
  }
  const { fraction, sign, special, bias } = FORMATS[type === "f32" ? "f32" : "f64"];
  const { sig, exp } = OPERAND;
  const [field, normal] = [L.X87_T, L.X87_T + 1];
  loadFloat(e, type);
  c.tee(sig).i64(fraction).op(OP.i64_shr_u, OP.i32_wrap_i64).i32(special).op(OP.i32_and).tee(field);
  c.i32(1)
    .op(OP.i32_sub)
    .i32(special - 1)
    .op(OP.i32_lt_u)
    .set(normal);
  c.get(field).i32(bias).op(OP.i32_add).i32(0).get(normal).op(OP.select);
  c.get(sig).i64(sign).op(OP.i64_shr_u, OP.i32_wrap_i64).i32(SIGN).op(OP.i32_and, OP.i32_or).set(exp);
  c.get(sig)
    .i64(63 - fraction)
    .op(OP.i64_shl)
    .tee(sig);
  // Without sign and exponent, zero is zero.
  c.i64Wide(BELOW_TIE)
    .op(OP.i64_and, OP.i64_eqz)
    .get(field)
    .op(OP.i32_eqz, OP.i32_and)
    .get(normal)
    .op(OP.i32_or)
    .set(L.X87_T + 3);
  c.get(sig).i64Wide(BELOW_TIE).op(OP.i64_and).get(normal).op(OP.i64_extend_i32_u).i64(63).op(OP.i64_shl, OP.i64_or).set(sig);
  return OPERAND;
}

/** Push whether memoryOperand() found a normal number or zero. */
export function memoryIsPlain({ code: c }: Emitter): void {
  c.get(L.X87_T + 3);
}

/** Push whether the control word is as by default in these respects. */
export function asUsual({ code: c }: Emitter, respects: number): void {
  c.get(L.X87_UNUSUAL).i32(respects).op(OP.i32_and, OP.i32_eqz);
}

/** Push whether two registers hold normal numbers whose products and sums are normal too. */
export function areOrdinary({ code: c }: Emitter, a: Register, b: Register): void {
  // Biased exponents from 3000 to 4FFF.
  c.get(a.exp).i32(0x1000).op(OP.i32_add).i32(0x4000).op(OP.i32_xor);
  c.get(b.exp).i32(0x1000).op(OP.i32_add).i32(0x4000).op(OP.i32_xor, OP.i32_or);
  c.i32(0x6000).op(OP.i32_and, OP.i32_eqz);
  c.get(a.sig).get(b.sig).op(OP.i64_and).i64(0).op(OP.i64_lt_s, OP.i32_and);
}

/** Push whether a register holds a normal number with an exponent that is not extreme, or zero. */
export function isPlain({ code: c }: Emitter, { sig, exp }: Register): void {
  c.get(exp).i32(0x2000).op(OP.i32_add).i32(14).op(OP.i32_shr_u);
  c.get(sig).i64(63).op(OP.i64_shr_u, OP.i32_wrap_i64, OP.i32_and);
  c.get(sig).get(exp).i32(EXPONENT).op(OP.i32_and, OP.i64_extend_i32_u, OP.i64_or, OP.i64_eqz, OP.i32_or).i32(1).op(OP.i32_and);
}

/** X87_UP := whether to round up to nearest even, where `rest`, as a fraction of 2^64, lies below the i64 on the stack. */
export function roundsToEven(c: Code, rest: number): void {
  // The carry out of adding a little less than a half, or a half if the number is odd.
  c.i64(1).op(OP.i64_and).i64Wide(BELOW_TIE).op(OP.i64_add).get(rest).op(OP.i64_add).get(rest).op(OP.i64_lt_u).set(L.X87_UP);
}
