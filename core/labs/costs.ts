/** Lab: what the nanobenchmarks of Adams and Agesen cost on each road by the model, beside what they measured. */
import * as FOUND from "../vmm/costs/adams-agesen.js";
import { NANOBENCHMARK_EVENTS, type Nanobenchmark, type NanobenchmarkRoad } from "../vmm/costs/nanobenchmarks.js";
import { pentium4 } from "../vmm/costs/pentium-4.js";
import { modelledCost } from "../vmm/costs/profile.js";
import { PROFILES } from "../vmm/costs/profiles.js";
import { type Counts, EVENTS, type EventName } from "../vmm/events/counters.js";
import type { Lab, LabReport } from "./lab.js";

/** "Fifteen times", "about four times": a number that follows from such words. */
const about = (cycles: number) => `~${cycles}`;

/** Native, software VMM, hardware VMM, where the paper's text has a number. Calls and returns, and the store, have a cost that is no event. */
const PRINTED: Readonly<Record<Nanobenchmark, readonly [native?: number | string, software?: number | string, hardware?: number]>> = {
  syscall: [],
  in: [FOUND.NATIVE_IN, about(FOUND.SOFTWARE_IN), FOUND.HARDWARE_IN],
  cr8wr: [about(FOUND.NATIVE_CR8_WRITE), FOUND.SOFTWARE_CR8_WRITE],
  callret: [FOUND.NATIVE_CALL_RETURN, FOUND.SOFTWARE_CALL_RETURN, FOUND.NATIVE_CALL_RETURN],
  pgfault: [FOUND.NATIVE_PAGE_FAULT, FOUND.SOFTWARE_PAGE_FAULT, FOUND.HARDWARE_PAGE_FAULT],
  divzero: [FOUND.NATIVE_DIVIDE_ERROR, FOUND.SOFTWARE_DIVIDE_ERROR, FOUND.HARDWARE_DIVIDE_ERROR],
  ptemod: [FOUND.NATIVE_PTE_WRITE, FOUND.SOFTWARE_PTE_WRITE, FOUND.HARDWARE_PTE_WRITE],
  tlbmiss: [],
};

const BENCHES = Object.keys(NANOBENCHMARK_EVENTS) as readonly Nanobenchmark[];
const COMPARED: readonly NanobenchmarkRoad[] = ["bare", "bt", "hw shadow"];
const ALL: readonly NanobenchmarkRoad[] = [...COMPARED, "hw nested"];

function modelled(counts: Counts | undefined): string {
  if (!counts) return "-";
  const { cycles, unpriced } = modelledCost(counts, pentium4);
  return unpriced.length > 0 ? `${cycles} + unpriced` : String(cycles);
}

function eventsText(counts: Counts | undefined): string {
  if (!counts) return "-";
  return [...counts.events].map(([event, count]) => (count === 1 ? event : `${count} ${event}`)).join(", ") || "none";
}

function run(): LabReport {
  const profiles = PROFILES.flatMap(({ name, events }) =>
    Object.entries(events).map(([event, { cycles, source }]) => [name, EVENTS[event as EventName], String(cycles), source]),
  );
  return {
    title: "What the nanobenchmarks cost: a model beside the measurement of 2006",
    text: [
      [
        "MODEL: the events that each road should cause, times the figures of the profile. Costs of what is no event (the call itself, the store) are",
        "not in it. Under hardware assist it is low: the paper's VMM did more for an exit than the events say, and for ptemod it entered and left",
        "the guest repeatedly.",
      ].join("\n"),
    ],
    tables: [
      {
        title: `Cycles: modelled (${pentium4.name}), then as ${FOUND.PAPER} prints them`,
        columns: ["nanobenchmark", "bare", "bt", "hw shadow", "native", "software VMM", "hardware VMM"],
        rows: BENCHES.map((bench) => [
          bench,
          ...COMPARED.map((road) => modelled(NANOBENCHMARK_EVENTS[bench][road])),
          ...[0, 1, 2].map((n) => String(PRINTED[bench][n] ?? "-")),
        ]),
      },
      {
        title: "Events of one turn",
        columns: ["nanobenchmark", ...ALL],
        rows: BENCHES.map((bench) => [bench, ...ALL.map((road) => eventsText(NANOBENCHMARK_EVENTS[bench][road]))]),
      },
      { title: "Figures and their sources", columns: ["profile", "event", "cycles", "source"], rows: profiles },
    ],
  };
}

export const costsLab: Lab = {
  name: "costs",
  description: "the nanobenchmarks of Adams and Agesen: modelled events and cycles beside their measurement, and every figure's source",
  switches: [],
  run,
};
