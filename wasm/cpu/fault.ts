// The pending fault. Nothing throws: an exec function that meets a fault calls raise*() and returns with the architectural state as it
// was before the instruction; callers look at `fault` after every memory access. The run loop delivers.
export const VECTOR_DE: i32 = 0;
export const VECTOR_DB: i32 = 1;
export const VECTOR_NMI: i32 = 2;
export const VECTOR_BP: i32 = 3;
export const VECTOR_OF: i32 = 4;
export const VECTOR_BR: i32 = 5;
export const VECTOR_UD: i32 = 6;
export const VECTOR_NM: i32 = 7;
export const VECTOR_DF: i32 = 8;
export const VECTOR_TS: i32 = 10;
export const VECTOR_NP: i32 = 11;
export const VECTOR_SS: i32 = 12;
export const VECTOR_GP: i32 = 13;
export const VECTOR_PF: i32 = 14;
export const VECTOR_MF: i32 = 16;
export const VECTOR_AC: i32 = 17;
export const VECTOR_XM: i32 = 19;

/** The instruction must be executed alone (memory-mapped I/O, a store to a code page): not an exception. See cpu/run.ts. */
export const NEEDS_STEP: i32 = 0x100;

/** The guest is to be left instead: system/svm/intercept.ts says why. */
export const VMEXIT: i32 = 0x200;

/** 0, or vector + 1 of the exception this instruction raised, or NEEDS_STEP, or VMEXIT. */
export let fault: i32 = 0;
export let faultCode: u32 = 0;
/** Linear address of a page fault: CR2, once it is delivered. */
export let faultAddress: u64 = 0;

export function clearFault(): void {
  fault = 0;
}

/** Raise an exception without error code (or with error code 0 where the vector has one). */
export function raise(vector: i32): void {
  fault = vector + 1;
  faultCode = 0;
}

export function raiseCode(vector: i32, code: u32): void {
  fault = vector + 1;
  faultCode = code;
}

export function raisePageFault(linear: u64, code: u32): void {
  faultAddress = linear;
  fault = VECTOR_PF + 1;
  faultCode = code;
}

/** Ask the run loop to execute this instruction again, alone. */
export function needStep(): void {
  fault = NEEDS_STEP;
}

export function raiseExit(): void {
  fault = VMEXIT;
}
