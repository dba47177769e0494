// A buffer that a driver has made available: what the device may read, then what it may write, each as pieces of guest memory.

import type { GuestMemory } from "../../core/bus/bus.js";

/** A piece of guest memory, within RAM. */
export interface Segment {
  readonly address: number;
  /** Bytes, at least one. */
  readonly length: number;
}

/** Descriptors in a chain, those of indirect tables included. As QEMU's limit; longer ones break the device. */
export const LONGEST_CHAIN = 1024;

export class QueueElement {
  /** Bytes that the driver has written for the device, and room for what the device writes. */
  readonly readableLength: number;
  readonly writableLength: number;
  readonly #memory: GuestMemory;
  #revoked = false;

  /**
   * `id`: index of the first descriptor (split ring) or buffer ID (packed ring). `slots`: entries of the ring that it takes.
   */
  constructor(
    memory: GuestMemory,
    readonly id: number,
    readonly slots: number,
    readonly readable: readonly Segment[],
    readonly writable: readonly Segment[],
  ) {
    this.#memory = memory;
    this.readableLength = lengthOf(readable);
    this.writableLength = lengthOf(writable);
  }

  /** The driver has taken it back with a reset: it is not to be touched any more, and reads as zeros. */
  revoke(): void {
    this.#revoked = true;
  }

  get isRevoked(): boolean {
    return this.#revoked;
  }

  /** What the driver has written, from `at` on; fewer bytes than `length` where it ends. */
  read(at: number, length: number): Uint8Array<ArrayBuffer> {
    const bytes = new Uint8Array(Math.max(0, Math.min(length, this.readableLength - at)));
    this.readInto(at, bytes);
    return bytes;
  }

  /** As read(), into a buffer that is there: all of it, which has to lie within what the driver has written. */
  readInto(at: number, into: Uint8Array): void {
    if (this.#revoked) into.fill(0);
    else each(this.readable, at, into.length, (address, from, to) => this.#memory.readInto(address, into.subarray(from, to)));
  }

  /** Writes for the driver, from `at` on; what goes beyond the end is dropped. Returns how many bytes fitted. */
  write(at: number, bytes: Uint8Array): number {
    const length = Math.max(0, Math.min(bytes.length, this.writableLength - at));
    if (!this.#revoked) each(this.writable, at, length, (address, from, to) => this.#memory.write(address, bytes.subarray(from, to)));
    return length;
  }

  /** For save(): id, slots, number of readable segments, then address and length of each. */
  pack(): number[] {
    const flat = [...this.readable, ...this.writable].flatMap(({ address, length }) => [address, length]);
    return [this.id, this.slots, this.readable.length, ...flat];
  }

  /** What pack() gave; undefined if no driver could have made it in a ring of `size` entries. */
  static unpack(memory: GuestMemory, size: number, numbers: readonly number[]): QueueElement | undefined {
    const [id, slots, readable, ...flat] = numbers;
    if (id === undefined || slots === undefined || readable === undefined || flat.length % 2 !== 0) return undefined;
    const segments: Segment[] = [];
    for (let i = 0; i < flat.length; i += 2) segments.push({ address: flat[i]!, length: flat[i + 1]! });
    const possible = segments.every(({ address, length }) => length > 0 && address + length <= memory.size);
    if (!possible || id > 0xffff || slots < 1 || slots > size || readable > segments.length || segments.length > LONGEST_CHAIN)
      return undefined;
    return new QueueElement(memory, id, slots, segments.slice(0, readable), segments.slice(readable));
  }
}

/** Numbers in the longest pack(). */
export const LONGEST_PACK = 3 + 2 * LONGEST_CHAIN;

function lengthOf(segments: readonly Segment[]): number {
  return segments.reduce((sum, { length }) => sum + length, 0);
}

/** The pieces of memory that bytes [at, at + length) of a list lie in; `from` and `to` count from `at`. */
function each(segments: readonly Segment[], at: number, length: number, piece: (address: number, from: number, to: number) => void): void {
  let start = -at;
  for (const segment of segments) {
    if (start >= length) return;
    const from = Math.max(start, 0);
    const to = Math.min(start + segment.length, length);
    if (from < to) piece(segment.address + from - start, from, to);
    start += segment.length;
  }
}
