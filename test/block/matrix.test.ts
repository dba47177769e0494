// A part of the matrix of features. The whole: `node dist/test/block/matrix-run.js`.
import { afterAll, describe, expect, test } from "vitest";
import { COMBINATIONS, describeCombination, readTheirs, writeOurs } from "./matrix.js";
import { lacksQemuImg, withFolder } from "./tools.js";

/** So many, spread over all, are tried. */
const SAMPLE = 6;
const STEP = COMBINATIONS.length / SAMPLE;
const sample = Array.from({ length: SAMPLE }, (_, i) => COMBINATIONS[Math.floor((i + 0.37) * STEP)]!);

const counts = { read: 0, written: 0 };
afterAll(() => console.log(`${counts.read} images of qemu-img read identically, ${counts.written} of ours pass its check and compare`));

describe.skipIf(lacksQemuImg)(`${SAMPLE} of ${COMBINATIONS.length} combinations of features`, () => {
  test.each(sample.map((combination) => [describeCombination(combination), combination] as const))("%s", async (_, combination) => {
    await expect(withFolder((folder) => readTheirs(combination, folder, { holes: 0 }))).resolves.toBeUndefined();
    counts.read++;
    await expect(withFolder((folder) => writeOurs(combination, folder, { holes: 0 }))).resolves.toBeUndefined();
    counts.written++;
  });
});
