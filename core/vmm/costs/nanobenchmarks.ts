/**
 * MODEL, not measurement: the events that one turn of each nanobenchmark of Adams and Agesen causes on each road, derived from what the road does.
 * Once the roads run, the bench counts them, and this list is what it is compared with.
 */
import { type Counts, counts } from "../events/counters.js";
import { nestedWalkReferences, walkReferences } from "./page-walk.js";

export type Nanobenchmark = "syscall" | "in" | "cr8wr" | "callret" | "pgfault" | "divzero" | "ptemod" | "tlbmiss";
/** `hw shadow` and `hw nested` are the two pagings of the road `hw`. */
export type NanobenchmarkRoad = "bare" | "bt" | "hw shadow" | "hw nested";

const NOTHING = counts({});
/** PAE tables have three levels, nested tables four. */
const GUEST_LEVELS = 3;
const NESTED_LEVELS = 4;
const ONE_WALK = counts({ walks: 1, walkReferences: walkReferences(GUEST_LEVELS) });
/** Under bt the kernel's IRET or SYSEXIT is a callout, which emulates it. */
const RETURN = { callouts: 1, emulations: 1 };
/** The device is virtual: the access leaves the guest and is emulated. */
const DEVICE_EXIT = counts({ worldSwitches: 1, emulations: 1 });

export const NANOBENCHMARK_EVENTS: Readonly<Record<Nanobenchmark, Partial<Readonly<Record<NanobenchmarkRoad, Counts>>>>> = {
  // Under bt the VMM's entry is hit, and the call is injected into translated code.
  syscall: {
    bare: counts({ transitions: 1 }),
    bt: counts({ transitions: 1, injections: 1, ...RETURN }),
    "hw shadow": counts({ transitions: 1 }),
    "hw nested": counts({ transitions: 1 }),
  },
  in: { bare: counts({ deviceAccesses: 1 }), bt: counts({ inlinedDevices: 1 }), "hw shadow": DEVICE_EXIT, "hw nested": DEVICE_EXIT },
  // No exit under hw while no interrupt becomes deliverable.
  cr8wr: { bare: counts({ controlWrites: 1 }), bt: counts({ inlined: 1 }), "hw shadow": counts({ controlWrites: 1 }) },
  // Only the return has to look its target up.
  callret: { bare: NOTHING, bt: counts({ lookups: 1 }), "hw shadow": NOTHING, "hw nested": NOTHING },
  // A fault of the guest's own making. With shadow tables the VMM sees it first.
  pgfault: {
    bare: counts({ pageFaults: 1 }),
    bt: counts({ pageFaults: 1, trueFaults: 1, injections: 1, ...RETURN }),
    "hw shadow": counts({ worldSwitches: 1, trueFaults: 1, injections: 1 }),
    "hw nested": counts({ pageFaults: 1 }),
  },
  divzero: {
    bare: counts({ exceptions: 1 }),
    bt: counts({ exceptions: 1, injections: 1, ...RETURN }),
    "hw shadow": counts({ exceptions: 1 }),
    "hw nested": counts({ exceptions: 1 }),
  },
  // A store to a page table that is shadowed. bt has translated it again so that it does not fault; hw leaves the guest and emulates it.
  ptemod: {
    bare: NOTHING,
    bt: counts({ traces: 1 }),
    "hw shadow": counts({ worldSwitches: 1, traces: 1, emulations: 1 }),
    "hw nested": NOTHING,
  },
  tlbmiss: {
    bare: ONE_WALK,
    bt: ONE_WALK,
    "hw shadow": ONE_WALK,
    "hw nested": counts({ nestedWalks: 1, nestedWalkReferences: nestedWalkReferences(GUEST_LEVELS, NESTED_LEVELS) }),
  },
};
