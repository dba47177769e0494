// The two clocks of a machine.
import type { Clock, Nanoseconds } from "../../core/bus/clock.js";

/** Which time a guest sees: `real` follows the host's, `virtual` is counted in instructions and so the same in every run. */
export type ClockKind = "real" | "virtual";

/** Guest time an instruction takes under the virtual clock: 500 million a second. */
export const NANOSECONDS_PER_INSTRUCTION = 2;
/** About what it takes under the real clock. */
export const USUAL_NANOSECONDS_PER_INSTRUCTION = 1;

export interface MachineClock extends Clock {
  readonly kind: ClockKind;
  /** Nothing happens before `when`: let virtual time jump there. Real time passes by itself. */
  skipTo(when: Nanoseconds): void;
  /** Real time stands still while the machine is paused. */
  pause(): void;
  resume(): void;
  /** Continue from a snapshot's time. */
  set(now: Nanoseconds): void;
}

/** Time is instructions executed, plus what was skipped while the processor was halted. */
export class VirtualClock implements MachineClock {
  readonly kind = "virtual";
  private offset = 0;

  constructor(private readonly instructions: () => number) {}

  now(): Nanoseconds {
    return this.instructions() * NANOSECONDS_PER_INSTRUCTION + this.offset;
  }

  skipTo(when: Nanoseconds): void {
    this.offset += Math.max(0, when - this.now());
  }

  pause(): void {}

  resume(): void {}

  set(now: Nanoseconds): void {
    this.offset = 0;
    this.offset = now - this.now();
  }
}

/** Time follows a monotonic host clock, given in milliseconds. */
export class RealClock implements MachineClock {
  readonly kind = "real";
  private base: Nanoseconds = 0;
  private since: number | undefined;

  constructor(private readonly host: () => number) {}

  now(): Nanoseconds {
    return this.since === undefined ? this.base : this.base + Math.round((this.host() - this.since) * 1e6);
  }

  skipTo(): void {}

  pause(): void {
    this.base = this.now();
    this.since = undefined;
  }

  resume(): void {
    this.since ??= this.host();
  }

  set(now: Nanoseconds): void {
    this.base = now;
    if (this.since !== undefined) this.since = this.host();
  }
}
