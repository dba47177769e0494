// MSI-X: interrupts as memory writes, an address and a datum for each vector in a table in memory space. PCI Local Bus Specification 3.0,
// section 6.8.2. The table is at the BAR's begin, the pending bits in its upper half.

import type { AddressSpace } from "../../core/bus/bus.js";
import type { AccessSize, DeviceState, Region } from "../../core/bus/device.js";
import type { StateReader } from "../state-reader.js";
import type { PciFunction } from "./function.js";

const MSIX_CAPABILITY = 0x11;
const SIZE = 0x1000;
const PENDING_AT = 0x800;
const ENTRY_WORDS = 4;
/** The most vectors that fit. */
export const MSIX_MOST = PENDING_AT / (ENTRY_WORDS * 4);
// Message control.
const ENABLE = 1 << 15;
const FUNCTION_MASK = 1 << 14;
/** Vector control. */
const MASKED = 1;

export class Msix {
  readonly #function: PciFunction;
  readonly #control: number;
  /** Address, upper address, data, control of each vector. */
  readonly #table: Uint32Array;
  readonly #pending: Uint8Array;

  /** `changed`: MSI-X was switched on or off. */
  constructor(
    device: PciFunction,
    readonly vectors: number,
    place: { readonly bar: number; readonly memory: AddressSpace },
    changed: () => void,
  ) {
    if (vectors < 1 || vectors > MSIX_MOST) throw new RangeError(`MSI-X has 1 to ${MSIX_MOST} vectors`);
    this.#function = device;
    this.#table = new Uint32Array(vectors * ENTRY_WORDS);
    this.#pending = new Uint8Array(vectors);
    const { bar, memory } = place;
    const body = [(vectors - 1) & 0xff, (vectors - 1) >> 8, bar, 0, 0, 0, bar | (PENDING_AT & 0xff), PENDING_AT >> 8, 0, 0];
    this.#control = device.addCapability(MSIX_CAPABILITY, body, [0, (ENABLE | FUNCTION_MASK) >> 8]) + 2;
    const region: Region = {
      read: (offset, size) => this.#read(offset, size),
      write: (offset, value, size) => this.#write(offset, value, size),
    };
    device.addBar(bar, { kind: "memory", size: SIZE, map: (base) => memory.add(base, SIZE, region) });
    device.watch(this.#control, this.#control + 1, () => {
      this.#sendPending();
      changed();
    });
    this.reset();
  }

  get isEnabled(): boolean {
    return (this.#function.readWord(this.#control) & ENABLE) !== 0;
  }

  /** Interrupts with a vector, now or when it is unmasked. Vectors that are not there interrupt nobody. */
  signal(vector: number): void {
    if (vector >= this.vectors || !this.isEnabled) return;
    if (this.#isMasked(vector)) this.#pending[vector] = 1;
    else this.#send(vector);
  }

  reset(): void {
    this.#table.fill(0);
    for (let vector = 0; vector < this.vectors; vector++) this.#table[vector * ENTRY_WORDS + 3] = MASKED;
    this.#pending.fill(0);
  }

  save(): DeviceState {
    return { version: 1, table: [...this.#table], pending: [...this.#pending] };
  }

  /** Before its function. */
  load(reader: StateReader): void {
    this.#table.set(reader.numbers("table", this.#table.length));
    this.#pending.set(reader.numbers("pending", this.vectors, 1));
  }

  #isMasked(vector: number): boolean {
    const isFunctionMasked = (this.#function.readWord(this.#control) & FUNCTION_MASK) !== 0;
    return isFunctionMasked || (this.#table[vector * ENTRY_WORDS + 3]! & MASKED) !== 0;
  }

  #send(vector: number): void {
    this.#pending[vector] = 0;
    const entry = vector * ENTRY_WORDS;
    if (this.#table[entry + 1] === 0) this.#function.sendMessage(this.#table[entry]!, this.#table[entry + 2]!);
  }

  #sendPending(): void {
    if (!this.isEnabled) return;
    for (let vector = 0; vector < this.vectors; vector++) if (this.#pending[vector] && !this.#isMasked(vector)) this.#send(vector);
  }

  #word(offset: number): number {
    if (offset < PENDING_AT) return this.#table[offset >> 2] ?? 0;
    let bits = 0;
    const first = (offset - PENDING_AT) * 8;
    for (let bit = 0; bit < 32; bit++) bits |= (this.#pending[first + bit] ?? 0) << bit;
    return bits >>> 0;
  }

  #read(offset: number, size: AccessSize): number {
    const value = this.#word(offset & ~3) >>> ((offset & 3) * 8);
    return size === 4 ? value : size === 2 ? value & 0xffff : value & 0xff;
  }

  /** Software writes whole words; the rest is undefined, and dropped here. */
  #write(offset: number, value: number, size: AccessSize): void {
    if (size !== 4 || offset & 3 || offset >> 2 >= this.#table.length) return;
    const isControl = (offset & 15) === 12;
    this.#table[offset >> 2] = isControl ? value & MASKED : value;
    if (isControl) this.#sendPending();
  }
}
