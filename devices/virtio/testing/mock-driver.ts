// A driver for any virtio PCI device, for tests: it finds the device in configuration space, places its BARs, and talks to it as a real one does,
// through the legacy registers, the modern ones, or those through the window in configuration space.

import type { AddressSpace } from "../../../core/bus/bus.js";
import type { AccessSize } from "../../../core/bus/device.js";
import { type DriverBuffer, DriverMemory, type DriverQueue } from "./driver-queue.js";
import { PackedDriverQueue } from "./packed-driver.js";
import { SplitDriverQueue } from "./split-driver.js";

export type Interface = "legacy" | "modern" | "window";

/** A board as its processor sees it. */
export interface Processor {
  readonly ports: AddressSpace;
  readonly memory: AddressSpace;
  readonly ram: Uint8Array;
}

const BAR_MEMORY = 0xe0000000;
const BAR_IO = 0xc000;
const COMMON = 1;
const NOTIFY = 2;
const ISR = 3;
const DEVICE = 4;
const WINDOW = 5;
const PAGE = 4096;
const VERSION_1 = 1n << 32n;
const RING_PACKED = 1n << 34n;
const EVENT_IDX = 1n << 29n;

export interface DriverOptions {
  readonly slot: number;
  readonly interface: Interface;
  /** Use MSI-X: vector 0 for the configuration, queue + 1 for each queue. */
  readonly msix?: boolean;
  readonly memory?: DriverMemory;
}

export class MockDriver {
  readonly memory: DriverMemory;
  readonly queues: DriverQueue[] = [];
  features = 0n;
  readonly #processor: Processor;
  readonly #options: DriverOptions;
  /** Address of each structure, by its type, and offset of the capabilities for MSI-X and the window. */
  readonly #structures = new Map<number, number>();
  #notifyMultiplier = 0;
  #msixAt = 0;
  #window = 0;

  constructor(processor: Processor, options: DriverOptions) {
    this.#processor = processor;
    this.#options = options;
    this.memory = options.memory ?? new DriverMemory(processor.ram);
    this.#placeBars();
    this.#findCapabilities();
  }

