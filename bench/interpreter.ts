// The interpreter against v86 with its translator off: the kit's integer programs under Debian's kernel, one emulator at a time, in
// alternating rounds. Prints seconds, guest MIPS and ratios.
//   node dist/bench/interpreter.js [--rounds 3] [--scale 10] [--kit .cache/bench-kit]
import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { type GuestRun, geometricMean, median, runGuest } from "./guest-run.js";

const TOP = fileURLToPath(new URL("../../", import.meta.url));
const PROGRAMS = ["sieve", "sha256", "crc32", "fib", "bytecode", "qsort"];

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "3" },
    scale: { type: "string", default: "10" },
    kit: { type: "string", default: join(TOP, ".cache/bench-kit") },
  },
});
const kernel = join(values.kit, "out/vmlinuz");
const initrd = join(values.kit, "out/initramfs.cpio");
if (!existsSync(kernel)) {
  console.error(`the kit is not built in ${values.kit}: run node bench/prepare-kit.js`);
  process.exit(2);
}
const commandLine = `console=ttyS0,115200 nokaslr mitigations=off panic=-1 scale=${values.scale} bench=${PROGRAMS.join(",")}`;
const emulators = {
  ringside: { command: [process.execPath, join(TOP, "dist/bench/kit-runner.js"), kernel, initrd, commandLine, "256"], env: {} },
  v86: { command: [process.execPath, join(TOP, "bench/v86-runner.js"), kernel, initrd, commandLine, "256"], env: { V86_NO_JIT: "1" } },
};
type Name = keyof typeof emulators;
const runs: Record<Name, GuestRun[]> = { ringside: [], v86: [] };

for (let round = 1; round <= Number(values.rounds); round++)
  for (const name of Object.keys(emulators) as Name[]) {
    runs[name].push(await runGuest(emulators[name].command, emulators[name].env, 1200));
    console.error(`round ${round}: ${name} done`);
  }

const seconds = (name: Name, program: string) => median(runs[name].map((r) => r.programs.get(program)!.seconds));
console.log(`| program | checksum | ringside s | v86 without JIT s | ratio |\n|---|---|---|---|---|`);
const ratios = PROGRAMS.map((program) => {
  const sums = new Set([...runs.ringside, ...runs.v86].map((r) => r.programs.get(program)?.checksum));
  const [ours, theirs] = [seconds("ringside", program), seconds("v86", program)];
  console.log(`| ${program} | ${[...sums].join(" != ")} | ${ours.toFixed(3)} | ${theirs.toFixed(3)} | ${(theirs / ours).toFixed(2)} |`);
  return theirs / ours;
});
console.log(`\ngeometric mean of the ratios: ${geometricMean(ratios).toFixed(2)} (rounds: ${values.rounds}, scale: ${values.scale} %)`);
