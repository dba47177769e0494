// Runs a kernel and initrd for the bench kit: KERNEL INITRD COMMAND-LINE MEGABYTES [ROAD]. COM1 goes to standard output; with BENCH_FD3=1 the
// number of instructions retired goes to file descriptor 3 beside each BEGIN, END and USERSPACE line. Ends with the guest.
import { readFileSync, writeSync } from "node:fs";
import { hostTime, prepareEngine, translatorOptions } from "../cli/host.js";
import { loadProcessor } from "../cli/processor.js";
import type { TranslationPolicy } from "../core/translator/options.js";
import { prepareRoad } from "../core/vmm/prepare-road.js";
import { choicesNamed } from "../core/vmm/road-choices.js";
import { BootError } from "../devices/boot/boot-error.js";
import { Machine } from "../devices/machine/machine.js";

const [kernel, initrd, commandLine, megabytes, roadName = "bare"] = process.argv.slice(2);
const [road] = choicesNamed(roadName);
if (!kernel || !initrd || commandLine === undefined || !megabytes || !road) {
  console.error("usage: kit-runner KERNEL INITRD COMMAND-LINE MEGABYTES [ROAD]");
  process.exit(2);
}
const counts = process.env["BENCH_FD3"] === "1";
const translate = (process.env["RINGSIDE_TRANSLATE"] ?? "on") as TranslationPolicy;
let line = "";

function serial(byte: number): void {
  line += String.fromCharCode(byte);
  if (byte !== 10) return;
  writeSync(1, Buffer.from(line, "latin1"));
  if (counts && /^(BEGIN|END|USERSPACE|ALLDONE)/.test(line)) writeSync(3, `${line.trim()} | ${machine.cpu.instructions}\n`);
  line = "";
}

prepareEngine();
await prepareRoad(road.options);
const machine = new Machine({
  module: loadProcessor(),
  ramBytes: Number(megabytes) << 20,
  clock: "real",
  hostTime,
  wallClock: Date.now() / 1000,
  output: { serial1: serial },
  translate,
  translator: translatorOptions(translate),
  ...(road.options ? { road: road.options } : {}),
});
try {
  machine.boot({ kind: "kernel", kernel: readFileSync(kernel), initrd: readFileSync(initrd), commandLine });
} catch (error) {
  if (!(error instanceof BootError)) throw error;
  console.error(error.message);
  process.exit(2);
}

function step(): void {
  const { ending, idle } = machine.run(20);
  if (ending) return;
  if (idle === Number.POSITIVE_INFINITY) return;
  if (idle) setTimeout(step, idle);
  else setImmediate(step);
}
step();
