// The RTL8139C+'s descriptor rings: two to transmit (normal, high priority), one to receive; checksums, VLAN tags, large send.
// RTL8139C(L)+ data sheet, "C+ mode: Transmit descriptors", "Receive descriptors". The transmitter sends what it finds at once, but no more than a
// burst before it waits for as long as that takes at 100 Mb/s, so that no ring keeps it busy for ever. A large send's MSS below 64 is taken as
// 64. Not modelled: early transmit threshold, interrupt mitigation.

import type { Scheduler, Timer } from "../../../core/bus/clock.js";
import type { DeviceState } from "../../../core/bus/device.js";
import type { StateReader } from "../../state-reader.js";
import { becomeSegment, fillIpChecksum, fillTransportChecksum, isIpHeaderGood, isTransportGood, parseIp, TCP, UDP } from "../checksum.js";
import { HEADER_LENGTH, vlanTag, withFcs, withoutTag, withTag } from "../ethernet.js";
import type { Frame } from "../wire.js";
import type { Match, Rtl8139Chip } from "./chip.js";
import * as R from "./registers.js";

const DESCRIPTOR = 16;
/** Descriptors of the longest ring. */
const LONGEST_RING = 64;
const OWN = 0x80000000;
const RING_END = 0x40000000;
const FIRST = 0x20000000;
const LAST = 0x10000000;

const TX_LARGE_SEND = 1 << 27;
const TX_SEGMENT_SHIFT = 16;
const TX_SEGMENT_MASK = 0x7ff;
const TX_IP = 1 << 18;
const TX_UDP = 1 << 17;
const TX_TCP = 1 << 16;
const TX_TAG = 1 << 17;
const TX_LENGTH = 0xffff;
const SMALLEST_SEGMENT = 64;

const RX_SIZE = 0x1fff;
const RX_MATCH: Readonly<Record<Match, number>> = { multicast: 1 << 26, physical: 1 << 25, broadcast: 1 << 24, any: 0 };
const RX_PROTOCOL_SHIFT = 16;
const RX_IP_FAILED = 1 << 15;
const RX_UDP_FAILED = 1 << 14;
const RX_TCP_FAILED = 1 << 13;
const RX_TAGGED = 1 << 16;

/** Of a packet; with a tag it is the longest frame a wire takes. */
const LONGEST_PACKET = 65545;
const BURST = 1 << 17;
const STEP_COST = 64;
const NANOSECONDS_PER_BYTE = 80;
/** The high priority ring goes first. */
const RINGS = [R.THPDS, R.TNPDS] as const;

export class DescriptorRings {
  readonly #chip: Rtl8139Chip;
  readonly #scheduler: Scheduler;
  readonly #timer: Timer;
  /** Which descriptor comes next, by place in `RINGS`, and to receive. */
  readonly #next = [0, 0];
  #receiveNext = 0;
  /** Rings that were asked to be looked at: bits by place in `RINGS`. */
  #polled = 0;
  /** What is collected of a packet. */
  readonly #packet = new Uint8Array(LONGEST_PACKET);
  #filled = 0;
  /** Both words of the packet's first descriptor. */
  #first: readonly [number, number] = [0, 0];

  constructor(name: string, chip: Rtl8139Chip, scheduler: Scheduler) {
    this.#chip = chip;
    this.#scheduler = scheduler;
    this.#timer = scheduler.timer(`${name}.transmit`, () => this.#burst());
  }

  reset(): void {
    this.#timer.cancel();
    this.resetTransmitter();
    this.resetReceiver();
  }

  /** Switched on: rings begin at their first descriptor. */
  resetTransmitter(): void {
    this.#next.fill(0);
    this.#polled = 0;
    this.#filled = 0;
    this.#first = [0, 0];
  }

  resetReceiver(): void {
    this.#receiveNext = 0;
  }

