// A debugger on a whole machine in this process.

import { builtProcessor } from "../../core/cpu/testing/built-processor.js";
import { type Course, Debugger, type Stop } from "../../core/debug/debugger.js";
import type { TimelineOptions } from "../../core/debug/timeline.js";
import { loadBinaryTranslator } from "../../core/vmm/bt/loading.js";
import { MachineTarget, PortWatch } from "../../devices/machine/debug-target.js";
import { Machine } from "../../devices/machine/machine.js";
import type { MachineOptions } from "../../devices/machine/machine-options.js";
import { buildGuest } from "../../guests/catalog.js";
import { commandsOf, Typist } from "../../guests/transcript.js";
import * as STATE from "../../wasm/abi/state.js";

await loadBinaryTranslator();

const module = builtProcessor();

export interface DebugRig {
  readonly machine: Machine;
  readonly session: Debugger;
  /** What the guest sent on COM1, each byte once however often it was replayed. */
  readonly output: () => string;
}

export function debugRig(source: Parameters<Machine["boot"]>[0], options: Partial<MachineOptions & TimelineOptions> = {}): DebugRig {
  const watch = new PortWatch();
  let text = "";
  const machine: Machine = new Machine({
    module,
    ramBytes: 8 << 20,
    clock: "virtual",
    hostTime: () => performance.now(),
    wallClock: 0,
    observer: watch,
    output: {
      serial1: (byte) => {
        if (session.timeline?.isLive !== false) text += String.fromCharCode(byte);
      },
    },
    ...options,
  });
  machine.boot(source);
  const session: Debugger = new Debugger(new MachineTarget(machine, watch), options);
  return { machine, session, output: () => text };
}

/** The teaching kernel with these commands typed as it asks for them. */
export function teachingKernel(
  commands: string,
  options: Partial<MachineOptions & TimelineOptions> = {},
  guest = "teaching-kernel",
): DebugRig & { type(): void } {
  const built = buildGuest(guest);
  const rig = debugRig({ kind: "kernel", kernel: built.bytes, commandLine: "" }, options);
  const typist = new Typist(commandsOf(commands));
  let seen = 0;
  let waiting = "";
  const type = () => {
    const text = rig.output();
    waiting += typist.feed(text.slice(seen));
    seen = text.length;
    const { com1 } = rig.machine.board;
    while (waiting !== "" && com1.waiting < 16) {
      const byte = waiting.charCodeAt(0);
      rig.session.change(() => com1.receive(byte));
      waiting = waiting.slice(1);
    }
  };
  return { ...rig, type };
}

/** Drive a course to its end. */
export function finish(course: Course, between: () => void = () => {}): Stop {
  for (;;) {
    const { done, value } = course.next();
    if (done) return value;
    between();
  }
}

export const eip = ({ machine }: DebugRig) => machine.cpu.view.getUint32(STATE.RIP, true);
