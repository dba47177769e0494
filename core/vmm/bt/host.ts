// What the translator needs of the world around it, and no more. core/vmm fills it with a Vcpu, a test with a bare processor.

/** An exception by number, with its error code and, for #PF, the linear address. */
export interface Fault {
  readonly vector: number;
  readonly error: number;
  readonly address?: number;
}

/** Guest code at one offset of the guest's code segment. */
export interface FetchedCode {
  /** At least one byte, none beyond the page's end. */
  readonly bytes: Uint8Array;
  /** Linear page number. */
  readonly page: number;
  /** Guest-physical page number: what a write to code is reported by. */
  readonly frame: number;
}

/** An event that ended a run: an exception, or an interrupt (real, not the guest's). */
export interface HostEvent {
  readonly vector: number;
  readonly error: number;
  /** EIP where it came. */
  readonly eip: number;
  /** It came from outside (interrupt, end of a time slice), not from the instruction at EIP. */
  readonly external?: boolean;
}

/** Four bytes of the translation cache, little-endian, `offset` bytes behind its begin. */
export interface CodePatch {
  readonly offset: number;
  readonly value: number;
}

/** General registers by their number in encodings. */
export const ECX = 1;
export const EDX = 2;
export const ESP = 4;

/** Why translated code was left to the translator, which went on by itself: see UnitExit. */
export type OwnExit = "branch" | "indirect" | "made" | "window" | "x87-pointers" | "fetch";

export interface BtHost {
  /** Translated code was left at a boundary of the guest's, for nothing that the VMM must do. `eip`: the guest's. */
  left?(why: OwnExit, eip: number): void;
  /** Guest code, as a fetch of the virtual processor would see it, without side effects but those of a fetch. `eip` is an offset in the guest's CS. */
  fetch(eip: number): FetchedCode | Fault;
  /** Last offset in the guest's CS: its limit. */
  readonly codeLimit: number;
  /** One 32-bit word of the state segment (state.ts has the offsets). */
  readState(offset: number): number;
  writeState(offset: number, value: number): void;
  /** The same value in `count` words. */
  fillState(offset: number, count: number, value: number): void;
  /** Put bytes into the translation cache, `offset` bytes behind its begin. */
  place(offset: number, bytes: Uint8Array): void;
  /** Change code that may have been executed, all at once. */
  patch(patches: readonly CodePatch[]): void;
  getRegister(n: number): number;
  setRegister(n: number, value: number): void;
  /** Real EFLAGS. */
  readonly flags: number;
  /**
   * Make what the x87 unit remembers of its last instruction the guest's: `guestEip` gives the guest's EIP for one of the cache (undefined
   * for others, which stay), selectors of ring 1 become those the guest loaded.
   */
  restoreX87Pointers(guestEip: (eip: number) => number | undefined): void;
  /** Load the VMM's own selector into the segment register that reaches the state segment (GS). */
  restoreStateSegment(): void;
  /** Store where translated code has just stored: `offset` in the guest's SS, 2 or 4 bytes. */
  writeStack(offset: number, value: number, size: 2 | 4): void;
  /** Run translated code from this EIP (an offset in the real CS) until something happens. */
  run(eip: number): HostEvent;
}

/** The bytes that patches change, as one range [start, start + length) for each page of 4 KiB. */
export function patchedRanges(patches: readonly CodePatch[]): readonly { readonly start: number; readonly length: number }[] {
  const ranges = new Map<number, { start: number; end: number }>();
  for (const { offset } of patches) {
    const range = ranges.get(offset >>> 12);
    if (range) {
      range.start = Math.min(range.start, offset);
      range.end = Math.max(range.end, offset + 4);
    } else ranges.set(offset >>> 12, { start: offset, end: offset + 4 });
  }
  return [...ranges.values()].map(({ start, end }) => ({ start, length: end - start }));
}
