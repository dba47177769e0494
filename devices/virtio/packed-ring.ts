// The device's side of a packed virtqueue. Virtual I/O Device (VIRTIO) Version 1.2, "Packed Virtqueues".
//   descriptors  16 bytes each: address, length, buffer ID, flags; made available and used in the same place
//   driver, device  event suppression: position with wrap counter, flags
//
// A position counts through the ring twice, with wrap counter 1 and then with 0: index = position % size.

import type { GuestMemory } from "../../core/bus/bus.js";
import {
  DESC_AVAIL,
  DESC_BYTES,
  DESC_INDIRECT,
  DESC_NEXT,
  DESC_USED,
  DESC_WRITE,
  EVENT_DESC,
  EVENT_DISABLE,
  EVENT_ENABLE,
} from "./constants.js";
import type { QueueElement } from "./queue-element.js";
import { Chain, type DescriptorTable, PlacedRing, type Placement, RingFault, type RingFeatures, RingMemory } from "./ring.js";

const LARGEST = 1 << 15;
const FLAGS = 14;
const EVENT_FLAGS = 2;
const WRAP = 1 << 15;

export class PackedRing extends PlacedRing {
  static create(guestMemory: GuestMemory, place: Placement, features: RingFeatures): PackedRing | RingFault {
    const memory = new RingMemory(guestMemory);
    const { size, descriptors, driver, device } = place;
    if (size === 0 || size > LARGEST) return new RingFault(`a packed ring of ${size} entries`);
    const inside = memory.contains(descriptors, DESC_BYTES * size) && memory.contains(driver, 4) && memory.contains(device, 4);
    return inside ? new PackedRing(memory, place, features) : new RingFault("a queue outside of memory");
  }

  take(): QueueElement | RingFault | undefined {
    const { size } = this.place;
    let table = this.#descriptor(this.taken);
    if (!this.#isAvailable(table.fourth(0))) return undefined;
    const chain = new Chain(this.memory);
    for (let slots = 1; ; slots++) {
      const flags = table.fourth(0);
      const fault = flags & DESC_INDIRECT ? this.#addIndirect(chain, table, slots > 1) : chain.add(table, 0, flags);
      if (fault) return fault;
      if (!(flags & DESC_NEXT)) {
        this.taken = this.#advance(this.taken, slots);
        return chain.element(table.third(0), slots);
      }
      if (slots === size) return new RingFault(`a chain longer than its ring of ${size}`);
      table = this.#descriptor(this.#advance(this.taken, slots));
    }
  }

  complete(element: QueueElement, written: number): void {
    const at = this.#addressOf(this.used);
    const wrap = this.#wrapOf(this.used) ? DESC_AVAIL | DESC_USED : 0;
    // What the driver looks at first is written last.
    this.memory.write(at + 8, written);
    this.memory.write16(at + 12, element.id);
    this.memory.write16(at + FLAGS, wrap | (written > 0 ? DESC_WRITE : 0));
    this.used = this.#advance(this.used, element.slots);
  }

  protected get around(): number {
    return 2 * this.place.size;
  }

  protected wantsInterrupt(told: number): boolean {
    const { driver, size } = this.place;
    const flags = this.memory.read16(driver + EVENT_FLAGS) & 3;
    if (flags !== EVENT_DESC || !this.features.eventIndex) return flags !== EVENT_DISABLE;
    const event = this.memory.read16(driver);
    return this.hasPassed((event & ~WRAP) + (event & WRAP ? 0 : size), told);
  }

  setKicks(wanted: boolean): void {
    const { device, size } = this.place;
    if (wanted && this.features.eventIndex) {
      this.memory.write16(device, (this.taken % size) | (this.#wrapOf(this.taken) ? WRAP : 0));
      this.memory.write16(device + EVENT_FLAGS, EVENT_DESC);
    } else this.memory.write16(device + EVENT_FLAGS, wanted ? EVENT_ENABLE : EVENT_DISABLE);
  }

  #descriptor(position: number): DescriptorTable {
    return this.memory.descriptors(this.#addressOf(position), 1);
  }

  #addressOf(position: number): number {
    return this.place.descriptors + DESC_BYTES * (position % this.place.size);
  }

  #wrapOf(position: number): boolean {
    return position < this.place.size;
  }

  #advance(position: number, slots: number): number {
    return (position + slots) % this.around;
  }

  /** "Driver and Device Ring Wrap Counters": AVAIL is the driver's wrap counter, USED is not yet. */
  #isAvailable(flags: number): boolean {
    const wrap = this.#wrapOf(this.taken);
    return ((flags & DESC_AVAIL) !== 0) === wrap && ((flags & DESC_USED) !== 0) !== wrap;
  }

  /** All of the table's descriptors, one behind the other, are the chain; of their flags only WRITE counts. */
  #addIndirect(chain: Chain, table: DescriptorTable, isBehindOthers: boolean): RingFault | undefined {
    if (!this.features.indirect) return new RingFault("an indirect descriptor that was not negotiated");
    if (isBehindOthers || table.fourth(0) & DESC_NEXT) return new RingFault("an indirect descriptor in a chain");
    const found = chain.indirect(table, 0);
    if (found instanceof RingFault) return found;
    for (let at = 0; at < found.count; at++) {
      const fault = chain.add(found.table, at, found.table.fourth(at));
      if (fault) return fault;
    }
    return undefined;
  }
}
