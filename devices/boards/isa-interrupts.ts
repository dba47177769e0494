// The sixteen interrupt wires of the ISA bus. Each may have several drivers (serial ports, steered PCI interrupts): the wire is high
// while any of them drives it.

import type { Device, DeviceState, Line } from "../../core/bus/device.js";
import { StateReader } from "../state-reader.js";

const WIRES = 16;

export class IsaInterrupts implements Device {
  readonly name = "isa-interrupts";
  readonly #outputs: (irq: number, level: boolean) => void;
  /** For each wire a bit for each driver, in the order in which they were connected. */
  readonly #drivers = new Array<number>(WIRES).fill(0);
  readonly #count = new Array<number>(WIRES).fill(0);

  constructor(outputs: (irq: number, level: boolean) => void) {
    this.#outputs = outputs;
  }

  /** A new driver's end of a wire. */
  driver(irq: number): Line {
    const bit = 1 << this.#count[irq]!++;
    return {
      set: (level) => {
        const before = this.#drivers[irq]!;
        const after = level ? before | bit : before & ~bit;
        this.#drivers[irq] = after;
        if ((before === 0) !== (after === 0)) this.#outputs(irq, after !== 0);
      },
    };
  }

  /** Wires carry what their drivers drive; nothing of their own is reset. */
  reset(): void {}

  save(): DeviceState {
    return { version: 1, drivers: [...this.#drivers] };
  }

  load(state: DeviceState): void {
    const drivers = new StateReader(this.name, state, 1).numbers("drivers", WIRES, 0x7fffffff);
    drivers.forEach((driven, irq) => {
      this.#drivers[irq] = driven;
      this.#outputs(irq, driven !== 0);
    });
  }
}
