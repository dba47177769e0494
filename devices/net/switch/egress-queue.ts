import type { Clock, Nanoseconds } from "../../../core/bus/clock.js";
import { TokenBucket } from "../token-bucket.js";
import type { Frame } from "../wire.js";
import { FRAME_MOST } from "./ethernet.js";
import type { Rate } from "./port-options.js";

export function bucketOf(clock: Clock, { bitsPerSecond, burstBytes }: Rate): TokenBucket {
  const bytes = bitsPerSecond / 8;
  return new TokenBucket(clock, bytes, Math.max(burstBytes ?? bytes / 10, FRAME_MOST));
}

/** What waits to leave through a port with a rate: first in, first out, bounded in bytes. */
export class EgressQueue {
  private frames: Frame[] = [];
  private bytes = 0;
  private readonly bucket: TokenBucket;

  constructor(
    clock: Clock,
    rate: Rate,
    private readonly capacity: number,
  ) {
    this.bucket = bucketOf(clock, rate);
  }

  /** False: there is no room. */
  push(frame: Frame): boolean {
    if (this.bytes + frame.length > this.capacity) return false;
    this.frames.push(frame);
    this.bytes += frame.length;
    return true;
  }

  /** The next frame whose time has come. */
  shift(): Frame | undefined {
    const frame = this.frames[0];
    if (!frame || !this.bucket.take(frame.length)) return undefined;
    this.frames.shift();
    this.bytes -= frame.length;
    return frame;
  }

  /** When the next frame can go. */
  get readyAt(): Nanoseconds | undefined {
    const frame = this.frames[0];
    return frame && this.bucket.readyAt(frame.length);
  }

  clear(): void {
    this.frames = [];
    this.bytes = 0;
  }
}
