// A port: what it lets in, what leaves through it, and who watches. Where frames go is the switch's.
import type { Clock, Nanoseconds } from "../../../core/bus/clock.js";
import { macNumber } from "../ethernet.js";
import { NetworkError } from "../network-error.js";
import { TokenBucket } from "../token-bucket.js";
import type { Frame, Wire } from "../wire.js";
import { PortCounters } from "./counters.js";
import { bucketOf, EgressQueue } from "./egress-queue.js";
import { FRAME_LEAST, FRAME_MOST, isGroupAt, SOURCE } from "./ethernet.js";
import type { PortOptions } from "./port-options.js";
import { type SourceCheck, sourceCheck } from "./port-security.js";
import { carries, classify, emerge, type VlanFrame, vlanProblem } from "./vlan.js";

/** Sees frames as they pass on the wire: what came in, also if it is dropped then, and what went out. It must not change them. */
export type Tap = (frame: Frame, direction: "rx" | "tx") => void;

export class SwitchPort {
  readonly counters = new PortCounters();
  /** Nothing passes before this time: a loop was found. */
  blockedUntil: Nanoseconds = 0;
  private readonly taps = new Set<Tap>();
  private readonly check: SourceCheck | undefined;
  private readonly policer: TokenBucket | undefined;
  private readonly storm: TokenBucket | undefined;
  private readonly queue: EgressQueue | undefined;

  /** Throws NetworkError for options that are impossible. */
  constructor(
    private readonly clock: Clock,
    readonly wire: Wire,
    readonly options: PortOptions,
  ) {
    const { vlan, security, ingress, egress, storm, queueBytes } = options;
    const problem = vlanProblem(vlan);
    if (problem) throw new NetworkError(`port ${options.name}: ${problem}`);
    for (const rate of [ingress?.bitsPerSecond, egress?.bitsPerSecond, storm.framesPerSecond])
      if (rate !== undefined && !(rate > 0)) throw new NetworkError(`port ${options.name}: a rate of ${rate} lets nothing through`);
    this.check = security && sourceCheck(security);
    this.policer = ingress && bucketOf(clock, ingress);
    this.storm = Number.isFinite(storm.framesPerSecond) ? new TokenBucket(clock, storm.framesPerSecond, storm.burst) : undefined;
    this.queue = egress && new EgressQueue(clock, egress, queueBytes);
  }

  get name(): string {
    return this.options.name;
  }

  get isBlocked(): boolean {
    return this.clock.now() < this.blockedUntil;
  }

  /** Returns what takes the tap away. */
  tap(tap: Tap): () => void {
    this.taps.add(tap);
    return () => this.taps.delete(tap);
  }

  /** The first look at what comes from the wire: whether it is a frame at all. */
  arrives(frame: Frame): boolean {
    const { rx } = this.counters;
    if (frame.length < FRAME_LEAST || frame.length > FRAME_MOST || isGroupAt(frame, SOURCE) || macNumber(frame, SOURCE) === 0) {
      rx.errors++;
      return false;
    }
    this.counters.passed("rx", frame.length);
    this.show(frame, "rx");
    return true;
  }

  /** The frame as the switch takes it in, or undefined if it does not. */
  admit(frame: Frame): VlanFrame | undefined {
    if (this.options.mirrorOf) return this.drop("mirror");
    if (this.isBlocked) return this.drop("blocked");
    if (this.policer && !this.policer.take(frame.length)) return this.drop("rate");
    const admitted = classify(this.options.vlan, frame);
    if (!admitted) return this.drop("vlan");
    if (this.check && !this.check(admitted.plain)) return this.drop("security");
    return admitted;
  }

  /** Whether one more frame from here may go to all ports. */
  mayFlood(): boolean {
    if (!this.storm || this.storm.take(1)) return true;
    this.drop("storm");
    return false;
  }

  drop(reason: Parameters<PortCounters["dropped"]>[1]): undefined {
    this.counters.dropped("rx", reason);
  }

  /** Whether frames of `from` in that VLAN are for this port at all. */
  hears(from: SwitchPort, vlan: number): boolean {
    const { isolated, mirrorOf } = this.options;
    return this !== from && !mirrorOf && !(isolated && from.options.isolated) && carries(this.options.vlan, vlan);
  }

  transmit(frame: VlanFrame): void {
    if (this.isBlocked) this.counters.dropped("tx", "blocked");
    else this.send(emerge(this.options.vlan, frame));
  }

  /** To the wire, by way of the queue if there is one. */
  send(frame: Frame): void {
    if (!this.wire.isUp) this.counters.dropped("tx", "down");
    else if (!this.queue) this.leave(frame);
    else if (this.queue.push(frame)) this.sendDue();
    else this.counters.dropped("tx", "queue");
  }

  /** What waits and whose time has come. */
  sendDue(): void {
    for (let frame = this.queue?.shift(); frame; frame = this.queue?.shift()) this.leave(frame);
  }

  /** When something that waits can go. */
  get readyAt(): Nanoseconds | undefined {
    return this.queue?.readyAt;
  }

  clearQueue(): void {
    this.queue?.clear();
  }

  private leave(frame: Frame): void {
    this.counters.passed("tx", frame.length);
    this.show(frame, "tx");
    this.wire.send(frame);
  }

  private show(frame: Frame, direction: "rx" | "tx"): void {
    for (const tap of this.taps) tap(frame, direction);
  }
}
