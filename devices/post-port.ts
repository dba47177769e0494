// The POST code port (80H): firmware writes its progress here, kernels write for a short delay. It is a spare DMA page register, so it
// reads back.

import type { Device, DeviceState, Region } from "../core/bus/device.js";
import { ByteRegion } from "./byte-region.js";
import { StateReader } from "./state-reader.js";

export class PostPort implements Device {
  readonly ports: Region = new ByteRegion(1, {
    read: () => this.#code,
    write: (_, value) => {
      this.#code = value;
    },
  });
  #code = 0;

  constructor(readonly name: string) {}

  /** The last code, for who shows it. */
  get code(): number {
    return this.#code;
  }

  reset(): void {
    this.#code = 0;
  }

  save(): DeviceState {
    return { version: 1, code: this.#code };
  }

  load(state: DeviceState): void {
    this.#code = new StateReader(this.name, state, 1).number("code", 0xff);
  }
}
