// Short runs of random programs; `npm run soak` has the long ones. RINGSIDE_SEED names another first seed.
import { expect, test } from "vitest";
import { builtProcessor } from "../../core/cpu/testing/built-processor.js";
import { firstSeed } from "../fuzz/seed.js";
import { LockstepPair } from "./pair.js";
import { TranslatedPair, WAYS } from "./translated.js";

const CASES = 250;
const TRANSLATED_CASES = 120;

test("strides through the hot handlers and single steps through the exec functions agree on random programs", { timeout: 60_000 }, () => {
  const seed = firstSeed();
  const pair = new LockstepPair(builtProcessor());
  for (let i = 0; i < CASES; i++) {
    const difference = pair.runCase(seed + i);
    if (difference) expect.fail(difference);
  }
  console.log(`lockstep: ${CASES} programs from seed ${seed} on, ${pair.instructions} instructions`);
  expect(pair.instructions).toBeGreaterThan(CASES * 1000);
});

test.each(Object.keys(WAYS) as (keyof typeof WAYS)[])(
  "translated (%s) and interpreted, random programs end in the same state",
  { timeout: 60_000 },
  (way) => {
    const seed = firstSeed();
    const pair = new TranslatedPair(builtProcessor(), way);
    for (let i = 0; i < TRANSLATED_CASES; i++) {
      const difference = pair.runCase(seed + i);
      if (difference) expect.fail(difference);
    }
    const { instructions, inRegions, regions } = pair;
    console.log(`translated (${way}): ${instructions} instructions, ${inRegions} of them in ${regions} regions`);
    expect(inRegions).toBeGreaterThan(instructions / 10);
  },
);
