// An image that is plain bytes: what tests hold others against. Stretches of 64 KiB that were never written, or were zeroed, are holes.
import type { Extent, Image } from "../../devices/block/image.js";
import { BlockError } from "../../devices/block/store.js";

const BLOCK = 1 << 16;

export class MemoryImage implements Image {
  readonly format = "raw";
  readonly name = "memory";
  readonly readOnly = false;
  readonly bytes: Uint8Array;
  /** Offsets at which reading and writing fails. */
  readonly broken = new Set<number>();
  flushes = 0;
  private readonly written = new Set<number>();

  constructor(readonly size: number) {
    this.bytes = new Uint8Array(size);
  }

  private async check(at: number, length: number): Promise<void> {
    // Like a real one, later.
    await new Promise((resolve) => setImmediate(resolve));
    if (at + length > this.size) throw new BlockError(`${at} is beyond the end`);
    for (const offset of this.broken) if (at <= offset && offset < at + length) throw new BlockError(`${offset} can not be read`, "io");
  }

  async read(at: number, into: Uint8Array): Promise<void> {
    await this.check(at, into.length);
    into.set(this.bytes.subarray(at, at + into.length));
  }

  async write(at: number, from: Uint8Array): Promise<void> {
    await this.check(at, from.length);
    this.bytes.set(from, at);
    for (let block = Math.floor(at / BLOCK); block * BLOCK < at + from.length; block++) this.written.add(block);
  }

  async zero(at: number, length: number, unmap: boolean): Promise<void> {
    await this.check(at, length);
    this.bytes.fill(0, at, at + length);
    for (let block = Math.ceil(at / BLOCK); unmap && (block + 1) * BLOCK <= at + length; block++) this.written.delete(block);
  }

  zeroIsFast(): boolean {
    return true;
  }

  discard(at: number, length: number): Promise<void> {
    return this.zero(at, length, true);
  }

  async flush(): Promise<void> {
    this.flushes++;
  }

  async extent(at: number): Promise<Extent> {
    await this.check(at, 1);
    const data = this.written.has(Math.floor(at / BLOCK));
    let end = Math.floor(at / BLOCK) + 1;
    while (end * BLOCK < this.size && this.written.has(end) === data) end++;
    return { length: Math.min(end * BLOCK, this.size) - at, data, zero: !data, present: data, depth: 0 };
  }

  resize(): Promise<void> {
    return Promise.reject(new BlockError("it has one size", "unsupported"));
  }

  async close(): Promise<void> {}
}
