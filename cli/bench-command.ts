// `ringside bench roads`: what single things cost a guest's kernel on each road: exact counts, modelled cycles, and this program's time.
import { MEASURED, type Measured, PAPER } from "../core/vmm/costs/adams-agesen.js";
import { pentium4 } from "../core/vmm/costs/pentium-4.js";
import { type CostProfile, modelledCost } from "../core/vmm/costs/profile.js";
import { PROFILES } from "../core/vmm/costs/profiles.js";
import { type Counts, countsToJson, EVENTS, sumOfExits } from "../core/vmm/events/counters.js";
import { reasonName } from "../core/vmm/events/exit-reasons.js";
import { choicesNamed, ROAD_CHOICES, type RoadChoice } from "../core/vmm/road-choices.js";
import type { MachineOptions } from "../devices/machine/machine-options.js";
import { countRoad, type LoopFigures, type RoadFigures, timeRoad } from "./bench-roads.js";
import { parseProfile } from "./exit-report.js";
import { prepareEngine } from "./host.js";
import { loadProcessor } from "./processor.js";
import { figure, table } from "./table.js";
import { UserError } from "./user-error.js";

export interface BenchOptions {
  readonly json?: boolean;
  readonly rounds: string;
  /** Names, separated by commas; all without. */
  readonly roads?: string;
  /** Profile of the table of cycles. */
  readonly costs: string;
}

const MAX_ROUNDS = 100;

function parseRounds(text: string): number {
  const rounds = Number(text);
  if (/^\d+$/.test(text) && rounds <= MAX_ROUNDS) return rounds;
  throw new UserError(`--rounds takes a number from 0 to ${MAX_ROUNDS}, not "${text}"`);
}

function parseRoads(text: string | undefined): readonly RoadChoice[] {
  if (text === undefined) return ROAD_CHOICES;
  const chosen = text.split(",").flatMap((name) => {
    const choices = choicesNamed(name.trim());
    if (choices.length > 0) return choices;
    throw new UserError(`the road "${name.trim()}" is not known; there are ${ROAD_CHOICES.map((choice) => choice.name).join(", ")}`);
  });
  return ROAD_CHOICES.filter((choice) => chosen.includes(choice));
}

/** Up to two decimals, none where there is nothing behind the point. */
const short = (value: number) => String(Math.round(value * 100) / 100);

function cycles(counts: Counts, profile: CostProfile): string {
  const { cycles, unpriced } = modelledCost(counts, profile);
  return `${Math.round(cycles)}${unpriced.length > 0 ? "+" : ""}`;
}

/** "IRET, SWINT, 2 CR3_WRITE". */
function exitsText({ exits }: Counts): string {
  const list = [...exits].sort((a, b) => b[1] - a[1] || a[0] - b[0]);
  return list.map(([reason, count]) => (count === 1 ? reasonName(reason) : `${short(count)} ${reasonName(reason)}`)).join(", ");
}

interface Column {
  readonly title: string;
  cell(loop: LoopFigures): string;
}

/** What the paper that the profile is made from measured: native, software VMM (as bt), hardware VMM (as hw shadow). */
const PAPER_COLUMNS: readonly (keyof Measured)[] = ["native", "software", "hardware"];

/** One row for each loop that any road has done, one group of columns for each road. */
function loopTable(results: readonly RoadFigures[], columns: readonly Column[], beside: readonly (keyof Measured)[] = []): string {
  const names = [...new Set(results.flatMap(({ loops }) => loops.map(({ name }) => name)))];
  const head = [
    "one of",
    ...results.flatMap(({ choice }) => columns.map(({ title }) => `${choice.name} ${title}`.trim())),
    ...beside.map((who) => `paper: ${who}`),
  ];
  const rows = names.map((name) => [
    name,
    ...results.flatMap(({ loops }) => {
      const loop = loops.find((candidate) => candidate.name === name);
      return columns.map((column) => (loop ? column.cell(loop) : "-"));
    }),
    ...beside.map((who) => String(MEASURED[name]?.[who] ?? "-")),
  ]);
  return table(head, rows);
}

function tables(results: readonly RoadFigures[], profile: CostProfile): string {
  const underVmm = results.filter(({ choice }) => choice.options);
  const parts = [
    `Modelled cycles (${profile.name}: ${profile.description}) of what was counted; +: and events that nobody has published a figure for${profile === pentium4 ? `; paper: ${PAPER}` : ""}`,
    loopTable(results, [{ title: "", cell: ({ counts }) => cycles(counts, profile) }], profile === pentium4 ? PAPER_COLUMNS : []),
    ...(underVmm.length > 0
      ? [
          "Exits from the guest to the VMM",
          loopTable(underVmm, [{ title: "", cell: ({ counts }) => short(sumOfExits(counts)) }]),
          loopTable(underVmm, [{ title: "", cell: ({ counts }) => exitsText(counts) || "none" }]),
        ]
      : []),
    "Memory references of page walks / guest instructions",
    loopTable(results, [{ title: "", cell: ({ counts, instructions }) => `${short(references(counts))} / ${short(instructions)}` }]),
    ...(results.some(({ loops }) => loops.some(({ nanoseconds }) => nanoseconds !== undefined))
      ? [
          "Nanoseconds of this program on this host, not of any hardware; the loop's own instructions included, the fastest of the rounds",
          loopTable(results, [{ title: "", cell: ({ nanoseconds }) => figure(nanoseconds ?? Number.NaN, 1) }]),
        ]
      : []),
    ...failures(results),
  ];
  return parts.join("\n\n");
}

function references({ events }: Counts): number {
  return (events.get("walkReferences") ?? 0) + (events.get("nestedWalkReferences") ?? 0);
}

function failures(results: readonly RoadFigures[]): string[] {
  return results.flatMap(({ choice, failures }) => failures.map(({ name, reason }) => `${choice.name}: no ${name}: ${reason}`));
}

function toJson(results: readonly RoadFigures[], rounds: number): object {
  return {
    rounds,
    events: EVENTS,
    roads: results.map(({ choice, loops, failures }) => ({
      road: choice.name,
      loops: loops.map(({ name, instructions, counts, nanoseconds }) => ({
        name,
        instructions,
        ...countsToJson(counts),
        cycles: Object.fromEntries(
          PROFILES.map((profile) => {
            const { cycles, unpriced } = modelledCost(counts, profile);
            return [profile.name, { cycles, unpriced }];
          }),
        ),
        ...(nanoseconds === undefined ? {} : { nanoseconds }),
      })),
      failures,
    })),
  };
}

function measure(module: MachineOptions["module"], choice: RoadChoice, rounds: number): RoadFigures {
  const counted = countRoad(module, choice);
  const times = timeRoad(module, choice, rounds);
  const loops = counted.loops.map((loop) => {
    const nanoseconds = times.get(loop.name);
    return nanoseconds === undefined ? loop : { ...loop, nanoseconds };
  });
  return { ...counted, loops };
}

/** Prints the tables, or JSON: by road, each loop's figures for one turn. */
export function benchRoads(options: BenchOptions): void {
  const rounds = parseRounds(options.rounds);
  const profile = parseProfile(options.costs);
  const choices = parseRoads(options.roads);
  prepareEngine();
  const module = loadProcessor();
  const results = choices.map((choice) => measure(module, choice, rounds));
  console.log(options.json ? JSON.stringify(toJson(results, rounds), undefined, 2) : tables(results, profile));
}
