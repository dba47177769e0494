// What only translated code can get wrong, one program for each: where regions are entered and left, what they remember, what they were made
// from. In every way to translate, and in strides that end anywhere.
import { expect, test } from "vitest";
import type { TranslatorOptions } from "../../core/translator/options.js";
import { WAYS } from "../lockstep/translated.js";
import { CODE_PROGRAMS } from "./code-programs.js";
import { CUT_PROGRAMS } from "./cut-programs.js";
import { FLAG_PROGRAMS } from "./flag-programs.js";
import { MEMORY_PROGRAMS } from "./memory-programs.js";
import { RING_PROGRAMS } from "./ring-programs.js";
import { SEGMENTED_CODE_PROGRAMS } from "./segmented-code-programs.js";
import { SEGMENTED_DATA_PROGRAMS } from "./segmented-data-programs.js";
import { SEGMENTED_MODE_PROGRAMS } from "./segmented-mode-programs.js";
import { runBoth } from "./system-pair.js";

/** Long ones, and all around the budget at which regions are not entered any more. */
const STRIDES = [5000, 1, 2000, 129, 130, 3, 700, 131, 132, 133, 400, 17, 140, 150, 33, 160, 1000, 170, 190, 7, 211, 230, 260, 300];
const TIMEOUT = 60_000;
const PROGRAMS = {
  ...CODE_PROGRAMS,
  ...MEMORY_PROGRAMS,
  ...FLAG_PROGRAMS,
  ...RING_PROGRAMS,
  ...CUT_PROGRAMS,
  ...SEGMENTED_DATA_PROGRAMS,
  ...SEGMENTED_CODE_PROGRAMS,
  ...SEGMENTED_MODE_PROGRAMS,
};
/** The ways that leave next to nothing to the interpreter. */
const AT_ONCE: ReadonlySet<string> = new Set(["eager", "calls"] satisfies (keyof typeof WAYS)[]);

for (const [way, options] of Object.entries(WAYS) as [string, TranslatorOptions][]) {
  test.each(Object.entries(PROGRAMS))(`${way}: %s`, { timeout: TIMEOUT }, (_, { source, translated = 0.3, start }) => {
    const outcome = runBoth(source, options, STRIDES, start);
    expect(outcome.difference).toBeUndefined();
    if (AT_ONCE.has(way)) expect(outcome.translated).toBeGreaterThanOrEqual(translated);
  });
}
