// A part of the matrix of features. The whole: `node dist/test/block/matrix-run.js`.
import { describe, expect, test } from "vitest";
import { COMBINATIONS, describeCombination, readTheirs, writeOurs } from "./matrix.js";
import { lacksQemuImg, withFolder } from "./tools.js";

/** So many, spread over all, are tried. */
const SAMPLE = 8;
const STEP = COMBINATIONS.length / SAMPLE;
const sample = Array.from({ length: SAMPLE }, (_, i) => COMBINATIONS[Math.floor((i + 0.37) * STEP)]!);

describe.skipIf(lacksQemuImg)(`${SAMPLE} of ${COMBINATIONS.length} combinations of features`, () => {
  test.each(sample.map((combination) => [describeCombination(combination), combination] as const))("%s", async (_, combination) => {
    await expect(withFolder((folder) => readTheirs(combination, folder))).resolves.toBeUndefined();
    await expect(withFolder((folder) => writeOurs(combination, folder))).resolves.toBeUndefined();
  });
});
