// What real papers found, out of the counts of nanobench and the Pentium 4's profile. Nothing here is a model of what a road should do: each count is
// of a guest that ran. A road that is not there yet joins by its name, as soon as core/vmm/road-choices.ts has it.
//
// Not here, because it does not come out: `native < hardware` of the division by zero (889 and 1,014: a difference within an event: by events they are
// equal); the heights of the hardware VMM's figures, which did more for an exit than the events say; cr8wr, which 32-bit code has not: its nearest
// kin are cr0wr, a callout under bt, and tprwr, a store to a device's page there; and call/ret's native = hardware < BT, as long as bt does not count
// the lookups that its returns make in line (EVENTS.lookups; then it is one line of ORDERS, and the test of calls and returns is without bt already).
import { describe, expect, test } from "vitest";
import { countRoad, type LoopFigures } from "../../cli/bench-roads.js";
import { builtProcessor } from "../../core/cpu/testing/built-processor.js";
import * as FOUND from "../../core/vmm/costs/adams-agesen.js";
import { nestedWalkReferences, walkReferences } from "../../core/vmm/costs/page-walk.js";
import { pentium4 } from "../../core/vmm/costs/pentium-4.js";
import { modelledCost } from "../../core/vmm/costs/profile.js";
import { recentAmd } from "../../core/vmm/costs/recent-amd.js";
import { countsToJson, type EventName, sumOfExits } from "../../core/vmm/events/counters.js";
import { ROAD_CHOICES } from "../../core/vmm/road-choices.js";

const module = builtProcessor();
const counted = new Map(ROAD_CHOICES.map((choice) => [choice.name, countRoad(module, choice)]));
const here = (roads: readonly string[]) => roads.filter((road) => counted.has(road));

function figures(loop: string, road: string): LoopFigures {
  const found = counted.get(road)!.loops.find(({ name }) => name === loop);
  if (!found) throw new Error(`${loop} was not run on ${road}`);
  return found;
}

const cycles = (loop: string, road: string) => modelledCost(figures(loop, road).counts, pentium4).cycles;
const event = (loop: string, road: string, name: EventName) => figures(loop, road).counts.events.get(name) ?? 0;
const references = (loop: string, road: string) => event(loop, road, "walkReferences") + event(loop, road, "nestedWalkReferences");

const TRAP = ["trap 0/1/3", "trap 0/3/3"];
const HW = ["hw shadow", "hw nested"];

/**
 * Cheapest first; a group costs the same. Adams and Agesen's native, software VMM and hardware VMM are `bare`, `bt` and `hw shadow`. Nested paging and
 * plain trap and emulate, which they do not have, stand where their text has them: nested is native but for walks, and trapping costs more than
 * calling.
 */
const ORDERS: Readonly<Record<string, readonly (readonly string[])[]>> = {
  syscall: [["bare", ...HW], ["bt"], TRAP],
  sysenter: [["bare", ...HW], ["bt"], TRAP],
  in: [["bt"], TRAP, ["bare"], HW],
  divzero: [["bare", ...HW], ["bt"], TRAP],
  pgfault: [["bare", "hw nested"], ["bt"], TRAP, ["hw shadow"]],
  ptemod: [["bare", "hw nested"], ["bt"], ["hw shadow"]],
};

describe.each(Object.entries(ORDERS))("%s", (loop, groups) => {
  const ladder = groups.map(here).filter((group) => group.length > 0);

  test("costs on the roads what the paper's order says", () => {
    const costs = ladder.map((group) => [...new Set(group.map((road) => Math.round(cycles(loop, road))))]);
    expect(costs.map(([cost]) => cost)).toEqual([...costs].map(([cost]) => cost!).sort((a, b) => a - b));
    expect(new Set(costs.map(([cost]) => cost)).size, "no two groups are alike").toBe(costs.length);
  });

  test("is the very same events where it is native", () => {
    const native = ladder.find((group) => group.includes("bare"))!;
    const eventsOf = (road: string) => {
      const { exits, events } = countsToJson(figures(loop, road).counts);
      // Walks depend on how memory is virtualized.
      return [exits, Object.entries(events).filter(([name]) => !/walk/i.test(name))];
    };
    for (const road of native) expect(eventsOf(road), road).toEqual(eventsOf("bare"));
  });
});

test("calls and returns are native on every road that runs guests in place", () => {
  for (const road of here(["bare", ...TRAP, "pv", ...HW])) {
    expect(sumOfExits(figures("callret", road).counts), road).toBe(0);
    expect(cycles("callret", road), road).toBe(0);
  }
});

test("what the paper prints for native and for the software VMM comes out to the cycle", () => {
  expect(["in", "divzero", "pgfault"].map((loop) => cycles(loop, "bare"))).toEqual([
    FOUND.NATIVE_IN,
    FOUND.NATIVE_DIVIDE_ERROR,
    FOUND.NATIVE_PAGE_FAULT,
  ]);
  for (const road of here(["bt"])) {
    expect([cycles("divzero", road), cycles("pgfault", road)]).toEqual([FOUND.SOFTWARE_DIVIDE_ERROR, FOUND.SOFTWARE_PAGE_FAULT]);
    // No figure was made from this one.
    expect(Math.abs(cycles("syscall", road) - FOUND.SOFTWARE_SYSCALL_PENALTY)).toBeLessThan(400);
  }
});

test("trapping costs what section 3.3 says: a fault and an emulation", () => {
  for (const road of TRAP)
    for (const loop of ["in", "cr0wr", "cr3wr", "tlbmiss"]) expect(cycles(loop, road), `${loop} on ${road}`).toBe(FOUND.TRAP_AND_EMULATE);
});

