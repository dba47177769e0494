// What every virtio device has, whatever carries it: status, features, configuration, queues. Virtual I/O Device (VIRTIO) Version 1.2,
// chapter 2. A kind of device extends it, says what it offers, and works on its queues in available(); a transport (virtio-pci.ts) lets a
// driver reach it.
//
// Not modelled: shared memory regions, exported objects, suspending.

import type { GuestMemory } from "../../core/bus/bus.js";
import type { Scheduler, Timer } from "../../core/bus/clock.js";
import type { DeviceState } from "../../core/bus/device.js";
import { StateReader } from "../state-reader.js";
import {
  F_ANY_LAYOUT,
  F_EVENT_IDX,
  F_IN_ORDER,
  F_INDIRECT_DESC,
  F_NOTIFICATION_DATA,
  F_ORDER_PLATFORM,
  F_RING_PACKED,
  F_RING_RESET,
  F_VERSION_1,
  STATUS_DRIVER_OK,
  STATUS_FEATURES_OK,
  STATUS_NEEDS_RESET,
} from "./constants.js";
import { type QueueOwner, Virtqueue } from "./virtqueue.js";

/** What a kind of device is. */
export interface VirtioKind {
  /** Unique on its board. */
  readonly name: string;
  /** Device ID of chapter 5: 1 network card, 2 block device. */
  readonly type: number;
  /** Its own feature bits. */
  readonly features: bigint;
  /** The most entries that each queue may have: powers of two. */
  readonly queues: readonly number[];
  /** Its configuration as a driver reads it. */
  readonly config: Uint8Array;
}

/** What it gets from its board. */
export interface VirtioEnvironment {
  readonly memory: GuestMemory;
  readonly scheduler: Scheduler;
  /** Offer packed rings. Not if nothing is said, as QEMU. */
  readonly packed?: boolean;
  /** Offer to use buffers in order. Not if nothing is said, as QEMU. */
  readonly inOrder?: boolean;
  /** The driver has notified the device of available buffers. */
  readonly kicked?: () => void;
}

/** What a device needs of what carries it. */
export interface VirtioTransport {
  /** The device may access memory. */
  readonly isMaster: boolean;
  interruptQueue(queue: number): void;
  interruptConfig(): void;
}

const TRANSPORT_FEATURES =
  F_ANY_LAYOUT | F_INDIRECT_DESC | F_EVENT_IDX | F_VERSION_1 | F_ORDER_PLATFORM | F_NOTIFICATION_DATA | F_RING_RESET;

export abstract class VirtioDevice implements QueueOwner {
  readonly name: string;
  readonly type: number;
  readonly memory: GuestMemory;
  /** All that is offered. */
  readonly offered: bigint;
  readonly queues: readonly Virtqueue[];
  readonly config: Uint8Array;
  /** Why the device needs a reset; empty while it does not. */
  problem = "";
  #transport: VirtioTransport | undefined;
  readonly #kicked: (() => void) | undefined;
  readonly #clock: Scheduler;
  readonly #resume: Timer;
  #status = 0;
  #features = 0n;
  #generation = 0;
  /** The driver has used the legacy interface since the last reset. */
  #legacy = false;

  constructor(kind: VirtioKind, environment: VirtioEnvironment) {
    this.name = kind.name;
    this.type = kind.type;
    this.memory = environment.memory;
    this.config = kind.config;
    this.#kicked = environment.kicked;
    this.offered = kind.features | TRANSPORT_FEATURES | (environment.packed ? F_RING_PACKED : 0n) | (environment.inOrder ? F_IN_ORDER : 0n);
    this.queues = kind.queues.map((size, index) => new Virtqueue(index, size, this));
    this.#clock = environment.scheduler;
    this.#resume = environment.scheduler.timer(`${kind.name}.resume`, () => this.resumed());
  }

  /** The driver has made buffers available in a queue, or may have. */
  protected abstract available(queue: Virtqueue): void;

  /** The driver has written configuration bytes; what may not be written stays as it is. */
  writeConfig(_offset: number, _bytes: Uint8Array): void {}

  /** Features are settled, or (with none) gone. */
  protected negotiated(): void {}

  /** After the driver has reset the device: its queues have forgotten all. */
  protected wasReset(): void {}

  /** After the driver has reset one queue. */
  protected queueWasReset(_queue: Virtqueue): void {}

  /** After load(), when everything else is in place: what was under way is to be begun again. */
  protected resumed(): void {
    this.#lookAtAll();
  }

  connect(transport: VirtioTransport): void {
    this.#transport = transport;
  }

  get status(): number {
    return this.#status;
  }

  /** Feature bits that the driver has taken. */
  get features(): bigint {
    return this.#features;
  }

