// npm run soak -- --minutes N [--seed S] [--only KIND]: random programs in lockstep, of any shape and of that of
// regions, random states, page tables and device accesses in turn, until the time is over or something is wrong. The seed of the first
// failure makes it happen again (RINGSIDE_SEED in the tests, --seed here).
import { parseArgs } from "node:util";
import { builtProcessor } from "../../core/cpu/testing/built-processor.js";
import { LockstepPair } from "../lockstep/pair.js";
import { createShapedProgram } from "../lockstep/shaped-program.js";
import { TranslatedPair, WAYS } from "../lockstep/translated.js";
import { BoardFuzzer } from "./board.js";
import { PagingFuzzer } from "./paging.js";
import { ProcessorFuzzer } from "./processor.js";

interface Fuzzer {
  /** Returns what went wrong, or undefined. */
  runCase(seed: number): string | undefined;
}

const CASES_IN_TURN = 20;
/** Instructions of a program that is translated: making the regions takes longer than running them. */
const TRANSLATED_LENGTH = 200_000;
const PROGRESS_MILLISECONDS = 30_000;

function numberOption(text: string | undefined, otherwise: number): number {
  const value = text === undefined ? otherwise : Number(text);
  if (Number.isFinite(value) && value >= 0) return value;
  console.error(`not a number: ${text}`);
  process.exit(2);
}

const { values } = parseArgs({ options: { minutes: { type: "string" }, seed: { type: "string" }, only: { type: "string" } } });
const minutes = numberOption(values.minutes, 10);
let seed = numberOption(values.seed, Math.floor(Math.random() * 1e9));
const module = builtProcessor();
const ways = Object.keys(WAYS) as (keyof typeof WAYS)[];
const all: Readonly<Record<string, Fuzzer>> = {
  lockstep: new LockstepPair(module),
  ...Object.fromEntries(ways.map((way) => [`translated-${way}`, new TranslatedPair(module, way, TRANSLATED_LENGTH)])),
  ...Object.fromEntries(ways.map((way) => [`shaped-${way}`, new TranslatedPair(module, way, TRANSLATED_LENGTH, createShapedProgram)])),
  processor: new ProcessorFuzzer(module),
  paging: new PagingFuzzer(module),
  devices: new BoardFuzzer(module),
};
if (values.only !== undefined && !(values.only in all)) {
  console.error(`no such kind: ${values.only}; there are ${Object.keys(all).join(", ")}`);
  process.exit(2);
}
const fuzzers = values.only === undefined ? all : { [values.only]: all[values.only]! };

/** What the translator has had to do, if it had. */
function totals(): string {
  const pairs = Object.values(fuzzers).filter((fuzzer) => fuzzer instanceof TranslatedPair);
  const sum = (of: (pair: TranslatedPair) => number) => pairs.reduce((n, pair) => n + of(pair), 0);
  const work = `${sum((p) => p.instructions)} instructions, ${sum((p) => p.inRegions)} of them in ${sum((p) => p.regions)} regions`;
  return pairs.length ? `\ntranslated and interpreted: ${work}` : "";
}

console.log(`soaking for ${minutes} minutes from seed ${seed} on`);
const start = performance.now();
const end = start + minutes * 60_000;
let cases = 0;
for (let progress = start; performance.now() < end; ) {
  for (const [name, fuzzer] of Object.entries(fuzzers)) {
    for (let i = 0; i < CASES_IN_TURN; i++) {
      const wrong = fuzzer.runCase(seed + i);
      if (wrong) {
        console.error(`${name}: ${wrong}`);
        process.exit(1);
      }
    }
  }
  seed += CASES_IN_TURN;
  cases += CASES_IN_TURN;
  if (performance.now() - progress < PROGRESS_MILLISECONDS) continue;
  progress = performance.now();
  console.log(`${Math.round((progress - start) / 1000)} s: ${cases} cases of each kind, nothing wrong; next seed ${seed}`);
}
console.log(`${cases} cases of each kind, nothing wrong${totals()}`);
