// RINGSIDE_SEED names another first seed.
import { describe, expect, test } from "vitest";
import { builtProcessor } from "../../core/cpu/testing/built-processor.js";
import type { TranslationPolicy } from "../../core/translator/options.js";
import { VMEXIT_INVALID, VMEXIT_NPF, VMEXIT_VMMCALL } from "../../wasm/abi/svm.js";
import { GuestFuzzer } from "./guests.js";
import { firstSeed } from "./seed.js";

/** Each is entered several times. */
const CASES: readonly (readonly [TranslationPolicy, number])[] = [
  ["off", 5000],
  ["eager", 1000],
];

describe("no VMCB and no guest make the processor trap or hang, or reach the host", () => {
  test.each(CASES)("translator %s", { timeout: 300_000 }, (policy, cases) => {
    const seed = firstSeed();
    const fuzzer = new GuestFuzzer(builtProcessor(), policy);
    for (let i = 0; i < cases; i++) expect(fuzzer.runCase(seed + i)).toBeUndefined();
    const total = [...fuzzer.exits.values()].reduce((sum, n) => sum + n, 0);
    console.log(`fuzz: ${cases} guests from seed ${seed} on, ${total} #VMEXITs with ${fuzzer.exits.size} codes`);
    expect(fuzzer.exits.size).toBeGreaterThan(20);
    for (const code of [VMEXIT_INVALID, VMEXIT_NPF, VMEXIT_VMMCALL]) expect(fuzzer.exits.get(code) ?? 0, `${code}`).toBeGreaterThan(0);
  });
});
