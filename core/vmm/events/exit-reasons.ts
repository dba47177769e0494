/**
 * Why a guest was left, on any road, as small numbers to count by. Up to FFh they are SVM's exit codes: an exit of the other roads that has a
 * counterpart in SVM is counted under it (a HLT that raised #GP on `trap` is a HLT). What SVM has no code for, because its guests do it
 * without an exit, follows.
 */
import { SVM_EXIT_INVALID, SVM_EXIT_NPF, svmExitCodes, svmExitName } from "./svm-exit-codes.js";

/** Index into counters by reason, 0 to EXIT_REASONS - 1. */
export type ExitReason = number;

const FIRST_FURTHER = 0x100;

const FURTHER = [
  // SVM's codes above FFh.
  "NPF",
  "AVIC_INCOMPLETE_IPI",
  "AVIC_NOACCEL",
  "INVALID",
  // Instructions that trap, or are called out for, on the software roads only.
  "CLI",
  "STI",
  "SYSENTER",
  "SYSEXIT",
  "SEGMENT_LOAD",
  "FAR_TRANSFER",
  "INSPECT",
  // Page faults by what the VMM found. The fault of a guest that it gets to see itself, and three kinds it never hears of.
  "TRUE_FAULT",
  "HIDDEN_FAULT",
  "TRACE_FAULT",
  "MMIO",
  // Binary translation.
  "TRANSLATE",
  "INDIRECT_MISS",
  // A callout for an instruction that the VMM does not emulate, but executes in place.
  "CALLOUT",
  // An instruction that the road can not run and the VMM does not emulate.
  "UNSUPPORTED",
] as const;

/** Length of an array that is indexed by reason. */
export const EXIT_REASONS = FIRST_FURTHER + FURTHER.length;

/** Reasons that are not SVM's first 256 exit codes, by name. */
export const REASON = Object.fromEntries(FURTHER.map((name, n) => [name, FIRST_FURTHER + n])) as Readonly<
  Record<(typeof FURTHER)[number], ExitReason>
>;

/** The reason of a #VMEXIT; a code that SVM does not have counts as INVALID. */
export function reasonOfSvmExit(code: bigint): ExitReason {
  if (code < 0x100n) return Number(code);
  const npf = BigInt(SVM_EXIT_NPF);
  return code >= npf && code <= npf + 2n ? REASON.NPF + Number(code - npf) : REASON.INVALID;
}

/** The reason of an exception that the guest raised, by vector 0 to 31. */
export function reasonOfException(vector: number): ExitReason {
  return 0x40 + (vector & 31);
}

export function reasonName(reason: ExitReason): string {
  return reason < FIRST_FURTHER ? svmExitName(BigInt(reason)) : (FURTHER[reason - FIRST_FURTHER] ?? `reason ${reason}`);
}

const SVM_REASONS: ReadonlySet<ExitReason> = new Set(
  svmExitCodes()
    .filter((code) => code < 0x100n || code === SVM_EXIT_INVALID)
    .map(reasonOfSvmExit),
);

/** A reason that something can have: the numbers between are SVM's reserved ones. */
export function isReason(reason: number): boolean {
  return SVM_REASONS.has(reason) || (reason >= FIRST_FURTHER && reason < EXIT_REASONS);
}
