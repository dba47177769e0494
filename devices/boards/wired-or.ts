// A wire that is high while any of its drivers is. It holds no state of its own worth saving: drivers drive it again when they load.

import type { Line } from "../../core/bus/device.js";

export class WiredOr {
  readonly #output: Line;
  #drivers = 0;
  #count = 0;

  constructor(output: Line) {
    this.#output = output;
  }

  /** A new driver's end of the wire (at most 31). */
  input(): Line {
    const bit = 1 << this.#count++;
    return {
      set: (level) => {
        this.#drivers = level ? this.#drivers | bit : this.#drivers & ~bit;
        this.#output.set(this.#drivers !== 0);
      },
    };
  }
}
