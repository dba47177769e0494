// PCI bus 0 behind configuration mechanism #1: CONFIG_ADDRESS at port CF8, CONFIG_DATA at CFC.
// PCI Local Bus Specification 2.1 "Configuration Mechanism #1". One bus: no bridges, so type 1 cycles find nobody.

import type { AccessSize, Device, DeviceState, Line, Region } from "../../core/bus/device.js";
import { StateReader } from "../state-reader.js";
import type { MessageSink, PciFunction } from "./function.js";

export const PCI_CONFIG_ADDRESS = 0xcf8;
export const PCI_CONFIG_DATA = 0xcfc;

const ENABLE = 0x80000000;

export class PciBus implements Device {
  readonly name = "pci-bus";
  /** CF8-CFB. Only 32-bit accesses at CF8 are its own; others are I/O cycles that pass it by. */
  readonly address: Region;
  /** CFC-CFF. */
  readonly data: Region;
  readonly #functions = new Map<number, PciFunction>();
  readonly #interrupt: (slot: number, pin: number) => Line;
  readonly #messages: MessageSink;
  #address = 0;

  /** `interrupt` gives each function's wire for its interrupt pin (1 is INTA); `messages` takes message-signalled interrupts. */
  constructor(interrupt: (slot: number, pin: number) => Line, messages: MessageSink) {
    this.#interrupt = interrupt;
    this.#messages = messages;
    this.address = {
      read: (offset, size) => (offset === 0 && size === 4 ? this.#address : ones(size)),
      write: (offset, value, size) => {
        if (offset === 0 && size === 4) this.#address = (value & 0x80fffffc) >>> 0;
      },
    };
    this.data = {
      read: (offset, size) => this.#selected()?.readConfig((this.#address & 0xfc) + offset, size) ?? ones(size),
      write: (offset, value, size) => this.#selected()?.writeConfig((this.#address & 0xfc) + offset, value, size),
    };
  }

  attach(slot: number, func: number, device: PciFunction): void {
    this.#functions.set((slot << 3) | func, device);
    device.connect(device.interruptPin ? this.#interrupt(slot, device.interruptPin) : undefined, this.#messages);
  }

  /** The function at a place, as configuration cycles find it. */
  at(slot: number, func: number): PciFunction | undefined {
    return this.#functions.get((slot << 3) | func);
  }

  /** Every function with its place, lowest first. */
  get functions(): readonly { readonly slot: number; readonly func: number; readonly device: PciFunction }[] {
    return [...this.#functions].sort(([a], [b]) => a - b).map(([place, device]) => ({ slot: place >> 3, func: place & 7, device }));
  }

  reset(): void {
    this.#address = 0;
  }

  save(): DeviceState {
    return { version: 1, address: this.#address };
  }

  load(state: DeviceState): void {
    this.#address = (new StateReader(this.name, state, 1).number("address") & 0x80fffffc) >>> 0;
  }

  #selected(): PciFunction | undefined {
    if (!(this.#address & ENABLE) || (this.#address >> 16) & 0xff) return undefined;
    return this.#functions.get((this.#address >> 8) & 0xff);
  }
}

function ones(size: AccessSize): number {
  return size === 4 ? 0xffffffff : size === 2 ? 0xffff : 0xff;
}
