// Random kernels (those of test/lockstep), natively in ring 0 and translated in ring 1: stores into their own code, faults, interrupts, ports,
// strings, flags of all kinds. RINGSIDE_SEED names another first seed.
import { expect, test } from "vitest";
import { firstSeed } from "../fuzz/seed.js";
import { BtPair } from "./pair.js";
import { VmmMachine } from "./vmm.js";

const SEEDS = Number(process.env["RINGSIDE_BT_SEEDS"] ?? 250);

test("a random kernel passes through the same states natively and translated", { timeout: 120_000 }, () => {
  const pair = new BtPair(new VmmMachine());
  let programs = 0;
  for (let seed = firstSeed(); seed < firstSeed() + SEEDS; seed++) {
    const program = BtPair.program(seed);
    if (!program) continue;
    const difference = pair.runProgram(program);
    if (difference) expect.fail(difference);
    programs++;
  }
  const { statistics, cache } = pair.translated.bt;
  console.log(
    `bt: ${programs} programs, ${pair.instructions} instructions, ${pair.boundaries} boundaries compared, ${pair.translated.steps} native steps`,
    JSON.stringify(statistics),
    JSON.stringify(cache.statistics),
  );
  expect(statistics.adapted).toBeGreaterThan(0);
  expect(cache.statistics.chained).toBeGreaterThan(100);
  expect(programs).toBeGreaterThan(SEEDS / 20);
});
