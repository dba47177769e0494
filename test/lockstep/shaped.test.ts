// Region-shaped programs, translated and interpreted; `npm run soak` has the long runs. RINGSIDE_SEED names another first seed.
import { expect, test } from "vitest";
import { builtProcessor } from "../../core/cpu/testing/built-processor.js";
import { firstSeed } from "../fuzz/seed.js";
import type { Program } from "./program.js";
import { createShapedProgram } from "./shaped-program.js";
import { TranslatedPair, WAYS } from "./translated.js";

const CASES = 50;
const LENGTH = 60_000;
/** Part of the instructions that is executed in regions at least: where all that runs is translated, and where only what is hot. */
const MOST = { eager: 0.83, calls: 0.83, soon: 0.75, restless: 0.75 } as const satisfies Record<keyof typeof WAYS, number>;

/** Assembling a program takes longer than running it: one serves all ways. */
const programs = new Map<number, Program>();
function create(seed: number): Program {
  const program = programs.get(seed) ?? createShapedProgram(seed);
  programs.set(seed, program);
  return program;
}

test.each(Object.keys(WAYS) as (keyof typeof WAYS)[])(
  "translated (%s) and interpreted, region-shaped programs end in the same state",
  { timeout: 60_000 },
  (way) => {
    const seed = firstSeed();
    const pair = new TranslatedPair(builtProcessor(), way, LENGTH, create);
    for (let i = 0; i < CASES; i++) {
      const difference = pair.runCase(seed + i);
      if (difference) expect.fail(difference);
    }
    const { instructions, inRegions, regions } = pair;
    console.log(`shaped (${way}): ${instructions} instructions, ${inRegions} of them in ${regions} regions`);
    expect(inRegions).toBeGreaterThan(instructions * MOST[way]);
  },
);
