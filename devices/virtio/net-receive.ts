// A receive queue of a virtio network card. Virtual I/O Device (VIRTIO) Version 1.2, sections 5.1.6.3 "Setting Up Receive Buffers" and 5.1.6.4
// "Processing of Incoming Packets". Frames that find no buffer wait in the card, as many as its memory holds; more are lost. What comes while the guest
// does not run is delivered together, before it runs again.

import type { DeviceState } from "../../core/bus/device.js";
import type { Frame } from "../net/wire.js";
import type { StateReader } from "../state-reader.js";
import { plainHeader } from "./net-header.js";
import type { QueueElement } from "./queue-element.js";
import type { Virtqueue } from "./virtqueue.js";

/** What waits in one queue at most: frames, and their bytes. */
const WAITING_FRAMES = 1024;
const WAITING_BYTES = 1 << 20;

/** What the queues need of their card. */
export interface ReceiveOptions {
  /** Bytes of the header before each packet. */
  headerLength(): number;
  /** Whether a frame may lie in several buffers. */
  merges(): boolean;
  /** Flags of a frame's header. */
  flags(frame: Frame): number;
  fail(problem: string): void;
}

export class ReceiveQueue {
  #waiting: Frame[] = [];
  #waitingBytes = 0;
  /** Buffers that were taken and are too few yet. */
  #held: QueueElement[] = [];

  constructor(
    private readonly queue: Virtqueue,
    private readonly options: ReceiveOptions,
  ) {}

  /** A frame from the wire. */
  add(frame: Frame): void {
    if (this.#waiting.length >= WAITING_FRAMES || this.#waitingBytes + frame.length > WAITING_BYTES) return;
    this.#waiting.push(frame);
    this.#waitingBytes += frame.length;
  }

  /** Into buffers, as long as there are any. */
  deliver(): void {
    if (this.#waiting.length === 0) return;
    let delivered = 0;
    while (delivered < this.#waiting.length && this.#place(this.#waiting[delivered]!)) delivered++;
    for (const frame of this.#waiting.splice(0, delivered)) this.#waitingBytes -= frame.length;
    this.queue.notify();
    // Nobody asks for buffers while nothing waits for them.
    if (this.#waiting.length === 0) this.queue.pause();
  }

  /** What waits is lost. */
  clear(): void {
    this.#waiting = [];
    this.#waitingBytes = 0;
  }

  /** The driver has taken its buffers back. */
  forgetBuffers(): void {
    this.#held = [];
  }

  save(): DeviceState {
    return { version: 1, lengths: this.#waiting.map(({ length }) => length), bytes: joined(this.#waiting, this.#waitingBytes) };
  }

  load(reader: StateReader): void {
    this.clear();
    const lengths = reader.numberList("lengths", WAITING_FRAMES, WAITING_BYTES);
    const total = lengths.reduce((sum, length) => sum + length, 0);
    const bytes = reader.bytes("bytes", Math.min(total, WAITING_BYTES));
    let at = 0;
    for (const length of lengths) {
      this.add(bytes.slice(at, at + length));
      at += length;
    }
  }

  /** False if there are not buffers enough. A frame that is too long for its one buffer is lost, and the buffer kept. */
  #place(frame: Frame): boolean {
    const { headerLength, merges, flags } = this.options;
    const header = headerLength();
    const needed = header + frame.length;
    const room = this.#collect(needed, header, merges());
    if (room === undefined) return false;
    if (room < needed) return true;
    const buffers = this.#held;
    this.#held = [];
    let at = 0;
    buffers.forEach((element, index) => {
      const start = index === 0 ? element.write(0, plainHeader(header, flags(frame), buffers.length)) : 0;
      const written = element.write(start, at === 0 ? frame : frame.subarray(at));
      at += written;
      this.queue.push(element, start + written);
    });
    return true;
  }

  /** Takes buffers until they have room for so many bytes. Bytes of room; undefined if there are no more buffers yet. */
  #collect(needed: number, least: number, merges: boolean): number | undefined {
    let room = this.#held.reduce((sum, { writableLength }) => sum + writableLength, 0);
    while (room < needed && (merges || this.#held.length === 0)) {
      const element = this.queue.pop();
      if (!element) return undefined;
      if (element.writableLength < least) {
        this.options.fail(`queue ${this.queue.index}: a buffer of ${element.writableLength} bytes, which has no room for a header`);
        return undefined;
      }
      this.#held.push(element);
      room += element.writableLength;
    }
    return room;
  }
}

function joined(frames: readonly Frame[], length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const frame of frames) {
    bytes.set(frame, at);
    at += frame.length;
  }
  return bytes;
}
