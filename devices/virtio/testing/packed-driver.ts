// The driver's side of a packed virtqueue, after "Packed Virtqueues" of the specification, and independent of the device's.

import {
  type DriverBuffer,
  type DriverMemory,
  type DriverQueue,
  INDIRECT,
  NEXT,
  passes,
  type QueueFlags,
  type QueuePlace,
  type UsedBuffer,
  WRITE,
} from "./driver-queue.js";

const AVAIL = 0x80;
const USED = 0x8000;
const WRAP = 0x8000;

export class PackedDriverQueue implements DriverQueue {
  readonly place: QueuePlace;
  free: number;
  readonly #memory: DriverMemory;
  readonly #flags: QueueFlags;
  /** Ring entries of each buffer under way. */
  readonly #slots = new Map<number, number>();
  readonly #freeIds: number[];
  /** Index and wrap counter of what is made available next, and of what is used next. */
  #next = 0;
  #wrap = true;
  #seen = 0;
  #seenWrap = true;
  #asked = 0;

  constructor(
    memory: DriverMemory,
    readonly size: number,
    flags: QueueFlags,
  ) {
    this.#memory = memory;
    this.#flags = flags;
    this.place = { descriptors: memory.take(16 * size), driver: memory.take(4, 4), device: memory.take(4, 4) };
    this.free = size;
    // Any 16-bit number will do: these can not be mistaken for indices.
    this.#freeIds = Array.from({ length: size }, (_, index) => 0x4000 + index * 3);
  }

  add(buffers: readonly DriverBuffer[], indirect: boolean): number | undefined {
    const slots = indirect ? 1 : buffers.length;
    if (this.free < slots) return undefined;
    const id = this.#freeIds.shift()!;
    const first = { index: this.#next, flags: 0 };
    if (indirect) first.flags = this.#addIndirect(buffers, id);
    else {
      buffers.forEach((buffer, i) => {
        const flags = this.#availableFlags | (buffer.writable ? WRITE : 0) | (i + 1 < buffers.length ? NEXT : 0);
        const at = this.#write(buffer.address, buffer.length, id);
        if (i === 0) first.flags = flags;
        else this.#memory.view.setUint16(at + 14, flags, true);
      });
    }
    // The first descriptor's flags make the whole chain available.
    this.#memory.view.setUint16(this.place.descriptors + 16 * first.index + 14, first.flags, true);
    this.#slots.set(id, slots);
    this.free -= slots;
    return id;
  }

  takeKick(): boolean {
    const { view } = this.#memory;
    const asked = this.#asked;
    const now = this.#next + (this.#wrap ? 0 : this.size);
    this.#asked = now;
    if (asked === now) return false;
    const flags = view.getUint16(this.place.device + 2, true);
    if (flags !== 2 || !this.#flags.eventIndex) return flags !== 1;
    const event = view.getUint16(this.place.device, true);
    return passes((event & ~WRAP) + (event & WRAP ? 0 : this.size), now, asked, 2 * this.size);
  }

  collect(): UsedBuffer[] {
    const { view } = this.#memory;
    const used: UsedBuffer[] = [];
    for (;;) {
      const at = this.place.descriptors + 16 * this.#seen;
      const flags = view.getUint16(at + 14, true);
      const isUsed = ((flags & USED) !== 0) === this.#seenWrap && ((flags & AVAIL) !== 0) === this.#seenWrap;
      if (!isUsed) return used;
      const id = view.getUint16(at + 12, true);
      const slots = this.#slots.get(id);
      if (slots === undefined) throw new Error(`the device used ${id}, which is not under way`);
      this.#slots.delete(id);
      this.#freeIds.push(id);
      this.free += slots;
      this.#seen += slots;
      if (this.#seen >= this.size) {
        this.#seen -= this.size;
        this.#seenWrap = !this.#seenWrap;
      }
      used.push({ id, written: flags & WRITE ? view.getUint32(at + 8, true) : 0 });
    }
  }

  setInterrupts(wanted: boolean): void {
    const { view } = this.#memory;
    const { driver } = this.place;
    if (!wanted) view.setUint16(driver + 2, 1, true);
    else if (this.#flags.eventIndex) {
      view.setUint16(driver, this.#seen | (this.#seenWrap ? WRAP : 0), true);
      view.setUint16(driver + 2, 2, true);
    } else view.setUint16(driver + 2, 0, true);
  }

  get #availableFlags(): number {
    return this.#wrap ? AVAIL : USED;
  }

  #addIndirect(buffers: readonly DriverBuffer[], id: number): number {
    const { view } = this.#memory;
    const table = this.#memory.take(16 * buffers.length);
    buffers.forEach(({ address, length, writable }, i) => {
      this.#memory.describe(table + 16 * i, address, length);
      view.setUint16(table + 16 * i + 14, writable ? WRITE : 0, true);
    });
    const flags = this.#availableFlags | INDIRECT;
    this.#write(table, 16 * buffers.length, id);
    return flags;
  }

  /** All but the flags; goes on to the next entry. */
  #write(address: number, length: number, id: number): number {
    const at = this.place.descriptors + 16 * this.#next;
    this.#memory.describe(at, address, length);
    this.#memory.view.setUint16(at + 12, id, true);
    this.#next++;
    if (this.#next === this.size) {
      this.#next = 0;
      this.#wrap = !this.#wrap;
    }
    return at;
  }
}
