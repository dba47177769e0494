// One TCP connection that ends at the gateway: the state machine of RFC 9293, section 3.10, with the care of RFC 5961 against forged resets and SYNs.
// Passive ones wait in CONNECTING until what they are for is there; only then the SYN is answered. Not here: simultaneous open (answered with a reset),
// data in a SYN (comes again), urgent data, path MTU discovery (the wire's MTU is known).
import type { Nanoseconds, Timer } from "../../../core/bus/clock.js";
import type { Ipv4 } from "./address.js";
import type { ByteQueue } from "./byte-queue.js";
import type { Failure } from "./outside.js";
import { TcpReceiver } from "./tcp-receiver.js";
import { createSegment, distance, FLAG, lengthOf, MAX_SCALE, type Segment, type SegmentToSend, type Sequence } from "./tcp-segment.js";
import { TcpSender } from "./tcp-sender.js";
import { MILLISECOND, SECOND, type Timers } from "./timers.js";

export type TcpState =
  | "CONNECTING"
  | "SYN_SENT"
  | "SYN_RECEIVED"
  | "ESTABLISHED"
  | "FIN_WAIT_1"
  | "FIN_WAIT_2"
  | "CLOSE_WAIT"
  | "CLOSING"
  | "LAST_ACK"
  | "TIME_WAIT"
  | "CLOSED";

/** RFC 9293, section 3.8.6.3: below half a second. */
const DELAYED_ACK: Nanoseconds = 40 * MILLISECOND;
/**
 * So many full segments are acknowledged soon, so that one answer is for all that a burst brings (as that of hosts whose cards put segments together); and
 * so many at once.
 */
const SEGMENTS_FEW = 2;
const BURST_ACK: Nanoseconds = MILLISECOND / 10;
const SEGMENTS_MOST = 16;
/** RFC 9293, section 3.8.3: R2; with the timeout doubled each time some two minutes for data, half a minute for a SYN. */
const RETRIES = 9;
const SYN_RETRIES = 4;
/** RFC 5382, REQ-5: an idle connection lives for two hours and four minutes at least. Then it is asked, and ended if it does not answer. */
const KEEPALIVE_IDLE: Nanoseconds = 7440 * SECOND;
const KEEPALIVE_INTERVAL: Nanoseconds = 75 * SECOND;
const KEEPALIVE_PROBES = 9;
/** How long the other end of a connection may take to be there. */
const PATIENCE: Nanoseconds = 75 * SECOND;
/** Twice the time that a segment can live on this wire, by far. */
const TIME_WAIT: Nanoseconds = 30 * SECOND;
/** How long a guest may take to acknowledge something, or to end its side, once nobody hears it any more. */
const ORPHAN: Nanoseconds = 60 * SECOND;
/** RFC 5961, section 7, and against loops of acknowledgements: one answer to segments that change nothing in this time. */
const CHALLENGE_INTERVAL: Nanoseconds = 100 * MILLISECOND;

export interface Ends {
  readonly local: Ipv4;
  readonly localPort: number;
  readonly remote: Ipv4;
  readonly remotePort: number;
}

export interface TcpUser {
  established(): void;
  data(bytes: Uint8Array): void;
  /** The other side sends no more. */
  ended(): void;
  /** Bytes of what was written are acknowledged. */
  acknowledged(): void;
  /** No more of it, whatever the cause: undefined if it ended as it should. */
  closed(why: Failure | undefined): void;
  /** Bytes that it holds and others have not taken. */
  readonly held: number;
}

export interface TcpOptions {
  readonly ends: Ends;
  readonly timers: Timers;
  readonly send: (frame: Uint8Array) => void;
  /** Bytes that each direction may hold now. */
  readonly capacity: () => number;
  /** The most that capacity() can be. */
  readonly largestCapacity: number;
  /** Of the wire: what a segment may carry. */
  readonly mss: number;
  readonly initial: Sequence;
  readonly user: TcpUser;
}

export class TcpConnection {
  state: TcpState = "CLOSED";
  private readonly sender: TcpSender;
  private readonly receiver: TcpReceiver;
  private peerInitial: Sequence = 0;
  /** Whether both sides scale their windows. */
  private scaled = false;
  private readonly ownScale: number;
  private retries = 0;
  private probes = 0;
  private fullSegments = 0;
  private lastChallenge = Number.NEGATIVE_INFINITY;
  private orphaned = false;
  /** For what is sent again, and for a closed window. */
  private readonly resend: Timer;
  private readonly delayedAck: Timer;
  /** Keepalive, TIME_WAIT, and how long it may wait for its other end or be an orphan. */
  private readonly life: Timer;

