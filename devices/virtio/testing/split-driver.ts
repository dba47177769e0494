// The driver's side of a split virtqueue, after "Split Virtqueues" of the specification, and independent of the device's.

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

export class SplitDriverQueue implements DriverQueue {
  readonly place: QueuePlace;
  readonly #memory: DriverMemory;
  readonly #flags: QueueFlags;
  readonly #freeDescriptors: number[];
  /** Descriptors of each chain under way, by its head. */
  readonly #chains = new Map<number, readonly number[]>();
  #available = 0;
  #asked = 0;
  #seen = 0;

  constructor(
    memory: DriverMemory,
    readonly size: number,
    flags: QueueFlags,
    place?: QueuePlace,
  ) {
    this.#memory = memory;
    this.#flags = flags;
    this.place = place ?? {
      descriptors: memory.take(16 * size),
      driver: memory.take(6 + 2 * size, 2),
      device: memory.take(6 + 8 * size, 4),
    };
    this.#freeDescriptors = Array.from({ length: size }, (_, index) => index);
  }

  get free(): number {
    return this.#freeDescriptors.length;
  }

  add(buffers: readonly DriverBuffer[], indirect: boolean): number | undefined {
    const needed = indirect ? 1 : buffers.length;
    if (this.free < needed) return undefined;
    const taken = this.#freeDescriptors.splice(0, needed);
    if (indirect) {
      const table = this.#memory.take(16 * buffers.length);
      buffers.forEach((buffer, i) => {
        this.#describe(table + 16 * i, buffer, i + 1 < buffers.length ? i + 1 : undefined);
      });
      this.#write(this.place.descriptors + 16 * taken[0]!, table, 16 * buffers.length, INDIRECT, 0);
    } else {
      buffers.forEach((buffer, i) => {
        this.#describe(this.place.descriptors + 16 * taken[i]!, buffer, taken[i + 1]);
      });
    }
    const { view } = this.#memory;
    view.setUint16(this.place.driver + 4 + 2 * (this.#available % this.size), taken[0]!, true);
    this.#available = (this.#available + 1) & 0xffff;
    view.setUint16(this.place.driver + 2, this.#available, true);
    this.#chains.set(taken[0]!, taken);
    return taken[0];
  }

  takeKick(): boolean {
    const { view } = this.#memory;
    const { device } = this.place;
    const asked = this.#asked;
    this.#asked = this.#available;
    if (asked === this.#available) return false;
    if (!this.#flags.eventIndex) return (view.getUint16(device, true) & 1) === 0;
    return passes(view.getUint16(device + 4 + 8 * this.size, true), this.#available, asked, 0x10000);
  }

  collect(): UsedBuffer[] {
    const { view } = this.#memory;
    const used: UsedBuffer[] = [];
    for (; this.#seen !== view.getUint16(this.place.device + 2, true); this.#seen = (this.#seen + 1) & 0xffff) {
      const at = this.place.device + 4 + 8 * (this.#seen % this.size);
      const id = view.getUint32(at, true);
      const chain = this.#chains.get(id);
      if (!chain) throw new Error(`the device used ${id}, which is not under way`);
      this.#chains.delete(id);
      this.#freeDescriptors.push(...chain);
      used.push({ id, written: view.getUint32(at + 4, true) });
    }
    return used;
  }

  setInterrupts(wanted: boolean): void {
    const { view } = this.#memory;
    // Half the numbers away nothing is reached soon.
    if (this.#flags.eventIndex) view.setUint16(this.place.driver + 4 + 2 * this.size, (this.#seen + (wanted ? 0 : 0x8000)) & 0xffff, true);
    else view.setUint16(this.place.driver, wanted ? 0 : 1, true);
  }

  #describe(at: number, { address, length, writable }: DriverBuffer, next: number | undefined): void {
    this.#write(at, address, length, (writable ? WRITE : 0) | (next === undefined ? 0 : NEXT), next ?? 0);
  }

  #write(at: number, address: number, length: number, flags: number, next: number): void {
    const { view } = this.#memory;
    this.#memory.describe(at, address, length);
    view.setUint16(at + 12, flags, true);
    view.setUint16(at + 14, next, true);
  }
}
