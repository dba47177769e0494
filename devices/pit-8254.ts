// Intel 8254 programmable interval timer: three counters (pit-8254-counter.ts) behind ports 40H-43H of a PC, CLK 1.193182 MHz.
//
//   0-2 write  count of counter 0-2        0-2 read  status, latched count or live count
//   3   write  control word, counter latch, read-back command        3 read  nothing drives the bus
// All six modes, BCD, latches, read-back, null count and GATE are modelled; counts come from guest time when somebody looks.
//
// Only a counter whose OUT is wired asks for a timer, one for each edge that matters: none while nothing changes, one a period in mode 2
// (OUT falls and rises in the same instant, one CLK late), two in mode 3. Deadlines lie on the grid of CLK, so nothing drifts.
// A host that comes late finds one rising edge, however many it missed: like a PC whose interrupts were off, it loses those ticks.
// Not modelled: power-on contents, which the data sheet leaves undefined; after reset() no counter runs and every OUT is low.

import type { Clock, Scheduler, Timer } from "../core/bus/clock.js";
import type { Device, DeviceState, Line, Region } from "../core/bus/device.js";
import { ByteRegion } from "./byte-region.js";
import { cyclesAt, timeOfCycle } from "./frequency.js";
import { PitCounter } from "./pit-8254-counter.js";
import { StateReader } from "./state-reader.js";

export const PIT_HERTZ = 1_193_182;
const COUNTERS = 3;
const READ_BACK = 3;

interface Channel {
  readonly counter: PitCounter;
  readonly line: Line | undefined;
  readonly timer: Timer | undefined;
  watcher: (() => void) | undefined;
}

export interface Pit8254Options {
  /** Where OUT 0-2 go; leave out what is not wired. */
  readonly outputs?: readonly (Line | undefined)[];
  /** Level of GATE 0-2 at power-on; a PC ties 0 and 1 high. */
  readonly gates?: readonly boolean[];
}

export class Pit8254 implements Device {
  readonly ports: Region = new ByteRegion(4, {
    read: (offset) => this.#read(offset),
    write: (offset, value) => this.#write(offset, value),
  });

  readonly #clock: Clock;
  readonly #gates: readonly boolean[];
  #channels: Channel[];

  constructor(
    readonly name: string,
    scheduler: Scheduler,
    options: Pit8254Options = {},
  ) {
    this.#clock = scheduler;
    this.#gates = options.gates ?? [true, true, false];
    this.#channels = Array.from({ length: COUNTERS }, (_, index) => {
      const line = options.outputs?.[index];
      const timer = line && scheduler.timer(`${name} counter ${index}`, () => this.#update(index));
      return { counter: new PitCounter(this.#gates[index] ?? true), line, timer, watcher: undefined };
    });
  }

  /** Drive GATE of a counter. */
  setGate(index: number, level: boolean): void {
    this.#channel(index).counter.setGate(level, this.#pulse());
    this.#changed(index);
  }

  gate(index: number): boolean {
    return this.#channel(index).counter.gate;
  }

  /** Level of OUT now. */
  out(index: number): boolean {
    const { counter } = this.#channel(index);
    counter.sync(this.#pulse());
    this.#update(index);
    return counter.out;
  }

  /** Frequency of a counter that runs as rate generator or square wave, else 0. */
  frequency(index: number): number {
    const { counter } = this.#channel(index);
    counter.sync(this.#pulse());
    const period = counter.period;
    return period === 0 ? 0 : PIT_HERTZ / period;
  }

  /** `changed` runs whenever the counter was programmed, gated or restored. */
  watch(index: number, changed: () => void): void {
    this.#channel(index).watcher = changed;
  }

  reset(): void {
    this.#channels = this.#channels.map((channel, index) => ({ ...channel, counter: new PitCounter(this.#gates[index] ?? true) }));
    this.#channels.forEach((_, index) => {
      this.#changed(index);
    });
  }

  save(): DeviceState {
    const pulse = this.#pulse();
    return {
      version: 1,
      counters: this.#channels.map(({ counter }) => {
        counter.sync(pulse);
        return counter.save();
      }),
    };
  }

  load(state: DeviceState): void {
    const counters = new StateReader(this.name, state, 1).nestedList("counters", COUNTERS, 1);
    this.#channels.forEach(({ counter }, index) => {
      counter.load(counters[index]!);
      this.#changed(index);
    });
  }

  #channel(index: number): Channel {
    return this.#channels[index]!;
  }

  #pulse(): number {
    return cyclesAt(this.#clock.now(), PIT_HERTZ);
  }

  #read(offset: number): number {
    if (offset === 3) return 0xff;
    const value = this.#channel(offset).counter.read(this.#pulse());
    this.#update(offset);
    return value;
  }

  #write(offset: number, value: number): void {
    if (offset === 3) {
      this.#writeControl(value);
      return;
    }
    this.#channel(offset).counter.writeCount(value, this.#pulse());
    this.#changed(offset);
  }

  #writeControl(value: number): void {
    const index = value >> 6;
    if (index === READ_BACK) {
      this.#readBack(value);
      return;
    }
    const { counter } = this.#channel(index);
    if ((value & 0x30) === 0) {
      counter.latchCount(this.#pulse());
      this.#update(index);
    } else {
      counter.writeControl(value & 0x3f, this.#pulse());
      this.#changed(index);
    }
  }

  // 8254 "Read-Back Command": bits 5 and 4 are active low, bits 3-1 select counters.
  #readBack(value: number): void {
    const pulse = this.#pulse();
    this.#channels.forEach(({ counter }, index) => {
      if (!(value & (2 << index))) return;
      if (!(value & 0x20)) counter.latchCount(pulse);
      if (!(value & 0x10)) counter.latchStatus(pulse);
      this.#update(index);
    });
  }

  #changed(index: number): void {
    this.#update(index);
    this.#channel(index).watcher?.();
  }

  /** Drive the wire of a counter as OUT went since last time, and arm the timer for its next edge: here and nowhere else. */
  #update(index: number): void {
    const { counter, line, timer } = this.#channel(index);
    if (!line || !timer) return;
    counter.sync(this.#pulse());
    if (counter.takeRise()) {
      line.set(false);
      line.set(true);
    }
    line.set(counter.out);
    const edge = counter.nextEdge();
    const when = edge === Number.POSITIVE_INFINITY ? undefined : timeOfCycle(edge, PIT_HERTZ);
    if (when === undefined) timer.cancel();
    else if (when !== timer.deadline) timer.at(when);
  }
}