  constructor(private readonly options: TcpOptions) {
    const { timers, initial, user, capacity } = options;
    this.sender = new TcpSender({
      now: () => timers.now(),
      initial,
      transmit: (sequence, flags, queue, offset, count) => this.transmit(sequence, flags, queue, offset, count),
    });
    this.receiver = new TcpReceiver(
      () => capacity() - user.held,
      (bytes) => user.data(bytes),
    );
    this.ownScale = scaleFor(options.largestCapacity);
    this.resend = timers.timer(() => this.resendExpired());
    this.delayedAck = timers.timer(() => this.acknowledge());
    this.life = timers.timer(() => this.lifeExpired());
  }

  /** Bytes written that are not acknowledged. */
  get queued(): number {
    return this.sender.queue.length;
  }

  /** When it ends if nothing more is heard; undefined while that is not decided. */
  get deadline(): Nanoseconds | undefined {
    return this.life.deadline;
  }

  /** A SYN came. It is answered by accept(). */
  listen(syn: Segment): void {
    this.state = "CONNECTING";
    this.takeSyn(syn);
    this.lifeFor(PATIENCE);
  }

  accept(): void {
    this.state = "SYN_RECEIVED";
    this.life.cancel();
    this.sendSyn();
  }

  connect(): void {
    this.state = "SYN_SENT";
    this.scaled = true;
    this.sendSyn();
  }

  private takeSyn({ sequence, mss, scale }: Segment): void {
    this.peerInitial = sequence;
    this.receiver.begin(sequence);
    // RFC 9293, MUST-15: 536 if it does not say. Below 64 is no honest segment, and would be many.
    this.sender.mss = Math.max(64, Math.min(this.options.mss, mss ?? 536));
    this.scaled = scale !== undefined;
    this.sender.scale = scale ?? 0;
  }

  private sendSyn(): void {
    const { state, sender } = this;
    const answers = state === "SYN_RECEIVED";
    this.send({
      sequence: this.options.initial,
      acknowledgement: answers ? this.receiver.next : 0,
      flags: answers ? FLAG.SYN | FLAG.ACK : FLAG.SYN,
      window: answers ? this.receiver.advertise(0, sender.mss) : Math.min(0xffff, this.options.capacity()),
      mss: this.options.mss,
      scale: this.scaled ? this.ownScale : undefined,
    });
    sender.sentSyn();
    this.armResend();
  }

  /** Send these, after all that was written before. They must not change any more. */
  write(bytes: Uint8Array): void {
    if (this.sender.isEnding || this.state === "CLOSED") return;
    this.sender.queue.append(bytes);
    this.output();
  }

  /** Nothing more is written: a FIN follows. */
  end(): void {
    if (this.sender.isEnding || this.state === "CLOSED") return;
    this.sender.isEnding = true;
    if (this.state === "ESTABLISHED") this.state = "FIN_WAIT_1";
    else if (this.state === "CLOSE_WAIT") this.state = "LAST_ACK";
    this.output();
  }

  /** Whoever used it is gone in both directions, in good order; what was written still goes out. */
  orphan(): void {
    if (this.state === "CLOSED") return;
    this.orphaned = true;
    this.end();
    if (this.state !== "TIME_WAIT") this.lifeFor(ORPHAN);
  }

  /** End it at once; the other side sees a reset, but for one that never was answered. */
  abort(): void {
    if (this.state !== "CLOSED" && this.state !== "CONNECTING" && this.state !== "SYN_SENT" && this.state !== "TIME_WAIT")
      this.reset(this.sender.highest);
    this.close(undefined);
  }

  /** Refuse a connection that listen() began, as a closed port does. */
  refuse(): void {
    this.send({ sequence: 0, acknowledgement: this.receiver.next, flags: FLAG.RST | FLAG.ACK, window: 0 });
    this.close(undefined);
  }

  /** The user took some of what it held. */
  taken(): void {
    if (this.isReceiving && this.receiver.hasOpened(this.sender.mss)) this.acknowledge();
  }

  private get isReceiving(): boolean {
    return this.state === "ESTABLISHED" || this.state === "FIN_WAIT_1" || this.state === "FIN_WAIT_2";
  }

  segment(segment: Segment): void {
    switch (this.state) {
      case "CLOSED":
        return;
      case "CONNECTING":
        if (segment.flags & FLAG.RST && distance(segment.sequence, this.receiver.next) === 0) this.close("reset");
        return;
      case "SYN_SENT":
        this.segmentInSynSent(segment);
        return;
      default:
        this.segmentInOrder(segment);
        return;
    }
  }

  /** Whether a SYN begins a new connection in the place of this one (RFC 9293, section 3.6.1). */
  givesWayTo(syn: Segment): boolean {
    return this.state === "TIME_WAIT" && distance(syn.sequence, this.receiver.next) > 0;
  }

