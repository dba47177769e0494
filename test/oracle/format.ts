// The vector file: see README.md. Vectors hold only what differs from a default image, and outputs only what differs from inputs.
import { IMAGE_SIZE } from "./layout.js";

const MAGIC = 0x58565352; // "RSVX"
const VERSION = 1;
const HEADER = 16;

/** How the code segment (and the stack) are set up. */
export const MODE_32 = 0;
/** 16-bit code segment, 32-bit stack. */
export const MODE_16 = 1;
/** 16-bit code segment, 16-bit stack segment. */
export const MODE_16_STACK16 = 2;

export interface Vector {
  readonly mode: number;
  readonly code: Uint8Array;
  readonly input: Uint8Array;
  readonly output: Uint8Array;
}

export interface VectorFile {
  readonly bits: number;
  readonly seed: number;
  readonly vectors: readonly Vector[];
}

class Writer {
  private bytes = new Uint8Array(1 << 16);
  private length = 0;

  byte(value: number): void {
    this.room(1);
    this.bytes[this.length++] = value;
  }

  u32(value: number): void {
    for (let i = 0; i < 4; i++) this.byte((value >>> (8 * i)) & 0xff);
  }

  varint(value: number): void {
    for (; value >= 0x80; value >>>= 7) this.byte((value & 0x7f) | 0x80);
    this.byte(value);
  }

  append(bytes: Uint8Array): void {
    this.room(bytes.length);
    this.bytes.set(bytes, this.length);
    this.length += bytes.length;
  }

  /** Runs of bytes in which `to` differs from `from`: (skip, length, bytes)*, ended by (0, 0). */
  delta(from: Uint8Array, to: Uint8Array): void {
    let done = 0;
    for (let i = 0; i < to.length; ) {
      if (from[i] === to[i]) {
        i++;
        continue;
      }
      let end = i + 1;
      while (end < to.length && (from[end] !== to[end] || (end + 1 < to.length && from[end + 1] !== to[end + 1]))) end++;
      this.varint(i - done);
      this.varint(end - i);
      this.append(to.subarray(i, end));
      done = end;
      i = end;
    }
    this.byte(0);
    this.byte(0);
  }

  finish(): Uint8Array {
    return this.bytes.slice(0, this.length);
  }

  private room(count: number): void {
    if (this.length + count <= this.bytes.length) return;
    const larger = new Uint8Array(Math.max(this.bytes.length * 2, this.length + count));
    larger.set(this.bytes);
    this.bytes = larger;
  }
}

class Reader {
  private at = 0;

  constructor(private readonly bytes: Uint8Array) {}

  byte(): number {
    const value = this.bytes[this.at++];
    if (value === undefined) throw new Error("The vector file is cut short.");
    return value;
  }

  u32(): number {
    return (this.byte() | (this.byte() << 8) | (this.byte() << 16) | (this.byte() << 24)) >>> 0;
  }

  varint(): number {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = this.byte();
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
  }

  take(count: number): Uint8Array {
    if (this.at + count > this.bytes.length) throw new Error("The vector file is cut short.");
    this.at += count;
    // Not slice(): on a Node Buffer that would be a view, and changing it would change the file.
    return Uint8Array.from(this.bytes.subarray(this.at - count, this.at));
  }

  applyDelta(image: Uint8Array): void {
    for (let at = 0; ; ) {
      const skip = this.varint();
      const length = this.varint();
      if (length === 0) return;
      image.set(this.take(length), at + skip);
      at += skip + length;
    }
  }
}

export function encodeVectors(file: VectorFile, defaults: Uint8Array): Uint8Array {
  const out = new Writer();
  out.u32(MAGIC);
  out.u32(VERSION | (file.bits << 16));
  out.u32(file.vectors.length);
  out.u32(file.seed);
  out.append(defaults);
  for (const vector of file.vectors) {
    out.byte(vector.mode);
    out.byte(vector.code.length);
    out.append(vector.code);
    out.delta(defaults, vector.input);
    out.delta(vector.input, vector.output);
  }
  return out.finish();
}

/** The header and the vectors one at a time, so that a large set is never in memory at once. */
export function decodeVectors(bytes: Uint8Array): { bits: number; seed: number; count: number; vectors: Iterable<Vector> } {
  const input = new Reader(bytes);
  if (bytes.length < HEADER || input.u32() !== MAGIC) throw new Error("This is not a vector file.");
  const version = input.u32();
  if ((version & 0xffff) !== VERSION) throw new Error(`The vector file has version ${version & 0xffff}; this reader knows ${VERSION}.`);
  const count = input.u32();
  const seed = input.u32();
  const defaults = input.take(IMAGE_SIZE);
  return { bits: version >>> 16, seed, count, vectors: readVectors(input, count, defaults) };
}

function* readVectors(input: Reader, count: number, defaults: Uint8Array): Iterable<Vector> {
  for (let i = 0; i < count; i++) {
    const mode = input.byte();
    const code = input.take(input.byte());
    const before = defaults.slice();
    input.applyDelta(before);
    const after = before.slice();
    input.applyDelta(after);
    yield { mode, code, input: before, output: after };
  }
}
