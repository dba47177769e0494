// IRQ 13 of an AT: the processor's FERR# pin sets a latch, which a write to port F0H clears; F1H resets a coprocessor that is its own
// chip, and clears the latch too. Only used while CR0.NE is clear. Not modelled: IGNNE# (see wasm/x87/instruction.ts).

import type { Device, DeviceState, Line, Region } from "../core/bus/device.js";
import { ByteRegion } from "./byte-region.js";
import { StateReader } from "./state-reader.js";

export class FpuError implements Device {
  /** F0H and F1H. */
  readonly ports: Region = new ByteRegion(2, { read: () => 0xff, write: () => this.#latch(false) });
  #latched = false;

  constructor(
    readonly name: string,
    private readonly irq: Line,
  ) {}

  /** The processor met an x87 error that no exception reports. */
  signal(): void {
    this.#latch(true);
  }

  reset(): void {
    this.#latch(false);
  }

  save(): DeviceState {
    return { version: 1, latched: this.#latched };
  }

  load(state: DeviceState): void {
    this.#latch(new StateReader(this.name, state, 1).boolean("latched"));
  }

  #latch(on: boolean): void {
    this.#latched = on;
    this.irq.set(on);
  }
}
