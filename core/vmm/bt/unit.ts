// A translation unit as data: what was read, what was made of it, and how to get from any address in it back to the guest.

import type { Fault } from "./host.js";
import type { PackedInstructions } from "./packed-instructions.js";
import type { Recoveries } from "./recoveries.js";

/** How a guest instruction was translated. */
export type TranslationClass = "ident" | "inline" | "branch" | "callout";

/** Why an instruction is left to the VMM. */
export type CalloutReason =
  /** Privileged, or it would show or silently ignore the real privilege. */
  | "sensitive"
  /** Not an instruction: #UD. */
  | "invalid"
  /**
   * A near branch of a form not worth a sequence: operand size 16, CS or GS override, target beyond the limit, or an indirect one where the
   * limit is less than 4 GiB: it would have to be looked at before the stack is changed.
   */
  | "branch-form"
  /** It was IDENT and faulted too often. */
  | "adaptive";

/**
 * How to make the state at one address of the cache that of a guest instruction boundary. Instructions are rolled back until their
 * first effect that the guest sees, and rolled forward after it.
 */
export interface Recovery {
  /** Guest EIP of the boundary; "target" is what the state segment's TARGET says. */
  readonly eip: number | "target";
  /** Guest registers that lie in the state segment: pairs of register number and offset. */
  readonly saved?: readonly (readonly [register: number, offset: number])[];
  /** The real flags image of this size on top of the stack has to become the virtual one. */
  readonly pushed?: 2 | 4;
  /** CL holds the byte of the virtual IF that is not stored yet. */
  readonly interruptFlagInCl?: true;
  /** GS holds a selector of the guest. */
  readonly swapped?: true;
  /** The instruction before was STI: no interrupt is taken before the one at `eip`. */
  readonly shadow?: true;
}

/** Bytes, one a character: of what there is for each instruction that was translated a string is by far the smallest. */
export class ByteString {
  private readonly text: string;

  constructor(bytes: readonly number[]) {
    this.text = String.fromCharCode(...bytes);
  }

  get length(): number {
    return this.text.length;
  }

  copy(): Uint8Array {
    const { text } = this;
    const bytes = new Uint8Array(text.length);
    for (let i = 0; i < bytes.length; i++) bytes[i] = text.charCodeAt(i);
    return bytes;
  }
}

export interface GuestInstruction {
  readonly eip: number;
  readonly bytes: readonly number[];
  /** Offset of its first byte in the unit; the next one's is its end. */
  readonly start: number;
  readonly reason: CalloutReason | undefined;
  readonly class: TranslationClass;
}

/** Where translated code leaves to the VMM: at a HLT, which faults in ring 1 without having done anything. `at` is an offset in the unit. */
export type UnitExit =
  /** A direct branch not chained. `field` is the offset of the displacement that chaining fills in. */
  | { readonly kind: "branch"; readonly at: number; readonly target: number; readonly field: number }
  /** An indirect branch was made, to TARGET, for which the hash has nothing. */
  | { readonly kind: "indirect"; readonly at: number }
  /** Likewise in the shadow of STI, and an interrupt waits. */
  | { readonly kind: "made"; readonly at: number }
  /** An interrupt waits and the guest has let it in. */
  | { readonly kind: "window"; readonly at: number; readonly eip: number }
  /** The x87 unit's pointers must be the guest's before the instruction behind. */
  | { readonly kind: "x87-pointers"; readonly at: number }
  | { readonly kind: "callout"; readonly at: number; readonly instruction: GuestInstruction }
  /** The instruction at `eip` could not be fetched, alone in its unit. */
  | { readonly kind: "fetch"; readonly at: number; readonly eip: number; readonly fault: Fault };

export interface Unit {
  /** Guest EIP of the first instruction. */
  readonly eip: number;
  readonly instructions: PackedInstructions;
  /** As translated: chains are not filled in. */
  readonly code: ByteString;
  /** By offset of each instruction in `code`. */
  readonly recoveries: Recoveries;
  readonly exits: readonly UnitExit[];
  /** Linear pages that its guest code lies in, with the guest-physical frames found there. */
  readonly pages: readonly (readonly [page: number, frame: number])[];
}
