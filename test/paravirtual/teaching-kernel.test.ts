// The paravirtual flavour of the teaching kernel on the road pv.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { StateValue } from "../../core/bus/device.js";
import { builtProcessor } from "../../core/cpu/testing/built-processor.js";
import * as PV from "../../core/vmm/pv/abi.js";
import { Machine } from "../../devices/machine/machine.js";
import type { MachineOptions } from "../../devices/machine/machine-options.js";
import { buildGuest } from "../../guests/catalog.js";
import { commandsOf, PARAVIRTUAL_PROMPT, Typist } from "../../guests/transcript.js";
import * as STATE from "../../wasm/abi/state.js";
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

describe("a snapshot in the middle", () => {
  const half = () => {
    const { machine, run, text } = start(["ticks", "paging"]);
    run(() => text().includes("ring1> paging"), 500);
    return machine;
  };
  const other = (options: Partial<MachineOptions>) => {
    let printed = "";
    const machine = new Machine({
      module: builtProcessor(),
      ramBytes: 8 << 20,
      clock: "virtual",
      hostTime: () => 0,
      wallClock: 0,
      output: { serial1: (byte) => (printed += String.fromCharCode(byte)) },
      ...options,
    });
    return { machine, printed: () => printed };
  };

  test("goes on in another machine as it does in its own", () => {
    const machine = half();
    const file = machine.save();
    const resumed = other({ road: { road: "pv" } });
    resumed.machine.load(file);
    const ends = [machine, resumed.machine].map((each) => {
      for (const character of "kpagefault\rtasks\roff\r") {
        each.board.com1.receive(character.charCodeAt(0));
        each.run(1000, 100_000);
      }
      expect(each.run(1000, 1_000_000).ending).toEqual({ kind: "power-off" });
      return { now: each.clock.now(), instructions: each.cpu.instructions, counter: each.vcpu!.state.u32(STATE.EXCEPTIONS) };
    });
    expect(ends[0]).toEqual(ends[1]);
    expect(resumed.printed()).toContain("\r\nSwitching off.\r\n");
  });

  test("is refused by machines on other roads, and theirs by this one", () => {
    const file = half().save();
    for (const road of [{}, { road: { road: "hw" } }, { road: { road: "trap" } }] as const)
      expect(() => other(road).machine.load(file)).toThrow("the snapshot is of a paravirtual guest: it goes on on the road pv only");
    const bare = other({});
    bare.machine.boot({ kind: "kernel", kernel: buildGuest("teaching-kernel").bytes, commandLine: "" });
    expect(() => other({ road: { road: "pv" } }).machine.load(bare.machine.save())).toThrow(
      "the snapshot has no record of the device paravirtual",
    );
  });

  test("that is damaged is refused with a sentence, whatever is damaged", () => {
    const machine = half();
    const record = machine.paravirtual!.save();
    const guest = record["guest"] as Record<string, StateValue>;
    const wrong: Record<string, readonly StateValue[]> = {
      version: [2],
      frameBase: [7, "3"],
      base: [0, -1, 2 ** 32],
      pinned: [[[3, "page"]], [3], [[2 ** 20, "table"]]],
      ports: [[[0, 300]], [[9, 0]], null],
      shared: [new Uint8Array(4), 0],
      traps: [new Uint8Array(7), new Uint8Array(8)],
      kernelStack: [0xffffffff, 1.5],
      callback: [0xffffffff],
      deadline: [5, -1n, 1n << 64n],
    };
    for (const [field, values] of Object.entries(wrong))
      for (const value of values)
        expect(() => machine.paravirtual!.load({ ...record, guest: { ...guest, [field]: value } }), field).toThrow(/^paravirtual: the /);
    machine.paravirtual!.load(record);
    expect(machine.run(1000, 10_000).ending).toBeUndefined();
  });
});
