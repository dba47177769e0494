// Random guests of the road pv that attack: nothing of the host outside their pages changes, nothing crashes, every run ends.
import { expect, test } from "vitest";
import { EVENT, type EventName } from "../../core/vmm/events/counters.js";
import { firstSeed } from "../fuzz/seed.js";
import { PvAttack } from "./random-guest.js";

/** attack-soak.ts has the long run. */
const GUESTS = 100;
/** How the VMM is kept busy. */
const EVENTS: readonly EventName[] = ["hypercalls", "tlbFlushes", "injections"];

test.each(["off", "eager"] as const)("random guests change nothing outside their pages, translator %s", (policy) => {
  const guests = new PvAttack(policy);
  const seed = firstSeed();
  for (let i = 0; i < GUESTS; i++) expect(guests.runCase(seed + i)).toBeUndefined();
  for (const kind of ["system-event", "hlt", "intr"]) expect(guests.exits[kind] ?? 0, kind).toBeGreaterThan(0);
  for (const event of EVENTS) expect(guests.vcpu.counters.events[EVENT[event]], event).toBeGreaterThan(1000);
});
