// The 82540EM's interrupt causes, mask, throttling and delays. Software Developer's Manual (8254x) 13.4.17 "Interrupt Cause Read Register" to
// "Interrupt Mask Clear Register", 13.4.18 "Interrupt Throttling Register", 13.4.30 "Receive Interrupt Packet Delay Timer".

import type { Nanoseconds, Scheduler, Timer } from "../../../core/bus/clock.js";
import type { DeviceState, Line } from "../../../core/bus/device.js";
import type { StateReader } from "../../state-reader.js";
import { CAUSE_MASK } from "./registers.js";

const THROTTLE_UNIT: Nanoseconds = 256;
const DELAY_UNIT: Nanoseconds = 1024;

export class E1000Interrupts {
  readonly #scheduler: Scheduler;
  readonly #line: Line;
  readonly #timer: Timer;
  #cause = 0;
  #mask = 0;
  /** Least time between two interrupts, in units of 256 ns. */
  interval = 0;
  #isAsserted = false;
  #quietUntil: Nanoseconds = 0;

  constructor(name: string, scheduler: Scheduler, line: Line) {
    this.#scheduler = scheduler;
    this.#line = line;
    this.#timer = scheduler.timer(`${name}.throttle`, () => this.#update());
  }

  get mask(): number {
    return this.#mask;
  }

  raise(causes: number): void {
    this.#cause |= causes & CAUSE_MASK;
    this.#update();
  }

  clear(causes: number): void {
    this.#cause &= ~causes;
    this.#update();
  }

  /** ICR: reading clears it. */
  take(): number {
    const cause = this.#cause;
    this.clear(cause);
    return cause;
  }

  enable(causes: number): void {
    this.#mask |= causes & CAUSE_MASK;
    this.#update();
  }

  disable(causes: number): void {
    this.#mask &= ~causes;
    this.#update();
  }

  reset(): void {
    this.#cause = 0;
    this.#mask = 0;
    this.interval = 0;
    this.#quietUntil = 0;
    this.#update();
  }

  save(): DeviceState {
    return {
      version: 1,
      cause: this.#cause,
      mask: this.#mask,
      interval: this.interval,
      isAsserted: this.#isAsserted,
      quietUntil: this.#quietUntil,
    };
  }

  load(reader: StateReader): void {
    this.#cause = reader.number("cause", CAUSE_MASK);
    this.#mask = reader.number("mask", CAUSE_MASK);
    this.interval = reader.number("interval", 0xffff);
    this.#isAsserted = reader.boolean("isAsserted");
    this.#quietUntil = reader.number("quietUntil", Number.MAX_SAFE_INTEGER);
    this.#line.set(this.#isAsserted);
    this.#update();
  }

  #update(): void {
    const wanted = (this.#cause & this.#mask) !== 0;
    if (!wanted) this.#timer.cancel();
    if (wanted === this.#isAsserted) return;
    const now = this.#scheduler.now();
    if (wanted && now < this.#quietUntil) {
      this.#timer.at(this.#quietUntil);
      return;
    }
    this.#isAsserted = wanted;
    if (wanted) this.#quietUntil = now + this.interval * THROTTLE_UNIT;
    this.#line.set(wanted);
  }
}

/** An interrupt that waits for more of its kind: for so long after the last one, but not longer after the first. */
export class InterruptDelay {
  readonly #scheduler: Scheduler;
  readonly #packet: Timer;
  readonly #absolute: Timer;
  readonly #expired: () => void;

  constructor(name: string, scheduler: Scheduler, expired: () => void) {
    this.#scheduler = scheduler;
    this.#expired = expired;
    this.#packet = scheduler.timer(`${name}.packet`, () => this.flush());
    this.#absolute = scheduler.timer(`${name}.absolute`, () => this.flush());
  }

  /** Delays in units of 1.024 microseconds; without an absolute one the first may wait for ever. */
  start(packet: number, absolute: number): void {
    const now = this.#scheduler.now();
    if (absolute && this.#packet.deadline === undefined) this.#absolute.at(now + absolute * DELAY_UNIT);
    this.#packet.at(now + packet * DELAY_UNIT);
  }

  /** No longer: the interrupt comes now. */
  flush(): void {
    this.cancel();
    this.#expired();
  }

  cancel(): void {
    this.#packet.cancel();
    this.#absolute.cancel();
  }

  save(): DeviceState {
    return { version: 1, packet: this.#packet.deadline ?? null, absolute: this.#absolute.deadline ?? null };
  }

  load(reader: StateReader): void {
    this.cancel();
    const packet = reader.optional("packet", Number.MAX_SAFE_INTEGER);
    const absolute = reader.optional("absolute", Number.MAX_SAFE_INTEGER);
    if (packet !== undefined) this.#packet.at(packet);
    if (absolute !== undefined) this.#absolute.at(absolute);
  }
}
