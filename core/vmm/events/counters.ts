/**
 * Exact counts of what happens to a VM: always on, one increment each. A cost profile (core/vmm/costs) turns them into modelled cycles and
 * never changes them. `exits` has its own array, by reason; everything else is an EVENT_* below.
 */
import { EXIT_REASONS, type ExitReason, reasonName } from "./exit-reasons.js";

/** Events besides exits, with what one of each is. */
export const EVENTS = {
  /** What the processor does for the guest without anybody's help: INT n, INT3, INTO and SYSENTER, each with its return. */
  transitions: "system calls and returns",
  /** External interrupts and NMIs that the processor delivered to the guest itself. */
  interrupts: "delivered interrupts",
  deviceAccesses: "accesses to real devices",
  /** The local APIC is part of the processor. */
  apicAccesses: "accesses to the real local APIC",
  controlWrites: "writes of real control registers",
  /** Exceptions that the processor raised while the guest ran, whoever handled them; but not those that ended guest mode, nor page faults. */
  exceptions: "exceptions",
  /** As `exceptions`: the page faults. */
  pageFaults: "page faults",
  /** Interrupts and exceptions that the VMM delivered to the guest. */
  injections: "injected events",
  hypercalls: "hypercalls",
  /** Calls from translated code into the VMM. */
  callouts: "callouts",
  /** Privileged or sensitive instructions that translated code did in line on the virtual state. */
  inlined: "in-line sequences",
  /** Of a virtual device's register. */
  inlinedDevices: "in-line accesses to virtual devices",
  /** Basic blocks that were translated. */
  translations: "translated blocks",
  /** Indirect branches and returns that translated code looked up. */
  lookups: "branch lookups",
  /** Instructions that the VMM decoded and did itself. */
  emulations: "emulated instructions",
  /** Page walks in one dimension: native, or of a shadow table. */
  walks: "page walks",
  walkReferences: "memory references of page walks",
  /** Walks in two dimensions, nested tables under guest tables. */
  nestedWalks: "2-D page walks",
  /** Up to 24 each for two tables of four levels. */
  nestedWalkReferences: "memory references of 2-D page walks",
  shadowFills: "shadow entries filled",
  hiddenFaults: "hidden faults",
  trueFaults: "true faults",
  traces: "traced writes",
  /** Whole TLBs, or one address space. */
  tlbFlushes: "TLB flushes",
  /** One page. */
  tlbInvalidations: "TLB page invalidations",
  kicks: "virtqueue kicks",
  /** Guest to VMM and back counts as one. */
  worldSwitches: "world switches",
  /** Fields of the VMCB (or VMCS) that the VMM read and wrote. */
  vmcbReads: "VMCB fields read",
  vmcbWrites: "VMCB fields written",
  /** Exits that the VM's owner deals with, as a device of the user-space kind does. */
  userExits: "exits to devices",
} as const;

export type EventName = keyof typeof EVENTS;
export const EVENT_NAMES = Object.keys(EVENTS) as readonly EventName[];

/** Index of each event in `Counters.events`. */
export const EVENT = Object.fromEntries(EVENT_NAMES.map((name, n) => [name, n])) as Readonly<Record<EventName, number>>;

/** Counts as plain data: only what is not zero. */
export interface Counts {
  /** By reason, see exit-reasons.ts. */
  readonly exits: ReadonlyMap<ExitReason, number>;
  readonly events: ReadonlyMap<EventName, number>;
}

export const NO_COUNTS: Counts = { exits: new Map(), events: new Map() };

/** Counts from names: `counts({ worldSwitches: 1 }, [[reason, 1]])`. */
export function counts(events: Partial<Record<EventName, number>>, exits: Iterable<readonly [ExitReason, number]> = []): Counts {
  return { exits: new Map(exits), events: new Map(Object.entries(events) as [EventName, number][]) };
}

export function sumOfExits(counts: Counts): number {
  let sum = 0;
  for (const count of counts.exits.values()) sum += count;
  return sum;
}

/** Both together. */
export function addCounts(a: Counts, b: Counts): Counts {
  const add = <K>(left: ReadonlyMap<K, number>, right: ReadonlyMap<K, number>) => {
    const sum = new Map(left);
    for (const [key, count] of right) sum.set(key, (sum.get(key) ?? 0) + count);
    return sum;
  };
  return { exits: add(a.exits, b.exits), events: add(a.events, b.events) };
}

/** Where a moment stood; only Counters reads it. */
export interface CounterMark {
  readonly exits: Float64Array;
  readonly events: Float64Array;
}

/** The counters of one vCPU, or of a VM. They are exact up to 2^53. */
export class Counters {
  /** Count with `counters.exits[reason]!++`, or exit(). */
  readonly exits = new Float64Array(EXIT_REASONS);
  /** Count with `counters.events[EVENT.walks]!++`, or count(). */
  readonly events = new Float64Array(EVENT_NAMES.length);

  exit(reason: ExitReason): void {
    this.exits[reason]!++;
  }

  count(event: EventName, times = 1): void {
    this.events[EVENT[event]]! += times;
  }

  mark(): CounterMark {
    return { exits: this.exits.slice(), events: this.events.slice() };
  }

  /** What was counted after a mark; without one, everything. */
  since(mark?: CounterMark): Counts {
    const exits = new Map<ExitReason, number>();
    const events = new Map<EventName, number>();
    this.exits.forEach((count, reason) => {
      const more = count - (mark?.exits[reason] ?? 0);
      if (more !== 0) exits.set(reason, more);
    });
    EVENT_NAMES.forEach((name, n) => {
      const more = this.events[n]! - (mark?.events[n] ?? 0);
      if (more !== 0) events.set(name, more);
    });
    return { exits, events };
  }

  reset(): void {
    this.exits.fill(0);
    this.events.fill(0);
  }
}

/** Counts for JSON: names to numbers, zeros left out. */
export function countsToJson(counts: Counts): { exits: Record<string, number>; events: Record<string, number> } {
  return {
    exits: Object.fromEntries([...counts.exits].map(([reason, count]) => [reasonName(reason), count])),
    events: Object.fromEntries(counts.events),
  };
}

/** Counts as lines, largest first: exits, then events. */
export function countsToText(counts: Counts): string {
  const bySize = (a: readonly [string, number], b: readonly [string, number]) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1);
  const exits = [...counts.exits].map(([reason, count]) => [reasonName(reason), count] as const).sort(bySize);
  const events = [...counts.events].map(([name, count]) => [EVENTS[name], count] as const).sort(bySize);
  const lines = (title: string, list: readonly (readonly [string, number])[]) =>
    list.length === 0 ? [] : [title, ...list.map(([name, count]) => `  ${String(count).padStart(12)}  ${name}`)];
  return [...lines("exits by reason", exits), ...lines("events", events)].join("\n");
}
