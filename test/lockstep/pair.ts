// The two processors, and one case after the other.
import { LockstepMachine } from "./machine.js";
import { createProgram } from "./program.js";
import { explain } from "./report.js";
import { lockstep } from "./run.js";

export class LockstepPair {
  private readonly long: LockstepMachine;
  private readonly single: LockstepMachine;
  instructions = 0;

  constructor(module: WebAssembly.Module) {
    this.long = new LockstepMachine(module);
    this.single = new LockstepMachine(module);
  }

  /** Returns a report of the first difference, or undefined. */
  runCase(seed: number): string | undefined {
    const program = createProgram(seed);
    const stop = lockstep(this.long, this.single, program);
    this.instructions += Number(this.single.cpu.instructions);
    return stop && explain(this.long, this.single, program, stop);
  }
}
