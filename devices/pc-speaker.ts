// Port 61H of a PC (system control port B): GATE 2 of the timer, speaker data, refresh toggle, NMI enables and causes.
//
//   0 GATE 2   1 speaker data   2 mask system-board errors (SERR#)   3 mask channel check (IOCHK#)
//   4 refresh toggle   5 OUT 2   6 channel check   7 system-board error     (4-7 read only)
// The speaker sounds the square wave of counter 2 while bits 0 and 1 are set. Not modelled: sound made by software toggling bit 1 or
// OUT 2 in the rhythm of a program; the host hears only frequencies. Nothing here ever raises SERR# or IOCHK#, so bits 6 and 7 read 0.

import type { Clock } from "../core/bus/clock.js";
import type { Device, DeviceState, Region } from "../core/bus/device.js";
import { ByteRegion } from "./byte-region.js";
import { cyclesAt } from "./frequency.js";
import { PIT_HERTZ, type Pit8254 } from "./pit-8254.js";
import { StateReader } from "./state-reader.js";

const GATE_2 = 0x01;
const SPEAKER_DATA = 0x02;
const WRITABLE = 0x0f;
const REFRESH = 0x10;
const OUT_2 = 0x20;

const COUNTER = 2;
/** Refresh requests come every 18 cycles of the timer's clock, about 15 us, whatever counter 1 is told: as in PCI chipsets. */
const REFRESH_CYCLES = 18;

export interface PcSpeakerOptions {
  /** Hertz, or 0 for silence; called on each change. */
  readonly tone?: (frequency: number) => void;
}

export class PcSpeaker implements Device {
  readonly ports: Region = new ByteRegion(1, { read: () => this.#read(), write: (_, value) => this.#write(value) });
  #value = 0;
  #frequency = 0;

  constructor(
    readonly name: string,
    private readonly clock: Clock,
    private readonly pit: Pit8254,
    private readonly options: PcSpeakerOptions = {},
  ) {
    pit.watch(COUNTER, () => this.#update());
  }

  /** What the speaker sounds now, 0 if it is silent. */
  get frequency(): number {
    return this.#frequency;
  }

  reset(): void {
    this.#write(0);
  }

  save(): DeviceState {
    return { version: 1, value: this.#value };
  }

  load(state: DeviceState): void {
    this.#value = new StateReader(this.name, state, 1).number("value", WRITABLE);
    this.#update();
  }

  #read(): number {
    const refresh = Math.floor(cyclesAt(this.clock.now(), PIT_HERTZ) / REFRESH_CYCLES) % 2;
    return this.#value | (refresh ? REFRESH : 0) | (this.pit.out(COUNTER) ? OUT_2 : 0);
  }

  #write(value: number): void {
    this.#value = value & WRITABLE;
    this.pit.setGate(COUNTER, (value & GATE_2) !== 0);
    this.#update();
  }

  #update(): void {
    const frequency = this.#value & SPEAKER_DATA ? this.pit.frequency(COUNTER) : 0;
    if (frequency === this.#frequency) return;
    this.#frequency = frequency;
    this.options.tone?.(frequency);
  }
}
