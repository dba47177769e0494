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
/** Address of the first byte of a group of accesses; and what the TLB says to add to the address at hand. */
export const LOW = 28;
export const ADDEND = 29;
/** x87 registers (x87-stack.ts): significands, then signs and exponents. */
export const X87_SIGNIFICAND = 30;
export const X87_EXPONENT = 38;
/** Where the block found the x87 stack: status word, 16 times TOP, tags from ST(0) on, and how the control word differs from its default. */
export const X87_STATUS = 46;
export const X87_TOP = 47;
export const X87_TAGS = 48;
export const X87_UNUSUAL = 49;
/** Since then: address of the last memory operand, whether the last result was rounded up, and not zero if one was inexact. */
export const X87_OPERAND = 50;
export const X87_UP = 51;
export const X87_INEXACT = 52;
/** For the x87 instruction at hand. */
export const X87_Q = 53;
export const X87_T = 57;
/** For the SIMD instruction at hand. */
export const V0 = 61;
export const V1 = 62;
export const V2 = 63;
/** XMM registers 0 to 7. */
export const XMM = 64;
/** Vectors that do not change. */
export const FIRST_CONSTANT = 72;
export const CONSTANTS = 6;
/** Not zero if SSE instructions may not run; what masks of two and of four elements have to be for host arithmetic (vectors.ts). */
export const SSE_OFF = 78;
export const NATIVE_2 = 79;
export const NATIVE_4 = 80;
/** Where code is segmented (segments.ts): by segment, base and end of what may be read and written; CS limit; which bits of ESP are the stack's. */
export const SEGMENT_BASE = 81;
export const READ_END = 87;
export const WRITE_END = 93;
export const CODE_LIMIT = 99;
export const STACK_MASK = 100;
const END = 101;

/** What a region has locals for besides those that each has. */
export interface Parts {
  readonly x87: boolean;
  readonly vectors: boolean;
  readonly segmented: boolean;
}

/** Types of the locals after the parameters. Parts that are not there have none, or some that cost little: engines look at each one often. */
export function localTypes({ x87, vectors, segmented }: Parts): ValueType[] {
  const types: ValueType[] = new Array(END - GPR).fill(I32);
  const set = (first: number, end: number, type: ValueType) => types.fill(type, first - GPR, end - GPR);
  set(Q0, LOW, I64);
  if (x87) {
    set(X87_SIGNIFICAND, X87_EXPONENT, I64);
    set(X87_INEXACT, X87_T, I64);
  }
  if (vectors) set(V0, SSE_OFF, V128);
  if (segmented) set(READ_END, CODE_LIMIT, I64);
  types.length = (segmented ? END : vectors ? SEGMENT_BASE : x87 ? V0 : X87_SIGNIFICAND) - GPR;
  return types;
}
