// Reads guest memory by linear address for whoever looks from outside. Addresses that are not mapped, or belong to a device, read as
// undefined.

import type { Processor } from "../../core/cpu/processor.js";
import * as STATE from "../../wasm/abi/state.js";

const CR0_PG = 2 ** 31;
const CR4_PAE = 1 << 5;

export type Paging = "off" | "32-bit" | "PAE";

export function paging(cpu: Processor): Paging {
  if (!(cpu.view.getUint32(STATE.CR0, true) & CR0_PG)) return "off";
  return cpu.view.getUint32(STATE.CR4, true) & CR4_PAE ? "PAE" : "32-bit";
}

export class LinearMemory {
  constructor(private readonly cpu: Processor) {}

  byte(linear: number): number | undefined {
    return this.cpu.peek(linear);
  }

  /** Little-endian value of `size` bytes, or undefined if one of them is not there. */
  value(linear: number, size: number): number | undefined {
    let value = 0;
    for (let i = 0; i < size; i++) {
      const byte = this.byte(linear + i);
      if (byte === undefined) return undefined;
      value += byte * 2 ** (8 * i);
    }
    return value;
  }

  /** Up to `length` bytes from `linear` on, ending before the first that is not there. */
  bytes(linear: number, length: number): Uint8Array {
    const bytes = new Uint8Array(length);
    for (let i = 0; i < length; i++) {
      const byte = this.byte(linear + i);
      if (byte === undefined) return bytes.subarray(0, i);
      bytes[i] = byte;
    }
    return bytes;
  }
}
