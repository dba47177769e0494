// The timer of a local APIC: initial count, current count, divide configuration; one-shot and periodic.
// It counts whether or not the LVT entry is masked. Not modelled: TSC-deadline mode (a Pentium 4 has none).

import type { Nanoseconds, Scheduler, Timer } from "../core/bus/clock.js";
import type { DeviceState } from "../core/bus/device.js";
import type { StateReader } from "./state-reader.js";

/** The bus clock that drives the timer: 100 MHz, that of the first Pentium 4, and a whole number of nanoseconds a tick. */
const APIC_BUS_HZ = 100_000_000;
const TICK: Nanoseconds = 1e9 / APIC_BUS_HZ;

export class ApicTimer {
  readonly #scheduler: Scheduler;
  readonly #timer: Timer;
  readonly #expired: () => void;
  #initialCount = 0;
  #divide = 0;
  #periodic = false;
  #masked = true;
  /** When the count was `#from`; the count falls by one each `#tick()`. */
  #start: Nanoseconds = 0;
  #from = 0;

  constructor(name: string, scheduler: Scheduler, expired: () => void) {
    this.#scheduler = scheduler;
    this.#expired = expired;
    this.#timer = scheduler.timer(name, (due) => this.#expire(due));
  }

  reset(): void {
    this.#initialCount = 0;
    this.#divide = 0;
    this.#periodic = false;
    this.#masked = true;
    this.#from = 0;
    this.#rearm();
  }

  get initialCount(): number {
    return this.#initialCount;
  }

  set initialCount(value: number) {
    this.#initialCount = value;
    this.#from = value;
    this.#start = this.#scheduler.now();
    this.#rearm();
  }

  get currentCount(): number {
    const ticks = Math.floor((this.#scheduler.now() - this.#start) / this.#tick());
    if (ticks < this.#from) return this.#from - ticks;
    if (!this.#periodic || this.#initialCount === 0) return 0;
    return this.#initialCount - ((ticks - this.#from) % this.#initialCount);
  }

  get divide(): number {
    return this.#divide;
  }

  set divide(value: number) {
    this.#restart();
    this.#divide = value & 0b1011;
    this.#rearm();
  }

  /** From the LVT entry: mode and mask. */
  configure(periodic: boolean, masked: boolean): void {
    this.#restart();
    this.#periodic = periodic;
    this.#masked = masked;
    this.#rearm();
  }

  save(): DeviceState {
    return {
      version: 1,
      initialCount: this.#initialCount,
      divide: this.#divide,
      periodic: this.#periodic,
      masked: this.#masked,
      start: this.#start,
      from: this.#from,
    };
  }

  load(state: StateReader): void {
    this.#initialCount = state.number("initialCount");
    this.#divide = state.number("divide", 15) & 0b1011;
    this.#periodic = state.boolean("periodic");
    this.#masked = state.boolean("masked");
    this.#start = state.real("start");
    this.#from = state.number("from");
    this.#rearm();
  }

  // SDM 3A "Divide Configuration Register": bits 0, 1 and 3; 111 divides by one, 000 by two.
  #tick(): Nanoseconds {
    const code = (this.#divide & 3) | ((this.#divide >> 1) & 4);
    return TICK << ((code + 1) & 7);
  }

  /** Makes now the time the count is known at, keeping the phase inside a tick out of it. */
  #restart(): void {
    this.#from = this.currentCount;
    this.#start = this.#scheduler.now();
  }

  #rearm(): void {
    if (this.#masked || this.#from === 0) this.#timer.cancel();
    else this.#timer.at(this.#start + this.#from * this.#tick());
  }

  #expire(due: Nanoseconds): void {
    // A clock that ran ahead of several periods gives one interrupt, as a local APIC whose IRR bit is already set would.
    const period = this.#initialCount * this.#tick();
    this.#start = due + (this.#periodic ? Math.floor((this.#scheduler.now() - due) / period) * period : 0);
    this.#from = this.#periodic ? this.#initialCount : 0;
    this.#rearm();
    this.#expired();
  }
}
