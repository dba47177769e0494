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
/** Linear address where a branch out of the region leads. */
export const TARGET = 16;
/** Linear address of the access at hand, a slot of the code TLB, and the host address of the access. */
export const ADDRESS = 17;
export const SLOT = 18;
export const HOST = 19;
/** For the instruction at hand. */
export const T0 = 20;
export const T1 = 21;
export const T2 = 22;
export const DISPATCH = 23;
/** Where flags come from that were changed after the rest (flags.ts). */
export const FLAG_OVERLAY = 24;
/** How the region is left before an instruction: offset of a record (exits.ts). */
export const EXIT = 25;
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
/** Address of the first byte of a group of accesses. */
export const LOW = 48;
/** x87 registers (x87-stack.ts): significands, then signs and exponents. */
export const X87_SIGNIFICAND = 49;
export const X87_EXPONENT = 57;
/** Where the block found the x87 stack: status word, 16 times TOP, tags from ST(0) on, and how the control word differs from its default. */
export const X87_STATUS = 65;
export const X87_TOP = 66;
export const X87_TAGS = 67;
export const X87_UNUSUAL = 68;
/** Since then: address of the last memory operand, whether the last result was rounded up, and not zero if one was inexact. */
export const X87_OPERAND = 69;
export const X87_UP = 70;
export const X87_INEXACT = 71;
/** For the x87 instruction at hand. */
export const X87_Q = 72;
export const X87_T = 76;
/** Where code is segmented (segments.ts): by segment, base and end of what may be read and written; CS limit; which bits of ESP are the stack's. */
export const SEGMENT_BASE = 80;
export const READ_END = 86;
export const WRITE_END = 92;
export const CODE_LIMIT = 98;
export const STACK_MASK = 99;
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
  types.push(I32, I32, I32, I32);
  const wide = x87 ? I64 : I32;
  for (let local = X87_SIGNIFICAND; local < SEGMENT_BASE; local++) {
    const isWide = local < X87_EXPONENT || (local >= X87_INEXACT && local < X87_T);
    types.push(isWide ? wide : I32);
  }
  if (segmented) types.push(...SEGMENT_LOCALS);
  for (let i = 0; i < pairs; i++) types.push(I64, I32);
  return types;
}
