import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import * as PV from "../../core/vmm/pv/abi.js";
import { buildSources, paravirtualTeachingKernel } from "../../guests/catalog.js";
import { TOP } from "../support/requirements.js";
import { PvMachine } from "./machine.js";

const PROMPT = "ring1> ";

function start() {
  const { bytes, loadAddress, entry } = buildSources(paravirtualTeachingKernel);
  const machine = new PvMachine(bytes, loadAddress, entry);
  const text = () => machine.output.replaceAll("\r", "");
  /** Wait for the prompt and type a line. */
  const command = (line: string) => {
    machine.run(() => text().endsWith(`\n${PROMPT}`));
    machine.type(`${line}\r`);
    const typed = text().length + line.length;
    return machine.run(() => text().length > typed);
  };
  return { machine, text, command };
}

test("in ring 1 under the paravirtual interface its session is the transcript, to the letter, and ends by switching the machine off", () => {
  const transcript = readFileSync(join(TOP, "guests/teaching-kernel/transcript-paravirtual.txt"), "utf8");
  const { machine, text, command } = start();
  for (const line of transcript.split("\n").filter((line) => line.startsWith(PROMPT))) command(line.slice(PROMPT.length));
  expect(machine.run(() => false)).toEqual({ reason: PV.SHUTDOWN_POWER_OFF });
  expect(text()).toBe(transcript);
});

test("its timer is the hypervisor's: 100 ticks a second of guest time, also while nothing happens", () => {
  const { machine, text, command } = start();
  const ticks = () => {
    command("ticks");
    machine.run(() => text().endsWith(`\n${PROMPT}`));
    return Number(/(\d+) ticks, 100 a second\n[^\n]*$/.exec(text())![1]);
  };
  const before = ticks();
  machine.run(() => false, 10);
  const passed = ticks() - before;
  expect(passed).toBeGreaterThanOrEqual(1000);
  expect(passed).toBeLessThanOrEqual(1002);
});

test("its numbers are those of the interface", () => {
  const { symbols } = buildSources(paravirtualTeachingKernel);
  const shared = Object.entries(PV).filter(([name]) => symbols.get(name)?.kind === "constant");
  expect(shared.length).toBeGreaterThan(30);
  for (const [name, value] of shared) expect(Number(symbols.get(name)!.value), name).toBe(value);
});
