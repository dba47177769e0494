import type { Machine } from "./machine.js";
import type { Slice } from "./machine-options.js";

/**
 * Keeps virtual time from running ahead of the visitor's: a guest that waits a second lets a second pass. What the guest sees does not
 * depend on it. Time that the guest lost by computing is not made up for.
 */
export class Pacer {
  /** Host milliseconds minus guest milliseconds when they were last in step. */
  private offset: number | undefined;

  constructor(
    private readonly machine: Machine,
    private readonly hostTime: () => number,
  ) {}

  /** The machine was stopped, or its time was set. */
  restart(): void {
    this.offset = undefined;
  }

  /** Like Machine.run(); a guest under the virtual clock that gets ahead is said to be idle for so long. */
  run(milliseconds: number, limit = Number.POSITIVE_INFINITY): Slice {
    const { machine } = this;
    if (machine.clock.kind === "real") return machine.run(milliseconds, limit);
    const end = this.hostTime() + milliseconds;
    const last = Number(machine.cpu.instructions) + limit;
    for (;;) {
      // One turn: to the next deadline, or until the processor waits.
      const slice = machine.run(0, last - Number(machine.cpu.instructions));
      if (slice.ending || slice.hit || slice.idle !== undefined) return slice;
      const ahead = this.ahead();
      if (ahead > 1) return { idle: ahead };
      if (this.hostTime() >= end || Number(machine.cpu.instructions) >= last) return slice;
    }
  }

  private ahead(): number {
    const host = this.hostTime();
    const guest = this.machine.clock.now() / 1e6;
    const ahead = guest - host + (this.offset ?? host - guest);
    if (this.offset === undefined || ahead < 0) this.offset = host - guest;
    return Math.max(0, ahead);
  }
}
