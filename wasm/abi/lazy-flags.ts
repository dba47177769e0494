// Kinds of lazy flags: the last operation, of which the first operand and the result are kept (cpu/flags.ts).

/** All six flags are bits of the first operand, in their EFLAGS positions. */
export const LF_EXPLICIT: i32 = 0;
/** C, O and A are bits of the first operand; S, Z and P come from the result. */
export const LF_BITS: i32 = 1;
/** C, O and A are zero. */
export const LF_LOGIC: i32 = 2;
/** + log2 of the width in bytes. */
export const LF_ADD: i32 = 4;
export const LF_SUB: i32 = 8;

// Where they are kept.
/** i64: the first operand, or flags. */
export const LAZY_A: i32 = 0x4860;
/** i64: the result. */
export const LAZY_RESULT: i32 = 0x4868;
/** i32: the kind, LF_*. */
export const LAZY_KIND: i32 = 0x4870;
