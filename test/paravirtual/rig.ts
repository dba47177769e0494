// A machine on the road pv with a guest of the catalog, somebody who types, and what was printed.
import { builtProcessor } from "../../core/cpu/testing/built-processor.js";
import { Machine } from "../../devices/machine/machine.js";
import type { MachineOptions } from "../../devices/machine/machine-options.js";
import { buildGuest } from "../../guests/catalog.js";

const SLICE = 50_000;
const SLICES = 4000;

export function startMachine(guest: string, received: (text: string) => string, options: Partial<MachineOptions> = {}) {
  const input: number[] = [];
  const machine = new Machine({
    module: builtProcessor(),
    ramBytes: 8 << 20,
    clock: "virtual",
    hostTime: () => 0,
    wallClock: 0,
    road: { road: "pv" },
    output: { serial1: (byte) => type(received(String.fromCharCode(byte))) },
    ...options,
  });
  const type = (text: string) => {
    for (const character of text) input.push(character.charCodeAt(0));
  };
  machine.boot({ kind: "kernel", kernel: buildGuest(guest).bytes, commandLine: "" });
  /** Until the guest ends, or `until` says so: that is asked after every `slice` instructions. */
  const run = (until = () => false, slice = SLICE) => {
    for (let i = 0; i < SLICES && !until(); i++) {
      while (input.length > 0 && machine.board.com1.waiting < 8) machine.board.com1.receive(input.shift()!);
      const { ending } = machine.run(1000, slice);
      if (ending) return ending;
    }
    return undefined;
  };
  return { machine, run, type };
}
