// The device's side of a split virtqueue. Virtual I/O Device (VIRTIO) Version 1.2, "Split Virtqueues".
//   descriptors  16 bytes each: address, length, flags, next
//   driver       avail: flags, index, heads, used_event        device  used: flags, index, (id, length) each, avail_event

import type { GuestMemory } from "../../core/bus/bus.js";
import { AVAIL_NO_INTERRUPT, DESC_INDIRECT, DESC_NEXT, USED_NO_NOTIFY } from "./constants.js";
import type { QueueElement } from "./queue-element.js";
import { Chain, type DescriptorTable, PlacedRing, type Placement, RingFault, type RingFeatures, RingMemory } from "./ring.js";

const INDEX = 2;
const ENTRIES = 4;

export class SplitRing extends PlacedRing {
  /** Free-running indices of 16 bits. */
  protected readonly around = 0x10000;

  static create(guestMemory: GuestMemory, place: Placement, features: RingFeatures): SplitRing | RingFault {
    const memory = new RingMemory(guestMemory);
    const { size, descriptors, driver, device } = place;
    if (size === 0 || size & (size - 1)) return new RingFault(`a split ring of ${size} entries`);
    const inside =
      memory.contains(descriptors, 16 * size) && memory.contains(driver, 6 + 2 * size) && memory.contains(device, 6 + 8 * size);
    return inside ? new SplitRing(memory, place, features) : new RingFault("a queue outside of memory");
  }

  take(): QueueElement | RingFault | undefined {
    const { driver, size } = this.place;
    const waiting = (this.memory.read16(driver + INDEX) - this.taken) & 0xffff;
    if (waiting === 0) return undefined;
    if (waiting > size) return new RingFault(`an index that is ${waiting} ahead in a ring of ${size}`);
    const head = this.memory.read16(driver + ENTRIES + 2 * (this.taken & (size - 1)));
    if (head >= size) return new RingFault(`head ${head} of a ring of ${size}`);
    this.taken = (this.taken + 1) & 0xffff;
    return this.#walk(head);
  }

  complete(element: QueueElement, written: number): void {
    const { device, size } = this.place;
    this.memory.write(device + ENTRIES + 8 * (this.used & (size - 1)), element.id, written);
    this.used = (this.used + 1) & 0xffff;
    this.memory.write16(device + INDEX, this.used);
  }

  protected wantsInterrupt(told: number): boolean {
    const { driver, size } = this.place;
    if (this.features.eventIndex) return this.hasPassed(this.memory.read16(driver + ENTRIES + 2 * size), told);
    return (this.memory.read16(driver) & AVAIL_NO_INTERRUPT) === 0;
  }

  setKicks(wanted: boolean): void {
    const { device, size } = this.place;
    if (!this.features.eventIndex) this.memory.write16(device, wanted ? 0 : USED_NO_NOTIFY);
    // An event that is left behind asks for nothing.
    else if (wanted) this.memory.write16(device + ENTRIES + 8 * size, this.taken);
  }

  #walk(head: number): QueueElement | RingFault {
    const { descriptors, size } = this.place;
    const chain = new Chain(this.memory);
    for (let at = head; ; ) {
      const table = this.memory.descriptors(descriptors + 16 * at, 1);
      const flags = table.third(0);
      if (flags & DESC_INDIRECT) return this.#walkIndirect(chain, table, flags) ?? chain.element(head, 1);
      const fault = chain.add(table, 0, flags);
      if (fault) return fault;
      if (!(flags & DESC_NEXT)) return chain.element(head, 1);
      at = table.fourth(0);
      if (at >= size) return new RingFault(`descriptor ${at} of a ring of ${size}`);
    }
  }

  /** "Indirect Descriptors": it may end a chain, and is the last of its table. */
  #walkIndirect(chain: Chain, direct: DescriptorTable, directFlags: number): RingFault | undefined {
    if (!this.features.indirect) return new RingFault("an indirect descriptor that was not negotiated");
    if (directFlags & DESC_NEXT) return new RingFault("an indirect descriptor with a next one");
    const found = chain.indirect(direct, 0);
    if (found instanceof RingFault) return found;
    for (let at = 0; ; ) {
      if (at >= found.count) return new RingFault(`descriptor ${at} of an indirect table of ${found.count}`);
      const flags = found.table.third(at);
      if (flags & DESC_INDIRECT) return new RingFault("an indirect descriptor in an indirect table");
      const fault = chain.add(found.table, at, flags);
      if (fault || !(flags & DESC_NEXT)) return fault;
      at = found.table.fourth(at);
    }
  }
}
