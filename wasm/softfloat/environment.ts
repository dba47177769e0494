// The environment of a floating-point operation: how to round, which exceptions are unmasked, and what the operation reported.
// Shared by x87 and SSE: each instruction sets it from its own control word before it computes.

/** Rounding modes as RC of the x87 control word and of MXCSR encode them. SDM 1 "Rounding". */
export const ROUND_NEAREST: i32 = 0;
export const ROUND_DOWN: i32 = 1;
export const ROUND_UP: i32 = 2;
export const ROUND_ZERO: i32 = 3;

/** Exceptions: the same bits in the x87 status word and in MXCSR. */
export const EX_INVALID: u32 = 1;
export const EX_DENORMAL: u32 = 2;
export const EX_ZERO_DIVIDE: u32 = 4;
export const EX_OVERFLOW: u32 = 8;
export const EX_UNDERFLOW: u32 = 16;
export const EX_PRECISION: u32 = 32;
/** Found before anything is computed: unmasked, they leave no result. */
export const EX_BEFORE: u32 = EX_INVALID | EX_DENORMAL | EX_ZERO_DIVIDE;

export let rounding: i32 = ROUND_NEAREST;
/** EX_* bits whose exceptions are not masked: overflow and underflow then deliver a result with adjusted exponent. */
export let unmasked: u32 = 0;
/** Denormal operands are zeros (MXCSR.DAZ). Always off for x87. */
export let daz: bool = false;
/** Tiny results are zeros while underflow is masked (MXCSR.FTZ). Always off for x87. */
export let ftz: bool = false;

/** EX_* bits reported since clearExceptions(). */
export let exceptions: u32 = 0;
/** A rounding since clearExceptions() went away from zero (C1 of the x87 status word). */
export let roundedUp: bool = false;

export function setRounding(mode: i32): void {
  rounding = mode;
}

export function setUnmasked(bits: u32): void {
  unmasked = bits;
}

export function setDenormals(operandsAreZero: bool, resultsToZero: bool): void {
  daz = operandsAreZero;
  ftz = resultsToZero;
}

export function clearExceptions(): void {
  exceptions = 0;
  roundedUp = false;
}

export function report(bits: u32): void {
  exceptions |= bits;
}

export function setRoundedUp(up: bool): void {
  roundedUp = up;
}
