// The interpreter against v86's, translators off in both: the kit's integer programs under Debian's kernel, one emulator at a time, in
// alternating rounds. Prints seconds and ratios.
//   node dist/bench/interpreter.js [--rounds 3] [--scale 10]
import { availableParallelism } from "node:os";
import { parseArgs } from "node:util";
import { Comparison, type Run } from "./comparison.js";
import { EMULATORS } from "./emulators.js";
import { runGuest } from "./guest-run.js";
import { beTheOnlyBench, waitUntilQuiet } from "./host.js";
import { HOW_TO_BUILD, isBuilt } from "./kit.js";
import { report } from "./report.js";

const PROGRAMS = ["sieve", "sha256", "crc32", "fib", "bytecode", "qsort"];
/** Seconds to wait for a quiet machine before each run. */
const PATIENCE = 60;

const { values } = parseArgs({
  options: { rounds: { type: "string", default: "3" }, scale: { type: "string", default: "10" } },
});
if (!isBuilt()) {
  console.error(HOW_TO_BUILD);
  process.exit(2);
}
const work = { programs: PROGRAMS, scale: Number(values.scale) };
const contestants = [
  { emulator: "ringside", command: EMULATORS.ringside.command(work), environment: { RINGSIDE_TRANSLATE: "off" } },
  { emulator: "v86 without JIT", command: EMULATORS.v86.command(work), environment: { V86_NO_JIT: "1" } },
];
await beTheOnlyBench();

const runs: Run[] = [];
for (let round = 1; round <= Number(values.rounds); round++)
  for (const { emulator, command, environment } of contestants) {
    const loadBefore = await waitUntilQuiet(PATIENCE);
    runs.push({ emulator, round, loadBefore, ...(await runGuest(command, { environment })) });
    console.error(`round ${round}: ${emulator} done`);
  }
console.log(report(new Comparison(runs, availableParallelism())));
console.log(`\nrounds: ${values.rounds}, scale: ${values.scale} %`);