  private segmentInSynSent(segment: Segment): void {
    const { flags, acknowledgement } = segment;
    const answers = (flags & FLAG.ACK) !== 0 && acknowledgement === this.sender.next;
    if (flags & FLAG.RST) {
      if (answers) this.close("refused");
      return;
    }
    if (!answers || !(flags & FLAG.SYN)) {
      this.reset(flags & FLAG.ACK ? acknowledgement : 0);
      return;
    }
    this.takeSyn(segment);
    this.sender.begin(segment, false);
    this.establish();
    this.acknowledge();
    this.output();
  }

  private establish(): void {
    this.state = this.sender.isEnding ? "FIN_WAIT_1" : "ESTABLISHED";
    this.retries = 0;
    this.resend.cancel();
    this.heard();
    this.options.user.established();
  }

  private segmentInOrder(segment: Segment): void {
    const { flags, sequence, acknowledgement } = segment;
    const length = lengthOf(segment);
    if (!this.receiver.accepts(sequence, length)) {
      this.answerUnacceptable(segment, length);
      return;
    }
    if (flags & FLAG.RST) {
      // RFC 5961, section 3.2.
      if (sequence !== this.receiver.next) {
        this.challenge();
        return;
      }
      this.close("reset");
      return;
    }
    if (flags & FLAG.SYN) {
      this.challenge();
      return;
    }
    if (!(flags & FLAG.ACK)) return;
    if (this.state === "SYN_RECEIVED") {
      if (acknowledgement !== this.sender.next) {
        this.reset(acknowledgement);
        return;
      }
      this.sender.begin(segment, this.scaled);
      this.establish();
      if (this.hasEnded) return;
    } else if (this.sender.covers(acknowledgement)) this.takeAcknowledgement(segment);
    else {
      this.challenge();
      return;
    }
    if (this.hasEnded) return;
    this.heard();
    if (length > 0) this.takeData(segment);
    if (!this.hasEnded) this.output();
  }

  /** A function, since what is called on the way may have closed it. */
  private get hasEnded(): boolean {
    return this.state === "CLOSED";
  }

  private answerUnacceptable({ flags, sequence }: Segment, length: number): void {
    if (flags & FLAG.RST) return;
    if (this.state === "SYN_RECEIVED" && flags & FLAG.SYN && sequence === this.peerInitial) {
      this.sendSyn();
      return;
    }
    if (this.state === "TIME_WAIT" && flags & FLAG.FIN) this.lifeFor(TIME_WAIT);
    if (length > 0) this.acknowledge();
    else this.challenge();
  }

  private takeAcknowledgement(segment: Segment): void {
    const { sender } = this;
    const before = sender.unacknowledged;
    const bytes = sender.acknowledge(segment);
    if (sender.unacknowledged !== before) {
      this.retries = 0;
      if (sender.inFlight > 0) this.armResend();
      else this.resend.cancel();
    } else if (sender.window > 0 && sender.inFlight === 0) this.resend.cancel();
    this.probes = 0;
    if (sender.isDone) {
      if (this.state === "FIN_WAIT_1") this.state = "FIN_WAIT_2";
      else if (this.state === "CLOSING") this.enterTimeWait();
      else if (this.state === "LAST_ACK") {
        this.close(undefined);
        return;
      }
    }
    if (bytes === 0) return;
    if (this.orphaned) this.lifeFor(ORPHAN);
    this.options.user.acknowledged();
  }

  private takeData({ sequence, payload, flags }: Segment): void {
    if (!this.isReceiving) {
      // Behind the FIN there is nothing; one that came again is acknowledged again.
      this.acknowledge();
      return;
    }
    const { receiver } = this;
    const before = receiver.next;
    const gap = receiver.hasGap;
    const fin = receiver.receive(sequence, payload, (flags & FLAG.FIN) !== 0);
    if (this.hasEnded) return;
    if (fin) {
      if (this.state === "ESTABLISHED") this.state = "CLOSE_WAIT";
      else if (this.state === "FIN_WAIT_1") this.state = this.sender.isDone ? "TIME_WAIT" : "CLOSING";
      else this.state = "TIME_WAIT";
      this.acknowledge();
      if (this.state === "TIME_WAIT") this.enterTimeWait();
      this.options.user.ended();
      return;
    }
    const full = this.fullSegments;
    this.fullSegments += Math.floor(payload.length / this.sender.mss);
    // RFC 5681, section 4.2: at once where something is missing or a gap is filled.
    if (gap || receiver.hasGap || receiver.next === before || this.fullSegments >= SEGMENTS_MOST) this.acknowledge();
    else if (full < SEGMENTS_FEW && this.fullSegments >= SEGMENTS_FEW) this.delayedAck.at(this.options.timers.now() + BURST_ACK);
    else if (this.delayedAck.deadline === undefined) this.delayedAck.at(this.options.timers.now() + DELAYED_ACK);
  }