test("the hardware VMM is modelled below what was measured: that VMM did more than the events say", () => {
  for (const road of here(HW)) expect(cycles("in", road)).toBeLessThan(FOUND.HARDWARE_IN);
  for (const road of here(["hw shadow"])) {
    expect(cycles("pgfault", road)).toBeLessThan(FOUND.HARDWARE_PAGE_FAULT);
    expect(cycles("ptemod", road)).toBeLessThan(FOUND.HARDWARE_PTE_WRITE);
  }
});

test("a TLB miss reads two entries of native or shadow tables; nested, each of three addresses is translated too", () => {
  for (const road of here(["bare", ...TRAP, "hw shadow"])) expect(event("tlbmiss", road, "nestedWalks"), road).toBe(0);
  expect([event("tlbmiss", "bare", "walks"), references("tlbmiss", "bare")]).toEqual([1, walkReferences(2)]);
  expect([event("tlbmiss", "hw nested", "walks"), event("tlbmiss", "hw nested", "nestedWalks")]).toEqual([0, 1]);
  // Nested tables in PAE format: three levels, or two where they map 2 MiB.
  const possible = [nestedWalkReferences(2, 2), nestedWalkReferences(2, 3)];
  expect(references("tlbmiss", "hw nested")).toBeGreaterThanOrEqual(possible[0]!);
  expect(references("tlbmiss", "hw nested")).toBeLessThanOrEqual(possible[1]!);
});

test("a kernel that maps pages leaves the guest for each with shadow tables, and never with nested ones", () => {
  for (const loop of ["ptemod", "ptemap", "switch"]) {
    expect(sumOfExits(figures(loop, "hw nested").counts), loop).toBe(0);
    // INVLPG leaves ring 1, and not guest mode: shadow tables there are never out of step, so that it has the processor's TLB to flush only.
    for (const road of here(loop === "tlbmiss" ? [...TRAP, "bt"] : [...TRAP, "hw shadow", "bt"]))
      expect(sumOfExits(figures(loop, road).counts), `${loop} on ${road}`).toBeGreaterThan(0);
  }
});

test("an exit round trip under hardware assist is one world switch: 1,360 cycles of a recent AMD", () => {
  for (const road of here(HW)) {
    const { counts } = figures("cpuid", road);
    expect([sumOfExits(counts), counts.events.get("worldSwitches")], road).toEqual([1, 1]);
    expect(modelledCost(counts, recentAmd).cycles).toBe(1360);
    // A device in user space costs more: 1.9 times with what was published, where the design's source says about three.
    expect(modelledCost(figures("in", road).counts, recentAmd).cycles).toBe(1360 + 576 + 592);
  }
});

test("an interrupt is delivered by the processor on bare hardware, and injected by every VMM", () => {
  expect([event("interrupt", "bare", "interrupts"), event("interrupt", "bare", "injections")]).toEqual([1, 0]);
  for (const road of here([...TRAP, ...HW, "bt", "pv"]))
    expect([event("interrupt", road, "interrupts"), event("interrupt", road, "injections")], road).toEqual([0, 1]);
});

test("a paravirtual kernel calls once for what others do by several instructions that trap, and its programs' calls and faults cost less", () => {
  for (const road of here(["pv"])) {
    for (const loop of ["hypercall", "cr3wr", "ptemod", "ptemap", "tlbmiss"])
      expect([sumOfExits(figures(loop, road).counts), event(loop, road, "hypercalls")], loop).toEqual([1, 1]);
    expect(sumOfExits(figures("clisti", road).counts)).toBe(0);
    for (const loop of ["syscall", "divzero", "pgfault"]) {
      expect(cycles(loop, road), loop).toBeGreaterThan(cycles(loop, "bare"));
      for (const trap of TRAP) expect(cycles(loop, road), loop).toBeLessThan(cycles(loop, trap));
    }
  }
});

test("a virtqueue kick is one access to a device, and one exit where there is a VMM", () => {
  const kick = (road: string) => countsToJson(figures("kick", road).counts);
  expect([kick("bare").exits, kick("bare").events]).toEqual([{}, expect.objectContaining({ kicks: 1, deviceAccesses: 1 })]);
  for (const [roads, reason] of [
    [[...TRAP, "bt", "hw shadow"], "MMIO"],
    [["hw nested"], "NPF"],
  ] as const)
    for (const road of here(roads)) {
      const { exits, events } = kick(road);
      expect(exits, road).toEqual({ [reason]: 1 });
      expect([events["kicks"], events["deviceAccesses"]], road).toEqual([1, undefined]);
    }
  for (const road of here(HW)) expect(event("kick", road, "worldSwitches"), road).toBe(1);
  for (const [road, { loops }] of counted)
    for (const { name, counts } of loops) if (name !== "kick") expect(counts.events.get("kicks"), `${name} on ${road}`).toBeUndefined();
});

test("a paravirtual kernel has no device to kick", () => {
  for (const road of here(["pv"])) expect(counted.get(road)!.loops.map(({ name }) => name)).not.toContain("kick");
});

test.each(["bare", "trap 0/1/3", "pv", "hw nested", "hw shadow"])("on %s translated code counts the same to the last event", (road) => {
  const choice = ROAD_CHOICES.find(({ name }) => name === road)!;
  expect(countRoad(module, choice, "eager").loops).toEqual(counted.get(road)!.loops);
});
