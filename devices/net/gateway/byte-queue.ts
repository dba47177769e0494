// Bytes that wait, in order: large chunks as they came, small ones gathered, so that many small ones do not cost more than what is in them.

/** Chunks below this, or that hold a much larger buffer alive, are copied into blocks of the size below it. */
const SMALL = 2048;
const BLOCK = 16 << 10;

interface Chunk {
  readonly bytes: Uint8Array;
  start: number;
  end: number;
  /** The queue's own, which small ones may be added to. */
  readonly isBlock: boolean;
}

export class ByteQueue {
  private chunks: Chunk[] = [];
  /** The first chunk that is not used up. */
  private head = 0;
  length = 0;

  /** The queue keeps `bytes`, which must not change any more. */
  append(bytes: Uint8Array): void {
    this.length += bytes.length;
    if (bytes.length >= SMALL && bytes.length * 2 >= bytes.buffer.byteLength) {
      this.chunks.push({ bytes, start: 0, end: bytes.length, isBlock: false });
      return;
    }
    for (let at = 0; at < bytes.length; ) {
      let last = this.chunks.at(-1);
      if (!last?.isBlock || last.end === BLOCK) {
        last = { bytes: new Uint8Array(BLOCK), start: 0, end: 0, isBlock: true };
        this.chunks.push(last);
      }
      const count = Math.min(bytes.length - at, BLOCK - last.end);
      last.bytes.set(bytes.subarray(at, at + count), last.end);
      last.end += count;
      at += count;
    }
  }

  /** Copy the `count` bytes from `offset` on, which must be there, to `target` at `at`. */
  copy(target: Uint8Array, at: number, offset: number, count: number): void {
    let skip = offset;
    let left = count;
    let to = at;
    for (let index = this.head; left > 0; index++) {
      const { bytes, start, end } = this.chunks[index]!;
      if (skip >= end - start) {
        skip -= end - start;
        continue;
      }
      const from = start + skip;
      const take = Math.min(left, end - from);
      target.set(bytes.subarray(from, from + take), to);
      skip = 0;
      to += take;
      left -= take;
    }
  }

  /** Forget the first `count` bytes, which must be there. */
  drop(count: number): void {
    this.length -= count;
    for (let left = count; left > 0; ) {
      const chunk = this.chunks[this.head]!;
      const take = Math.min(left, chunk.end - chunk.start);
      chunk.start += take;
      left -= take;
      if (chunk.start === chunk.end) this.head++;
    }
    if (this.head === this.chunks.length) {
      this.chunks = [];
      this.head = 0;
    } else if (this.head > 32 && this.head * 2 > this.chunks.length) {
      this.chunks.splice(0, this.head);
      this.head = 0;
    }
  }

  /** Take the first bytes: a chunk of them, which does not change any more; undefined if there are none. */
  shift(): Uint8Array | undefined {
    const chunk = this.chunks[this.head];
    if (!chunk) return undefined;
    const bytes = chunk.bytes.subarray(chunk.start, chunk.end);
    this.drop(bytes.length);
    return bytes;
  }
}
