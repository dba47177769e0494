// The 82540EM's statistics registers: each is cleared by reading it, and sticks at its largest value.
// Software Developer's Manual (8254x) 13.7 "Statistics Registers". Octets are 64-bit counters, cleared by reading their upper half. What a
// perfect cable never shows (CRC and alignment errors, collisions, flow control) stays zero.

import { FCS_LENGTH, isBroadcast, isGroup } from "../ethernet.js";
import type { Frame } from "../wire.js";
import { STATISTICS, STATISTICS_END } from "./registers.js";

export const MISSED_PACKETS = 0x4010;
export const NO_BUFFERS = 0x40a0;
export const OVERSIZE = 0x40ac;
export const SEGMENTED_CONTEXTS = 0x40f8;
const RX_BY_SIZE = 0x405c;
const TX_BY_SIZE = 0x40d8;
/** Longest frames, FCS included, of each counter by size. */
const SIZES = [64, 127, 255, 511, 1023];

interface Direction {
  readonly bySize: number;
  readonly good: number;
  readonly broadcast: number;
  readonly multicast: number;
  /** Lower halves. */
  readonly goodOctets: number;
  readonly totalOctets: number;
  readonly total: number;
}

const RECEIVED: Direction = {
  bySize: RX_BY_SIZE,
  good: 0x4074,
  broadcast: 0x4078,
  multicast: 0x407c,
  goodOctets: 0x4088,
  totalOctets: 0x40c0,
  total: 0x40d0,
};
const SENT: Direction = {
  bySize: TX_BY_SIZE,
  good: 0x4080,
  broadcast: 0x40f4,
  multicast: 0x40f0,
  goodOctets: 0x4090,
  totalOctets: 0x40c8,
  total: 0x40d4,
};
const OCTETS = [RECEIVED, SENT].flatMap(({ goodOctets, totalOctets }) => [goodOctets, totalOctets]);
const COUNT = (STATISTICS_END - STATISTICS) / 4;
export const STATISTICS_COUNT = COUNT;

export class E1000Statistics {
  readonly #values = new Uint32Array(COUNT);

  read(offset: number): number {
    const index = (offset - STATISTICS) >> 2;
    const value = this.#values[index]!;
    if (OCTETS.includes(offset)) return value;
    this.#values[index] = 0;
    if (OCTETS.includes(offset - 4)) this.#values[index - 1] = 0;
    return value;
  }

  count(offset: number): void {
    const index = (offset - STATISTICS) >> 2;
    if (this.#values[index]! < 0xffffffff) this.#values[index]!++;
  }

  received(frame: Frame): void {
    this.#counted(frame, RECEIVED);
  }

  sent(frame: Frame): void {
    this.#counted(frame, SENT);
  }

  reset(): void {
    this.#values.fill(0);
  }

  save(): number[] {
    return [...this.#values];
  }

  load(values: readonly number[]): void {
    this.#values.set(values);
  }

  #counted(frame: Frame, direction: Direction): void {
    const length = frame.length + FCS_LENGTH;
    const size = SIZES.findIndex((longest) => length <= longest);
    this.count(direction.bySize + (size < 0 ? SIZES.length : size) * 4);
    this.count(direction.good);
    this.count(direction.total);
    if (isBroadcast(frame)) this.count(direction.broadcast);
    else if (isGroup(frame)) this.count(direction.multicast);
    this.#add(direction.goodOctets, length);
    this.#add(direction.totalOctets, length);
  }

  #add(low: number, octets: number): void {
    const index = (low - STATISTICS) >> 2;
    const total = this.#values[index]! + octets;
    if (total >= 2 ** 32) this.#values[index + 1]!++;
    this.#values[index] = total;
  }
}
