// What the owner of a paravirtual guest has to do with it, beside running it as any virtual processor.
import type { StateValue } from "../../bus/device.js";

/** One disk, in sectors of 512 bytes. A range beyond its end never gets here. */
export interface PvDisk {
  readonly sectors: number;
  /** undefined: the device failed. */
  read(sector: number, count: number): Uint8Array | undefined;
  /** False: the device failed, or can not be written to. */
  write(sector: number, bytes: Uint8Array): boolean;
  flush(): boolean;
}

/** What the guest's calls lead to. */
export interface PvBackEnd {
  /** Guest time in nanoseconds: what the time-stamp counter counts too, before the guest's own offset. */
  now(): bigint;
  /** Seconds since 1970, UTC, when guest time was 0. */
  wallClock(): number;
  /** Call Paravirtual.timerExpired() at this guest time, at once if it is past; it replaces what was asked for before. undefined: never. */
  setTimer(at: bigint | undefined): void;
  /** Takes some of the bytes, and says how many. */
  consoleWrite(bytes: Uint8Array): number;
  /** At most `most` bytes of what there is. */
  consoleRead(most: number): Uint8Array;
  consoleReadable(): boolean;
  readonly disk?: PvDisk | undefined;
}

export interface PvStart {
  /** Linear address. */
  readonly entry: number;
  /** First byte behind what was loaded. */
  readonly end: number;
  readonly commandLine: Uint8Array;
}

/** All of a guest that is neither in its memory nor in its processor. */
export type PvState = { readonly [field: string]: StateValue };

/** A guest that can not be started, or a record of one that can not be taken: a sentence. */
export class PvGuestError extends Error {
  override readonly name = "PvGuestError";
}

/** A virtual processor on the road `pv` has it. */
export interface Paravirtual {
  backEnd: PvBackEnd;
  /** What is loaded in memory begins, by the contract's start. Throws PvGuestError. */
  start(start: PvStart): void;
  timerExpired(): void;
  /** undefined: no guest was started. */
  save(): PvState | undefined;
  /** Go on from what save() returned; memory and processor are in place. Throws PvGuestError. */
  load(state: PvState): void;
}

/** A guest whose owner has nothing for it: output goes nowhere, no input comes, time stands still. */
export const NO_BACK_END: PvBackEnd = {
  now: () => 0n,
  wallClock: () => 0,
  setTimer: () => {},
  consoleWrite: (bytes) => bytes.length,
  consoleRead: () => new Uint8Array(),
  consoleReadable: () => false,
};
