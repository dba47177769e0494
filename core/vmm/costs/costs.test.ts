import { expect, test } from "vitest";
import { Counters, counts, EVENTS } from "../events/counters.js";
import { REASON } from "../events/exit-reasons.js";
import * as FOUND from "./adams-agesen.js";
import { core2 } from "./core-2.js";
import { nestedWalkReferences, walkReferences } from "./page-walk.js";
import { pentium4 } from "./pentium-4.js";
import { type CostProfile, describeProfile, modelledCost } from "./profile.js";
import { PROFILES } from "./profiles.js";
import { recentAmd } from "./recent-amd.js";

test("RDTSC by trap and by callout, as section 3.3 has them", () => {
  expect(modelledCost(counts({ exceptions: 1, emulations: 1 }), pentium4).cycles).toBe(FOUND.TRAP_AND_EMULATE);
  expect(modelledCost(counts({ callouts: 1, emulations: 1 }), pentium4).cycles).toBe(FOUND.CALLOUT_AND_EMULATE);
});

test("a walk of four levels under four levels makes 24 references", () => {
  expect([walkReferences(4), nestedWalkReferences(4, 4), nestedWalkReferences(2, 4), nestedWalkReferences(3, 2)]).toEqual([4, 24, 14, 11]);
});

test("a world switch has become cheaper with each generation", () => {
  const costs = [pentium4, core2, recentAmd].map((profile) => modelledCost(counts({ worldSwitches: 1 }), profile).cycles);
  expect(costs).toEqual([4340, 2123, 1360]);
});

test("modelled cycles are figures times counts, and what has no figure is named", () => {
  const cost = modelledCost(counts({ worldSwitches: 3, userExits: 1, traces: 2 }), recentAmd);
  expect(cost.cycles).toBe(3 * 1360 + 576 + 592);
  expect(cost.parts.map(({ name, count }) => [name, count])).toEqual([
    [EVENTS.worldSwitches, 3],
    [EVENTS.userExits, 1],
  ]);
  expect(cost.unpriced).toEqual(["traces"]);
  expect(modelledCost(counts({}), recentAmd)).toEqual({ cycles: 0, parts: [], unpriced: [] });
});

test("an exit's own figure is added by reason", () => {
  const profile: CostProfile = { ...pentium4, exits: new Map([[REASON.CLI, { cycles: 7, source: "this test" }]]) };
  const cost = modelledCost(counts({}, [[REASON.CLI, 4]]), profile);
  expect([cost.cycles, cost.parts[0]!.name]).toEqual([28, "CLI"]);
});

test("the profile does not change what was counted", () => {
  const counters = new Counters();
  counters.count("worldSwitches", 5);
  const before = counters.since();
  for (const profile of PROFILES) modelledCost(before, profile);
  expect(counters.since()).toEqual(before);
});

test("every figure is more than nothing and has its source", () => {
  for (const profile of PROFILES) {
    for (const [event, figure] of Object.entries(profile.events))
      expect([figure.cycles > 0, figure.source.length > 20], `${profile.name} ${event}`).toEqual([true, true]);
    expect(describeProfile(profile)).toContain(profile.name);
  }
});
