// One function of a PCI device: 256 bytes of configuration space, its base address registers and its interrupt pin.
// PCI Local Bus Specification 2.1, chapter 6. Not modelled: 64-bit BARs, PERR and SERR. What a capability does is its owner's.

import type { Mapping } from "../../core/bus/bus.js";
import type { AccessSize, Device, DeviceState, Line } from "../../core/bus/device.js";
import { StateReader } from "../state-reader.js";

const VENDOR_ID = 0x00;
export const COMMAND = 0x04;
export const STATUS = 0x06;
export const BAR0 = 0x10;
const CAPABILITIES = 0x34;
export const ROM_BAR = 0x30;
export const INTERRUPT_LINE = 0x3c;
const INTERRUPT_PIN = 0x3d;

export const COMMAND_IO = 1;
export const COMMAND_MEMORY = 2;
export const COMMAND_MASTER = 4;
const COMMAND_INTX_DISABLE = 1 << 10;
const STATUS_INTERRUPT = 1 << 3;
const STATUS_CAPABILITIES = 1 << 4;
const FIRST_CAPABILITY = 0x40;

/** Index of the expansion ROM among a function's BARs. */
export const ROM_INDEX = 6;

export interface PciIdentity {
  readonly vendor: number;
  readonly device: number;
  /** Class, subclass and programming interface: 0x030000 is a VGA controller. */
  readonly classCode: number;
  readonly revision?: number;
  readonly subsystemVendor?: number;
  readonly subsystem?: number;
  /** INTA is 1; 0 or absent: none. */
  readonly interruptPin?: number;
  readonly multifunction?: boolean;
  /** Bits of the command register this function has; default I/O, memory, master, INTx disable. */
  readonly commandMask?: number;
}

export interface BarOptions {
  readonly kind: "memory" | "io" | "rom";
  /** A power of two, at least 16 for memory and 4 for I/O. */
  readonly size: number;
  readonly prefetchable?: boolean;
  /** Makes the function answer at `base`; called again after the mapping was removed. */
  map(base: number): Mapping;
}

/** Where a function's message-signalled interrupts go: a memory write of 32 bits. */
export type MessageSink = (address: number, data: number) => void;

interface Bar extends BarOptions {
  readonly offset: number;
  readonly index: number;
  mappedAt: number;
  mapping: Mapping | undefined;
}

export class PciFunction implements Device {
  readonly name: string;
  readonly config = new Uint8Array(256);
  /** Which bits software may change; the rest is fixed. */
  readonly #writable = new Uint8Array(256);
  readonly #initial = new Uint8Array(256);
  readonly #bars: Bar[] = [];
  readonly #watchers: { readonly from: number; readonly to: number; readonly changed: () => void }[] = [];
  #intx: Line | undefined;
  #messages: MessageSink = () => {};
  #interrupt = false;
  /** Where the capability list goes on, and the byte that will point there. */
  #nextCapability = FIRST_CAPABILITY;
  #lastLink = CAPABILITIES;

