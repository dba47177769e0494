import { expect, test } from "vitest";
import { Counters, counts, EVENTS } from "../events/counters.js";
import { REASON } from "../events/exit-reasons.js";
import { compareCosts } from "./compare.js";
import { NANOBENCHMARK_EVENTS, type Nanobenchmark, type NanobenchmarkRoad } from "./nanobenchmarks.js";
import { nestedWalkReferences, walkReferences } from "./page-walk.js";
import { pentium4 } from "./pentium-4.js";
import { type CostProfile, describeProfile, modelledCost } from "./profile.js";
import { PROFILES } from "./profiles.js";
import { recentAmd } from "./recent-amd.js";

const compare = (bench: Nanobenchmark, a: NanobenchmarkRoad, b: NanobenchmarkRoad, profile = pentium4) =>
  compareCosts(NANOBENCHMARK_EVENTS[bench][a]!, NANOBENCHMARK_EVENTS[bench][b]!, profile);

/** ASPLOS 2006, as shared/design/virtualization.md has it. Its "native < hardware" for divzero is less than an event: the counts are equal. */
const PAPER: readonly (readonly [Nanobenchmark, NanobenchmarkRoad, "less" | "equal", NanobenchmarkRoad])[] = [
  ["syscall", "hw shadow", "equal", "bare"],
  ["syscall", "bare", "less", "bt"],
  ["callret", "hw shadow", "equal", "bare"],
  ["callret", "bare", "less", "bt"],
  ["in", "bt", "less", "bare"],
  ["in", "bare", "less", "hw shadow"],
  ["cr8wr", "bt", "less", "bare"],
  ["divzero", "hw shadow", "equal", "bare"],
  ["divzero", "hw shadow", "less", "bt"],
  ["pgfault", "bare", "less", "bt"],
  ["pgfault", "bt", "less", "hw shadow"],
  ["ptemod", "bare", "less", "bt"],
  ["ptemod", "bt", "less", "hw shadow"],
];

test.each(PAPER)("the paper's order, on the Pentium 4: %s, %s %s %s", (bench, a, order, b) => {
  expect(compare(bench, a, b)).toBe(order);
  expect(compare(bench, b, a)).toBe(order === "less" ? "greater" : "equal");
});

test("with nested paging, page faults and page-table stores are native, and TLB misses are dearer", () => {
  expect(compare("pgfault", "hw nested", "bare", recentAmd)).toBe("equal");
  expect(compare("ptemod", "hw nested", "bare", recentAmd)).toBe("equal");
  expect(compare("tlbmiss", "hw nested", "hw shadow", recentAmd)).toBe("greater");
});

test("without the paper's findings the same counts do not say which is dearer", () => {
  const ignorant: CostProfile = { ...pentium4, relations: [] };
  expect(compare("ptemod", "bt", "hw shadow", ignorant)).toBe("unknown");
  expect(compare("in", "bt", "bare", ignorant)).toBe("unknown");
});

test("each event has one partner: two cheap ones are not covered by one dear one", () => {
  expect(compareCosts(counts({ callouts: 2 }), counts({ worldSwitches: 1 }), pentium4)).toBe("unknown");
  expect(compareCosts(counts({ callouts: 2 }), counts({ worldSwitches: 1, callouts: 1 }), pentium4)).toBe("less");
  // The partner that comes first has to be given up for another.
  expect(compareCosts(counts({ inlined: 1, deviceAccesses: 1 }), counts({ worldSwitches: 1, controlWrites: 1 }), pentium4)).toBe("less");
});

test("relations form chains", () => {
  expect(compareCosts(counts({ inlined: 1 }), counts({ worldSwitches: 1 }), pentium4)).toBe("less");
});

test("a walk of four levels under four levels makes 24 references", () => {
  expect([walkReferences(4), nestedWalkReferences(4, 4), nestedWalkReferences(2, 4), nestedWalkReferences(3, 2)]).toEqual([4, 24, 14, 11]);
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

test("an exit to user space costs more than one that the VMM handles", () => {
  const inside = modelledCost(counts({ worldSwitches: 1 }), recentAmd).cycles;
  expect(modelledCost(counts({ worldSwitches: 1, userExits: 1 }), recentAmd).cycles).toBeGreaterThan(inside);
});

test("every figure and every relation has its source, and no relation is its own opposite", () => {
  for (const profile of PROFILES) {
    for (const figure of Object.values(profile.events)) expect([figure.cycles > 0, figure.source.length > 20]).toEqual([true, true]);
    for (const { cheaper, dearer, source } of profile.relations) {
      expect(source.length).toBeGreaterThan(20);
      expect(compareCosts(counts({ [cheaper]: 1 }), counts({ [dearer]: 1 }), profile)).toBe("less");
      expect(compareCosts(counts({ [dearer]: 1 }), counts({ [cheaper]: 1 }), profile)).toBe("greater");
    }
    expect(describeProfile(profile)).toContain(profile.name);
  }
});
