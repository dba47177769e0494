// Intel 82093AA I/O APIC: 24 interrupt inputs, each with a 64-bit redirection entry, reached through two memory-mapped registers.
//
//   00 IOREGSEL (register number)    10 IOWIN (the register)
//   register 0 ID, 1 version (11H) and last entry, 2 arbitration ID, 10-3F redirection entries, low half first
//
// Wires carry "asserted" and "not asserted", so the polarity bit is kept for software but inverts nothing: firmware and systems
// disagree about the polarity of PCI interrupts on this class of board, and on none of them does it matter.
// Not modelled: the serial APIC bus (delivery is at once, so delivery status reads idle; arbitration ID is the ID).

import type { AccessSize, Device, DeviceState, Line, Region } from "../core/bus/device.js";
import { type ApicMessage, DELIVERY_EXT_INT, DELIVERY_FIXED, DELIVERY_LOWEST_PRIORITY } from "./apic-message.js";
import { StateReader } from "./state-reader.js";

export const IO_APIC_BASE = 0xfec00000;
export const IO_APIC_PINS = 24;

const VERSION = 0x11 | ((IO_APIC_PINS - 1) << 16);
const SELECT = 0x00;
const WINDOW = 0x10;
const ENTRIES = 0x10;

// Redirection entry, low half.
const LOGICAL = 1 << 11;
const REMOTE_IRR = 1 << 14;
const LEVEL = 1 << 15;
const MASKED = 1 << 16;
const WRITABLE = 0x1afff;

export interface IoApicOptions {
  readonly id: number;
  /** To the local APICs; true if one accepted it. */
  send(message: ApicMessage): boolean;
}

export class IoApic implements Device, Region {
  readonly name = "io-apic";
  /** The interrupt inputs. */
  readonly pins: readonly Line[];

  readonly #options: IoApicOptions;
  readonly #low = new Uint32Array(IO_APIC_PINS);
  readonly #high = new Uint32Array(IO_APIC_PINS);
  /** Levels of the inputs, bit n for pin n. */
  #levels = 0;
  #select = 0;
  #id = 0;

  constructor(options: IoApicOptions) {
    this.#options = options;
    this.pins = Array.from({ length: IO_APIC_PINS }, (_, pin) => ({ set: (level: boolean) => this.#setPin(pin, level) }));
    this.reset();
  }

  reset(): void {
    this.#low.fill(MASKED);
    this.#high.fill(0);
    this.#select = 0;
    this.#id = this.#options.id;
  }

  /** A local APIC's EOI of a level-triggered interrupt. */
  endOfInterrupt(vector: number): void {
    for (let pin = 0; pin < IO_APIC_PINS; pin++) {
      const entry = this.#low[pin]!;
      if ((entry & 0xff) !== vector || !(entry & REMOTE_IRR)) continue;
      this.#low[pin] = entry & ~REMOTE_IRR;
      this.#service(pin);
    }
  }

  read(offset: number, size: AccessSize): number {
    const register = offset & 0xfc;
    const value = register === SELECT ? this.#select : register === WINDOW ? this.#readRegister() : 0;
    const shifted = value >>> ((offset & 3) * 8);
    return size === 4 ? shifted : size === 2 ? shifted & 0xffff : shifted & 0xff;
  }

  write(offset: number, value: number, size: AccessSize): void {
    if (offset === SELECT) this.#select = value & 0xff;
    else if (offset === WINDOW && size === 4) this.#writeRegister(value);
  }

  save(): DeviceState {
    return {
      version: 1,
      low: [...this.#low],
      high: [...this.#high],
      levels: this.#levels,
      select: this.#select,
      id: this.#id,
    };
  }

  load(state: DeviceState): void {
    const reader = new StateReader(this.name, state, 1);
    this.#low.set(reader.numbers("low", IO_APIC_PINS, 0x1ffff));
    this.#high.set(reader.numbers("high", IO_APIC_PINS, 0xffffffff));
    this.#levels = reader.number("levels", 0xffffff);
    this.#select = reader.number("select", 255);
    this.#id = reader.number("id", 15);
  }

  #readRegister(): number {
    switch (this.#select) {
      case 0:
      case 2:
        return this.#id << 24;
      case 1:
        return VERSION;
    }
    const pin = (this.#select - ENTRIES) >> 1;
    if (pin < 0 || pin >= IO_APIC_PINS) return 0xffffffff;
    return this.#select & 1 ? this.#high[pin]! : this.#low[pin]!;
  }

  #writeRegister(value: number): void {
    if (this.#select === 0) this.#id = (value >>> 24) & 15;
    const pin = (this.#select - ENTRIES) >> 1;
    if (pin < 0 || pin >= IO_APIC_PINS) return;
    if (this.#select & 1) {
      this.#high[pin] = value & 0xff000000;
      return;
    }
    // A change to edge triggering forgets an interrupt in service: systems use it to unstick an entry.
    const remoteIrr = value & LEVEL ? this.#low[pin]! & REMOTE_IRR : 0;
    this.#low[pin] = (value & WRITABLE) | remoteIrr;
    this.#service(pin);
  }

  #setPin(pin: number, level: boolean): void {
    const bit = 1 << pin;
    const rose = level && !(this.#levels & bit);
    this.#levels = level ? this.#levels | bit : this.#levels & ~bit;
    const entry = this.#low[pin]!;
    if (this.#isLevel(entry)) this.#service(pin);
    // 82093AA "IOREDTBL": an edge at a masked input is not remembered.
    else if (rose && !(entry & MASKED)) this.#send(pin);
  }

  /** Delivers a level-triggered input that is asserted and not in service. */
  #service(pin: number): void {
    const entry = this.#low[pin]!;
    if (!this.#isLevel(entry) || entry & (MASKED | REMOTE_IRR) || !(this.#levels & (1 << pin))) return;
    // Marked first: a local APIC may answer with an EOI before it returns.
    this.#low[pin] = entry | REMOTE_IRR;
    if (!this.#send(pin)) this.#low[pin] = this.#low[pin]! & ~REMOTE_IRR;
  }

  // 82093AA "IOREDTBL" bits 10:8: SMI, NMI, INIT and ExtINT are edges whatever bit 15 says.
  #isLevel(entry: number): boolean {
    const mode = (entry >> 8) & 7;
    return (entry & LEVEL) !== 0 && (mode === DELIVERY_FIXED || mode === DELIVERY_LOWEST_PRIORITY);
  }

  #send(pin: number): boolean {
    const entry = this.#low[pin]!;
    const logical = (entry & LOGICAL) !== 0;
    const destination = this.#high[pin]! >>> 24;
    const deliveryMode = (entry >> 8) & 7;
    const vector = deliveryMode === DELIVERY_EXT_INT ? 0 : entry & 0xff;
    return this.#options.send({ destination, logical, deliveryMode, vector, level: this.#isLevel(entry) });
  }
}
