// Precise faults and interrupts: at every instruction of translated code that a program comes by, inside the sequences too, the state that
// an interrupt there would leave is one that the native processor passes through.

import { expect, test } from "vitest";
import { MOST_BYTES } from "../../core/vmm/bt/binary-translator.js";
import { firstSeed } from "../fuzz/seed.js";
import { createKernelProgram } from "./kernel-program.js";
import { BtPair } from "./pair.js";
import { VmmMachine } from "./vmm.js";

const PROGRAMS = Number(process.env["RINGSIDE_BT_PROGRAMS"] ?? 12);
const EVERYWHERE = 3;

test("kernel-like code passes through the same states natively and translated", { timeout: 60_000 }, () => {
  const pair = new BtPair(new VmmMachine());
  for (let seed = firstSeed(); seed < firstSeed() + PROGRAMS; seed++) {
    const difference = pair.runProgram(createKernelProgram(seed));
    if (difference) expect.fail(difference);
  }
  const { exits, instructions } = pair.translated.bt.statistics;
  console.log(`bt: ${pair.instructions} instructions, ${pair.boundaries} boundaries`, JSON.stringify(exits), JSON.stringify(instructions));
  for (const kind of ["branch", "indirect", "made", "window", "callout"] as const) expect(exits[kind], kind).toBeGreaterThan(0);
});

test("so it does with units of any length in the smallest cache there can be", { timeout: 60_000 }, () => {
  for (const maxInstructions of [1, 2, 5, 12]) {
    const machine = new VmmMachine({ maxInstructions, cacheSize: 2 * (maxInstructions + 1) * MOST_BYTES });
    const difference = new BtPair(machine).runProgram(createKernelProgram(firstSeed() + maxInstructions));
    if (difference) expect.fail(`${maxInstructions} instructions a unit: ${difference}`);
    expect(machine.bt.cache.statistics.flushes).toBeGreaterThan(maxInstructions < 5 ? 10 : 1);
  }
});

test("an interrupt at any address of the cache finds the guest between two of its instructions", { timeout: 60_000 }, () => {
  const pair = new BtPair(new VmmMachine());
  const recoveries = new Set<string>();
  for (let seed = firstSeed(); seed < firstSeed() + EVERYWHERE; seed++) {
    pair.begin(createKernelProgram(seed));
    pair.translated.watch = (eip) => {
      const { eip: to, ...how } = pair.translated.bt.recoveryAt(eip)!;
      recoveries.add(JSON.stringify({ ...how, target: to === "target" }));
      pair.translated.probe(eip, () => {
        const difference = pair.catchUp(true);
        if (difference) expect.fail(`seed ${seed}, cache address ${eip.toString(16)}: ${difference}`);
      });
    };
    pair.translated.slice = () => 400;
    for (let n = 0; n < 250 && pair.translated.advance(); n++);
  }
  console.log(`bt: ${pair.boundaries} addresses, ${recoveries.size} kinds of recovery`);
  expect(recoveries.size).toBeGreaterThanOrEqual(12);
});
