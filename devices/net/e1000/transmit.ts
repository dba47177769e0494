// The 82540EM's transmitter: legacy, context and data descriptors, checksums, TCP segmentation, VLAN tags.
// Software Developer's Manual (8254x) 3.3 "Packet Transmission", 3.5 "TCP Segmentation". It sends what it finds at once, but no more than a burst
// before it waits for the time that a gigabit cable takes, so that no ring keeps it busy for ever. Not modelled: descriptor thresholds and
// prefetching (TXDCTL, TXD_LOW), adaptive spacing, PAYLEN (a packet ends with the descriptor that says so), report packet sent.

import type { GuestMemory } from "../../../core/bus/bus.js";
import type { Scheduler, Timer } from "../../../core/bus/clock.js";
import type { DeviceState } from "../../../core/bus/device.js";
import type { StateReader } from "../../state-reader.js";
import { becomeSegment, insertChecksum, putWord } from "../checksum.js";
import { HEADER_LENGTH, withoutFcs, withTag, word } from "../ethernet.js";
import { newFrame } from "../frame-slab.js";
import type { Frame } from "../wire.js";
import * as R from "./registers.js";
import { type E1000Statistics, SEGMENTED_CONTEXTS } from "./statistics.js";

const DESCRIPTOR = 16;
const COMMAND_AT = 11;
const STATUS_AT = 12;
const COMMAND_END = 1 << 0;
const COMMAND_FCS = 1 << 1;
/** Legacy: insert checksum. Data descriptors: TCP segmentation. */
const COMMAND_CHECKSUM = 1 << 2;
const COMMAND_SEGMENT = 1 << 2;
const COMMAND_REPORT = 1 << 3;
const COMMAND_EXTENDED = 1 << 5;
const COMMAND_VLAN = 1 << 6;
const COMMAND_DELAY = 1 << 7;
const CONTEXT_TCP = 1 << 0;
const CONTEXT_IPV4 = 1 << 1;
const STATUS_DONE = 1 << 0;
const OPTION_IP = 1 << 0;
const OPTION_TRANSPORT = 1 << 1;
const TYPE_DATA = 1;

/** Longest packet without FCS; more is given up. */
const LONGEST = 16288;
const CONTEXT_LENGTH = 16;
/** Bytes between two rests; each step costs as much as this beside what it moves. */
const BURST = 1 << 18;
const STEP_COST = 64;
const NANOSECONDS_PER_BYTE = 8;

export interface TransmitterOptions {
  readonly name: string;
  readonly registers: R.RegisterFile;
  readonly statistics: E1000Statistics;
  readonly memory: GuestMemory;
  readonly scheduler: Scheduler;
  isMaster(): boolean;
  send(frame: Frame): void;
  /** A descriptor that asks for it is written back; `delayed` if its interrupt may be late. */
  written(delayed: boolean): void;
  raise(causes: number): void;
}

/** One descriptor, taken apart. */
interface Descriptor {
  readonly view: DataView;
  readonly bytes: Uint8Array;
  readonly command: number;
  readonly isExtended: boolean;
  readonly length: number;
}

export class E1000Transmitter {
  readonly #options: TransmitterOptions;
  readonly #timer: Timer;
  /** The descriptor at head. */
  readonly #bytes = new Uint8Array(DESCRIPTOR);
  readonly #view = new DataView(this.#bytes.buffer);
  readonly #status = this.#bytes.subarray(STATUS_AT, STATUS_AT + 1);
  /** What is collected of a packet, or of a segment with its header. */
  readonly #packet = new Uint8Array(LONGEST);
  #filled = 0;
  /** More came than a packet may have: nothing of it is sent. */
  #isTooLong = false;
  /** Bytes of the descriptor at head that are collected already. */
  #taken = 0;
  /** Headers of the packet that is being cut into segments, segments sent, and bytes of payload in them. */
  #segments = 0;
  #sent = 0;
  /** Options and tag of the packet's first descriptor; undefined between packets. */
  #first: number | undefined;
  /** The last context descriptor without and with segmentation. */
  readonly #contexts = [new Uint8Array(CONTEXT_LENGTH), new Uint8Array(CONTEXT_LENGTH)] as const;

  constructor(options: TransmitterOptions) {
    this.#options = options;
    this.#timer = options.scheduler.timer(`${options.name}.transmit`, () => this.#burst());
  }

