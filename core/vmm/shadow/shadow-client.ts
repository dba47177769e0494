// Between shadow paging and the road that has it: what a page fault means, what the VMM keeps for itself, what the road does.
import type { Host } from "../host.js";
import type { Vcpu } from "../vcpu.js";

export type Verdict =
  /** The guest's tables allow it, and now the shadow does too: execute the instruction again. */
  | { readonly kind: "hidden" }
  /** The guest's own tables forbid it: its handler gets this error code. */
  | { readonly kind: "true"; readonly code: number }
  /** No memory is there, or it is read-only. */
  | { readonly kind: "mmio"; readonly physical: number }
  /** A store to a page that is watched: a page table, or what watch() named. */
  | { readonly kind: "trace"; readonly physical: number }
  /** In the part of the address space that the VMM keeps for itself. */
  | { readonly kind: "window" };

/** A part of the address space that the VMM keeps for itself. */
export interface ShadowWindow {
  /** A multiple of 2 MiB. */
  readonly linear: number;
  /** Host-physical addresses of the page tables for it, 2 MiB each. Only supervisors get there, with the rights that these say. */
  readonly tables: readonly number[];
}

/** Of a road: what it does for its shadow tables. */
export interface ShadowClient {
  /**
   * Takes one page's translation from the processor's TLB, where the guest's own flushes reach that too. Without, the whole TLB is flushed
   * whenever entries are lost.
   */
  readonly invalidate?: (linear: number) => void;
  /** Hears of each entry that is filled before it is used. */
  readonly filled?: () => void;
}

/** Of a road on which the guest's own flushes reach the processor's TLB. */
export function shadowClient({ cpu }: Host, { counters }: Vcpu): ShadowClient {
  return {
    invalidate: (linear) => {
      counters.count("tlbInvalidations");
      cpu.invalidatePage(linear);
    },
    filled: () => counters.count("shadowFills"),
  };
}