  /** TPPoll: there is something to send. */
  poll(normal: boolean, high: boolean): void {
    this.#polled |= (high ? 1 : 0) | (normal ? 2 : 0);
    if (this.#timer.deadline === undefined) this.#burst();
  }

  receive(frame: Frame, match: Match): void {
    const { registers, memory, raise } = this.#chip;
    const tag = registers.has(R.CPCR, R.CPCR_VLAN) ? vlanTag(frame) : undefined;
    const bytes = withFcs(tag === undefined ? frame : withoutTag(frame));
    const places = this.#claim(bytes.length);
    if (!places) {
      this.#missed();
      return;
    }
    const status = RX_MATCH[match] | (registers.has(R.CPCR, R.CPCR_CHECKSUM) ? checksumStatus(frame) : 0) | bytes.length;
    let stored = 0;
    places.forEach(({ at, size, address, isEnd }, index) => {
      const part = bytes.subarray(stored, stored + size);
      memory.write(address, part);
      stored += part.length;
      const place = (index === 0 ? FIRST : 0) | (stored === bytes.length ? LAST : 0) | (isEnd ? RING_END : 0);
      memory.write(at, receiveStatus(status | place, tag));
      this.#receiveNext = isEnd ? 0 : (this.#receiveNext + 1) % LONGEST_RING;
    });
    raise(R.CAUSE_RX_OK);
  }

  save(): DeviceState {
    return {
      version: 1,
      next: [...this.#next, this.#receiveNext],
      polled: this.#polled,
      filled: this.#filled,
      packet: this.#packet.slice(0, this.#filled),
      first: [...this.#first],
      resumes: this.#timer.deadline ?? null,
    };
  }

  load(reader: StateReader): void {
    const [high, normal, receive] = reader.numbers("next", 3, LONGEST_RING - 1);
    this.#next.splice(0, 2, high!, normal!);
    this.#receiveNext = receive!;
    this.#polled = reader.number("polled", 3);
    this.#filled = reader.number("filled", LONGEST_PACKET);
    this.#packet.set(reader.bytes("packet", this.#filled));
    const [options, tag] = reader.numbers("first", 2);
    this.#first = [options!, tag!];
    const resumes = reader.optional("resumes", Number.MAX_SAFE_INTEGER);
    if (resumes === undefined) this.#timer.cancel();
    else this.#timer.at(resumes);
  }

  #burst(): void {
    let cost = 0;
    while (cost < BURST) {
      const ring = RINGS.findIndex((_, index) => this.#polled & (1 << index));
      if (ring < 0) return;
      const moved = this.#step(ring);
      if (moved === undefined) this.#polled &= ~(1 << ring);
      else cost += moved + STEP_COST;
    }
    this.#timer.at(this.#scheduler.now() + BURST * NANOSECONDS_PER_BYTE);
  }

  /** One descriptor: bytes moved, or undefined if it is not the chip's. */
  #step(ring: number): number | undefined {
    const { registers, memory, raise, isMaster } = this.#chip;
    if (!isMaster() || !registers.has(R.CR, R.CR_TX_ENABLE) || !registers.has(R.CPCR, R.CPCR_TX)) return undefined;
    const at = registers.address(RINGS[ring]!) + this.#next[ring]! * DESCRIPTOR;
    const view = new DataView(memory.read(at, DESCRIPTOR).buffer);
    const options = view.getUint32(0, true);
    if (!(options & OWN)) {
      raise(R.CAUSE_TX_UNAVAILABLE);
      return undefined;
    }
    if (options & FIRST) {
      this.#filled = 0;
      this.#first = [options, view.getUint32(4, true)];
    }
    const length = options & TX_LENGTH;
    this.#append(memory.read(Number(view.getBigUint64(8, true)), length));
    const written = new DataView(new ArrayBuffer(4));
    written.setUint32(0, options & (RING_END | FIRST | LAST | TX_LENGTH), true);
    memory.write(at, new Uint8Array(written.buffer));
    this.#next[ring] = options & RING_END ? 0 : (this.#next[ring]! + 1) % LONGEST_RING;
    if (options & LAST) this.#sendPacket();
    return length;
  }

  #append(part: Uint8Array): void {
    const taken = part.subarray(0, LONGEST_PACKET - this.#filled);
    this.#packet.set(taken, this.#filled);
    this.#filled += taken.length;
  }

  #sendPacket(): void {
    const packet = this.#packet.slice(0, this.#filled);
    const [options, tag] = this.#first;
    this.#filled = 0;
    if (packet.length < HEADER_LENGTH) return;
    for (const frame of options & TX_LARGE_SEND ? segments(packet, options) : [packet]) {
      if (!(options & TX_LARGE_SEND)) fillChecksums(frame, options);
      // The tag's first byte on the cable is the lower one here.
      this.#chip.send(tag & TX_TAG ? withTag(frame, ((tag & 0xff) << 8) | ((tag >> 8) & 0xff)) : frame);
    }
    this.#chip.raise(R.CAUSE_TX_OK);
  }

  /** Descriptors that take `length` bytes; undefined if not so many are the chip's. */
  #claim(length: number): Place[] | undefined {
    const { registers, memory } = this.#chip;
    const places: Place[] = [];
    let index = this.#receiveNext;
    for (let left = length; left > 0; ) {
      const at = registers.address(R.RDSAR) + index * DESCRIPTOR;
      const view = new DataView(memory.read(at, DESCRIPTOR).buffer);
      const options = view.getUint32(0, true);
      if (!(options & OWN) || places.length === LONGEST_RING) return undefined;
      const isEnd = (options & RING_END) !== 0;
      places.push({ at, size: options & RX_SIZE, address: Number(view.getBigUint64(8, true)), isEnd });
      left -= options & RX_SIZE;
      index = isEnd ? 0 : (index + 1) % LONGEST_RING;
    }
    return places;
  }

