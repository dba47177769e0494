// Intercepts: whether something is to end guest mode, and what the #VMEXIT will say. An instruction that is intercepted raises VMEXIT as it would a
// fault, with nothing changed; the run loop then leaves the guest (world.ts). AMD APM vol. 2 "#VMEXIT", "Instruction Intercepts".
// Outside guest mode nothing is intercepted: INTERCEPTS is 0 then.
import { INTERCEPTS } from "../../abi/state";
import { raiseExit } from "../../cpu/fault";
import { nextRip } from "../../cpu/state";

/** Of the #VMEXIT to come. */
export let exitCode: i64 = 0;
export let exitInfo1: u64 = 0;
export let exitInfo2: u64 = 0;
/** rIP of the next instruction where an instruction was intercepted, else 0. */
export let exitNextRip: u64 = 0;

/** Whether the exit with a code below A0h is wanted. */
export function isIntercepted(code: i32): bool {
  return ((load<u32>(INTERCEPTS + ((<usize>code >> 5) << 2)) >> (code & 31)) & 1) != 0;
}

/** Say what ends guest mode. */
export function setExit(code: i64, info1: u64, info2: u64, nextRip: u64): void {
  exitCode = code;
  exitInfo1 = info1;
  exitInfo2 = info2;
  exitNextRip = nextRip;
}

/** End guest mode instead of the instruction `u`. */
export function exitInstead(u: usize, code: i32, info1: u64, info2: u64): void {
  setExit(code, info1, info2, nextRip(u));
  raiseExit();
}

/** Whether the instruction `u` is intercepted as `code`; then VMEXIT is raised, and the exec function is to return. */
export function intercepted(u: usize, code: i32): bool {
  if (!isIntercepted(code)) return false;
  exitInstead(u, code, 0, 0);
  return true;
}