  /** Send what may go, and see to it that somebody looks again. */
  private output(anyway = false): void {
    if (this.state === "CONNECTING" || this.state === "SYN_SENT" || this.state === "SYN_RECEIVED" || this.state === "TIME_WAIT") return;
    const { sender } = this;
    sender.output(anyway);
    if (this.resend.deadline === undefined && (sender.inFlight > 0 || sender.hasMore)) this.armResend();
  }

  private armResend(): void {
    this.resend.at(this.options.timers.now() + this.sender.roundTrip.timeout);
  }

  private resendExpired(): void {
    const { sender } = this;
    if (this.state === "SYN_SENT" || this.state === "SYN_RECEIVED") {
      if (this.retries++ >= SYN_RETRIES) {
        this.close("timeout");
        return;
      }
      sender.roundTrip.timedOut();
      this.sendSyn();
      return;
    }
    // While the other side says that its window is closed it is there, and may go on so.
    if (this.retries++ >= RETRIES) {
      this.reset(sender.highest);
      this.close("timeout");
      return;
    }
    if (sender.inFlight > 0) sender.timedOut();
    else sender.roundTrip.timedOut();
    if (sender.window === 0) this.probe();
    else this.output(true);
    if (!this.hasEnded) this.armResend();
  }

  /** A segment that the other side has had: it answers with what it expects and its window. */
  private probe(): void {
    this.send({ sequence: (this.sender.unacknowledged - 1) | 0, ...this.acknowledgementFields() });
  }

  /** The other side is there. */
  private heard(): void {
    if (this.sender.window === 0) this.retries = 0;
    if (this.state === "TIME_WAIT" || this.orphaned) return;
    this.probes = 0;
    this.lifeFor(KEEPALIVE_IDLE);
  }

  private lifeFor(time: Nanoseconds): void {
    this.life.at(this.options.timers.now() + time);
  }

  private lifeExpired(): void {
    if (this.state === "TIME_WAIT" || this.state === "CONNECTING") {
      this.close(this.state === "TIME_WAIT" ? undefined : "timeout");
      return;
    }
    if (this.orphaned || this.probes++ >= KEEPALIVE_PROBES) {
      this.reset(this.sender.highest);
      this.close("timeout");
      return;
    }
    this.probe();
    this.lifeFor(KEEPALIVE_INTERVAL);
  }

  private enterTimeWait(): void {
    this.state = "TIME_WAIT";
    this.resend.cancel();
    this.lifeFor(TIME_WAIT);
  }

  private challenge(): void {
    const now = this.options.timers.now();
    if (now - this.lastChallenge < CHALLENGE_INTERVAL) return;
    this.lastChallenge = now;
    this.acknowledge();
  }

  private acknowledge(): void {
    this.send({ sequence: this.sender.highest, ...this.acknowledgementFields() });
  }

  /** What every segment but the first says; a delayed acknowledgement is not needed any more. */
  private acknowledgementFields(): Pick<SegmentToSend, "acknowledgement" | "flags" | "window"> {
    this.delayedAck.cancel();
    this.fullSegments = 0;
    const window = this.receiver.advertise(this.scaled ? this.ownScale : 0, this.sender.mss);
    return { acknowledgement: this.receiver.next, flags: FLAG.ACK, window };
  }

  private transmit(sequence: Sequence, flags: number, queue: ByteQueue, offset: number, count: number): void {
    this.send({ sequence, ...this.acknowledgementFields(), flags, data: { queue, offset, count } });
  }

  private reset(sequence: Sequence): void {
    this.send({ sequence, acknowledgement: this.receiver.next, flags: FLAG.RST | FLAG.ACK, window: 0 });
  }

  private send(segment: Omit<SegmentToSend, "source" | "sourcePort" | "destination" | "destinationPort">): void {
    const { local, localPort, remote, remotePort } = this.options.ends;
    this.options.send(
      createSegment({ source: local, sourcePort: localPort, destination: remote, destinationPort: remotePort, ...segment }),
    );
  }

  private close(why: Failure | undefined): void {
    if (this.state === "CLOSED") return;
    this.state = "CLOSED";
    this.resend.cancel();
    this.delayedAck.cancel();
    this.life.cancel();
    this.options.user.closed(why);
  }
}

/** The least scale by which a window of so many bytes can be told. */
function scaleFor(bytes: number): number {
  let scale = 0;
  while (bytes >> scale > 0xffff && scale < MAX_SCALE) scale++;
  return scale;
}
