// Buffers for what is under way to and from disks, used again and again: as garbage, megabytes a second of them would keep the collector at work.

const LEAST = 12;
/** Bytes that are kept for later. */
const KEPT = 8 << 20;

export class BufferPool {
  /** Those that nobody uses, by the power of two that they hold. */
  private readonly free: Uint8Array<ArrayBuffer>[][] = [];
  private kept = 0;

  /** So many bytes, whose contents are anything: who takes them fills them. */
  take(length: number): Uint8Array<ArrayBuffer> {
    const power = Math.max(LEAST, 32 - Math.clz32(length - 1));
    const found = this.free[power]?.pop();
    if (found) this.kept -= found.length;
    return (found ?? new Uint8Array(2 ** power)).subarray(0, length);
  }

  /** What take() gave, and nobody will touch any more. */
  give({ buffer }: Uint8Array<ArrayBuffer>): void {
    if (this.kept + buffer.byteLength > KEPT) return;
    const power = 31 - Math.clz32(buffer.byteLength);
    this.free[power] ??= [];
    this.free[power].push(new Uint8Array(buffer));
    this.kept += buffer.byteLength;
  }
}
