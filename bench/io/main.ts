// `npm run bench:io`: throughput of disks and TCP on Ringside and on QEMU's TCG, one at a time in alternating rounds; medians and ratios.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism, cpus } from "node:os";
import { join } from "node:path";
import { Comparison, type Run } from "../comparison.js";
import { beTheOnlyBench, waitUntilQuiet } from "../host.js";
import { IO_EMULATORS } from "./emulators.js";
import { startHostServer } from "./host-server.js";
import { makeOriginals } from "./images.js";
import { parseIoOptions } from "./options.js";
import { ioReport, lackingResults, ratesOf } from "./report.js";
import { type RoundPlan, runRound } from "./runs.js";
import { cards, DISKS, HOW_TO_BUILD, isBuilt, programsOf } from "./work.js";

function fail(sentence: string): never {
  console.error(sentence);
  process.exit(2);
}

const options = parseIoOptions(process.argv);
if (!isBuilt()) fail(HOW_TO_BUILD);
const named = <T extends { readonly name: string }>(all: readonly T[], names: readonly string[]) =>
  all.filter(({ name }) => names.includes(name));
const disks = named(DISKS, options.disks);
const [nat, lan] = [named(cards(), options.nat), named(cards(), options.lan)];
const programs = programsOf(options, disks, { nat, lan });
if (programs.length === 0) fail("nothing is to be measured: --disks, --nat and --lan are all none");
const emulators = options.emulators.filter((name) => {
  const isHere = IO_EMULATORS[name].version() !== undefined;
  if (!isHere) console.error(`${name} is not installed here and is left out`);
  return isHere;
});
if (emulators.length === 0) fail("none of these emulators is installed");
await beTheOnlyBench();

const folder = mkdtempSync(join(options.folder, "ringside-io-"));
process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
if (disks.length > 0) makeOriginals(folder, options.disk);
const server = await startHostServer(options.tcp);
const plan: RoundPlan = { work: options, disks, nat, lan, folder, port: server.port };
const versions = Object.fromEntries(emulators.map((name) => [name, IO_EMULATORS[name].version()!]));
const machine = `${cpus()[0]?.model ?? "unknown processor"}, ${availableParallelism()} processors`;

const runs: Run[] = [];
let failures = 0;
for (let round = 1; round <= options.rounds; round++)
  for (const emulator of emulators) {
    const loadBefore = await waitUntilQuiet(options.quiet);
    const begin = performance.now();
    try {
      const run = await runRound(emulator, plan);
      runs.push({ emulator, round, loadBefore, ...run });
      failures += run.problems.length;
      console.error([`round ${round}, ${emulator}: ${((performance.now() - begin) / 1000).toFixed(0)} s`, ...run.problems].join("\n  "));
    } catch (error) {
      failures++;
      console.error(`round ${round}, ${emulator}: FAILED: ${(error as Error).message}`);
    }
    if (!options.json || runs.length === 0) continue;
    const rates = ratesOf(new Comparison(runs, availableParallelism()), programs);
    const record = { machine, date: new Date().toISOString(), versions, options, rates, runs };
    writeFileSync(options.json, `${JSON.stringify(record, null, 1)}\n`);
  }
server.close();

if (runs.length === 0) process.exit(1);
const comparison = new Comparison(runs, availableParallelism());
console.log(`${Object.values(versions).join("; ")}; Node ${process.version}\n${machine}; rounds: ${options.rounds}\n`);
console.log(ioReport(comparison, programs));
if (failures + comparison.disagreements().length + lackingResults(comparison, programs).length > 0) process.exitCode = 1;
