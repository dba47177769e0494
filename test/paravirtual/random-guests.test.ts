// Random guests of the road pv that attack: nothing of the host outside their pages changes, they can reach nothing else, nothing crashes, every
// run ends.
import { expect, test } from "vitest";
import { EVENT, type EventName } from "../../core/vmm/events/counters.js";
import { firstSeed } from "../fuzz/seed.js";
import { PvAttack } from "./random-guest.js";

/** attack-soak.ts has the long run. */
const GUESTS = 200;
/** How the VMM is kept busy: for each guest at least so much. */
const EVENTS: Readonly<Partial<Record<EventName, number>>> = { hypercalls: 50, tlbFlushes: 10, injections: 5, pageFaults: 5 };

test.each(["off", "eager"] as const)("random guests reach and change nothing outside their pages, translator %s", (policy) => {
  const guests = new PvAttack(policy);
  const seed = firstSeed();
  for (let i = 0; i < GUESTS; i++) expect(guests.runCase(seed + i)).toBeUndefined();
  for (const kind of ["system-event", "hlt", "intr"]) expect(guests.exits[kind] ?? 0, kind).toBeGreaterThan(0);
  for (const [event, least] of Object.entries(EVENTS))
    expect(guests.vcpu.counters.events[EVENT[event as EventName]], event).toBeGreaterThan(GUESTS * least);
});
