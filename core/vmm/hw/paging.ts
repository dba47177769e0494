// What the ways to virtualize a guest's memory have in common: the road asks them what an exit is about.
import type { TranslationStep } from "../events/record.js";
import type { EntryState, GuestMode } from "./guest-mode.js";

/** What a fault of memory is. */
export type Fault =
  /** Dealt with: the instruction is executed again, or an event comes first. */
  | "again"
  /** The instruction may be executed once, through what was opened for it; then close(). */
  | "opened"
  /** Nothing can be delivered any more. */
  | "shutdown"
  | { readonly refused: string };

export interface HwPaging extends EntryState {
  /** Exits that it wants beside those of the road. */
  readonly intercepts: readonly number[];
  /** Deal with a fault of memory; undefined: the exit is none. */
  fault(code: number, mode: GuestMode): Fault | undefined;
  /** Deal with an instruction that is intercepted for it; false: the exit is for something else; "step": the processor may execute it as it is. */
  handle(code: number, mode: GuestMode): boolean | "step";
  /** What was opened for one instruction is closed. */
  close(): void;
  /** The state record was changed by others. */
  stateChanged(): void;
  memoryWritten(physical: number, length: number): void;
  /** Guest-physical address of a linear one, whatever its rights; without any effect on the guest. */
  translate(linear: number): number | undefined;
  /** See Road. */
  tableSteps(linear: number): readonly TranslationStep[];
  /** See Road. */
  isWatched(hostPage: number): boolean;
}
