// The unchanged teaching kernel on a machine with a road of choice, and somebody who types what its transcript has.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { builtProcessor } from "../../core/cpu/testing/built-processor.js";
import { loadBinaryTranslator } from "../../core/vmm/bt/loading.js";
import type { RoadOptions } from "../../core/vmm/vm.js";
import { Machine } from "../../devices/machine/machine.js";
import type { MachineOptions } from "../../devices/machine/machine-options.js";
import { buildGuest } from "../../guests/catalog.js";
import { commandsOf, Typist } from "../../guests/transcript.js";
import { TOP } from "../support/requirements.js";

await loadBinaryTranslator();
const module = builtProcessor();
export const transcript = readFileSync(join(TOP, "guests/teaching-kernel/transcript.txt"), "utf8");
const kernel = buildGuest("teaching-kernel").bytes;

export function startTeachingKernel(road: RoadOptions, options: Partial<MachineOptions> = {}) {
  const typist = new Typist(commandsOf(transcript));
  const machine = new Machine({
    module,
    ramBytes: 16 << 20,
    clock: "virtual",
    hostTime: () => 0,
    wallClock: 0,
    road,
    output: {
      serial1: (byte) => {
        for (const character of typist.feed(String.fromCharCode(byte))) input.push(character.charCodeAt(0));
      },
    },
    ...options,
  });
  const input: number[] = [];
  machine.boot({ kind: "kernel", kernel, commandLine: "" });
  const run = () => {
    for (let i = 0; i < 4000; i++) {
      while (input.length > 0 && machine.board.com1.waiting < 8) machine.board.com1.receive(input.shift()!);
      const { ending } = machine.run(1000, 50_000);
      if (ending) return ending.kind;
    }
    return "no end";
  };
  return { machine, run, text: () => typist.text };
}
