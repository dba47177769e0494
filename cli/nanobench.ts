// Runs the guest `nanobench` (guests/nanobench) in a machine and measures its loops from outside, by what it says on the serial line.

import type { CounterMark, Counters, Counts } from "../core/vmm/events/counters.js";
import { RoadError } from "../core/vmm/vm-processor.js";
import type { Machine } from "../devices/machine/machine.js";

/** One timed run of a loop. */
export interface LoopRun {
  readonly name: string;
  readonly iterations: number;
  /** Host milliseconds: the time of this program, not of hardware. */
  readonly time: number;
  /** Guest instructions, those that deliver an exception or interrupt included. */
  readonly instructions: number;
  /** Of the whole run. */
  readonly counts: Counts;
}

/** A loop that was not run to its end. */
export interface LoopFailure {
  readonly name: string;
  /** A sentence. */
  readonly reason: string;
}

export interface NanoResults {
  readonly runs: readonly LoopRun[];
  readonly failures: readonly LoopFailure[];
}

/** What is measured with. */
export interface Instruments {
  /** Host milliseconds. */
  time(): number;
  instructions(): number;
  readonly counters: Counters;
}

interface Mark {
  readonly time: number;
  readonly instructions: number;
  readonly counters: CounterMark;
}

/** The guest's serial line: guests/nanobench/kernel.asm says which lines there are. */
export class NanoRecorder {
  readonly runs: LoopRun[] = [];
  readonly failures: LoopFailure[] = [];
  /** The loop that is being run, or was last. */
  loop: string | undefined;
  private line = "";
  private begun: Mark | undefined;
  private ended: (Mark & { readonly counts: Counts }) | undefined;

  constructor(private readonly instruments: Instruments) {}

  private mark(): Mark {
    const { instruments } = this;
    return { time: instruments.time(), instructions: instruments.instructions(), counters: instruments.counters.mark() };
  }

  receive(byte: number): void {
    // The timed run lies between the last byte of one line and the first of the next.
    if (this.begun && !this.ended) this.ended = { ...this.mark(), counts: this.instruments.counters.since(this.begun.counters) };
    if (byte !== 10) {
      this.line += String.fromCharCode(byte);
      return;
    }
    this.lineEnds(this.line.trim().split(" "));
    this.line = "";
  }

  private lineEnds([word, first = "", ...rest]: string[]): void {
    if (word !== "nano" || first === "END") return;
    const [name = ""] = rest;
    if (first === "TRY") this.loop = name;
    else if (first === "NOT")
      this.failures.push({ name, reason: "the guest finds that this processor does not do it, or not as bare hardware does" });
    else if (first === "BEGIN") {
      this.ended = undefined;
      this.begun = this.mark();
    } else this.finish(first, Number(rest[0]));
  }

  private finish(name: string, iterations: number): void {
    const { begun, ended } = this;
    if (!iterations || !begun || !ended) return;
    this.runs.push({
      name,
      iterations,
      time: ended.time - begun.time,
      instructions: ended.instructions - begun.instructions,
      counts: ended.counts,
    });
    this.begun = undefined;
    this.ended = undefined;
  }
}

/** A machine that has the guest, and what to measure it with. */
export interface NanoMachine {
  readonly machine: Machine;
  readonly instruments: Instruments;
}

/** Makes one that gets a command line and sends its serial line's bytes to `serial`. */
export type CreateNanoMachine = (commandLine: string, serial: (byte: number) => void) => NanoMachine;

/** Most loops that may fail: the guest does not have so many. */
const MOST_FAILURES = 50;

/**
 * Run every loop. One that the guest does not survive is a failure, and the rest is run without it. `divisor`: do only every so manieth iteration.
 */
export function runNanobench(create: CreateNanoMachine, divisor: number): NanoResults {
  const runs = new Map<string, LoopRun>();
  const failures = new Map<string, LoopFailure>();
  while (failures.size < MOST_FAILURES) {
    const without = [...runs.keys(), ...failures.keys()].map((name) => ` -${name}`).join("");
    const { recorder, failure } = runOnce(create, `/${divisor}${without}`);
    for (const run of recorder.runs) runs.set(run.name, run);
    for (const told of recorder.failures) failures.set(told.name, told);
    if (failure === undefined) break;
    const name = recorder.loop ?? "the guest's beginning";
    failures.set(name, { name, reason: failure });
    if (recorder.loop === undefined) break;
  }
  return { runs: [...runs.values()], failures: [...failures.values()] };
}

function runOnce(create: CreateNanoMachine, commandLine: string): { recorder: NanoRecorder; failure: string | undefined } {
  const { machine, instruments } = create(commandLine, (byte) => recorder.receive(byte));
  const recorder = new NanoRecorder(instruments);
  return { recorder, failure: runToEnd(machine) };
}

/** More instructions than the whole guest has. */
const LIMIT = 1e9;

/** Undefined: the guest switched the machine off. */
function runToEnd(machine: Machine): string | undefined {
  try {
    for (;;) {
      const { ending, idle } = machine.run(100);
      if (ending?.kind === "power-off") return undefined;
      if (ending) return `the guest ended: ${ending.kind}`;
      if (idle === Number.POSITIVE_INFINITY) return "the guest waits for ever";
      if (machine.cpu.instructions > LIMIT) return "it does not come to its end";
    }
  } catch (error) {
    if (error instanceof RoadError) return error.message;
    throw error;
  }
}
