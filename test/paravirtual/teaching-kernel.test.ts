// The paravirtual flavour of the teaching kernel on the road pv.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import * as PV from "../../core/vmm/pv/abi.js";
import type { MachineOptions } from "../../devices/machine/machine.js";
import { buildGuest } from "../../guests/catalog.js";
import { commandsOf, PARAVIRTUAL_PROMPT, Typist } from "../../guests/transcript.js";
import { TOP } from "../support/requirements.js";
import { startMachine } from "./rig.js";

const transcript = readFileSync(join(TOP, "guests/teaching-kernel/transcript-paravirtual.txt"), "utf8");

function start(commands: readonly string[], options: Partial<MachineOptions> = {}) {
  const typist = new Typist(commands, PARAVIRTUAL_PROMPT);
  return { ...startMachine("teaching-kernel-pv", (text) => typist.feed(text), options), text: () => typist.text };
}

describe.each(["off", "eager"] as const)("translator %s", (translate) => {
  test("its session is the transcript, to the letter, and ends by switching the machine off", () => {
    const { run, text } = start(commandsOf(transcript, PARAVIRTUAL_PROMPT), { translate });
    expect(run()).toEqual({ kind: "power-off" });
    expect(text()).toBe(transcript);
  });
});

test("its timer is the hypervisor's: 100 ticks a second of guest time, also while nothing happens", () => {
  const { machine, run, text, type } = start([]);
  const ticks = () => {
    run(() => text().endsWith(`\n${PARAVIRTUAL_PROMPT}`), 500);
    const before = text().length;
    type("ticks\r");
    run(() => text().length > before && text().endsWith(`\n${PARAVIRTUAL_PROMPT}`), 500);
    return { time: machine.clock.now(), ticks: Number(/(\d+) ticks, 100 a second\n[^\n]*$/.exec(text())![1]) };
  };
  const before = ticks();
  run(() => machine.clock.now() >= before.time + 10e9, 500);
  const after = ticks();
  expect(after.time - before.time).toBeGreaterThanOrEqual(10e9);
  // Either reading is up to two ticks old.
  expect(Math.abs(after.ticks - before.ticks - (after.time - before.time) / 1e7)).toBeLessThanOrEqual(3);
});

test("its numbers are those of the interface", () => {
  const { symbols } = buildGuest("teaching-kernel-pv");
  const shared = Object.entries(PV).filter(([name]) => symbols.get(name)?.kind === "constant");
  expect(shared.length).toBeGreaterThan(30);
  for (const [name, value] of shared) expect(Number(symbols.get(name)!.value), name).toBe(value);
});

test("a kernel and a road that are not made for each other are refused with a sentence", () => {
  const bare = { kind: "kernel", kernel: buildGuest("teaching-kernel").bytes, commandLine: "" } as const;
  const { machine } = start([]);
  expect(() => machine.boot(bare)).toThrow("the kernel does not know the paravirtual interface, which the road pv has in place of a PC");
  expect(() => machine.boot({ kind: "image", image: buildGuest("hello").bytes })).toThrow(/^the road pv starts kernels only/);
  for (const road of [{}, { road: { road: "trap" } }, { road: { road: "hw" } }] as const)
    expect(() => start([], { road: undefined, ...road } as Partial<MachineOptions>)).toThrow(
      "the kernel is written for the paravirtual interface: it runs on the road pv only",
    );
});
