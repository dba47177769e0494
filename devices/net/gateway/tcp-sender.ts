// The sending half of a TCP connection: what waits, what is on its way, what the other side's window and the network allow. Congestion control is NewReno
// (RFC 5681, RFC 6582): a card whose ring is full loses frames as a router does. After a timeout everything from the first missing byte is sent again.
// Not here: selective acknowledgements, Nagle's algorithm (the host's data comes in the pieces in which it shall go).
import type { Nanoseconds } from "../../../core/bus/clock.js";
import { ByteQueue } from "./byte-queue.js";
import { RoundTrip } from "./tcp-round-trip.js";
import { distance, FLAG, type Segment, type Sequence } from "./tcp-segment.js";

/** RFC 6928, section 2. */
const INITIAL_SEGMENTS = 10;
const DUPLICATES = 3;

export interface SenderOptions {
  readonly now: () => Nanoseconds;
  readonly initial: Sequence;
  /** Send `count` bytes of the queue from `offset` on. */
  readonly transmit: (sequence: Sequence, flags: number, queue: ByteQueue, offset: number, count: number) => void;
}

export class TcpSender {
  readonly queue = new ByteQueue();
  readonly roundTrip = new RoundTrip();
  /** SND.UNA, SND.NXT, and behind the last that was ever sent. */
  unacknowledged: Sequence;
  next: Sequence;
  highest: Sequence;
  /** Nothing is queued any more; a FIN follows the queue. */
  isEnding = false;
  /** Everything, the FIN included, was acknowledged. */
  isDone = false;
  mss = 536;
  /** By which the other side scales its window. */
  scale = 0;
  window = 0;
  private largestWindow = 0;
  private windowSequence: Sequence = 0;
  private windowAcknowledgement: Sequence = 0;
  private congestionWindow = 0;
  private threshold = Number.POSITIVE_INFINITY;
  private counted = 0;
  private duplicates = 0;
  /** Where fast recovery ends; undefined outside of it. */
  private recoverAt: Sequence | undefined;
  /** A duplicate of what went out before this begins no recovery. */
  private recovered: Sequence;

  constructor(private readonly options: SenderOptions) {
    this.unacknowledged = options.initial;
    this.next = options.initial;
    this.highest = options.initial;
    this.recovered = options.initial;
  }

  /** The SYN goes out, or goes out again: it takes one sequence number. */
  sentSyn(): void {
    this.next = (this.options.initial + 1) | 0;
    this.highest = this.next;
    this.roundTrip.sent(this.next, this.options.now());
  }

  /** The handshake is over: `segment` acknowledged the SYN. */
  begin(segment: Segment, scaled: boolean): void {
    this.unacknowledged = this.next;
    this.recovered = this.next;
    this.congestionWindow = INITIAL_SEGMENTS * this.mss;
    this.roundTrip.acknowledged(segment.acknowledgement, this.options.now());
    this.setWindow(segment, scaled ? this.scale : 0);
  }

  get inFlight(): number {
    return distance(this.next, this.unacknowledged);
  }

  /** Something of the queue, or the FIN, has not been sent, or is to be sent again. */
  get hasMore(): boolean {
    return this.inFlight < this.queue.length + (this.isEnding && !this.isDone ? 1 : 0);
  }

  /** Whether what it acknowledges was ever sent. */
  covers(acknowledgement: Sequence): boolean {
    return distance(acknowledgement, this.highest) <= 0;
  }

  /** Take the acknowledgement, which covers(), and the window: how many bytes of the queue are done. */
  acknowledge(segment: Segment): number {
    const { acknowledgement } = segment;
    const advance = distance(acknowledgement, this.unacknowledged);
    if (advance < 0) return 0;
    const windowBefore = this.window;
    this.updateWindow(segment);
    if (advance === 0) {
      if (segment.payload.length === 0 && !(segment.flags & FLAG.FIN) && this.window === windowBefore && this.inFlight > 0)
        this.duplicate();
      return 0;
    }
    const bytes = Math.min(advance, this.queue.length);
    if (advance > bytes) this.isDone = true;
    this.queue.drop(bytes);
    this.unacknowledged = acknowledgement;
    if (distance(this.next, acknowledgement) < 0) this.next = acknowledgement;
    this.roundTrip.acknowledged(acknowledgement, this.options.now());
    this.grow(advance);
    return bytes;
  }

