// Gathers what the guest sends on COM1 and hands it to the page in batches. A page that can not keep up makes the machine wait.

/** Bytes sent but not yet shown at which the machine waits. */
const HIGH_WATER = 1 << 20;

export class SerialFeed {
  private buffer = new Uint8Array(4096);
  private length = 0;
  private outstanding = 0;

  constructor(private readonly send: (bytes: Uint8Array) => void) {}

  /** The page is too far behind. */
  get congested(): boolean {
    return this.outstanding >= HIGH_WATER;
  }

  push(byte: number): void {
    if (this.length === this.buffer.length) {
      const larger = new Uint8Array(this.length * 2);
      larger.set(this.buffer);
      this.buffer = larger;
    }
    this.buffer[this.length++] = byte;
  }

  flush(): void {
    if (this.length === 0) return;
    this.outstanding += this.length;
    this.send(this.buffer.slice(0, this.length));
    this.length = 0;
  }

  shown(count: number): void {
    this.outstanding = Math.max(0, this.outstanding - count);
  }
}
