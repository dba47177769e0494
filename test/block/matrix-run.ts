// The whole matrix, or a part of it: node dist/test/block/matrix-run.js [--sample COUNT] [--seed NUMBER] [--part 1/2]
// Parts are for several of these at once, each of which does its share.
import { parseArgs } from "node:util";
import { COMBINATIONS, type Combination, describeCombination, readTheirs, writeOurs } from "./matrix.js";
import { randoms, withFolder } from "./tools.js";

const { values } = parseArgs({
  options: { sample: { type: "string" }, seed: { type: "string", default: "1" }, part: { type: "string", default: "1/1" } },
});
const random = randoms(Number(values.seed));
const [part = 1, parts = 1] = values.part.split("/").map(Number);
const all =
  values.sample === undefined
    ? COMBINATIONS
    : Array.from({ length: Number(values.sample) }, () => COMBINATIONS[random(COMBINATIONS.length)]!);
const chosen = all.filter((_, i) => i % parts === part - 1);

const counts = { read: 0, written: 0, wrong: 0, holes: 0 };

async function attempt(what: "read" | "written", work: typeof readTheirs, combination: Combination): Promise<void> {
  try {
    await withFolder((folder) => work(combination, folder, counts));
    counts[what]++;
  } catch (error) {
    counts.wrong++;
    console.log(`WRONG (${what}) ${describeCombination(combination)}: ${error instanceof Error ? error.message : error}`);
  }
}

for (const [i, combination] of chosen.entries()) {
  await attempt("read", readTheirs, combination);
  await attempt("written", writeOurs, combination);
  if ((i + 1) % 100 === 0) console.log(`${i + 1} of ${chosen.length}: ${JSON.stringify(counts)}`);
}
console.log(
  `${chosen.length} of ${COMBINATIONS.length} combinations: ${counts.read} images of qemu-img read identically and are sound, ` +
    `${counts.written} of ours pass qemu-img check and compare, ${counts.wrong} wrong; ` +
    `info and map agree field by field, but for what lies in holes of the host's file in ${counts.holes} maps`,
);
process.exitCode = counts.wrong > 0 ? 1 : 0;
