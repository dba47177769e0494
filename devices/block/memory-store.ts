// A store in memory, in pages that exist once something else than zeros was written to them. Nothing survives the process: flush() does nothing.
import { BlockError, type Store } from "./store.js";

const PAGE_SIZE = 0x10000;

export class MemoryStore implements Store {
  private readonly pages = new Map<number, Uint8Array>();
  private length: number;

  constructor(
    readonly name: string,
    contents: Uint8Array = new Uint8Array(0),
    readonly readOnly = false,
  ) {
    this.length = contents.length;
    this.copyIn(0, contents);
  }

  get size(): number {
    return this.length;
  }

  get allocated(): Promise<number> {
    return Promise.resolve(this.pages.size * PAGE_SIZE);
  }

  async read(at: number, into: Uint8Array): Promise<void> {
    for (const { page, start, from, length } of pieces(at, into.length)) {
      const bytes = this.pages.get(page);
      if (bytes === undefined) into.fill(0, from, from + length);
      else into.set(bytes.subarray(start, start + length), from);
    }
  }

  async write(at: number, from: Uint8Array): Promise<void> {
    this.writable();
    this.length = Math.max(this.length, at + from.length);
    this.copyIn(at, from);
  }

  async truncate(size: number): Promise<void> {
    this.writable();
    if (size < this.length) this.clear(size, this.length - size);
    this.length = size;
  }

  async flush(): Promise<void> {}

  async punch(at: number, length: number): Promise<void> {
    this.writable();
    this.clear(at, Math.min(length, this.length - at));
  }

  async close(): Promise<void> {}

  private writable(): void {
    if (this.readOnly) throw new BlockError(`${this.name} is read-only`, "read-only");
  }

  private copyIn(at: number, bytes: Uint8Array): void {
    for (const { page, start, from, length } of pieces(at, bytes.length)) {
      const present = this.pages.get(page);
      const target = present ?? new Uint8Array(PAGE_SIZE);
      if (present === undefined) this.pages.set(page, target);
      target.set(bytes.subarray(from, from + length), start);
    }
  }

  private clear(at: number, length: number): void {
    for (const { page, start, length: count } of pieces(at, length)) {
      if (count === PAGE_SIZE) this.pages.delete(page);
      else this.pages.get(page)?.fill(0, start, start + count);
    }
  }
}

/** The parts of a range that lie in one page each: `start` within the page, `from` within the range. */
function* pieces(at: number, length: number) {
  for (let from = 0; from < length; ) {
    const page = Math.floor((at + from) / PAGE_SIZE);
    const start = (at + from) % PAGE_SIZE;
    const count = Math.min(PAGE_SIZE - start, length - from);
    yield { page, start, from, length: count };
    from += count;
  }
}
