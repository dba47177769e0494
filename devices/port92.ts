// System control port A (port 92H) of the PS/2 and of PC chipsets: bit 0 fast reset, bit 1 gate A20.
// Not modelled: the PS/2's watchdog status, security lock and disk-activity bits; they read 0.

import type { Device, DeviceState, Line, Region } from "../core/bus/device.js";
import { ByteRegion } from "./byte-region.js";
import { StateReader } from "./state-reader.js";

const FAST_RESET = 0x01;
const A20 = 0x02;

export interface Port92Options {
  /** This port's half of the A20 gate: address line 20 works while this or the keyboard controller's is high. */
  readonly a20: Line;
  /** A rising bit 0 resets the processor. */
  readonly reset: () => void;
}

export class Port92 implements Device {
  readonly ports: Region = new ByteRegion(1, { read: () => this.#value, write: (_, value) => this.#write(value) });
  #value = 0;

  constructor(
    readonly name: string,
    private readonly options: Port92Options,
  ) {}

  reset(): void {
    this.#value = 0;
    this.#update();
  }

  save(): DeviceState {
    return { version: 1, value: this.#value };
  }

  load(state: DeviceState): void {
    this.#value = new StateReader(this.name, state, 1).number("value", FAST_RESET | A20);
    this.#update();
  }

  #write(value: number): void {
    const resets = (value & ~this.#value & FAST_RESET) !== 0;
    this.#value = value & (FAST_RESET | A20);
    this.#update();
    if (resets) this.options.reset();
  }

  #update(): void {
    this.options.a20.set((this.#value & A20) !== 0);
  }
}
