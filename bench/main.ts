// `npm run bench`: the kit's programs on Ringside and its peers, one at a time in alternating rounds; medians, ratios, geometric means.
import { writeFileSync } from "node:fs";
import { availableParallelism, cpus } from "node:os";
import { boots, Comparison, type Run } from "./comparison.js";
import { EMULATORS, type EmulatorName } from "./emulators.js";
import { runGuest } from "./guest-run.js";
import { beTheOnlyBench, lastCore, waitUntilQuiet } from "./host.js";
import { HOW_TO_BUILD, isBuilt } from "./kit.js";
import { type BenchOptions, parseOptions } from "./options.js";
import { report } from "./report.js";

function fail(sentence: string): never {
  console.error(sentence);
  process.exit(2);
}

/** Those of the emulators that are here, each with its version; says which are not. */
function installed(names: readonly EmulatorName[]): Map<EmulatorName, string> {
  const found = new Map<EmulatorName, string>();
  for (const name of names) {
    const version = EMULATORS[name].version();
    if (version === undefined) console.error(`${name} is not installed here and is left out`);
    else found.set(name, version);
  }
  return found;
}

async function once(emulator: EmulatorName, round: number, options: BenchOptions, core: number | undefined): Promise<Run> {
  const loadBefore = await waitUntilQuiet(options.quiet);
  const { command, environment = {} } = EMULATORS[emulator];
  const run = await runGuest(command(options), { environment, core });
  return { emulator, round, loadBefore, ...run };
}

function describe({ emulator, round, boot, programs, problems, loadBefore }: Run): string {
  const seconds = Object.values(programs).reduce((sum, sample) => sum + sample.seconds, 0);
  const booted = boots(emulator) ? `userspace after ${boot.seconds.toFixed(2)} s, ` : "";
  const noise = loadBefore > 0.2 ? `; others were using ${loadBefore.toFixed(1)} processors` : "";
  return [`round ${round}, ${emulator}: ${booted}programs ${seconds.toFixed(2)} s${noise}`, ...problems].join("\n  ");
}

const options = parseOptions(process.argv);
if (!isBuilt()) fail(HOW_TO_BUILD);
const versions = installed(options.emulators);
if (versions.size === 0) fail("none of these emulators is installed");
const core = options.pin ? lastCore() : undefined;
const cores = options.pin ? 1 : availableParallelism();
const machine = `${cpus()[0]?.model ?? "unknown processor"}, ${availableParallelism()} processors${options.pin ? `, pinned to number ${core}` : ""}`;
await beTheOnlyBench();

const runs: Run[] = [];
let failures = 0;
for (let round = 1; round <= options.rounds; round++)
  for (const emulator of versions.keys()) {
    try {
      const run = await once(emulator, round, options, core);
      runs.push(run);
      failures += run.problems.length;
      console.error(describe(run));
    } catch (error) {
      failures++;
      console.error(`round ${round}, ${emulator}: FAILED: ${(error as Error).message}`);
    }
    const record = { machine, date: new Date().toISOString(), versions: Object.fromEntries(versions), options, runs };
    if (options.json) writeFileSync(options.json, `${JSON.stringify(record, null, 1)}\n`);
  }

if (runs.length === 0) process.exit(1);
const comparison = new Comparison(runs, cores);
console.log(
  `${[...versions.values()].join("; ")}; Node ${process.version}\n${machine}; rounds: ${options.rounds}, scale: ${options.scale} %\n`,
);
console.log(report(comparison));
if (failures + comparison.disagreements().length + comparison.absences().length > 0) process.exitCode = 1;
