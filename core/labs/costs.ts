/** Lab: the cost profiles, every figure with its source, and the measurement that most of them come from. */
import { MEASURED, PAPER } from "../vmm/costs/adams-agesen.js";
import { PROFILES } from "../vmm/costs/profiles.js";
import { EVENTS, type EventName } from "../vmm/events/counters.js";
import type { Lab, LabReport } from "./lab.js";

function run(): LabReport {
  return {
    title: "What events cost: figures that somebody has published, or that follow from such",
    text: [
      [
        "An event without a figure is not priced, and the sum is then a lower bound. `ringside bench roads` counts what one turn of each",
        "nanobenchmark causes on each road, and multiplies: counts are exact, cycles are modelled.",
      ].join("\n"),
    ],
    tables: [
      {
        title: `Cycles of one turn as ${PAPER} prints them`,
        columns: ["nanobenchmark", "native", "software VMM", "hardware VMM"],
        rows: Object.entries(MEASURED).map(([loop, { native, software, hardware }]) => [
          loop,
          ...[native, software, hardware].map((cycles) => String(cycles ?? "-")),
        ]),
      },
      {
        title: "Figures and their sources",
        columns: ["profile", "event", "cycles", "source"],
        rows: PROFILES.flatMap(({ name, events }) =>
          Object.entries(events).map(([event, { cycles, source }]) => [name, EVENTS[event as EventName], String(cycles), source]),
        ),
      },
    ],
  };
}

export const costsLab: Lab = {
  name: "costs",
  description: "the cost profiles: every figure's source, and the measurement of Adams and Agesen",
  switches: [],
  run,
};
