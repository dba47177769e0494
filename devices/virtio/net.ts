// A virtio network card (device ID 1) at the end of a wire. Virtual I/O Device (VIRTIO) Version 1.2, section 5.1. What lies on the wire are plain frames
// with right checksums: the card completes and cuts what its driver leaves to it (../net/offload.ts), and takes together what a driver takes in large packets (../net/offload-merge.ts).
//
// Not modelled: hash reports and receive-side scaling (frames are steered by flow, net-steering.ts), coalescing of notifications, standby.

import type { Nanoseconds, Timer } from "../../core/bus/clock.js";
import type { DeviceState } from "../../core/bus/device.js";
import { HEADER_LENGTH as ETHERNET_HEADER } from "../net/ethernet.js";
import type { Frame, Wire } from "../net/wire.js";
import { StateReader } from "../state-reader.js";
import { F_VERSION_1 } from "./constants.js";
import * as NET from "./net-config.js";
import { CONTROL_ERR, CONTROL_HEADER, CONTROL_MOST, CONTROL_OK, type Controlled, control } from "./net-control.js";
import { NetFilter } from "./net-filter.js";
import { HEADER_LENGTH, LEGACY_HEADER_LENGTH } from "./net-header.js";
import { driverPacket, framesOf } from "./net-offload.js";
import { ReceiveQueue } from "./net-receive.js";
import { FlowTable } from "./net-steering.js";
import { longestFrame, TransmitQueue } from "./net-transmit.js";
import { VirtioDevice, type VirtioEnvironment } from "./virtio-device.js";
import type { Virtqueue } from "./virtqueue.js";

const NET_TYPE = 1;
const QUEUE_SIZE = 256;
const CONTROL_QUEUE_SIZE = 64;
/** What the driver can switch on and off. */
const GUEST_OFFLOADS = NET.NET_F_GUEST_CSUM | NET.NET_F_GUEST_TSO4 | NET.NET_F_GUEST_TSO6;
export const PAIRS_MOST = 16;
/** A link that comes may lead to another place than before, where the guest is to announce itself: so long after it, for drivers have to see it first. */
const ANNOUNCED_AFTER: Nanoseconds = 50_000_000;

export interface VirtioNetOptions {
  /** Six bytes. */
  readonly mac: Uint8Array;
  readonly wire: Wire;
  /** Pairs of queues: 1 if not given, at most PAIRS_MOST. */
  readonly pairs?: number;
  /** Entries of each queue for packets, a power of two; 256 if not given. */
  readonly queueSize?: number;
  /** The longest IP packet that the driver is told of; it is told nothing if not given, as by QEMU's. */
  readonly mtu?: number;
}

export class VirtioNet extends VirtioDevice implements Controlled {
  readonly filter = new NetFilter();
  readonly #mac: Uint8Array;
  readonly #wire: Wire;
  readonly #most: number;
  readonly #mtu: number | undefined;
  readonly #config: NET.NetConfig;
  readonly #flows = new FlowTable();
  readonly #receivers: readonly ReceiveQueue[];
  readonly #transmitters: readonly TransmitQueue[];
  readonly #clock;
  readonly #arrivals;
  readonly #announcement;
  /** Pairs in use. */
  #pairs = 1;
  /** Of GUEST_OFFLOADS, those that are on. */
  #offloads = 0n;
  /** Of the IPv6 packet that was cut into fragments last. */
  #identification = 0;

