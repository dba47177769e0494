// A short run of the fuzzer; `npm run soak` has the long ones. RINGSIDE_SEED names another first seed.
import { expect, test } from "vitest";
import { builtProcessor } from "../../core/cpu/testing/built-processor.js";
import { ProcessorFuzzer } from "./processor.js";
import { firstSeed } from "./seed.js";

const CASES = 250;

test("no state and no code make the processor trap, hang, or reach outside the guest's memory", { timeout: 60_000 }, () => {
  const seed = firstSeed();
  const fuzzer = new ProcessorFuzzer(builtProcessor());
  for (let i = 0; i < CASES; i++) expect(fuzzer.runCase(seed + i)).toBeUndefined();
  console.log(`fuzz: ${CASES} cases from seed ${seed} on, ${fuzzer.instructions} instructions, ${fuzzer.exceptions} exceptions`);
  expect(fuzzer.instructions).toBeGreaterThan(CASES * 50);
});
