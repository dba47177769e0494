// One queue of a virtio device: where the driver has put it, its ring, and the elements that the device has and has not given back.

import type { GuestMemory } from "../../core/bus/bus.js";
import type { DeviceState } from "../../core/bus/device.js";
import { StateError } from "../../core/bus/device.js";
import type { StateReader } from "../state-reader.js";
import { PackedRing } from "./packed-ring.js";
import { LONGEST_PACK, QueueElement } from "./queue-element.js";
import { type Placement, RING_NUMBERS, type Ring, RingFault, type RingFeatures } from "./ring.js";
import { SplitRing } from "./split-ring.js";

/** What a queue needs of its device. */
export interface QueueOwner {
  readonly memory: GuestMemory;
  /** The driver is there and has done nothing wrong: buffers may be taken and given back. */
  readonly isRunning: boolean;
  readonly ringFeatures: RingFeatures & { readonly packed: boolean; readonly inOrder: boolean };
  /** The driver has done something that ends the device until it is reset. */
  fail(problem: string): void;
  interruptQueue(index: number): void;
}

export const ADDRESS_WORDS = 6;

export class Virtqueue {
  /** As the driver has set it; more than `maximum` is never taken. */
  #size: number;
  /** Addresses of descriptor, driver and device area, lower half first. */
  readonly #addresses = new Uint32Array(ADDRESS_WORDS);
  #ring: Ring | undefined;
  /** What the device has taken and not given back, oldest first; with bytes written where that waits for older ones (in-order use). */
  readonly #underWay = new Map<QueueElement, number | undefined>();
  #slotsUnderWay = 0;
  /** Those under way when the device was saved: to be taken once more. */
  #again: QueueElement[] = [];
  #wantsKicks = true;
  readonly #owner: QueueOwner;

  constructor(
    readonly index: number,
    readonly maximum: number,
    owner: QueueOwner,
  ) {
    this.#owner = owner;
    this.#size = maximum;
  }

  get size(): number {
    return this.#size;
  }

  set size(value: number) {
    if (!this.isEnabled && value > 0 && value <= this.maximum) this.#size = value;
  }

  /** One half of an address: descriptor, driver and device area, lower half first. */
  addressWord(word: number): number {
    return this.#addresses[word]!;
  }

  setAddressWord(word: number, value: number): void {
    if (!this.isEnabled) this.#addresses[word] = value;
  }

  get isEnabled(): boolean {
    return this.#ring !== undefined;
  }

  /** The driver has said where everything is. */
  enable(): void {
    if (!this.isEnabled) this.#ring = this.#createRing();
  }

  /** As after power-on: what is under way belongs to the driver again, and what is known of it is worth nothing any more. */
  reset(): void {
    this.#forget();
    this.#size = this.maximum;
    this.#addresses.fill(0);
    this.#ring = undefined;
    this.#wantsKicks = true;
  }

  /** The next buffer that the driver has made available; undefined if there is none (then it kicks when there is one again). */
  pop(): QueueElement | undefined {
    const ring = this.#ring;
    if (!ring || !this.#owner.isRunning) return undefined;
    const element = this.#again.shift();
    if (element) return element;
    const taken = ring.take();
    if (taken === undefined) {
      this.#setKicks(ring, true);
      return undefined;
    }
    if (taken instanceof RingFault) return this.#fail(taken);
    if (this.#slotsUnderWay + taken.slots > this.#size) return this.#fail(new RingFault("more buffers made available than the ring has"));
    this.#slotsUnderWay += taken.slots;
    this.#underWay.set(taken, undefined);
    return taken;
  }

  /** The device takes no more for now, and looks again by itself: no kicks until pop() finds nothing. */
  pause(): void {
    if (this.#ring && this.#owner.isRunning) this.#setKicks(this.#ring, false);
  }

  /** Give an element back, with `written` bytes in it. An element that the driver has taken back by a reset is dropped. */
  push(element: QueueElement, written: number): void {
    const ring = this.#ring;
    if (!ring || !this.#owner.isRunning || !this.#underWay.has(element)) return;
    if (!this.#owner.ringFeatures.inOrder) {
      this.#complete(ring, element, written);
      return;
    }
    this.#underWay.set(element, written);
    for (const [oldest, length] of this.#underWay) {
      if (length === undefined) return;
      this.#complete(ring, oldest, length);
    }
  }

  /** Interrupt the driver, if it wants to hear of what was given back. */
  notify(): void {
    if (this.#owner.isRunning && this.#ring?.takeInterrupt()) this.#owner.interruptQueue(this.index);
  }

  save(): DeviceState {
    return {
      version: 1,
      size: this.#size,
      addresses: [...this.#addresses],
      ring: this.#ring?.save() ?? [],
      underWay: [...this.#underWay.keys()].map((element) => element.pack()),
      wantsKicks: this.#wantsKicks,
    };
  }

  /** After its owner has its features. */
  load(name: string, reader: StateReader): void {
    this.reset();
    this.#size = reader.number("size", this.maximum);
    this.#addresses.set(reader.numbers("addresses", ADDRESS_WORDS));
    const positions = reader.numberList("ring", RING_NUMBERS, 0xffff);
    if (positions.length > 0) this.#loadRing(name, positions);
    this.#wantsKicks = reader.boolean("wantsKicks");
    for (const numbers of reader.numberListList("underWay", this.#size, LONGEST_PACK, 2 ** 33)) {
      const element = QueueElement.unpack(this.#owner.memory, this.#size, numbers);
      if (!element || !this.#ring) throw new StateError(name, "an element under way is impossible");
      this.#underWay.set(element, undefined);
      this.#slotsUnderWay += element.slots;
      this.#again.push(element);
    }
  }

  #loadRing(name: string, positions: readonly number[]): void {
    const ring = this.#tryRing();
    if (ring instanceof RingFault) throw new StateError(name, ring.problem);
    if (positions.length !== RING_NUMBERS || !ring.load(positions)) throw new StateError(name, "the positions of a ring are impossible");
    this.#ring = ring;
  }

  /** Buffers under way are not to be touched any more. */
  revoke(): void {
    for (const element of this.#underWay.keys()) element.revoke();
  }

  #forget(): void {
    this.revoke();
    this.#underWay.clear();
    this.#slotsUnderWay = 0;
    this.#again = [];
  }

  #complete(ring: Ring, element: QueueElement, written: number): void {
    ring.complete(element, written);
    this.#underWay.delete(element);
    this.#slotsUnderWay -= element.slots;
  }

  /** An event index has to move on with each chain taken; a flag need not be written again. */
  #setKicks(ring: Ring, wanted: boolean): void {
    if (wanted === this.#wantsKicks && !(wanted && this.#owner.ringFeatures.eventIndex)) return;
    this.#wantsKicks = wanted;
    ring.setKicks(wanted);
  }

  #createRing(): Ring | undefined {
    const ring = this.#tryRing();
    return ring instanceof RingFault ? this.#fail(ring) : ring;
  }

  #tryRing(): Ring | RingFault {
    const { memory, ringFeatures } = this.#owner;
    const address = (area: number) => this.#addresses[2 * area]! + this.#addresses[2 * area + 1]! * 2 ** 32;
    const place: Placement = { size: this.#size, descriptors: address(0), driver: address(1), device: address(2) };
    return ringFeatures.packed ? PackedRing.create(memory, place, ringFeatures) : SplitRing.create(memory, place, ringFeatures);
  }

  #fail({ problem }: RingFault): undefined {
    this.#owner.fail(`queue ${this.index}: ${problem}`);
    return undefined;
  }
}