  #missed(): void {
    const { registers, tally, raise } = this.#chip;
    registers.set(R.MPC, Math.min(registers.get(R.MPC) + 1, 0xffffff));
    tally.count("missed");
    raise(R.CAUSE_RX_OVERFLOW | R.CAUSE_FIFO_OVERFLOW);
  }
}

interface Place {
  readonly at: number;
  readonly size: number;
  readonly address: number;
  readonly isEnd: boolean;
}

function receiveStatus(status: number, tag: number | undefined): Uint8Array {
  const view = new DataView(new ArrayBuffer(8));
  view.setUint32(0, status, true);
  view.setUint32(4, tag === undefined ? 0 : RX_TAGGED | (tag >> 8) | ((tag & 0xff) << 8), true);
  return new Uint8Array(view.buffer);
}

function checksumStatus(frame: Frame): number {
  const packet = parseIp(frame);
  if (packet?.version !== 4) return 0;
  const failed = isIpHeaderGood(frame, packet) ? 0 : RX_IP_FAILED;
  const transport = packet.isFragment ? undefined : isTransportGood(frame, packet);
  if (packet.protocol === TCP && !packet.isFragment) return (1 << RX_PROTOCOL_SHIFT) | failed | (transport === false ? RX_TCP_FAILED : 0);
  if (packet.protocol === UDP && !packet.isFragment) return (2 << RX_PROTOCOL_SHIFT) | failed | (transport === false ? RX_UDP_FAILED : 0);
  return (3 << RX_PROTOCOL_SHIFT) | failed;
}

function fillChecksums(frame: Frame, options: number): void {
  const packet = parseIp(frame);
  if (!packet) return;
  if (options & TX_IP) fillIpChecksum(frame, packet);
  const transport = packet.protocol === TCP ? TX_TCP : packet.protocol === UDP ? TX_UDP : 0;
  if (options & transport) fillTransportChecksum(frame, packet);
}

/** Large send: TCP over IPv4, cut at the MSS, with all checksums. Another packet goes as it is. */
function segments(whole: Frame, options: number): Frame[] {
  const packet = parseIp(whole);
  if (packet?.version !== 4 || packet.protocol !== TCP || packet.transport + 20 > packet.end) return [whole];
  const header = packet.transport + (whole[packet.transport + 12]! >> 4) * 4;
  const size = Math.max(SMALLEST_SEGMENT, (options >>> TX_SEGMENT_SHIFT) & TX_SEGMENT_MASK);
  const frames: Frame[] = [];
  for (let at = header; at < packet.end; at += size) {
    const frame = new Uint8Array(header + Math.min(size, packet.end - at));
    frame.set(whole.subarray(0, header));
    frame.set(whole.subarray(at, Math.min(at + size, packet.end)), header);
    const { version, ip, transport } = packet;
    becomeSegment(frame, { version, ip, transport, isTcp: true }, frames.length, at - header, at + size >= packet.end);
    const part = { ...packet, end: frame.length };
    fillIpChecksum(frame, part);
    fillTransportChecksum(frame, part);
    frames.push(frame);
  }
  return frames;
}
