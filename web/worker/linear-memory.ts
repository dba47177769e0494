// Reads guest memory by linear address for whoever looks from outside: no faults, no accessed bits, no side effects. Addresses that
// are not mapped, or belong to a device, read as undefined.
// Not modelled: PSE-36 and PAE addresses above 4 GiB (they read as undefined), long mode.

import type { Cpu } from "../../core/cpu/cpu.js";
import * as LAYOUT from "../../wasm/abi/layout.js";
import * as STATE from "../../wasm/abi/state.js";

const CR0_PG = 2 ** 31;
const CR4_PSE = 1 << 4;
const CR4_PAE = 1 << 5;
const PRESENT = 1;
const PAGE_SIZE_BIT = 1 << 7;
const FRAME = 0xfffff000;

export type Paging = "off" | "32-bit" | "PAE";

export function paging(cpu: Cpu): Paging {
  if (!(cpu.view.getUint32(STATE.CR0, true) & CR0_PG)) return "off";
  return cpu.view.getUint32(STATE.CR4, true) & CR4_PAE ? "PAE" : "32-bit";
}

export class LinearMemory {
  constructor(private readonly cpu: Cpu) {}

  byte(linear: number): number | undefined {
    const physical = this.translate(linear >>> 0);
    if (physical === undefined) return undefined;
    const host = this.host(physical);
    return host === undefined ? undefined : this.cpu.bytes[host];
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

  private translate(linear: number): number | undefined {
    switch (paging(this.cpu)) {
      case "off":
        return linear;
      case "32-bit":
        return this.walk32(linear);
      case "PAE":
        return this.walkPae(linear);
    }
  }

  // SDM 3A "32-Bit Paging"
  private walk32(linear: number): number | undefined {
    const { view } = this.cpu;
    const directory = this.entry((view.getUint32(STATE.CR3, true) & FRAME) + (linear >>> 22) * 4);
    if (!(directory & PRESENT)) return undefined;
    if (directory & PAGE_SIZE_BIT && view.getUint32(STATE.CR4, true) & CR4_PSE)
      return ((directory & 0xffc00000) | (linear & 0x3fffff)) >>> 0;
    const table = this.entry((directory & FRAME) + ((linear >>> 12) & 0x3ff) * 4);
    return table & PRESENT ? ((table & FRAME) | (linear & 0xfff)) >>> 0 : undefined;
  }

  // SDM 3A "PAE Paging": the four page-directory pointers are those loaded with CR3.
  private walkPae(linear: number): number | undefined {
    const pointer = this.cpu.view.getUint32(STATE.PDPTES + (linear >>> 30) * 8, true);
    if (!(pointer & PRESENT)) return undefined;
    const directory = this.entry((pointer & FRAME) + ((linear >>> 21) & 0x1ff) * 8);
    if (!(directory & PRESENT)) return undefined;
    if (directory & PAGE_SIZE_BIT) return ((directory & 0xffe00000) | (linear & 0x1fffff)) >>> 0;
    const table = this.entry((directory & FRAME) + ((linear >>> 12) & 0x1ff) * 8);
    return table & PRESENT ? ((table & FRAME) | (linear & 0xfff)) >>> 0 : undefined;
  }

  /** A paging-structure entry (its low half); not present where there is no memory. */
  private entry(physical: number): number {
    const host = this.host(physical >>> 0);
    return host === undefined ? 0 : this.cpu.view.getUint32(host, true);
  }

  private host(physical: number): number | undefined {
    const address = (physical & this.cpu.view.getUint32(STATE.A20_MASK, true)) >>> 0;
    const page = this.cpu.view.getUint32(LAYOUT.PHYS_MAP + (address >>> 12) * 4, true);
    return page === 0 ? undefined : ((page & FRAME) >>> 0) + (address & 0xfff);
  }
}
