// Runs the guest `nanobench` (guests/nanobench) in a machine and measures its loops from outside, by what it says on the serial line.
import type { Machine } from "../devices/machine/machine.js";
import { hostTime } from "./host.js";
import { UserError } from "./user-error.js";

/** One loop, per iteration. */
export interface NanoResult {
  readonly name: string;
  readonly iterations: number;
  /** Host nanoseconds: the time of this program, not of hardware. */
  readonly nanoseconds: number;
  /** Guest instructions, those that deliver an exception or interrupt included. */
  readonly instructions: number;
  /** Ticks of the guest's time-stamp counter. */
  readonly ticks: number;
}

interface Mark {
  readonly time: number;
  readonly instructions: number;
}

/** The guest's serial line: lines `nano BEGIN NAME`, `nano END NAME` and `nano NAME ITERATIONS TICKS`. */
export class NanoRecorder {
  readonly results: NanoResult[] = [];
  private line = "";
  private begun: Mark | undefined;
  private ended: Mark | undefined;

  /** `mark`: what time it is, and how many instructions were executed. */
  constructor(private readonly mark: () => Mark) {}

  receive(byte: number): void {
    // The timed run lies between the last byte of one line and the first of the next.
    if (this.begun && !this.ended) this.ended = this.mark();
    if (byte !== 10) {
      this.line += String.fromCharCode(byte);
      return;
    }
    this.lineEnds(this.line.trim().split(" "));
    this.line = "";
  }

  private lineEnds([word, first = "", ...rest]: string[]): void {
    if (word !== "nano" || first === "END") return;
    if (first === "BEGIN") {
      this.begun = this.mark();
      this.ended = undefined;
      return;
    }
    const [iterations, ticks] = rest.map(Number);
    if (!iterations || ticks === undefined || !this.begun || !this.ended) return;
    this.results.push({
      name: first,
      iterations,
      nanoseconds: ((this.ended.time - this.begun.time) * 1e6) / iterations,
      instructions: (this.ended.instructions - this.begun.instructions) / iterations,
      ticks: ticks / iterations,
    });
    this.begun = undefined;
    this.ended = undefined;
  }
}

/** Run the guest to its end. `create` makes a machine that has it, with this output. Throws UserError if it does not power off. */
export function runNanobench(create: (serial: (byte: number) => void) => Machine): readonly NanoResult[] {
  const recorder = new NanoRecorder(() => ({ time: hostTime(), instructions: Number(machine.cpu.instructions) }));
  const machine = create((byte) => recorder.receive(byte));
  for (;;) {
    const { ending, idle } = machine.run(100);
    if (ending?.kind === "power-off") return recorder.results;
    if (ending || idle === Number.POSITIVE_INFINITY)
      throw new UserError(`nanobench ended too early: ${ending?.kind ?? "it waits for ever"}`, 1);
  }
}
