// The 82540EM's receiver: address and VLAN filters, the packet buffer, the descriptor ring, checksums.
// Software Developer's Manual (8254x) 3.2 "Packet Reception", 10 "Receive address and filters". A frame that finds no descriptor waits in the packet
// buffer; one that does not fit there any more is missed. Not modelled: flow control, split headers, storing of bad packets (there are none).

import type { GuestMemory } from "../../../core/bus/bus.js";
import type { DeviceState } from "../../../core/bus/device.js";
import type { StateReader } from "../../state-reader.js";
import { isIpHeaderGood, isTransportGood, parseIp, sum } from "../checksum.js";
import { FCS_LENGTH, HEADER_LENGTH, isBroadcast, isGroup, padded, vlanTag, withFcs, withoutTag } from "../ethernet.js";
import type { Frame } from "../wire.js";
import * as R from "./registers.js";
import { type E1000Statistics, MISSED_PACKETS, NO_BUFFERS, OVERSIZE } from "./statistics.js";

const DESCRIPTOR = 16;
const STATUS_DONE = 1 << 0;
const STATUS_END = 1 << 1;
const STATUS_IGNORE_CHECKSUMS = 1 << 2;
const STATUS_VLAN = 1 << 3;
const STATUS_TCP_CHECKED = 1 << 5;
const STATUS_IP_CHECKED = 1 << 6;
const STATUS_INEXACT = 1 << 7;
const ERROR_TCP = 1 << 5;
const ERROR_IP = 1 << 6;
const RXCSUM_START = 0xff;
const RXCSUM_IP = 1 << 8;
const RXCSUM_TCP = 1 << 9;
const ADDRESS_VALID = 0x80000000;
const TAG_CFI = 1 << 12;
/** Longest frames, FCS included, without and with long packets. */
const LONGEST_USUAL = 1522;
const LONGEST = 16384;
/** The packet buffer is 64 KiB for both directions; PBA says how many are the receiver's. */
const PACKET_BUFFER = 0x10000;
const BUFFER_SIZES = [2048, 1024, 512, 256];

export interface ReceiverOptions {
  readonly registers: R.RegisterFile;
  readonly statistics: E1000Statistics;
  readonly memory: GuestMemory;
  /** The function may be a bus master. */
  isMaster(): boolean;
  raise(causes: number): void;
}

/** A frame in the packet buffer, and what goes into its last descriptor. */
interface Waiting {
  readonly bytes: Uint8Array;
  readonly status: number;
  readonly errors: number;
  readonly checksum: number;
  readonly tag: number;
}

export class E1000Receiver {
  readonly #options: ReceiverOptions;
  #waiting: Waiting[] = [];
  /** Bytes of the first frame that are in memory already. */
  #stored = 0;
  /** The first half of a descriptor as read, the second as written. */
  readonly #half = new DataView(new ArrayBuffer(DESCRIPTOR / 2));
  readonly #halfBytes = new Uint8Array(this.#half.buffer);

  constructor(options: ReceiverOptions) {
    this.#options = options;
  }

