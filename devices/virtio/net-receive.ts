// A receive queue of a virtio network card. Virtual I/O Device (VIRTIO) Version 1.2, sections 5.1.6.3 "Setting Up Receive Buffers" and 5.1.6.4
// "Processing of Incoming Packets". Frames that find no buffer wait in the card, as many as its memory holds; more are lost. What comes while the guest
// does not run is delivered together, before it runs again.

import type { DeviceState } from "../../core/bus/device.js";
import type { Frame } from "../net/wire.js";
import type { StateReader } from "../state-reader.js";
import { type PacketHeader, packHeader } from "./net-header.js";
import type { QueueElement } from "./queue-element.js";
import type { Virtqueue } from "./virtqueue.js";

/** What waits in one queue at most: frames, and their bytes. */
const WAITING_FRAMES = 1024;
const WAITING_BYTES = 1 << 20;

/** What the queues need of their card. */
export interface ReceiveOptions {
  /** Bytes of the header before each packet. */
  headerLength(): number;
  /** Whether a packet may lie in several buffers. */
  merges(): boolean;
  /** The packet for the driver that frame `index` of those that wait is, or begins. */
  packet(frames: readonly Frame[], index: number): DriverPacket;
  fail(problem: string): void;
}

/** What goes to the driver together. */
export interface DriverPacket {
  readonly header: PacketHeader;
  /** Bytes of its own headers, if it is one that is to be cut. */
  readonly headers: number;
  /** The packet, one behind the other. */
  readonly parts: readonly Uint8Array[];
  /** Frames that it is made of. */
  readonly frames: number;
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
    while (delivered < this.#waiting.length) {
      const packet = this.options.packet(this.#waiting, delivered);
      if (!this.#place(packet)) break;
      delivered += packet.frames;
    }
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

  /** False if there are not buffers enough. A packet that is too long for its one buffer is lost, and the buffer kept. */
  #place({ header, headers, parts }: DriverPacket): boolean {
    const { headerLength, merges } = this.options;
    const least = headerLength();
    const needed = parts.reduce((sum, { length }) => sum + length, least);
    const room = this.#collect(needed, least, merges());
    if (room === undefined) return false;
    if (room < needed) return true;
    const buffers = new BufferWriter(this.#held.splice(0), (element, written) => this.queue.push(element, written));
    buffers.write(packHeader(header, least, headers, buffers.count));
    for (const part of parts) buffers.write(part);
    buffers.finish();
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

/** Fills buffers one after the other, and gives each back that is full. */
class BufferWriter {
  #index = 0;
  /** Bytes in the buffer at hand. */
  #filled = 0;

  constructor(
    private readonly elements: readonly QueueElement[],
    private readonly push: (element: QueueElement, written: number) => void,
  ) {}

  get count(): number {
    return this.elements.length;
  }

  /** They have room for it. */
  write(bytes: Uint8Array): void {
    let done = 0;
    for (;;) {
      const written = this.elements[this.#index]!.write(this.#filled, done === 0 ? bytes : bytes.subarray(done));
      this.#filled += written;
      done += written;
      if (done === bytes.length) return;
      this.finish();
      this.#index++;
      this.#filled = 0;
    }
  }

  /** Gives back the buffer at hand. */
  finish(): void {
    this.push(this.elements[this.#index]!, this.#filled);
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