  config(offset: number, size: AccessSize = 4): number {
    const { ports } = this.#processor;
    ports.write(0xcf8, 0x80000000 + (this.#options.slot << 11) + (offset & ~3), 4);
    return ports.read(0xcfc + (offset & 3), size);
  }

  setConfig(offset: number, value: number, size: AccessSize): void {
    const { ports } = this.#processor;
    ports.write(0xcf8, 0x80000000 + (this.#options.slot << 11) + (offset & ~3), 4);
    ports.write(0xcfc + (offset & 3), value, size);
  }

  /** Reset, features, FEATURES_OK, queues, DRIVER_OK: "Device Initialization". Throws if the device refuses the features. */
  initialize(wanted: bigint, queues: readonly number[]): void {
    this.reset();
    this.status = 1;
    this.status = 3;
    this.features = this.offered & wanted;
    this.#writeFeatures();
    if (!this.#isLegacy) {
      this.status = 11;
      if (!(this.status & 8)) throw new Error("the device refuses the features");
    }
    if (this.#options.msix) this.#startMsix(queues.length);
    this.queues.length = 0;
    queues.forEach((size, index) => {
      this.queues.push(this.createQueue(index, size));
    });
    this.status = this.#isLegacy ? 7 : 15;
  }

  reset(): void {
    this.status = 0;
    if (this.status !== 0) throw new Error("the device does not reset");
  }

  get status(): number {
    return this.#isLegacy ? this.legacy(0x12, 1) : this.common(0x14, 1);
  }

  set status(value: number) {
    if (this.#isLegacy) this.setLegacy(0x12, value, 1);
    else this.setCommon(0x14, value, 1);
  }

  get offered(): bigint {
    if (this.#isLegacy) return BigInt(this.legacy(0, 4));
    const words = [0, 1].map((word) => {
      this.setCommon(0, word, 4);
      return BigInt(this.common(4, 4));
    });
    return words[0]! | (words[1]! << 32n);
  }

  /** Reading acknowledges. */
  takeIsr(): number {
    return this.#isLegacy ? this.legacy(0x13, 1) : this.#read(ISR, 0, 1);
  }

  get generation(): number {
    return this.common(0x15, 1);
  }

  /** Device-specific configuration. */
  device(offset: number, size: AccessSize): number {
    return this.#isLegacy ? this.legacy(this.#legacyConfig + offset, size) : this.#read(DEVICE, offset, size);
  }

  setDevice(offset: number, value: number, size: AccessSize): void {
    if (this.#isLegacy) this.setLegacy(this.#legacyConfig + offset, value, size);
    else this.#write(DEVICE, offset, value, size);
  }

  /** A chain in guest memory, made available; kicks if the device wants it. Undefined if the ring is full. */
  send(index: number, buffers: readonly DriverBuffer[], indirect = false): number | undefined {
    const id = this.queues[index]!.add(buffers, indirect);
    if (id !== undefined) this.kickIfWanted(index);
    return id;
  }

  kickIfWanted(index: number): boolean {
    const isWanted = this.queues[index]!.takeKick();
    if (isWanted) this.kick(index);
    return isWanted;
  }

  kick(index: number): void {
    if (this.#isLegacy) this.setLegacy(0x10, index, 2);
    else {
      this.setCommon(0x16, index, 2);
      this.#write(NOTIFY, this.common(0x1e, 2) * this.#notifyMultiplier, index, 2);
    }
  }

  createQueue(index: number, size: number): DriverQueue {
    const flags = { eventIndex: (this.features & EVENT_IDX) !== 0n };
    if (this.#isLegacy) return this.#createLegacyQueue(index, flags);
    this.setCommon(0x16, index, 2);
    this.setCommon(0x18, size, 2);
    if (this.common(0x18, 2) !== size) throw new Error(`a queue of ${size} entries is refused`);
    const queue =
      this.features & RING_PACKED ? new PackedDriverQueue(this.memory, size, flags) : new SplitDriverQueue(this.memory, size, flags);
    const { descriptors, driver, device } = queue.place;
    [descriptors, driver, device].forEach((address, area) => {
      this.setCommon(0x20 + 8 * area, address, 4);
      this.setCommon(0x24 + 8 * area, 0, 4);
    });
    if (this.#options.msix) this.setCommon(0x1a, index + 1, 2);
    this.setCommon(0x1c, 1, 2);
    return queue;
  }

  legacy(offset: number, size: AccessSize): number {
    return this.#processor.ports.read(BAR_IO + offset, size);
  }

  setLegacy(offset: number, value: number, size: AccessSize): void {
    this.#processor.ports.write(BAR_IO + offset, value, size);
  }

  /** The common configuration structure. */
  common(offset: number, size: AccessSize): number {
    return this.#read(COMMON, offset, size);
  }

  setCommon(offset: number, value: number, size: AccessSize): void {
    this.#write(COMMON, offset, value, size);
  }

  get #isLegacy(): boolean {
    return this.#options.interface === "legacy";
  }

  get #legacyConfig(): number {
    return this.#options.msix ? 0x18 : 0x14;
  }

  #writeFeatures(): void {
    if (this.#isLegacy) {
      this.setLegacy(4, Number(this.features & 0xffffffffn), 4);
      return;
    }
    this.features |= VERSION_1;
    for (const word of [0, 1]) {
      this.setCommon(8, word, 4);
      this.setCommon(0xc, Number((this.features >> BigInt(32 * word)) & 0xffffffffn), 4);
    }
  }

  #createLegacyQueue(index: number, flags: { readonly eventIndex: boolean }): DriverQueue {
    this.setLegacy(0x0e, index, 2);
    const size = this.legacy(0x0c, 2);
    const descriptors = this.memory.take(2 * PAGE + Math.ceil((26 * size + 12) / PAGE) * PAGE, PAGE);
    const driver = descriptors + 16 * size;
    const place = { descriptors, driver, device: Math.ceil((driver + 6 + 2 * size) / PAGE) * PAGE };
    if (this.#options.msix) this.setLegacy(0x16, index + 1, 2);
    this.setLegacy(0x08, descriptors / PAGE, 4);
    return new SplitDriverQueue(this.memory, size, flags, place);
  }

  /** Fixed places; then decoding and mastering on. */
  #placeBars(): void {
    let io = BAR_IO;
    let memory = BAR_MEMORY;
    for (let bar = 0; bar < 6; bar++) {
      const at = 0x10 + 4 * bar;
      this.setConfig(at, 0xffffffff, 4);
      const mask = this.config(at);
      if (mask === 0) continue;
      if (mask & 1) {
        this.setConfig(at, io, 4);
        io += 0x100;
      } else {
        this.setConfig(at, memory, 4);
        memory += 0x10000;
      }
    }
    this.setConfig(4, 7, 2);
  }

  #findCapabilities(): void {
    for (let at = this.config(0x34, 1); at !== 0; at = this.config(at + 1, 1)) {
      const id = this.config(at, 1);
      if (id === 0x11) this.#msixAt = at;
      if (id !== 9) continue;
      const type = this.config(at + 3, 1);
      const bar = this.config(at + 4, 1);
      if (type === WINDOW) this.#window = at;
      else this.#structures.set(type, (this.config(0x10 + 4 * bar) & ~15) + this.config(at + 8));
      if (type === NOTIFY) this.#notifyMultiplier = this.config(at + 16);
    }
  }

  #startMsix(queues: number): void {
    const table = (this.config(0x10 + 4 * (this.config(this.#msixAt + 4) & 7)) & ~15) >>> 0;
    for (let vector = 0; vector <= queues; vector++) {
      const entry = [0xfee00000, 0, 0x40 + vector, 0];
      entry.forEach((word, i) => {
        this.#processor.memory.write(table + 16 * vector + 4 * i, word, 4);
      });
    }
    this.setConfig(this.#msixAt + 2, 0x8000, 2);
    if (this.#isLegacy) this.setLegacy(0x14, 0, 2);
    else this.setCommon(0x10, 0, 2);
  }

  #read(structure: number, offset: number, size: AccessSize): number {
    const at = (this.#structures.get(structure)! + offset) >>> 0;
    if (this.#options.interface !== "window") return this.#processor.memory.read(at, size);
    this.#aim(at, size);
    return this.config(this.#window + 16, size);
  }

  #write(structure: number, offset: number, value: number, size: AccessSize): void {
    const at = (this.#structures.get(structure)! + offset) >>> 0;
    if (this.#options.interface !== "window") {
      this.#processor.memory.write(at, value, size);
      return;
    }
    this.#aim(at, size);
    this.setConfig(this.#window + 16, value, size);
  }

  /** The window's capability names a BAR, an offset and a length. */
  #aim(address: number, size: AccessSize): void {
    const bar = this.config(0x20) & ~15;
    this.setConfig(this.#window + 4, 4, 1);
    this.setConfig(this.#window + 8, (address - bar) >>> 0, 4);
    this.setConfig(this.#window + 12, size, 4);
  }
}
