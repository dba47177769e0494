import type { Clock, Nanoseconds } from "../../core/bus/clock.js";

const SECOND = 1e9;

/** A rate with a burst: tokens come evenly, up to `burst`, and it is full at first. */
export class TokenBucket {
  private tokens: number;
  private filled: Nanoseconds;

  constructor(
    private readonly clock: Clock,
    private readonly perSecond: number,
    private readonly burst: number,
  ) {
    this.tokens = burst;
    this.filled = clock.now();
  }

  /** Take `count`, or none. What is larger than the burst is let through when the bucket is full, and leaves it in debt. */
  take(count: number): boolean {
    this.fill();
    if (this.tokens < Math.min(count, this.burst)) return false;
    this.tokens -= count;
    return true;
  }

  get isFull(): boolean {
    this.fill();
    return this.tokens >= this.burst;
  }

  /** When `count` can be taken. */
  readyAt(count: number): Nanoseconds {
    this.fill();
    const missing = Math.min(count, this.burst) - this.tokens;
    return missing <= 0 ? this.filled : this.filled + Math.ceil((missing / this.perSecond) * SECOND);
  }

  private fill(): void {
    const now = this.clock.now();
    if (now <= this.filled) return;
    this.tokens = Math.min(this.burst, this.tokens + ((now - this.filled) / SECOND) * this.perSecond);
    this.filled = now;
  }
}
