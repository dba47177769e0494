// A transmit queue of a virtio network card. Virtual I/O Device (VIRTIO) Version 1.2, section 5.1.6.2 "Packet Transmission".
// It sends what it finds at once, but no more than a burst before it lets the guest go on: so no ring keeps it busy for ever. A packet that can not be
// sent (no frame, longer than frames are, offloads that do not fit it or were not negotiated) is dropped as by a cable; the driver gets it back all the same.

import type { Nanoseconds, Scheduler, Timer } from "../../core/bus/clock.js";
import { HEADER_LENGTH as ETHERNET_HEADER } from "../net/ethernet.js";
import { FRAME_MOST } from "../net/switch/ethernet.js";
import type { Frame } from "../net/wire.js";
import { type PacketHeader, parseHeader } from "./net-header.js";
import type { QueueElement } from "./queue-element.js";
import type { Virtqueue } from "./virtqueue.js";

/** Bytes between two rests; each packet and each frame costs as much as the other constant beside its bytes. */
const BURST = 1 << 20;
const STEP_COST = 256;
/** A rest: what the burst takes at 10 Gbit/s. */
const REST = BURST * 0.8;
/** A large packet with the longest headers before an IP packet's 64 KiB: Ethernet's, and IPv6's own. */
const PACKET_MOST = 14 + 40 + 0xffff;

/** What the queues need of their card. */
export interface TransmitOptions {
  readonly name: string;
  readonly scheduler: Scheduler;
  /** Bytes of the header before each packet. */
  headerLength(): number;
  /** The longest frame that the driver may send. */
  longest(): number;
  /** The frames that a packet becomes; none if it can not be sent. */
  frames(packet: Uint8Array, header: PacketHeader): readonly Frame[];
  send(frame: Frame, pair: number): void;
  fail(problem: string): void;
}

export class TransmitQueue {
  readonly #timer: Timer;

  constructor(
    private readonly pair: number,
    private readonly queue: Virtqueue,
    private readonly options: TransmitOptions,
  ) {
    this.#timer = options.scheduler.timer(`${options.name}.transmit${pair}`, () => this.available());
  }

  /** The driver has made packets available, or may have. */
  available(): void {
    const { queue, options } = this;
    if (this.#timer.deadline !== undefined) return;
    let cost = 0;
    while (cost < BURST) {
      const element = queue.pop();
      if (!element) {
        queue.notify();
        return;
      }
      cost += STEP_COST + this.#transmit(element);
      queue.push(element, 0);
    }
    queue.notify();
    queue.pause();
    this.#timer.at(options.scheduler.now() + REST);
  }

  reset(): void {
    this.#timer.cancel();
  }

  /** When it goes on, if it rests. */
  get due(): Nanoseconds | undefined {
    return this.#timer.deadline;
  }

  /** Rest as it did when it was saved. */
  restUntil(due: Nanoseconds): void {
    this.#timer.at(due);
  }

  /** What it cost. */
  #transmit(element: QueueElement): number {
    const { headerLength, longest, frames, send, fail } = this.options;
    const start = headerLength();
    const length = element.readableLength - start;
    if (length < 0) {
      fail(`queue ${this.queue.index}: a packet without its header`);
      return 0;
    }
    if (length < ETHERNET_HEADER || length > PACKET_MOST) return 0;
    const bytes = element.read(0, start + length);
    let cost = length;
    for (const frame of frames(bytes.subarray(start), parseHeader(bytes))) {
      cost += STEP_COST;
      if (frame.length <= longest()) send(frame, this.pair);
    }
    return cost;
  }
}

/** The longest frame where the driver knows the card's MTU: with two tags. */
export function longestFrame(mtu: number | undefined): number {
  return mtu === undefined ? FRAME_MOST : Math.min(FRAME_MOST, mtu + ETHERNET_HEADER + 8);
}
