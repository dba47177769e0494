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
  /** How much of the time up to now() passed while the processor had work and the host did not run it. Only set() may make it jump. */
  readonly stolen: Nanoseconds;
  /** The processor waits from now on: real time that passes until it goes on is the guest's. */
  rest(): void;
  /** Nothing happens before `when`: let virtual time jump there. False: time passes by itself. */
  skipTo(when: Nanoseconds): boolean;
  /** Real time stands still while the machine is paused. */
  pause(): void;
  resume(): void;
  /** Continue from a snapshot's time. */
  set(now: Nanoseconds): void;
}

/** Time is instructions executed, plus what was skipped while the processor was halted. */
export class VirtualClock implements MachineClock {
  readonly kind = "virtual";
  readonly stolen = 0;
  private offset = 0;

  constructor(private readonly instructions: () => number) {}

  now(): Nanoseconds {
    return this.instructions() * NANOSECONDS_PER_INSTRUCTION + this.offset;
  }

  rest(): void {}

  skipTo(when: Nanoseconds): boolean {
    this.offset += Math.max(0, when - this.now());
    return true;
  }

  pause(): void {}

  resume(): void {}

  set(now: Nanoseconds): void {
    this.offset = 0;
    this.offset = now - this.now();
  }
}

/** Time of a virtual clock that several machines share: it goes on while others run, and who waits must let them. */
export class SharedClock implements MachineClock {
  readonly kind = "virtual";
  private offset: number;

  /** `stolenNow`: what the machine ever missed because others ran. */
  constructor(
    private readonly host: Clock,
    private readonly stolenNow: () => Nanoseconds,
  ) {
    this.offset = -host.now();
  }

  now(): Nanoseconds {
    return this.host.now() + this.offset;
  }

  get stolen(): Nanoseconds {
    return this.stolenNow();
  }

  rest(): void {}

  skipTo(): boolean {
    return false;
  }

  pause(): void {}

  resume(): void {}

  set(now: Nanoseconds): void {
    this.offset = now - this.host.now();
  }
}

/** The longest, in nanoseconds, that a look at the clock and an instruction take when nothing else has the host's processor. */
const LOOK = 5_000;
const SLOW_INSTRUCTION = 100;
/** So much of the host's time can be kept from the guest, in nanoseconds. What is more (the host slept) it is told at once. */
const MAX_LAG = 500_000_000;

/**
 * Time follows a monotonic host clock, given in milliseconds. Where the host did something else between two looks (it ran another thread,
 * translated code, collected garbage), the guest does not see a jump, which would spoil what it measures with one timer by another: its
 * clock falls behind, and then goes twice as fast until it is in step again.
 */
export class RealClock implements MachineClock {
  readonly kind = "real";
  private time: Nanoseconds = 0;
  /** Host time and instructions at the last look; undefined while the clock stands still. */
  private looked: number | undefined;
  private executed = 0;
  /** How far it is behind. */
  private lag: Nanoseconds = 0;
  /** What the host ever took. */
  private lost: Nanoseconds = 0;
  /** What looks and instructions may have taken since the host's clock last moved: that of a browser moves in steps. */
  private allowance: Nanoseconds = 0;
  private waiting = false;

  /** `instructions`: how many were executed, modulo 2^32. */
  constructor(
    private readonly host: () => number,
    private readonly instructions: () => number,
  ) {}

  now(): Nanoseconds {
    if (this.looked !== undefined) this.look(this.looked);
    return Math.round(this.time);
  }

  private look(last: number): void {
    this.looked = this.host();
    const executed = this.instructions();
    const count = (executed - this.executed) >>> 0;
    this.executed = executed;
    const passed = (this.looked - last) * 1e6;
    if (count > 0) this.waiting = false;
    this.allowance += LOOK + count * SLOW_INSTRUCTION;
    if (passed === 0) return;
    const lost = this.waiting ? 0 : Math.max(0, passed - this.allowance);
    this.lost += lost;
    this.allowance = 0;
    // Behind by what was lost now; or a part of what was lost before is made up for.
    const lag = lost > 0 ? this.lag + lost : Math.max(0, this.lag - passed);
    this.time += passed + this.lag - lag;
    this.lag = lag;
    if (lag > MAX_LAG) this.catchUp();
  }

  private catchUp(): void {
    this.time += this.lag;
    this.lag = 0;
  }

  rest(): void {
    this.now();
    this.waiting = true;
    this.catchUp();
  }

  skipTo(): boolean {
    return false;
  }

  pause(): void {
    this.now();
    this.looked = undefined;
  }

  resume(): void {
    if (this.looked !== undefined) return;
    this.looked = this.host();
    this.executed = this.instructions();
  }

  /** The guest is told of what was taken as its clock makes up for it. */
  get stolen(): Nanoseconds {
    return Math.round(this.lost - this.lag);
  }

  set(now: Nanoseconds): void {
    this.time = now;
    this.lost -= this.lag;
    this.lag = 0;
    if (this.looked !== undefined) this.looked = this.host();
    this.executed = this.instructions();
  }
}