  constructor(name: string, identity: PciIdentity) {
    this.name = name;
    this.#initialWord(VENDOR_ID, identity.vendor);
    this.#initialWord(0x02, identity.device);
    this.#initial[0x08] = identity.revision ?? 0;
    this.#initial[0x09] = identity.classCode & 0xff;
    this.#initialWord(0x0a, identity.classCode >> 8);
    this.#initial[0x0e] = identity.multifunction ? 0x80 : 0;
    this.#initialWord(0x2c, identity.subsystemVendor ?? 0);
    this.#initialWord(0x2e, identity.subsystem ?? 0);
    this.#initial[INTERRUPT_PIN] = identity.interruptPin ?? 0;
    const command = identity.commandMask ?? COMMAND_IO | COMMAND_MEMORY | COMMAND_MASTER | COMMAND_INTX_DISABLE;
    this.setWritable(COMMAND, [command & 0xff, command >> 8]);
    // Cache line size and latency timer hold what is written.
    this.setWritable(0x0c, [0xff, 0xff]);
    if (identity.interruptPin) this.setWritable(INTERRUPT_LINE, [0xff]);
    this.config.set(this.#initial);
  }

  /** Drives the function's interrupt pin: INTx is level-triggered and shared. */
  readonly intx: Line = {
    set: (level) => {
      this.#interrupt = level;
      this.#updateInterrupt();
    },
  };

  get interruptPin(): number {
    return this.#initial[INTERRUPT_PIN]!;
  }

  get isMaster(): boolean {
    return (this.config[COMMAND]! & COMMAND_MASTER) !== 0;
  }

  /** Called by the bus: where the interrupt pin leads (if there is one), and messages. */
  connect(intx: Line | undefined, messages: MessageSink): void {
    this.#intx = intx;
    this.#messages = messages;
  }

  /** A message-signalled interrupt: a memory write, of a bus master only. */
  sendMessage(address: number, data: number): void {
    if (this.isMaster) this.#messages(address, data);
  }

  /** Values after reset, from `offset`. */
  setInitial(offset: number, bytes: readonly number[]): void {
    this.#initial.set(bytes, offset);
    this.config.set(bytes, offset);
  }

  setWritable(offset: number, masks: readonly number[]): void {
    this.#writable.set(masks, offset);
  }

  /**
   * Puts an entry at the end of the capability list ("Capabilities List", PCI 2.2). `body` is what follows ID and pointer; `writable` has the bits
   * of it that software may change. Returns the entry's offset.
   */
  addCapability(id: number, body: readonly number[], writable: readonly number[] = []): number {
    const at = this.#nextCapability;
    this.setInitial(this.#lastLink, [at]);
    this.setInitial(at, [id, 0, ...body]);
    this.setWritable(at + 2, writable);
    this.setInitial(STATUS, [this.#initial[STATUS]! | STATUS_CAPABILITIES]);
    this.#lastLink = at + 1;
    this.#nextCapability = (at + 2 + body.length + 3) & ~3;
    return at;
  }

  /** `changed` runs after software (or reset, or load) has changed configuration bytes from `from` to `to`, inclusive. */
  watch(from: number, to: number, changed: () => void): void {
    this.#watchers.push({ from, to, changed });
  }

  addBar(index: number, options: BarOptions): void {
    const offset = index === ROM_INDEX ? ROM_BAR : BAR0 + index * 4;
    const flags = options.kind === "io" ? 1 : options.kind === "memory" && options.prefetchable ? 8 : 0;
    this.#initial[offset] = flags;
    this.config[offset] = flags;
    const mask = -options.size | (options.kind === "rom" ? 1 : 0);
    this.setWritable(offset, [mask & 0xff, (mask >> 8) & 0xff, (mask >> 16) & 0xff, mask >>> 24]);
    this.#bars.push({ ...options, map: (base) => options.map(base), offset, index, mappedAt: 0, mapping: undefined });
  }

  /** Where BAR `index` answers now, or 0. */
  barBase(index: number): number {
    return this.#bars.find((bar) => bar.index === index)?.mappedAt ?? 0;
  }

  /** The BARs there are, for firmware that assigns addresses. */
  get bars(): readonly { readonly index: number; readonly offset: number; readonly kind: BarOptions["kind"]; readonly size: number }[] {
    return this.#bars;
  }

  readWord(offset: number): number {
    return this.config[offset]! | (this.config[offset + 1]! << 8);
  }

  readDword(offset: number): number {
    return (this.readWord(offset) | (this.readWord(offset + 2) << 16)) >>> 0;
  }

  readConfig(offset: number, size: AccessSize): number {
    let value = 0;
    for (let index = size - 1; index >= 0; index--) value = value * 256 + (this.config[offset + index] ?? 0xff);
    return value;
  }

  writeConfig(offset: number, value: number, size: AccessSize): void {
    for (let index = 0; index < size && offset + index < 256; index++) {
      const at = offset + index;
      const mask = this.#writable[at]!;
      this.config[at] = (this.config[at]! & ~mask) | ((value >>> (index * 8)) & mask);
    }
    this.#changed(offset, offset + size - 1);
  }

  reset(): void {
    this.config.set(this.#initial);
    this.#interrupt = false;
    this.#changed(0, 255);
  }

  save(): DeviceState {
    return { version: 1, config: this.config.slice(), interrupt: this.#interrupt };
  }

  load(state: DeviceState): void {
    const reader = new StateReader(this.name, state, 1);
    const saved = reader.bytes("config", 256);
    for (let at = 0; at < 256; at++) {
      const mask = this.#writable[at]!;
      this.config[at] = (this.#initial[at]! & ~mask) | (saved[at]! & mask);
    }
    this.#interrupt = reader.boolean("interrupt");
    this.#changed(0, 255);
  }

  #initialWord(offset: number, value: number): void {
    this.#initial[offset] = value & 0xff;
    this.#initial[offset + 1] = value >> 8;
  }

  #changed(from: number, to: number): void {
    const touches = (first: number, last: number) => from <= last && to >= first;
    if (touches(COMMAND, COMMAND + 1) || touches(BAR0, ROM_BAR + 3)) for (const bar of this.#bars) this.#place(bar);
    if (touches(COMMAND, COMMAND + 1)) this.#updateInterrupt();
    for (const watcher of this.#watchers) if (touches(watcher.from, watcher.to)) watcher.changed();
  }

  #place(bar: Bar): void {
    const base = this.#decodedBase(bar);
    if (base === bar.mappedAt) return;
    bar.mapping?.remove();
    bar.mapping = base === 0 ? undefined : bar.map(base);
    bar.mappedAt = base;
  }

  /** 0 while the BAR does not decode: off, never assigned, or holding the all-ones of a size probe. */
  #decodedBase(bar: Bar): number {
    const value = this.readDword(bar.offset);
    if (!(this.config[COMMAND]! & (bar.kind === "io" ? COMMAND_IO : COMMAND_MEMORY))) return 0;
    if (bar.kind === "rom" && !(value & 1)) return 0;
    const base = (value & -bar.size) >>> 0;
    return base + bar.size > (bar.kind === "io" ? 0x10000 : 0xffffffff) ? 0 : base;
  }

  #updateInterrupt(): void {
    this.config[STATUS] = (this.config[STATUS]! & ~STATUS_INTERRUPT) | (this.#interrupt ? STATUS_INTERRUPT : 0);
    this.#intx?.set(this.#interrupt && !(this.readWord(COMMAND) & COMMAND_INTX_DISABLE));
  }
}