  constructor(name: string, options: VirtioNetOptions, environment: VirtioEnvironment) {
    const { mac, wire, pairs = 1, queueSize = QUEUE_SIZE, mtu } = options;
    if (!(pairs >= 1 && pairs <= PAIRS_MOST)) throw new RangeError(`a network card has 1 to ${PAIRS_MOST} pairs of queues`);
    const config = new NET.NetConfig({ pairs, mtu });
    const queues = [...new Array<number>(2 * pairs).fill(queueSize), CONTROL_QUEUE_SIZE];
    super({ name, type: NET_TYPE, features: NET.netFeatures({ pairs, mtu }), queues, config: config.bytes }, environment);
    this.#mac = mac.slice();
    this.#wire = wire;
    this.#most = pairs;
    this.#mtu = mtu;
    this.#config = config;
    this.#clock = environment.scheduler;
    this.#arrivals = this.#clock.timer(`${name}.arrivals`, () => this.#deliver());
    this.#announcement = this.#clock.timer(`${name}.announcement`, () => this.#askForAnnouncement());
    this.#receivers = Array.from({ length: pairs }, (_, pair) => this.#createReceiver(pair));
    this.#transmitters = Array.from({ length: pairs }, (_, pair) => this.#createTransmitter(pair));
    wire.onFrame((frame) => this.#arrived(frame));
    wire.onLink(() => this.#lookAtLink());
  }

  /** "Legacy Interface: Device configuration layout": the address is the driver's to write, where no command is. */
  override writeConfig(offset: number, bytes: Uint8Array): void {
    if (this.has(F_VERSION_1) || this.has(NET.NET_F_CTRL_MAC_ADDR)) return;
    bytes.forEach((byte, at) => {
      if (offset + at < this.#mac.length) this.config[offset + at] = byte;
    });
  }

  setMac(address: Uint8Array): void {
    this.#config.mac = address;
  }

  announced(): void {
    this.#config.status &= ~NET.STATUS_ANNOUNCE;
  }

  setPairs(pairs: number): boolean {
    if (pairs < 1 || pairs > this.#most) return false;
    this.#pairs = pairs;
    for (const receiver of this.#receivers.slice(pairs)) receiver.clear();
    return true;
  }

  setOffloads(bits: bigint): boolean {
    if ((bits & ~(this.features & GUEST_OFFLOADS)) !== 0n) return false;
    this.#offloads = bits;
    return true;
  }

  override save(): DeviceState {
    return {
      ...super.save(),
      config: this.config.slice(),
      filter: this.filter.save(),
      pairs: this.#pairs,
      offloads: this.#offloads,
      identification: this.#identification,
      flows: this.#flows.save(),
      receivers: this.#receivers.map((receiver) => receiver.save()),
      arrivals: saved(this.#arrivals),
      announcement: saved(this.#announcement),
      rests: this.#transmitters.map(({ due }) => (due === undefined ? 0 : Math.ceil(due))),
    };
  }

  override load(state: DeviceState): void {
    super.load(state);
    const reader = new StateReader(this.name, state, 1);
    const config = reader.bytes("config", this.config.length);
    this.#config.mac = config.subarray(0, this.#mac.length);
    this.#config.status = config[NET.STATUS_AT]! & (NET.STATUS_LINK_UP | NET.STATUS_ANNOUNCE);
    this.filter.load(reader.nested("filter", 1));
    this.#pairs = Math.max(1, reader.number("pairs", this.#most));
    this.#offloads = reader.wide("offloads") & this.features & GUEST_OFFLOADS;
    this.#identification = reader.number("identification");
    this.#flows.load(reader, "flows");
    const receivers = reader.nestedList("receivers", this.#most, 1);
    this.#receivers.forEach((receiver, pair) => {
      receiver.load(receivers[pair]!);
    });
    rearm(this.#arrivals, reader, "arrivals");
    rearm(this.#announcement, reader, "announcement");
    const rests = reader.numbers("rests", this.#most, Number.MAX_SAFE_INTEGER);
    this.#transmitters.forEach((transmitter, pair) => {
      if (rests[pair]! > 0) transmitter.restUntil(rests[pair]!);
    });
  }

  /** Nothing is under way but what has a time. A cable may be out that was in, and the other way round. */
  protected override resumed(): void {
    this.#lookAtLink();
  }

  protected override available(queue: Virtqueue): void {
    if (queue.index === this.#controlIndex) {
      if (this.has(NET.NET_F_CTRL_VQ)) this.#control(queue);
    } else if (queue.index < this.#controlIndex) {
      const pair = queue.index >> 1;
      if (queue.index & 1) this.#transmitters[pair]!.available();
      else this.#receivers[pair]!.deliver();
    }
  }

  protected override negotiated(): void {
    this.filter.passAllVlans(!this.has(NET.NET_F_CTRL_VLAN));
    this.#offloads = this.features & GUEST_OFFLOADS;
  }

  protected override wasReset(): void {
    this.#config.mac = this.#mac;
    this.#config.status = this.#wire.isUp ? NET.STATUS_LINK_UP : 0;
    this.filter.reset();
    this.#flows.reset();
    this.#pairs = 1;
    this.#identification = 0;
    this.#arrivals.cancel();
    this.#announcement.cancel();
    for (const receiver of this.#receivers) {
      receiver.clear();
      receiver.forgetBuffers();
    }
    for (const transmitter of this.#transmitters) transmitter.reset();
  }

  protected override queueWasReset(queue: Virtqueue): void {
    if (queue.index < this.#controlIndex && !(queue.index & 1)) this.#receivers[queue.index >> 1]!.forgetBuffers();
  }

  /** "Virtqueues": behind the pairs that there are, of which a driver without MQ sees one. */
  get #controlIndex(): number {
    return this.has(NET.NET_F_MQ) ? 2 * this.#most : 2;
  }

  get #headerLength(): number {
    return this.has(F_VERSION_1) || this.has(NET.NET_F_MRG_RXBUF) ? HEADER_LENGTH : LEGACY_HEADER_LENGTH;
  }

  /** Large packets only where they need not fit into one buffer. */
  get #receiveOffloads(): bigint {
    const { NET_F_GUEST_CSUM, NET_F_MRG_RXBUF } = NET;
    return this.#offloads & NET_F_GUEST_CSUM && this.has(NET_F_MRG_RXBUF) ? this.#offloads : this.#offloads & NET_F_GUEST_CSUM;
  }

  get #longest(): number {
    return longestFrame(this.has(NET.NET_F_MTU) ? this.#mtu : undefined);
  }

  #createReceiver(pair: number): ReceiveQueue {
    return new ReceiveQueue(this.queues[2 * pair]!, {
      headerLength: () => this.#headerLength,
      merges: () => this.has(NET.NET_F_MRG_RXBUF),
      packet: (frames, index) => driverPacket(frames, index, this.#receiveOffloads),
      fail: (problem) => this.fail(problem),
    });
  }

  #createTransmitter(pair: number): TransmitQueue {
    return new TransmitQueue(pair, this.queues[2 * pair + 1]!, {
      name: this.name,
      scheduler: this.#clock,
      headerLength: () => this.#headerLength,
      longest: () => this.#longest,
      frames: (packet, header) => framesOf(packet, header, { has: (feature) => this.has(feature), identification: () => this.#identify() }),
      send: (frame, from) => this.#send(frame, from),
      fail: (problem) => this.fail(problem),
    });
  }

  #identify(): number {
    this.#identification = (this.#identification + 1) >>> 0;
    return this.#identification;
  }

  #send(frame: Frame, pair: number): void {
    if (this.#pairs > 1) this.#flows.sent(frame, pair);
    this.#wire.send(frame);
  }

  #arrived(frame: Frame): void {
    const isFrame = frame.length >= ETHERNET_HEADER && frame.length <= this.#longest;
    if (!isFrame || !this.isRunning || !this.filter.passes(frame, this.#config.mac)) return;
    const pair = this.#pairs > 1 ? this.#flows.pairFor(frame, this.#pairs) : 0;
    this.#receivers[pair]!.add(frame);
    if (this.#arrivals.deadline === undefined) this.#arrivals.at(this.#clock.now());
  }

  #deliver(): void {
    for (const receiver of this.#receivers) receiver.deliver();
  }

  #control(queue: Virtqueue): void {
    // More than the queue has can not be: a driver that makes it so breaks the rules.
    for (let i = 0; i < queue.size; i++) {
      const element = queue.pop();
      if (!element) break;
      const length = element.readableLength;
      if (length < CONTROL_HEADER || element.writableLength < 1) {
        this.fail(`queue ${queue.index}: a command without its header or room for the answer`);
        return;
      }
      const isDone = length <= CONTROL_MOST && control(element.read(0, length), this);
      queue.push(element, element.write(0, Uint8Array.of(isDone ? CONTROL_OK : CONTROL_ERR)));
    }
    queue.notify();
  }

  #lookAtLink(): void {
    const { isUp } = this.#wire;
    if (isUp === ((this.#config.status & NET.STATUS_LINK_UP) !== 0)) return;
    this.#config.status = isUp ? NET.STATUS_LINK_UP : 0;
    this.#announcement.cancel();
    if (isUp && this.has(NET.NET_F_GUEST_ANNOUNCE)) this.#announcement.at(this.#clock.now() + ANNOUNCED_AFTER);
    this.configChanged();
  }

  #askForAnnouncement(): void {
    this.#config.status |= NET.STATUS_ANNOUNCE;
    this.configChanged();
  }
}

function saved({ deadline }: Timer): number | null {
  return deadline === undefined ? null : Math.ceil(deadline);
}

function rearm(timer: Timer, reader: StateReader, field: string): void {
  const due = reader.optional(field, Number.MAX_SAFE_INTEGER);
  if (due !== undefined) timer.at(due);
}