  /** A frame from the cable. */
  receive(frame: Frame): void {
    const { registers, statistics } = this.#options;
    if (frame.length < HEADER_LENGTH || !registers.has(R.RCTL, R.RCTL_ENABLE)) return;
    const match = this.#filter(frame);
    if (match === undefined) return;
    const whole = padded(frame);
    const length = whole.length + FCS_LENGTH;
    if (length > (registers.has(R.RCTL, R.RCTL_LONG_PACKETS) ? LONGEST : LONGEST_USUAL)) {
      statistics.count(OVERSIZE);
      return;
    }
    if (!this.#hasRoom(length)) {
      statistics.count(MISSED_PACKETS);
      this.#options.raise(R.CAUSE_RX_OVERRUN);
      return;
    }
    statistics.received(whole);
    if (this.#ready === 0) statistics.count(NO_BUFFERS);
    this.#waiting.push(this.#describe(whole, match));
    this.deliver();
  }

  /** Moves frames to memory as long as there are descriptors. */
  deliver(): void {
    const { registers, isMaster } = this.#options;
    if (!isMaster() || !registers.has(R.RCTL, R.RCTL_ENABLE)) return;
    while (this.#waiting.length > 0 && this.#ready > 0) this.#fillDescriptor(this.#waiting[0]!);
  }

  reset(): void {
    this.#waiting = [];
    this.#stored = 0;
  }

  save(): DeviceState {
    const waiting = this.#waiting.map((frame) => ({ version: 1, length: frame.bytes.length, ...frame }));
    return { version: 1, stored: this.#stored, count: waiting.length, waiting };
  }

  load(reader: StateReader): void {
    const count = reader.number("count", PACKET_BUFFER / 64);
    this.#waiting = reader.nestedList("waiting", count, 1).map(loadWaiting);
    this.#stored = reader.number("stored", Math.max(0, (this.#waiting[0]?.bytes.length ?? 0) - 1));
  }

  /** Status bits of a frame that is for this station, or undefined. */
  #filter(frame: Frame): number | undefined {
    const { registers } = this.#options;
    if (!this.#passesVlan(frame)) return undefined;
    if (isBroadcast(frame)) return registers.has(R.RCTL, R.RCTL_BROADCAST | R.RCTL_MULTICAST_PROMISCUOUS) ? 0 : undefined;
    if (this.#isExact(frame)) return 0;
    const group = isGroup(frame);
    if (registers.has(R.RCTL, group ? R.RCTL_MULTICAST_PROMISCUOUS : R.RCTL_UNICAST_PROMISCUOUS)) return STATUS_INEXACT;
    return group && this.#isInTable(frame) ? STATUS_INEXACT : undefined;
  }

  #isExact(frame: Frame): boolean {
    const { registers } = this.#options;
    const low = (frame[0]! | (frame[1]! << 8) | (frame[2]! << 16) | (frame[3]! << 24)) >>> 0;
    // Address select 0 is the destination; sources are not compared.
    const high = (frame[4]! | (frame[5]! << 8) | ADDRESS_VALID) >>> 0;
    for (let at = R.RAL; at < R.RAL + R.RECEIVE_ADDRESSES * 8; at += 8)
      if (registers.get(at) === low && registers.get(at + 4) === high) return true;
    return false;
  }

  /** Multicast table: twelve bits of the address, from where RCTL.MO says. */
  #isInTable(frame: Frame): boolean {
    const { registers } = this.#options;
    const shift = [4, 3, 2, 0][(registers.get(R.RCTL) >> R.RCTL_MULTICAST_OFFSET_SHIFT) & 3]!;
    const hash = ((frame[4]! | (frame[5]! << 8)) >> shift) & 0xfff;
    return ((registers.get(R.MTA + (hash >> 5) * 4) >>> (hash & 31)) & 1) !== 0;
  }

  #passesVlan(frame: Frame): boolean {
    const { registers } = this.#options;
    if (!registers.has(R.RCTL, R.RCTL_VLAN_FILTER)) return true;
    const tag = vlanTag(frame, registers.get(R.VET));
    if (tag === undefined) return true;
    if (registers.has(R.RCTL, R.RCTL_CFI_FILTER) && ((tag & TAG_CFI) !== 0) !== registers.has(R.RCTL, R.RCTL_CFI_VALUE)) return false;
    const identifier = tag & 0xfff;
    return ((registers.get(R.VFTA + (identifier >> 5) * 4) >>> (identifier & 31)) & 1) !== 0;
  }

  #describe(frame: Frame, match: number): Waiting {
    const { registers } = this.#options;
    const tag = vlanTag(frame, registers.get(R.VET));
    const stripsTag = tag !== undefined && registers.has(R.CTRL, R.CTRL_VLAN_MODE);
    const bare = stripsTag ? withoutTag(frame) : frame;
    const checks = this.#check(frame);
    return {
      bytes: registers.has(R.RCTL, R.RCTL_STRIP_CRC) ? bare : withFcs(bare),
      status: match | checks.status | (stripsTag ? STATUS_VLAN : 0),
      errors: checks.errors,
      checksum: sum(bare, registers.get(R.RXCSUM) & RXCSUM_START, bare.length),
      tag: stripsTag ? tag : 0,
    };
  }