  /** The tail has moved, or the transmitter is on. */
  transmit(): void {
    if (this.#timer.deadline === undefined) this.#burst();
  }

  reset(): void {
    this.#timer.cancel();
    this.#taken = 0;
    for (const context of this.#contexts) context.fill(0);
    this.#begin();
  }

  save(): DeviceState {
    return {
      version: 1,
      packet: this.#packet.slice(0, this.#filled),
      filled: this.#filled,
      isTooLong: this.#isTooLong,
      taken: this.#taken,
      segments: this.#segments,
      sent: this.#sent,
      first: this.#first ?? null,
      contexts: [...this.#contexts[0], ...this.#contexts[1]],
      resumes: this.#timer.deadline ?? null,
    };
  }

  load(reader: StateReader): void {
    this.#filled = reader.number("filled", LONGEST);
    this.#packet.set(reader.bytes("packet", this.#filled));
    this.#isTooLong = reader.boolean("isTooLong");
    this.#taken = reader.number("taken", 0xfffff);
    this.#segments = reader.number("segments");
    this.#sent = reader.number("sent");
    this.#first = reader.optional("first");
    const contexts = reader.numbers("contexts", 2 * CONTEXT_LENGTH, 0xff);
    this.#contexts[0].set(contexts.slice(0, CONTEXT_LENGTH));
    this.#contexts[1].set(contexts.slice(CONTEXT_LENGTH));
    const resumes = reader.optional("resumes", Number.MAX_SAFE_INTEGER);
    if (resumes === undefined) this.#timer.cancel();
    else this.#timer.at(resumes);
  }

  #burst(): void {
    const { scheduler } = this.#options;
    let cost = 0;
    while (cost < BURST) {
      const moved = this.#step();
      if (moved === undefined) return;
      cost += moved + STEP_COST;
    }
    this.#timer.at(scheduler.now() + BURST * NANOSECONDS_PER_BYTE);
  }

  get #count(): number {
    return this.#options.registers.get(R.TDLEN) / DESCRIPTOR;
  }

  /** Where the descriptor at head lies; undefined if there is nothing to do. A head or tail outside the ring leaves nothing. */
  #next(): number | undefined {
    const { registers, isMaster } = this.#options;
    const head = registers.get(R.TDH);
    const tail = registers.get(R.TDT);
    if (!registers.has(R.TCTL, R.TCTL_ENABLE) || !isMaster()) return undefined;
    if (head === tail || head >= this.#count || tail >= this.#count) return undefined;
    return registers.address(R.TDBAL) + head * DESCRIPTOR;
  }

  /** One context, or as much of one descriptor's data as a frame takes. Bytes moved; undefined if there was nothing. */
  #step(): number | undefined {
    const at = this.#next();
    if (at === undefined) return undefined;
    this.#options.memory.readInto(at, this.#bytes);
    const descriptor = parse(this.#bytes, this.#view);
    if (descriptor.isExtended && ((descriptor.bytes[10]! >> 4) & 15) !== TYPE_DATA) {
      this.#setContext(descriptor);
      this.#finish(at, descriptor);
      return 0;
    }
    this.#first ??= firstOf(descriptor);
    const moved = this.#collect(descriptor);
    if (this.#taken >= descriptor.length) {
      if (descriptor.command & COMMAND_END) {
        this.#sendFrame(descriptor, true);
        this.#begin();
      }
      this.#finish(at, descriptor);
    } else if (this.#isSegmented(descriptor)) this.#nextSegment(descriptor);
    return moved;
  }

  #setContext(descriptor: Descriptor): void {
    const segmented = (descriptor.command & COMMAND_SEGMENT) !== 0;
    this.#contexts[segmented ? 1 : 0].set(descriptor.bytes);
    if (segmented) this.#options.statistics.count(SEGMENTED_CONTEXTS);
  }

  #isSegmented({ isExtended, command }: Descriptor): boolean {
    return isExtended && (command & COMMAND_SEGMENT) !== 0;
  }

  /** How much may be collected before a frame must go. */
  #limit(descriptor: Descriptor): number {
    if (!this.#isSegmented(descriptor)) return LONGEST;
    const context = this.#contexts[1];
    const segment = Math.max(1, context[14]! | (context[15]! << 8));
    return Math.min(context[13]! + segment, LONGEST);
  }