  has(feature: bigint): boolean {
    return (this.#features & feature) !== 0n;
  }

  /** Changes whenever the configuration does. */
  get generation(): number {
    return this.#generation;
  }

  get isRunning(): boolean {
    return this.#isStarted && this.#transport?.isMaster === true;
  }

  /** Legacy drivers may use a device before they say DRIVER_OK ("Legacy Interface: Device Initialization"). */
  get #isStarted(): boolean {
    return this.problem === "" && (this.#legacy || (this.#status & STATUS_DRIVER_OK) !== 0);
  }

  get ringFeatures() {
    return {
      indirect: this.has(F_INDIRECT_DESC),
      eventIndex: this.has(F_EVENT_IDX),
      packed: this.has(F_RING_PACKED),
      inOrder: this.has(F_IN_ORDER),
    };
  }

  /** The driver's choice, through the modern interface; the legacy one has only bits below 32, and no handshake. */
  writeFeatures(value: bigint, isLegacy: boolean): void {
    if (isLegacy) {
      this.#legacy = true;
      value &= this.offered & 0xffffffffn;
    }
    if (this.#status & (isLegacy ? STATUS_DRIVER_OK : STATUS_FEATURES_OK)) return;
    this.#features = value;
    if (isLegacy) this.negotiated();
  }

  writeStatus(value: number, isLegacy: boolean): void {
    if (value === 0) {
      this.reset();
      return;
    }
    if (isLegacy) this.#legacy = true;
    const fresh = value & ~this.#status;
    // The driver can not take back a bit, nor say that the device needs a reset.
    this.#status |= value & ~(STATUS_FEATURES_OK | STATUS_NEEDS_RESET);
    if (fresh & STATUS_FEATURES_OK && !isLegacy) this.#acceptFeatures();
    if (fresh & STATUS_DRIVER_OK) this.#lookAtAll();
  }

  /** The driver has said where a queue is; it does so when features are settled, for the ring depends on them. */
  enableQueue(index: number): void {
    if (this.#status & STATUS_FEATURES_OK) this.queues[index]?.enable();
  }

  /** The same by a legacy driver, which settles nothing. */
  enableLegacyQueue(index: number): void {
    this.#legacy = true;
    this.queues[index]?.enable();
  }

  /** The driver has written to a queue's notification register. */
  kick(index: number): void {
    this.#kicked?.();
    const queue = this.queues[index];
    if (queue?.isEnabled && this.isRunning) this.available(queue);
  }

  /** "Device Status Field": DEVICE_NEEDS_RESET, which legacy drivers do not know. */
  fail(problem: string): void {
    if (this.problem !== "") return;
    this.problem = problem;
    if (this.#legacy) return;
    this.#status |= STATUS_NEEDS_RESET;
    if (this.#status & STATUS_DRIVER_OK) this.#transport?.interruptConfig();
  }

  interruptQueue(index: number): void {
    this.#transport?.interruptQueue(index);
  }

  /** "Device Reset". */
  reset(): void {
    this.problem = "";
    this.#status = 0;
    this.#features = 0n;
    this.#legacy = false;
    this.#resume.cancel();
    for (const queue of this.queues) queue.reset();
    this.negotiated();
    this.wasReset();
  }

  /** "Virtqueue Reset". */
  resetQueue(index: number): void {
    const queue = this.queues[index];
    if (!queue || !this.has(F_RING_RESET)) return;
    queue.reset();
    this.queueWasReset(queue);
  }

  /** The bus gives no access to memory any more: what is under way is lost. */
  stop(): void {
    if (!this.#isStarted) return;
    for (const queue of this.queues) queue.revoke();
    this.fail("it may not access memory any more");
  }

  save(): DeviceState {
    return {
      version: 1,
      status: this.#status,
      features: this.#features,
      generation: this.#generation,
      legacy: this.#legacy,
      problem: this.problem === "" ? [] : [this.problem],
      queues: this.queues.map((queue) => queue.save()),
    };
  }

  load(state: DeviceState): void {
    const reader = new StateReader(this.name, state, 1);
    this.reset();
    this.#status = reader.number("status", 0xff);
    this.#features = reader.wide("features") & this.offered;
    this.#generation = reader.number("generation", 0xff);
    this.#legacy = reader.boolean("legacy");
    this.problem = reader.strings("problem", 1)[0] ?? "";
    this.negotiated();
    const queues = reader.nestedList("queues", this.queues.length, 1);
    for (const queue of this.queues) queue.load(this.name, queues[queue.index]!);
    this.#resume.at(this.#clock.now());
  }

  /** The configuration has changed by itself. */
  protected configChanged(): void {
    this.#generation = (this.#generation + 1) & 0xff;
    if (this.isRunning) this.#transport?.interruptConfig();
  }

  /** Look into every queue. */
  #lookAtAll(): void {
    for (const queue of this.queues) if (queue.isEnabled && this.isRunning) this.available(queue);
  }

  /** "Driver Requirements: Device Initialization": a set that the device can not work with does not stick. */
  #acceptFeatures(): void {
    if ((this.#features & ~this.offered) !== 0n || !this.has(F_VERSION_1)) return;
    this.#status |= STATUS_FEATURES_OK;
    this.negotiated();
  }
}