  #check(frame: Frame): { readonly status: number; readonly errors: number } {
    const { registers } = this.#options;
    const packet = registers.has(R.RXCSUM, RXCSUM_IP | RXCSUM_TCP) ? parseIp(frame) : undefined;
    if (!packet) return { status: STATUS_IGNORE_CHECKSUMS, errors: 0 };
    let status = 0;
    let errors = 0;
    if (packet.version === 4 && registers.has(R.RXCSUM, RXCSUM_IP)) {
      status |= STATUS_IP_CHECKED;
      if (!isIpHeaderGood(frame, packet)) errors |= ERROR_IP;
    }
    const transport = registers.has(R.RXCSUM, RXCSUM_TCP) ? isTransportGood(frame, packet) : undefined;
    if (transport !== undefined) status |= STATUS_TCP_CHECKED;
    if (transport === false) errors |= ERROR_TCP;
    return { status, errors };
  }

  #hasRoom(length: number): boolean {
    const room = Math.min((this.#options.registers.get(R.PBA) & 0x7f) * 1024, PACKET_BUFFER);
    return this.#waiting.reduce((total, { bytes }) => total + bytes.length, length) <= room;
  }

  get #count(): number {
    return this.#options.registers.get(R.RDLEN) / DESCRIPTOR;
  }

  /** Descriptors that are the card's: from head up to tail. A head or tail outside the ring leaves none. */
  get #ready(): number {
    const { registers } = this.#options;
    const count = this.#count;
    const head = registers.get(R.RDH);
    const tail = registers.get(R.RDT);
    return head >= count || tail >= count ? 0 : (tail - head + count) % count;
  }

  get #bufferSize(): number {
    const { registers } = this.#options;
    const size = BUFFER_SIZES[(registers.get(R.RCTL) >> R.RCTL_SIZE_SHIFT) & 3]!;
    return registers.has(R.RCTL, R.RCTL_SIZE_EXTENSION) && size < 2048 ? size * 16 : size;
  }

  #fillDescriptor(frame: Waiting): void {
    const { registers, memory } = this.#options;
    const at = registers.address(R.RDBAL) + registers.get(R.RDH) * DESCRIPTOR;
    memory.readInto(at, this.#halfBytes);
    const buffer = this.#half.getUint32(4, true) * 2 ** 32 + this.#half.getUint32(0, true);
    const part = frame.bytes.subarray(this.#stored, this.#stored + this.#bufferSize);
    // A null address is no buffer: the part is lost.
    if (buffer !== 0) memory.write(buffer, part);
    this.#stored += part.length;
    const isLast = this.#stored === frame.bytes.length;
    this.#fillWriteBack(frame, part.length, isLast);
    memory.write(at + 8, this.#halfBytes);
    registers.set(R.RDH, (registers.get(R.RDH) + 1) % this.#count);
    if (!isLast) return;
    this.#waiting.shift();
    this.#stored = 0;
    this.#options.raise(R.CAUSE_RX_TIMER | (this.#isLow ? R.CAUSE_RX_THRESHOLD : 0));
  }

  #fillWriteBack(frame: Waiting, length: number, isLast: boolean): void {
    this.#half.setUint16(0, length, true);
    this.#half.setUint16(2, frame.checksum, true);
    this.#half.setUint8(4, STATUS_DONE | (isLast ? STATUS_END | frame.status : 0));
    this.#half.setUint8(5, isLast ? frame.errors : 0);
    this.#half.setUint16(6, frame.tag, true);
  }

  /** RCTL.RDMTS: half, a quarter or an eighth of the ring is left. */
  get #isLow(): boolean {
    const part = (this.#options.registers.get(R.RCTL) >> R.RCTL_THRESHOLD_SHIFT) & 3;
    return this.#ready <= this.#count >> (part + 1);
  }
}

function loadWaiting(reader: StateReader): Waiting {
  return {
    bytes: reader.bytes("bytes", reader.number("length", LONGEST)),
    status: reader.number("status", 0xff),
    errors: reader.number("errors", 0xff),
    checksum: reader.number("checksum", 0xffff),
    tag: reader.number("tag", 0xffff),
  };
}
