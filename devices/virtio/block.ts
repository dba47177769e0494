// A virtio block device (device ID 2) on a disk. Virtual I/O Device (VIRTIO) Version 1.2, section 5.2.
// Not modelled: SCSI commands and barriers (legacy features of old), secure erase, lifetime, zones. Requests are not merged.
//
// However many requests a driver makes available, few are under way: the others wait in the ring.

import type { Nanoseconds, Scheduler } from "../../core/bus/clock.js";
import { type DeviceState, StateError } from "../../core/bus/device.js";
import { BufferPool } from "../block/buffer-pool.js";
import type { Disk, Submission } from "../block/disk.js";
import { StateReader } from "../state-reader.js";
import * as BLOCK from "./block-config.js";
import { BlockRequest, MOST_STEPS } from "./block-request.js";
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
  /** Bytes, powers of two from 512 on; 512 if not given, and the same. */
  readonly logicalBlock?: number;
  readonly physicalBlock?: number;
}

export class VirtioBlock extends VirtioDevice {
  readonly #disk: Disk;
  readonly #logicalBlock: number;
  readonly #answers: Answers;
  readonly #buffers = new BufferPool();
  /** By queue, oldest first. */
  readonly #underWay: readonly Set<BlockRequest>[];
  /** By queue, how far those had come that were under way when the device was saved. */
  #progress: (readonly [number, Nanoseconds])[][] = [];

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
        config: BLOCK.blockConfig(geometry),
      },
      environment,
    );
    this.#disk = disk;
    this.#logicalBlock = logicalBlock;
    this.#answers = new Answers(name, environment.scheduler);
    this.#underWay = this.queues.map(() => new Set());
  }

  /** "Device configuration layout": only the write-back switch can be written. */
  override writeConfig(offset: number, bytes: Uint8Array): void {
    const value = bytes[BLOCK.CONFIG_WRITEBACK - offset];
    if (value !== undefined && this.has(BLOCK.BLK_F_CONFIG_WCE)) this.#writeback = (value & 1) !== 0;
  }

  override save(): DeviceState {
    const progress = this.#underWay.map((requests, queue) => {
      return [...[...requests].map((request) => request.progress), ...(this.#progress[queue] ?? [])].flat();
    });
    return { ...super.save(), writeback: this.#writeback, progress };
  }

  override load(state: DeviceState): void {
    super.load(state);
    const reader = new StateReader(this.name, state, 1);
    this.#writeback = reader.boolean("writeback");
    const most = 2 * Math.max(...this.queues.map(({ maximum }) => maximum));
    this.#progress = reader.numberLists("progress", this.queues.length, most, Number.MAX_SAFE_INTEGER).map((numbers) => {
      const pairs: (readonly [number, number])[] = [];
      for (let i = 0; i + 1 < numbers.length; i += 2) pairs.push([numbers[i]!, numbers[i + 1]!]);
      if (!pairs.every(([step]) => step < MOST_STEPS)) throw new StateError(this.name, "a request has come further than it can");
      return pairs;
    });
  }

  protected override wasReset(): void {
    this.#writeback = this.#disk.writeCache;
    for (const requests of this.#underWay) this.#forget(requests);
    this.#progress = [];
  }

  protected override queueWasReset(queue: Virtqueue): void {
    this.#forget(this.#underWay[queue.index]!);
    this.#progress[queue.index] = [];
    this.#lookAgain();
  }

  protected override available(queue: Virtqueue): void {
    while (this.#count < MOST_UNDER_WAY) {
      const element = queue.pop();
      if (!element) return;
      if (!BlockRequest.isRequest(element)) this.fail(`queue ${queue.index}: a request without header or status`);
      else this.#start(queue, new BlockRequest(element, this.#context(queue)));
    }
    queue.pause();
  }

  get #writeback(): boolean {
    return this.config[BLOCK.CONFIG_WRITEBACK] !== 0;
  }

  set #writeback(on: boolean) {
    this.config[BLOCK.CONFIG_WRITEBACK] = on ? 1 : 0;
  }

  get #count(): number {
    return this.#underWay.reduce((sum, { size }) => sum + size, 0);
  }

  #context(queue: Virtqueue) {
    return {
      disk: this.#disk,
      buffers: this.#buffers,
      logicalBlock: this.#logicalBlock,
      isWriteThrough: this.#isWriteThrough,
      answerLater: (answered: () => void, due?: Nanoseconds) => this.#answers.add(answered, due),
      ended: (request: BlockRequest, written: number) => {
        this.#underWay[queue.index]!.delete(request);
        queue.push(request.element, written);
        queue.notify();
        this.#lookAgain();
      },
    };
  }

  #start(queue: Virtqueue, request: BlockRequest): void {
    this.#underWay[queue.index]!.add(request);
    request.start(...(this.#progress[queue.index]?.shift() ?? []));
  }

  #forget(requests: Set<BlockRequest>): void {
    for (const request of requests) request.forget();
    requests.clear();
  }

  /** Room was made: for those that wait in any queue. */
  #lookAgain(): void {
    for (const queue of this.queues) if (queue.isEnabled && this.isRunning) this.available(queue);
  }

  /** "Device Requirements: Device Operation": the switch decides if there is one; else a driver that does not flush wants safe writes. */
  get #isWriteThrough(): boolean {
    if (!this.#disk.writeCache) return false;
    return this.has(BLOCK.BLK_F_CONFIG_WCE) ? !this.#writeback : !this.has(BLOCK.BLK_F_FLUSH);
  }
}

/** Completions of requests that never get to the disk. */
class Answers {
  readonly #timer;
  #waiting: { readonly due: Nanoseconds; answered: () => void }[] = [];

  constructor(
    name: string,
    private readonly scheduler: Scheduler,
  ) {
    this.#timer = scheduler.timer(`${name}.answers`, (due) => this.#give(due));
  }

  add(answered: () => void, due = this.scheduler.now() + SHORT_WORK): Submission {
    const answer = { due, answered };
    this.#waiting.push(answer);
    this.#arm();
    return {
      due,
      forget: () => {
        answer.answered = () => {};
      },
    };
  }

  #give(now: Nanoseconds): void {
    const due = this.#waiting.filter((answer) => answer.due <= now);
    this.#waiting = this.#waiting.filter((answer) => answer.due > now);
    for (const { answered } of due) answered();
    this.#arm();
  }

  #arm(): void {
    if (this.#waiting.length > 0) this.#timer.at(Math.min(...this.#waiting.map(({ due }) => due)));
  }
}

function featuresOf(disk: Disk, queues: number): bigint {
  const always = BLOCK.BLK_F_SEG_MAX | BLOCK.BLK_F_GEOMETRY | BLOCK.BLK_F_BLK_SIZE | BLOCK.BLK_F_TOPOLOGY | BLOCK.BLK_F_FLUSH;
  const changes = disk.readOnly ? BLOCK.BLK_F_RO : BLOCK.BLK_F_DISCARD | BLOCK.BLK_F_WRITE_ZEROES;
  return always | BLOCK.BLK_F_CONFIG_WCE | changes | (queues > 1 ? BLOCK.BLK_F_MQ : 0n);
}
