/**
 * MODEL, not measurement: the events that one turn of each nanobenchmark of Adams and Agesen causes on each road, derived from what the road does.
 * Once the roads run, the bench counts them, and this list is what it is compared with.
 */
import { type Counts, counts } from "../events/counters.js";
import { nestedWalkReferences, walkReferences } from "./page-walk.js";

export type Nanobenchmark = "syscall" | "in" | "cr8wr" | "callret" | "pgfault" | "divzero" | "ptemod" | "tlbmiss";
/** `shadow` and `nested` are the two pagings of the road `hw`. */
export type NanobenchmarkRoad = "bare" | "bt" | "hw shadow" | "hw nested";

const NOTHING = counts({});
/** PAE tables have three levels, nested tables four. */
const GUEST_LEVELS = 3;
const NESTED_LEVELS = 4;
const ONE_WALK = counts({ walks: 1, walkReferences: walkReferences(GUEST_LEVELS) });

export const NANOBENCHMARK_EVENTS: Readonly<Record<Nanobenchmark, Partial<Readonly<Record<NanobenchmarkRoad, Counts>>>>> = {
  // Under bt the VMM's gate is hit, the call injected into translated code, and the return is a callout.
  syscall: {
    bare: counts({ transitions: 1 }),
    bt: counts({ transitions: 1, exceptions: 1, injections: 1, callouts: 1 }),
    "hw shadow": counts({ transitions: 1 }),
    "hw nested": counts({ transitions: 1 }),
  },
  // The device is virtual: bt reads its state in line, hw exits.
  in: {
    bare: counts({ deviceAccesses: 1 }),
    bt: counts({ inlined: 1 }),
    "hw shadow": counts({ worldSwitches: 1, emulations: 1 }),
    "hw nested": counts({ worldSwitches: 1, emulations: 1 }),
  },
  cr8wr: { bare: counts({ controlWrites: 1 }), bt: counts({ inlined: 1 }) },
  // Only the return has to look its target up.
  callret: { bare: NOTHING, bt: counts({ lookups: 1 }), "hw shadow": NOTHING, "hw nested": NOTHING },
  // A fault of the guest's own making. With shadow tables the VMM sees it first; the handler's IRET is a callout under bt.
  pgfault: {
    bare: counts({ exceptions: 1 }),
    bt: counts({ exceptions: 1, trueFaults: 1, injections: 1, callouts: 1 }),
    "hw shadow": counts({ exceptions: 1, trueFaults: 1, injections: 1, worldSwitches: 1 }),
    "hw nested": counts({ exceptions: 1 }),
  },
  divzero: {
    bare: counts({ exceptions: 1 }),
    bt: counts({ exceptions: 1, injections: 1, callouts: 1 }),
    "hw shadow": counts({ exceptions: 1 }),
    "hw nested": counts({ exceptions: 1 }),
  },
  // A store to a page table that is shadowed. bt has retranslated it into a callout; hw meets the trace, and emulates.
  ptemod: {
    bare: NOTHING,
    bt: counts({ callouts: 1, traces: 1 }),
    "hw shadow": counts({ exceptions: 1, worldSwitches: 1, traces: 1, emulations: 1 }),
    "hw nested": NOTHING,
  },
  tlbmiss: {
    bare: ONE_WALK,
    bt: ONE_WALK,
    "hw shadow": ONE_WALK,
    "hw nested": counts({ nestedWalks: 1, nestedWalkReferences: nestedWalkReferences(GUEST_LEVELS, NESTED_LEVELS) }),
  },
};
