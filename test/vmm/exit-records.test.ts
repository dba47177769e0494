// On every road: each exit is one record, and a record has what its exit counted, no more and no less.
import { describe, expect, test } from "vitest";
import { builtProcessor } from "../../core/cpu/testing/built-processor.js";
import { loadBinaryTranslator } from "../../core/vmm/bt/loading.js";
import { countsToJson, sumOfExits } from "../../core/vmm/events/counters.js";
import { disassemble } from "../../core/vmm/events/disassembly.js";
import { reasonName } from "../../core/vmm/events/exit-reasons.js";
import type { ExitRecord } from "../../core/vmm/events/record.js";
import { ROAD_CHOICES } from "../../core/vmm/road-choices.js";
import type { RoadOptions } from "../../core/vmm/vm.js";
import { Machine } from "../../devices/machine/machine.js";
import { buildGuest } from "../../guests/catalog.js";

await loadBinaryTranslator();
const module = builtProcessor();

/** nanobench, a few turns of each loop. */
function run(road: RoadOptions, listener?: (record: ExitRecord) => void) {
  const machine = new Machine({
    module,
    ramBytes: 16 << 20,
    clock: "virtual",
    hostTime: () => 0,
    wallClock: 0,
    road,
    output: {},
  });
  machine.boot({ kind: "kernel", kernel: buildGuest(road.road === "pv" ? "nanobench-pv" : "nanobench").bytes, commandLine: "/10000" });
  if (listener) machine.vcpu!.events.subscribe(listener);
  for (let slices = 0; slices < 1000; slices++) if (machine.run(1000, 1e6).ending) return machine.vcpu!.counters.since();
  throw new Error("nanobench does not end");
}

describe.each(ROAD_CHOICES.flatMap(({ name, options }) => (options ? [{ name, options }] : [])))("$name", ({ options }) => {
  const records: ExitRecord[] = [];
  const counts = run(options, (record) => records.push(record));

  test("every exit is a record of its own, with its reason", () => {
    expect(records.length).toBe(sumOfExits(counts));
    expect(records.map(({ sequence }) => sequence)).toEqual(records.map((_, n) => n + 1));
    for (const { sequence, reason, counts: own } of records) expect([...own.exits], `#${sequence}`).toEqual([[reason, 1]]);
    const seen: Record<string, number> = {};
    for (const { reason } of records) seen[reasonName(reason)] = (seen[reasonName(reason)] ?? 0) + 1;
    expect(seen).toEqual(countsToJson(counts).exits);
  });

  test("it shows an instruction, where it goes on, and how time has gone on", () => {
    let last = -1n;
    for (const { sequence, at, instructions, action } of records) {
      expect([at.bytes.length > 0 && disassemble(at).length > 0, action !== ""], `#${sequence}`).toEqual([true, true]);
      expect(instructions >= last, `#${sequence}`).toBe(true);
      last = instructions;
    }
  });

  test("a guest in guest mode costs a world switch for each", () => {
    for (const { sequence, counts: own } of records)
      expect(own.events.get("worldSwitches") ?? 0, `#${sequence}`).toBe(options.road === "hw" ? 1 : 0);
  });

  test("counting is the same when nobody listens", () => {
    expect(countsToJson(run(options))).toEqual(countsToJson(counts));
  });
});
