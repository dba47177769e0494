/** One exit, as everything that shows it has it: stepper, traces, benches, logs, tests. Plain data, none of it shared with the VMM. */
import type { Counts } from "./counters.js";
import type { ExitReason } from "./exit-reasons.js";
import type { RoadName } from "./road-name.js";

/** Where the guest stood. */
export interface CodeLocation {
  readonly cs: number;
  readonly eip: number;
  /** CS base + EIP. */
  readonly linear: number;
  /** Default operand size of the code segment. */
  readonly bits: 16 | 32;
  /** What lies at CS:EIP, up to 15 bytes; fewer if the next page is not there. */
  readonly bytes: Uint8Array;
}

/** What the guest believes beside what is so. `real` is the processor's, `virtual` the guest's. */
export interface PrivilegeView {
  readonly realCpl: number;
  readonly virtualCpl: number;
  readonly realIf: boolean;
  readonly virtualIf: boolean;
}

export type Cause =
  | { readonly kind: "exception"; readonly vector: number; readonly error?: number; readonly cr2?: number }
  | { readonly kind: "svm"; readonly code: bigint; readonly info1: bigint; readonly info2: bigint; readonly intInfo: bigint }
  | { readonly kind: "interrupt"; readonly vector: number }
  /** INT n, INT3 or INTO. */
  | { readonly kind: "software interrupt"; readonly vector: number }
  | { readonly kind: "hypercall"; readonly number: number; readonly arguments: readonly number[] }
  /** Translated code called the VMM for the instruction at hand. */
  | { readonly kind: "callout"; readonly name: string }
  /** Translated code had no translation to go on with. */
  | { readonly kind: "translate" };

/** A field of the VMCB or of the virtual processor's state that the VMM touched. A write that changes nothing has `before` equal to `value`. */
export interface FieldAccess {
  readonly name: string;
  readonly value: bigint;
  /** Absent for a read. */
  readonly before?: bigint;
}

/** One entry that a translation went through. */
export interface TranslationStep {
  /** "guest PDE", "guest PTE", "shadow PTE", "nested PDPTE", "slot" and so on. */
  readonly table: string;
  /** Where the entry lies: guest-physical for the guest's tables, else host-physical. */
  readonly address: number;
  readonly entry: bigint;
}

/**
 * What the VMM makes of a fault: the guest's own doing (true), its own tables lagging behind the guest's (hidden), a write to a page that is
 * watched (trace), no memory there (mmio), or nothing wrong (mapped).
 */
export type TranslationVerdict = "true fault" | "hidden fault" | "trace" | "mmio" | "mapped";

export interface Translation {
  /** Absent of a nested page fault: the processor does not tell. */
  readonly gva?: number;
  readonly access: "read" | "write" | "fetch";
  readonly steps: readonly TranslationStep[];
  /** Absent where the guest's own tables end. */
  readonly gpa?: number;
  /** Absent where no memory slot holds the GPA. */
  readonly hpa?: number;
  readonly verdict: TranslationVerdict;
}

export interface InjectedEvent {
  readonly kind: "interrupt" | "nmi" | "exception" | "software interrupt";
  readonly vector: number;
  readonly error?: number;
}

export type TlbEffect = "kept" | "page dropped" | "guest's entries dropped" | "all dropped";

export interface ExitRecord {
  /** From 1, in the order of the stream. */
  readonly sequence: number;
  /** Names of VM and vCPU. */
  readonly vm: string;
  readonly vcpu: number;
  /** Instructions that the processor had retired: the virtual clock. */
  readonly instructions: bigint;
  readonly road: RoadName;
  /** Who intervened, for example "shadow pager", "emulator", "SVM", "translator". */
  readonly intervened: string;
  readonly reason: ExitReason;
  readonly at: CodeLocation;
  readonly privilege: PrivilegeView;
  readonly cause: Cause;
  readonly fields: readonly FieldAccess[];
  readonly translations: readonly Translation[];
  /** What was done about it, in one sentence without a full stop. */
  readonly action: string;
  readonly injected?: InjectedEvent;
  /** Where the guest goes on. */
  readonly newEip: number;
  readonly tlb: TlbEffect;
  /** What this exit counted, itself included: what a cost profile takes. */
  readonly counts: Counts;
  /** Exits of this reason up to now, this one included; and of every reason. */
  readonly ofThisReason: number;
  readonly ofAnyReason: number;
}
