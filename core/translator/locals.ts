/** The locals of a region's function. The first three are its parameters (wasm/abi/region.ts). */
import { I32, I64, V128, type ValueType } from "./emit/code.js";

export const ENTRY = 0;
/** Budget left at the start of the block that runs: instructions x 32. */
export const LEFT = 1;
/** What to add to the linear addresses that the region was translated for. */
export const DELTA = 2;
/** General registers EAX to EDI. */
export const GPR = 3;
/** Lazy flags as in wasm/cpu/flags.ts, in 32 bits: kind, first operand, result; and, while the block knows them, second operand and carry. */
export const FLAG_KIND = 11;
export const FLAG_A = 12;
export const FLAG_RESULT = 13;
export const FLAG_B = 14;
export const FLAG_CARRY = 15;
/** Where a region ends: the micro-op, or the linear address for a branch out of it; and the linear page of the micro-op. */
export const EXIT_AT = 16;
export const EXIT_PAGE = 17;
/** Linear address of the access at hand, its TLB slot, and its host address. */
export const ADDRESS = 18;
export const SLOT = 19;
export const HOST = 20;
/** For the instruction at hand. */
export const T0 = 21;
export const T1 = 22;
export const T2 = 23;
export const DISPATCH = 24;
/** Where flags come from that were changed after the rest (flags.ts). */
export const FLAG_OVERLAY = 25;
export const Q0 = 26;
export const Q1 = 27;
export const V0 = 28;
export const V1 = 29;
export const V2 = 30;
/** XMM registers 0 to 7. */
export const XMM = 31;
/** Vectors that do not change. */
export const FIRST_CONSTANT = 39;
export const CONSTANTS = 6;
/** Not zero if SSE instructions may not run; what masks of two and of four elements have to be for host arithmetic (vectors.ts). */
export const SSE_OFF = 45;
export const NATIVE_2 = 46;
export const NATIVE_4 = 47;
/** Tag of the TLB entry that was looked at. */
export const HIT = 48;
/** Address of the first byte of a group of accesses. */
export const LOW = 49;
/** x87 registers (x87-stack.ts): significands, then signs and exponents. */
export const X87_SIGNIFICAND = 50;
export const X87_EXPONENT = 58;
/** Where the block found the x87 stack: status word, 16 times TOP, tags from ST(0) on, and how the control word differs from its default. */
export const X87_STATUS = 66;
export const X87_TOP = 67;
export const X87_TAGS = 68;
export const X87_UNUSUAL = 69;
/** Since then: address of the last memory operand, whether the last result was rounded up, and not zero if one was inexact. */
export const X87_OPERAND = 70;
export const X87_UP = 71;
export const X87_INEXACT = 72;
/** For the x87 instruction at hand. */
export const X87_Q = 73;
export const X87_T = 77;
/** Where code is segmented (segments.ts): by segment, base and end of what may be read and written; CS limit; which bits of ESP are the stack's. */
export const SEGMENT_BASE = 81;
export const READ_END = 87;
export const WRITE_END = 93;
export const CODE_LIMIT = 99;
export const STACK_MASK = 100;
const SEGMENT_LOCALS: readonly ValueType[] = [I32, I32, I32, I32, I32, I32, ...new Array<ValueType>(12).fill(I64), I32, I32];

/** The first of the pairs (tag, addend) of pages that were accessed last. */
export function firstPagePair(segmented: boolean): number {
  return segmented ? SEGMENT_BASE + SEGMENT_LOCALS.length : SEGMENT_BASE;
}

/** Types of the locals after the parameters, with so many page pairs; without vectors or x87, those for them are as cheap as can be. */
export function localTypes(pairs: number, vectors: boolean, x87: boolean, segmented: boolean): ValueType[] {
  const types: ValueType[] = new Array(Q0 - GPR).fill(I32);
  types.push(I64, I64);
  for (let local = V0; local < SSE_OFF; local++) types.push(vectors ? V128 : I32);
  types.push(I32, I32, I32, I32, I32);
  const wide = x87 ? I64 : I32;
  for (let local = X87_SIGNIFICAND; local < SEGMENT_BASE; local++) {
    const isWide = local < X87_EXPONENT || (local >= X87_INEXACT && local < X87_T);
    types.push(isWide ? wide : I32);
  }
  if (segmented) types.push(...SEGMENT_LOCALS);
  for (let i = 0; i < pairs; i++) types.push(I64, I32);
  return types;
}
