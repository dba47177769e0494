import { expect, test } from "vitest";
import { Counters, counts, EVENTS } from "../events/counters.js";
import { REASON } from "../events/exit-reasons.js";
import * as FOUND from "./adams-agesen.js";
import { core2 } from "./core-2.js";
import { NANOBENCHMARK_EVENTS, type Nanobenchmark, type NanobenchmarkRoad } from "./nanobenchmarks.js";
import { nestedWalkReferences, walkReferences } from "./page-walk.js";
import { pentium4 } from "./pentium-4.js";
import { type CostProfile, describeProfile, modelledCost } from "./profile.js";
import { PROFILES } from "./profiles.js";
import { recentAmd } from "./recent-amd.js";

const eventsOf = (bench: Nanobenchmark, road: NanobenchmarkRoad) => NANOBENCHMARK_EVENTS[bench][road]!;
const cycles = (bench: Nanobenchmark, road: NanobenchmarkRoad) => modelledCost(eventsOf(bench, road), pentium4).cycles;

/**
 * ASPLOS 2006, as shared/design/virtualization.md has it, cheapest first. A group costs the same. The paper's native < hardware of divzero (889 and
 * 1,014) is no event's doing: by counts they are equal.
 */
const ORDERS: readonly (readonly [Nanobenchmark, readonly (readonly NanobenchmarkRoad[])[]])[] = [
  ["syscall", [["bare", "hw shadow"], ["bt"]]],
  ["callret", [["bare", "hw shadow"], ["bt"]]],
  ["in", [["bt"], ["bare"], ["hw shadow"]]],
  ["cr8wr", [["bt"], ["bare", "hw shadow"]]],
  ["divzero", [["bare", "hw shadow"], ["bt"]]],
  ["pgfault", [["bare"], ["bt"], ["hw shadow"]]],
  ["ptemod", [["bare"], ["bt"], ["hw shadow"]]],
];

test.each(ORDERS)("on the Pentium 4, %s comes out in the paper's order", (bench, groups) => {
  const costs = groups.map((group) => [...new Set(group.map((road) => cycles(bench, road)))]);
  expect(costs.every((group) => group.length === 1)).toBe(true);
  const ladder = costs.map(([cost]) => cost!);
  expect(ladder).toEqual([...new Set(ladder)].sort((a, b) => a - b));
});

test("what the paper prints for native and for the software VMM comes out to the cycle", () => {
  expect([cycles("in", "bare"), cycles("in", "bt")]).toEqual([FOUND.NATIVE_IN, FOUND.SOFTWARE_IN]);
  expect(cycles("cr8wr", "bt")).toBe(FOUND.SOFTWARE_CR8_WRITE);
  expect(FOUND.NATIVE_CALL_RETURN + cycles("callret", "bt")).toBe(FOUND.SOFTWARE_CALL_RETURN);
  expect([cycles("pgfault", "bare"), cycles("pgfault", "bt")]).toEqual([FOUND.NATIVE_PAGE_FAULT, FOUND.SOFTWARE_PAGE_FAULT]);
  expect([cycles("divzero", "bare"), cycles("divzero", "bt")]).toEqual([FOUND.NATIVE_DIVIDE_ERROR, FOUND.SOFTWARE_DIVIDE_ERROR]);
  expect(cycles("ptemod", "bt")).toBe(FOUND.SOFTWARE_PTE_WRITE);
});

test("RDTSC by trap and by callout, as section 3.3 has them", () => {
  expect(modelledCost(counts({ exceptions: 1, emulations: 1 }), pentium4).cycles).toBe(FOUND.TRAP_AND_EMULATE);
  expect(modelledCost(counts({ callouts: 1, emulations: 1 }), pentium4).cycles).toBe(FOUND.CALLOUT_AND_EMULATE);
});

test("the system call's penalty, which no figure was made from, is about the paper's 2,000 cycles", () => {
  const penalty = cycles("syscall", "bt") - cycles("syscall", "bare");
  expect(Math.abs(penalty - FOUND.SOFTWARE_SYSCALL_PENALTY)).toBeLessThan(400);
});

test("the hardware VMM is modelled below what was measured: that VMM did more than the events say", () => {
  expect(cycles("in", "hw shadow")).toBeLessThan(FOUND.HARDWARE_IN);
  expect(cycles("pgfault", "hw shadow")).toBeLessThan(FOUND.HARDWARE_PAGE_FAULT);
  expect(cycles("ptemod", "hw shadow")).toBeLessThan(FOUND.HARDWARE_PTE_WRITE);
});

test("every event of the model has its figure on the Pentium 4, but for system calls and walks", () => {
  const unpriced = Object.values(NANOBENCHMARK_EVENTS).flatMap((roads) =>
    Object.values(roads).flatMap((events) => modelledCost(events, pentium4).unpriced),
  );
  expect(new Set(unpriced)).toEqual(new Set(["transitions", "walks", "walkReferences", "nestedWalks", "nestedWalkReferences"]));
});

test("with nested paging, page faults and page-table stores are native, and TLB misses read more memory", () => {
  expect(eventsOf("pgfault", "hw nested")).toEqual(eventsOf("pgfault", "bare"));
  expect(eventsOf("ptemod", "hw nested")).toEqual(eventsOf("ptemod", "bare"));
  const references = (road: NanobenchmarkRoad) => {
    const { events } = eventsOf("tlbmiss", road);
    return (events.get("walkReferences") ?? 0) + (events.get("nestedWalkReferences") ?? 0);
  };
  expect([references("bare"), references("hw shadow"), references("hw nested")]).toEqual([3, 3, 19]);
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
