// Exports of the module. core/cpu/cpu.ts is the only caller.
import { ABI_VERSION } from "./abi/version";
import { selectMode } from "./cpu/branch";
import { codeWritten, dropAllCode } from "./cpu/code-cache";
import { readFlags, writeFlags } from "./cpu/flags";
import { selectTlb } from "./cpu/memory";
import { observe } from "./cpu/paging";
import { setModeChanged } from "./cpu/state";
import { flushTlbPage, forgetJumps, protectHostPage, resetTlb } from "./cpu/tlb";
import { refreshDebug } from "./system/debug";
import { resetProcessor } from "./system/reset";
import { refreshSegments } from "./system/segment";

export { allocateUops } from "./cpu/code-cache";
export { execOf } from "./cpu/decode";
export { fault } from "./cpu/fault";
export { arithmeticFlagsOf, conditionOf } from "./cpu/flags";
export { fillForRead, fillForWrite } from "./cpu/memory";
export { executeEnding, leaveRegion, refuseEntry } from "./cpu/region";
export { run } from "./cpu/run";
export { fillAtHand, loadSegmentAtHand, moveAtHand } from "./system/at-hand";
export { identify } from "./system/cpuid";
export { abandonGuest, enterGuest } from "./system/svm/world";
export { forgetTime } from "./system/time-stamp";
export { codeWritten, dropAllCode, forgetJumps, observe, protectHostPage, readFlags, writeFlags };

export function abiVersion(): i32 {
  return ABI_VERSION;
}

/** Forget the translation of a page. */
export function invalidatePage(linear: u32): void {
  flushTlbPage(<u64>linear);
}

/** Forget everything derived from the state record: after the facade changed registers, segments, control registers or the memory map. */
export function synchronize(): void {
  resetTlb();
  refresh();
}

/** Likewise, after changes of segments and privilege alone: the TLBs stay. */
export function refresh(): void {
  refreshSegments();
  refreshDebug();
  selectTlb();
  selectMode();
}

/** Likewise, where the segment registers were put there as this processor has had them, marks and all, and debug registers stay. */
export function changePrivilege(flags: u32): void {
  writeFlags(flags);
  setModeChanged(true);
  selectTlb();
  selectMode();
}

/** Power-on or RESET# state. */
export function reset(): void {
  resetProcessor();
  writeFlags(2);
  dropAllCode();
  synchronize();
}
