// A disk image in memory for tests: what it was asked to do, how long the host takes for it, and what goes wrong.
import type { Extent, Image } from "../block/image.js";
import { BlockError } from "../block/store.js";

export class MemoryImage implements Image {
  readonly format = "raw";
  readonly name = "memory";
  readOnly = false;
  /** Each request when it begins, "read 512+1024". */
  readonly log: string[] = [];
  /** Awaited before a request is done. */
  delay: () => Promise<void> = () => Promise.resolve();
  /** What a request that begins in [from, to) fails with. */
  readonly bad: { from: number; to: number; code: BlockError["code"] }[] = [];

  constructor(public bytes: Uint8Array) {}

  get size(): number {
    return this.bytes.length;
  }

  private async begin(what: string, at: number, length: number): Promise<void> {
    this.log.push(`${what} ${at}+${length}`);
    await this.delay();
    const found = this.bad.find(({ from, to }) => at < to && from < at + length);
    if (found) throw new BlockError(`${what} of a bad sector`, found.code);
    if (at + length > this.size) throw new BlockError(`${what} beyond the end`);
  }

  async read(at: number, into: Uint8Array): Promise<void> {
    await this.begin("read", at, into.length);
    into.set(this.bytes.subarray(at, at + into.length));
  }

  async write(at: number, from: Uint8Array): Promise<void> {
    await this.begin("write", at, from.length);
    this.bytes.set(from, at);
  }

  async zero(at: number, length: number): Promise<void> {
    await this.begin("zero", at, length);
    this.bytes.fill(0, at, at + length);
  }

  discard(at: number, length: number): Promise<void> {
    return this.begin("discard", at, length);
  }

  async flush(): Promise<void> {
    this.log.push("flush");
    await this.delay();
  }

  async extent(at: number): Promise<Extent> {
    return { length: this.size - at, data: true, zero: false, present: true, depth: 0 };
  }

  async resize(size: number): Promise<void> {
    const bytes = new Uint8Array(size);
    bytes.set(this.bytes.subarray(0, size));
    this.bytes = bytes;
  }

  async close(): Promise<void> {}
}
