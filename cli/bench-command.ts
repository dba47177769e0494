// `ringside bench roads`: what single things cost a guest's kernel, on each road. So far it is run on `bare` only.

import { Machine } from "../devices/machine/machine.js";
import { buildGuest } from "../guests/catalog.js";
import { hostTime, prepareEngine, translatorOptions } from "./host.js";
import { type NanoResult, runNanobench } from "./nanobench.js";
import { loadProcessor } from "./processor.js";
import { figure, table } from "./table.js";
import { UserError } from "./user-error.js";

export interface BenchOptions {
  readonly json?: boolean;
  readonly rounds: string;
}

const MEMORY = 32 << 20;
const MAX_ROUNDS = 100;

function onBare(): readonly NanoResult[] {
  return runNanobench((serial1) => {
    const machine = new Machine({
      module: loadProcessor(),
      ramBytes: MEMORY,
      clock: "real",
      hostTime,
      wallClock: Date.now() / 1000,
      translator: translatorOptions("on"),
      output: { serial1 },
    });
    machine.boot({ kind: "kernel", kernel: buildGuest("nanobench").bytes, commandLine: "" });
    return machine;
  });
}

const ROADS = { bare: onBare } as const;

function parseRounds(text: string): number {
  const rounds = Number(text);
  if (/^\d+$/.test(text) && rounds >= 1 && rounds <= MAX_ROUNDS) return rounds;
  throw new UserError(`--rounds takes a number from 1 to ${MAX_ROUNDS}, not "${text}"`);
}

/** Of several rounds, each loop's fastest. */
function fastest(rounds: readonly (readonly NanoResult[])[]): NanoResult[] {
  return rounds[0]!.map((first, n) => rounds.map((round) => round[n]!).reduce((a, b) => (b.nanoseconds < a.nanoseconds ? b : a), first));
}

/** Prints the table, or JSON: by road, the loops' figures. */
export function benchRoads(options: BenchOptions): void {
  const rounds = parseRounds(options.rounds);
  prepareEngine();
  const results = Object.entries(ROADS).map(([road, run]) => ({ road, loops: fastest(Array.from({ length: rounds }, run)) }));
  if (options.json) {
    console.log(JSON.stringify({ rounds, roads: results }, undefined, 2));
    return;
  }
  const head = ["one of", ...results.flatMap(({ road }) => [`${road} ns`, `${road} instructions`])];
  const rows = results[0]!.loops.map(({ name }, n) => [
    name,
    ...results.flatMap(({ loops }) => [figure(loops[n]!.nanoseconds, 1), figure(loops[n]!.instructions, 1)]),
  ]);
  console.log(table(head, rows));
  console.log("\nns: time of this program on this host, the loop's own instructions included; the fastest of the rounds.");
}