  #collect(descriptor: Descriptor): number {
    const address = descriptor.view.getUint32(4, true) * 2 ** 32 + descriptor.view.getUint32(0, true);
    const left = Math.max(0, descriptor.length - this.#taken);
    const part = Math.min(left, Math.max(0, this.#limit(descriptor) - this.#filled));
    if (part > 0) this.#options.memory.readInto(address + this.#taken, this.#packet.subarray(this.#filled, this.#filled + part));
    this.#filled += part;
    this.#taken += part;
    if (part < left && !this.#isSegmented(descriptor)) {
      this.#isTooLong = true;
      this.#taken = descriptor.length;
    }
    return part;
  }

  /** A full segment goes, and the headers stay for the next. */
  #nextSegment(descriptor: Descriptor): void {
    const header = Math.min(this.#contexts[1][13]!, this.#filled);
    this.#sendFrame(descriptor, false);
    this.#segments++;
    this.#sent = (this.#sent + this.#filled - header) >>> 0;
    this.#filled = header;
  }

  #begin(): void {
    this.#filled = 0;
    this.#isTooLong = false;
    this.#segments = 0;
    this.#sent = 0;
    this.#first = undefined;
  }

  #finish(at: number, descriptor: Descriptor): void {
    const { registers, memory } = this.#options;
    this.#taken = 0;
    registers.set(R.TDH, (registers.get(R.TDH) + 1) % this.#count);
    const reports = (descriptor.command & COMMAND_REPORT) !== 0;
    if (reports) {
      this.#status[0] = (this.#status[0]! & 0xf0) | STATUS_DONE;
      memory.write(at + STATUS_AT, this.#status);
      this.#options.written((descriptor.command & COMMAND_DELAY) !== 0);
    }
    if (registers.get(R.TDH) === registers.get(R.TDT)) this.#options.raise(R.CAUSE_TX_QUEUE_EMPTY);
  }

  #sendFrame(descriptor: Descriptor, isLast: boolean): void {
    if (this.#isTooLong || this.#filled < HEADER_LENGTH) return;
    const frame = newFrame(this.#filled);
    frame.set(this.#packet.subarray(0, this.#filled));
    if (descriptor.isExtended) this.#offload(frame, this.#isSegmented(descriptor), isLast);
    else if (descriptor.command & COMMAND_CHECKSUM) insertChecksum(frame, descriptor.bytes[13]!, frame.length, descriptor.bytes[10]!);
    const bare = descriptor.command & COMMAND_FCS ? frame : withoutFcs(frame);
    if (!bare) return;
    const { registers, statistics, send } = this.#options;
    const isTagged = descriptor.command & COMMAND_VLAN && registers.has(R.CTRL, R.CTRL_VLAN_MODE);
    const tag = descriptor.view.getUint16(14, true);
    const sent = isTagged ? withTag(bare, tag, registers.get(R.VET)) : bare;
    statistics.sent(sent);
    send(sent);
  }

  #offload(frame: Frame, isSegmented: boolean, isLast: boolean): void {
    const context = this.#contexts[isSegmented ? 1 : 0];
    const view = new DataView(context.buffer);
    const isTcp = (context[COMMAND_AT]! & CONTEXT_TCP) !== 0;
    const [ip, transport, at] = [context[0]!, context[4]!, context[5]!];
    const end = (value: number) => (value === 0 ? frame.length : value + 1);
    const options = this.#first ?? 0;
    if (isSegmented) {
      const version = context[COMMAND_AT]! & CONTEXT_IPV4 ? 4 : 6;
      becomeSegment(frame, { version, ip, transport, isTcp }, this.#segments, this.#sent, isLast);
      // The driver's sum of the pseudo-header is without the length.
      if (options & OPTION_TRANSPORT) addWord(frame, at, frame.length - transport);
    }
    if (options & OPTION_TRANSPORT) insertChecksum(frame, transport, end(view.getUint16(6, true)), at, !isTcp);
    if (options & OPTION_IP) insertChecksum(frame, ip, end(view.getUint16(2, true)), context[1]!);
  }
}

function parse(bytes: Uint8Array, view: DataView): Descriptor {
  const command = bytes[COMMAND_AT]!;
  const isExtended = (command & COMMAND_EXTENDED) !== 0;
  const length = isExtended ? view.getUint32(8, true) & 0xfffff : view.getUint16(8, true);
  return { view, bytes, command, isExtended, length };
}

/** POPTS: valid in the first data descriptor of a packet. */
function firstOf({ bytes, isExtended }: Descriptor): number {
  return isExtended ? bytes[13]! : 0;
}

/** One's complement addition in place. */
function addWord(bytes: Uint8Array, at: number, value: number): void {
  if (at + 2 > bytes.length) return;
  const total = word(bytes, at) + value;
  putWord(bytes, at, (total & 0xffff) + (total >> 16));
}
