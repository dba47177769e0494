// A virtio block device (device ID 2) on a disk. Virtual I/O Device (VIRTIO) Version 1.2, section 5.2.
// Not modelled: SCSI commands and barriers (legacy features of old), secure erase, lifetime, zones. Requests are not merged.
//
// However many requests a driver makes available, few are under way: the others wait in the ring. What a reset leaves behind at the disk is
// waited for before anything new goes there, since a disk keeps no order.

import type { Nanoseconds, Scheduler, Timer } from "../../core/bus/clock.js";
import type { DeviceState } from "../../core/bus/device.js";
import type { Disk } from "../block/disk.js";
import { StateReader } from "../state-reader.js";
import {
  BLK_F_BLK_SIZE,
  BLK_F_CONFIG_WCE,
  BLK_F_DISCARD,
  BLK_F_FLUSH,
  BLK_F_GEOMETRY,
  BLK_F_MQ,
  BLK_F_RO,
  BLK_F_SEG_MAX,
  BLK_F_TOPOLOGY,
  BLK_F_WRITE_ZEROES,
  blockConfig,
  CONFIG_WRITEBACK,
} from "./block-config.js";
import { BlockRequest } from "./block-request.js";
import type { QueueElement } from "./queue-element.js";
import { VirtioDevice, type VirtioEnvironment } from "./virtio-device.js";
import type { Virtqueue } from "./virtqueue.js";

const BLOCK_TYPE = 2;
const QUEUE_SIZE = 256;
/** Requests at the disk at once, and the most that one kick or completion starts. */
const MOST_UNDER_WAY = 64;
/** What a request takes that never gets to the disk. */
const SHORT_WORK: Nanoseconds = 10_000;

export interface VirtioBlockOptions {
  readonly disk: Disk;
  /** 1 if not given. */
  readonly queues?: number;
  /** Entries of each queue, a power of two; 256 if not given. */
  readonly queueSize?: number;
  /** Bytes, powers of two from 512 on; 512 if not given. */
  readonly logicalBlock?: number;
  readonly physicalBlock?: number;
}

/** PCI class "SCSI storage", as QEMU's. */
export const BLOCK_CLASS = 0x010000;

export class VirtioBlock extends VirtioDevice {
  readonly #disk: Disk;
  readonly #logicalBlock: number;
  readonly #underWay = new Set<QueueElement>();
  readonly #clock: Scheduler;
  /** Completions of requests that never got to the disk: like those of the disk they come later, from outside. */
  readonly #short: Timer;
  #shortDone: (() => void)[] = [];
  /** Requests at the disk whose driver has reset the device since. */
  #stale = 0;
  #reset = 0;

  constructor(name: string, options: VirtioBlockOptions, environment: VirtioEnvironment) {
    const { disk, queues = 1, queueSize = QUEUE_SIZE, logicalBlock = 512, physicalBlock = logicalBlock } = options;
    // A chain is a header, the segments and the status.
    const geometry = { size: disk.size, logicalBlock, physicalBlock, queues, segments: queueSize - 2, writeback: disk.writeCache };
    super(
      {
        name,
        type: BLOCK_TYPE,
        features: featuresOf(disk, queues),
        queues: new Array(queues).fill(queueSize),
        config: blockConfig(geometry),
      },
      environment,
    );
    this.#disk = disk;
    this.#logicalBlock = logicalBlock;
    this.#clock = environment.scheduler;
    this.#short = this.#clock.timer(`${name}.short`, () => {
      const done = this.#shortDone;
      this.#shortDone = [];
      for (const complete of done) complete();
    });
  }

  /** "Block Device": only the write-back switch can be written. */
  override writeConfig(offset: number, bytes: Uint8Array): void {
    const value = bytes[CONFIG_WRITEBACK - offset];
    if (value !== undefined && this.has(BLK_F_CONFIG_WCE)) this.config[CONFIG_WRITEBACK] = value & 1;
  }

  override save(): DeviceState {
    return { ...super.save(), writeback: (this.config[CONFIG_WRITEBACK] ?? 0) !== 0 };
  }

  override load(state: DeviceState): void {
    super.load(state);
    this.config[CONFIG_WRITEBACK] = new StateReader(this.name, state, 1).boolean("writeback") ? 1 : 0;
  }

  protected override wasReset(): void {
    this.config[CONFIG_WRITEBACK] = this.#disk.writeCache ? 1 : 0;
    this.#stale += this.#underWay.size;
    this.#underWay.clear();
    this.#reset++;
  }

  protected override available(queue: Virtqueue): void {
    while (this.#stale === 0 && this.#underWay.size < MOST_UNDER_WAY) {
      const element = queue.pop();
      if (!element) return;
      if (BlockRequest.isRequest(element)) this.#start(queue, element);
      else this.fail(`queue ${queue.index}: a request without header or status`);
    }
    queue.pause();
  }

  #start(queue: Virtqueue, element: QueueElement): void {
    this.#underWay.add(element);
    const reset = this.#reset;
    const options = { disk: this.#disk, logicalBlock: this.#logicalBlock, isWriteThrough: () => this.#isWriteThrough };
    let isStarting = true;
    const request = new BlockRequest(element, options, (status, written) => {
      const complete = () => (reset === this.#reset ? this.#complete(queue, element, status, written) : this.#staleDone());
      if (isStarting) this.#later(complete);
      else complete();
    });
    request.start();
    isStarting = false;
  }

  #later(complete: () => void): void {
    this.#shortDone.push(complete);
    if (this.#short.deadline === undefined) this.#short.at(this.#clock.now() + SHORT_WORK);
  }

  #complete(queue: Virtqueue, element: QueueElement, status: number, written: number): void {
    this.#underWay.delete(element);
    const last = element.writableLength - 1;
    element.write(last, Uint8Array.of(status));
    // A driver may rely on all that is counted; a status behind a gap is not.
    queue.push(element, written === last ? written + 1 : written);
    queue.notify();
    this.#lookAgain();
  }

  #staleDone(): void {
    this.#stale--;
    this.#lookAgain();
  }

  /** Room was made: for those that wait in any queue. */
  #lookAgain(): void {
    for (const queue of this.queues) if (this.isRunning) this.available(queue);
  }

  /** "Device Requirements: Device Operation": the switch decides if there is one; else a driver that does not flush wants safe writes. */
  get #isWriteThrough(): boolean {
    if (!this.#disk.writeCache) return false;
    return this.has(BLK_F_CONFIG_WCE) ? this.config[CONFIG_WRITEBACK] === 0 : !this.has(BLK_F_FLUSH);
  }
}

function featuresOf(disk: Disk, queues: number): bigint {
  const always = BLK_F_SEG_MAX | BLK_F_GEOMETRY | BLK_F_BLK_SIZE | BLK_F_TOPOLOGY | BLK_F_FLUSH | BLK_F_CONFIG_WCE;
  const changes = disk.readOnly ? BLK_F_RO : BLK_F_DISCARD | BLK_F_WRITE_ZEROES;
  return always | changes | (queues > 1 ? BLK_F_MQ : 0n);
}
