// What the two ring formats have in common: where a queue lies, how a chain of descriptors becomes an element, and how guest memory is read.
// Virtual I/O Device (VIRTIO) Version 1.2, "Split Virtqueues" and "Packed Virtqueues".
//
// Stricter than the specification: buffers and rings lie in RAM; those in the memory of other devices break the device.

import type { GuestMemory } from "../../core/bus/bus.js";
import { DESC_BYTES, DESC_WRITE } from "./constants.js";
import { LONGEST_CHAIN, QueueElement, type Segment } from "./queue-element.js";

/** What a driver did wrong: the device needs a reset. */
export class RingFault {
  constructor(readonly problem: string) {}
}

/** Guest-physical addresses of a queue's three parts, by the modern names: descriptor area, driver area, device area. */
export interface Placement {
  readonly size: number;
  readonly descriptors: number;
  readonly driver: number;
  readonly device: number;
}

export interface RingFeatures {
  readonly indirect: boolean;
  readonly eventIndex: boolean;
}

/** The device's side of a ring. The guest does not run meanwhile, so that there are no races with its driver. */
export interface Ring {
  /** The next available chain; undefined if there is none. Work is bounded by LONGEST_CHAIN. */
  take(): QueueElement | RingFault | undefined;
  /** Gives a chain back, with how many bytes were written to it. */
  complete(element: QueueElement, written: number): void;
  /** Whether the driver wants an interrupt for what was completed since this was last asked. */
  takeInterrupt(): boolean;
  /** Ask for a kick with the next chain made available, or for none. */
  setKicks(wanted: boolean): void;
  /** Positions, for save(). */
  save(): number[];
  /** False if the numbers are not possible. */
  load(numbers: readonly number[]): boolean;
}

/** Numbers in a ring's save(). */
export const RING_NUMBERS = 3;

/** A ring in guest memory, and how far the device has come in it: in positions, of which each kind of ring has its own. */
export abstract class PlacedRing implements Ring {
  /** Chains taken, chains given back, and those of them that the driver was told about. */
  protected taken = 0;
  protected used = 0;
  private told = 0;

  /** The place is within memory. */
  constructor(
    protected readonly memory: RingMemory,
    protected readonly place: Placement,
    protected readonly features: RingFeatures,
  ) {}

  abstract take(): QueueElement | RingFault | undefined;
  abstract complete(element: QueueElement, written: number): void;
  abstract setKicks(wanted: boolean): void;
  /** Positions are below this. */
  protected abstract readonly around: number;
  /** Whether the driver wants to be told that `used` has moved on from `told`. */
  protected abstract wantsInterrupt(told: number): boolean;

  takeInterrupt(): boolean {
    const { told } = this;
    this.told = this.used;
    return told !== this.used && this.wantsInterrupt(told);
  }

  /** Whether `used`, on its way from `told`, has gone past `event`. "Used Buffer Notification Suppression": vring_need_event. */
  protected hasPassed(event: number, told: number): boolean {
    const distance = (from: number, to: number) => (((to - from) % this.around) + this.around) % this.around;
    return distance(event + 1, this.used) < distance(told, this.used);
  }

  save(): number[] {
    return [this.taken, this.used, this.told];
  }

  load(numbers: readonly number[]): boolean {
    if (!numbers.every((number) => number < this.around)) return false;
    [this.taken, this.used, this.told] = numbers as [number, number, number];
    return true;
  }
}

/** Little-endian access to guest memory. */
export class RingMemory {
  constructor(readonly memory: GuestMemory) {}

  contains(address: number, length: number): boolean {
    return address + length <= this.memory.size;
  }

  read16(address: number): number {
    const bytes = this.memory.read(address, 2);
    return bytes[0]! | (bytes[1]! << 8);
  }

  write16(address: number, value: number): void {
    this.memory.write(address, Uint8Array.of(value, value >> 8));
  }

  write(address: number, ...words: readonly number[]): void {
    this.memory.write(address, new Uint8Array(Uint32Array.from(words).buffer));
  }

  /** `count` descriptors, side by side. */
  descriptors(address: number, count: number): DescriptorTable {
    return new DescriptorTable(this.memory.read(address, count * DESC_BYTES));
  }
}

/**
 * Descriptors as they were when they were read. Address and length are in the same place in both formats; what follows are flags and next
 * (split), or buffer ID and flags (packed).
 */
export class DescriptorTable {
  readonly #view: DataView;

  constructor(bytes: Uint8Array) {
    this.#view = new DataView(bytes.buffer, bytes.byteOffset);
  }

  /** Inexact above 2^53, where there is no memory anyway. */
  address(index: number): number {
    return this.#view.getUint32(index * DESC_BYTES + 4, true) * 2 ** 32 + this.#view.getUint32(index * DESC_BYTES, true);
  }

  length(index: number): number {
    return this.#view.getUint32(index * DESC_BYTES + 8, true);
  }

  /** Flags of a split descriptor, buffer ID of a packed one. */
  third(index: number): number {
    return this.#view.getUint16(index * DESC_BYTES + 12, true);
  }

  /** Next of a split descriptor, flags of a packed one. */
  fourth(index: number): number {
    return this.#view.getUint16(index * DESC_BYTES + 14, true);
  }
}

/** A chain while it is walked. */
export class Chain {
  readonly #ring: RingMemory;
  readonly #readable: Segment[] = [];
  readonly #writable: Segment[] = [];
  #descriptors = 0;
  #bytes = 0;

  constructor(ring: RingMemory) {
    this.#ring = ring;
  }

  /** Takes one descriptor's buffer. Buffers of no length are passed over. */
  add(table: DescriptorTable, index: number, flags: number): RingFault | undefined {
    const address = table.address(index);
    const length = table.length(index);
    if (++this.#descriptors > LONGEST_CHAIN) return new RingFault(`a chain of more than ${LONGEST_CHAIN} descriptors, or a loop`);
    if (!this.#ring.contains(address, length)) return new RingFault(`a buffer outside of memory, at ${address.toString(16)}`);
    this.#bytes += length;
    if (this.#bytes > 0xffffffff) return new RingFault("a chain of more than 4 GiB");
    const isWritable = (flags & DESC_WRITE) !== 0;
    if (!isWritable && this.#writable.length > 0) return new RingFault("a readable buffer behind a writable one");
    if (length > 0) (isWritable ? this.#writable : this.#readable).push({ address, length });
    return undefined;
  }

  /** The table that an indirect descriptor names. */
  indirect(table: DescriptorTable, index: number): { readonly table: DescriptorTable; readonly count: number } | RingFault {
    const address = table.address(index);
    const length = table.length(index);
    if (length === 0 || length % DESC_BYTES !== 0) return new RingFault(`an indirect table of ${length} bytes`);
    if (!this.#ring.contains(address, length)) return new RingFault(`an indirect table outside of memory, at ${address.toString(16)}`);
    // No chain reaches further, unless it is too long.
    const count = Math.min(length / DESC_BYTES, LONGEST_CHAIN + 1);
    return { table: this.#ring.descriptors(address, count), count };
  }

  element(id: number, slots: number): QueueElement {
    return new QueueElement(this.#ring.memory, id, slots, this.#readable, this.#writable);
  }
}