  private updateWindow(segment: Segment): void {
    const newer = distance(segment.sequence, this.windowSequence);
    if (newer > 0 || (newer === 0 && distance(segment.acknowledgement, this.windowAcknowledgement) >= 0))
      this.setWindow(segment, this.scale);
  }

  private setWindow({ window, sequence, acknowledgement }: Segment, scale: number): void {
    if (this.window === 0 && window > 0) this.roundTrip.opened();
    this.window = window << scale;
    this.largestWindow = Math.max(this.largestWindow, this.window);
    this.windowSequence = sequence;
    this.windowAcknowledgement = acknowledgement;
  }

  private duplicate(): void {
    this.duplicates++;
    if (this.recoverAt !== undefined) this.congestionWindow += this.mss;
    else if (this.duplicates === DUPLICATES && distance(this.unacknowledged, this.recovered) >= 0) {
      this.threshold = Math.max(this.inFlight / 2, 2 * this.mss);
      this.recoverAt = this.highest;
      this.congestionWindow = this.threshold + DUPLICATES * this.mss;
      this.sendFirstAgain();
    }
  }

  /** RFC 6582, section 3.2, and RFC 3465 for the counting of bytes. */
  private grow(advance: number): void {
    this.duplicates = 0;
    if (this.recoverAt !== undefined) {
      if (distance(this.unacknowledged, this.recoverAt) >= 0) {
        this.congestionWindow = this.threshold;
        this.recovered = this.recoverAt;
        this.recoverAt = undefined;
      } else {
        this.congestionWindow = Math.max(this.mss, this.congestionWindow - advance + this.mss);
        this.sendFirstAgain();
      }
      return;
    }
    if (this.congestionWindow < this.threshold) this.congestionWindow += Math.min(advance, 2 * this.mss);
    else {
      this.counted += advance;
      if (this.counted >= this.congestionWindow) {
        this.counted -= this.congestionWindow;
        this.congestionWindow += this.mss;
      }
    }
    // More than the other side ever allowed is of no use.
    this.congestionWindow = Math.min(this.congestionWindow, Math.max(this.largestWindow, INITIAL_SEGMENTS * this.mss));
  }

  private sendFirstAgain(): void {
    this.roundTrip.sentAgain();
    this.sendAt(0, Math.min(this.mss, this.queue.length));
  }

  /** The retransmission timer has expired: begin again at the first that is missing. */
  timedOut(): void {
    this.roundTrip.timedOut();
    this.threshold = Math.max(this.inFlight / 2, 2 * this.mss);
    this.congestionWindow = this.mss;
    this.counted = 0;
    this.duplicates = 0;
    this.recoverAt = undefined;
    this.recovered = this.highest;
    this.next = this.unacknowledged;
  }

  /** Send what may be sent. `anyway`: even a small part of the other side's window is used (the override timer of RFC 9293, section 3.8.6.2.1). */
  output(anyway: boolean): void {
    while (this.hasMore) {
      const offset = this.inFlight;
      const unsent = this.queue.length - offset;
      const room = Math.min(this.window, this.congestionWindow) - offset;
      const count = Math.min(unsent, this.mss, room);
      // A FIN alone needs room, too, for its sequence number.
      if (unsent > 0 ? count <= 0 : room <= 0) return;
      if (count < unsent && count < this.mss && count < this.largestWindow / 2 && !anyway) return;
      this.sendAt(offset, count);
    }
  }

  private sendAt(offset: number, count: number): void {
    const sequence = (this.unacknowledged + offset) | 0;
    const isLast = offset + count === this.queue.length;
    const fin = isLast && this.isEnding && !this.isDone;
    const flags = FLAG.ACK | (isLast && count > 0 ? FLAG.PSH : 0) | (fin ? FLAG.FIN : 0);
    const end = (sequence + count + (fin ? 1 : 0)) | 0;
    if (distance(end, this.next) > 0) this.next = end;
    if (distance(end, this.highest) > 0) {
      this.highest = end;
      this.roundTrip.sent(end, this.options.now());
    } else this.roundTrip.sentAgain();
    this.options.transmit(sequence, flags, this.queue, offset, count);
  }
}
