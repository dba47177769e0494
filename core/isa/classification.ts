/**
 * Popek and Goldberg's classes of instructions ("Formal Requirements for Virtualizable Third Generation Architectures", CACM 1974), read off
 * the instruction table. Privileged: it traps in user mode and does not in supervisor mode. Control sensitive: it changes protected state,
 * the mode among it. Behaviour sensitive: what it does depends on protected state. A machine can be virtualized by trapping alone if every
 * sensitive instruction is privileged; those that are not are called critical here.
 *
 * Not counted as protected state: where memory lies (segment bases and page tables: every access depends on them, and a VMM gives the guest
 * its own), CR0.TS and EM (they make x87 and SSE trap), CR0.AM (alignment is checked in ring 3 only), and the FCS field that x87 instructions
 * leave, which on older processors holds CS's selector.
 */
import type { InstructionRow, ProtectedState } from "./row.js";

/** When a privileged instruction traps outside ring 0. */
export type TrapCondition = "always" | "iopl" | "io" | "tsd" | "pce";

export interface Classification {
  readonly kind: "privileged" | "critical" | "innocuous";
  readonly traps: TrapCondition | undefined;
  /** A critical one that CR4.UMIP makes trap. */
  readonly umip: boolean;
  /** Control sensitive if not empty. */
  readonly writes: readonly ProtectedState[];
  /** Behaviour sensitive if not empty. */
  readonly reads: readonly ProtectedState[];
}

function trapCondition({ privilege, cr4 }: InstructionRow): TrapCondition | undefined {
  if (privilege === "cpl0") return "always";
  return privilege === "iopl" || privilege === "io" ? privilege : cr4;
}

export function classify(row: InstructionRow): Classification {
  const traps = trapCondition(row);
  const reads = row.touches?.reads ?? [];
  const writes = row.touches?.writes ?? [];
  const sensitive = reads.length + writes.length > 0;
  return { kind: traps ? "privileged" : sensitive ? "critical" : "innocuous", traps, umip: row.umip ?? false, reads, writes };
}

/**
 * What a guest kernel that was moved out of ring 0 gets from a critical instruction. `ignored`: its change is dropped without a trap. `mode`: the
 * real CPL decides, or shows. `state`: it sees the VMM's register instead of its own.
 */
export type Failure = "ignored" | "mode" | "state";

export function failureOf({ reads, writes }: Classification): Failure {
  if (writes.includes("IF") && reads.includes("IOPL")) return "ignored";
  return reads.some((state) => state === "CPL" || state === "selector") ? "mode" : "state";
}
