// When TCP sends again: RFC 6298, with one segment timed at a time, and never one that was sent twice (Karn).
import type { Nanoseconds } from "../../../core/bus/clock.js";
import { distance, type Sequence } from "./tcp-segment.js";
import { MILLISECOND, SECOND } from "./timers.js";

const INITIAL: Nanoseconds = SECOND;
/** RFC 6298 asks for a second; 200 ms as Linux has it, for a wire this short. */
const MINIMUM: Nanoseconds = 200 * MILLISECOND;
const MAXIMUM_TIMEOUT: Nanoseconds = 60 * SECOND;

export class RoundTrip {
  private smoothed: Nanoseconds | undefined;
  private variation: Nanoseconds = 0;
  private base: Nanoseconds = INITIAL;
  private backoff = 0;
  private timed: { readonly sequence: Sequence; readonly sent: Nanoseconds } | undefined;

  /** RTO. */
  get timeout(): Nanoseconds {
    return Math.min(MAXIMUM_TIMEOUT, this.base * 2 ** this.backoff);
  }

  /** New data goes out; its acknowledgement will be at `sequence` or behind. */
  sent(sequence: Sequence, now: Nanoseconds): void {
    this.timed ??= { sequence, sent: now };
  }

  /** Something is sent again, because of the timeout or not. */
  sentAgain(): void {
    this.timed = undefined;
  }

  timedOut(): void {
    this.sentAgain();
    if (this.timeout < MAXIMUM_TIMEOUT) this.backoff++;
  }

  /** The other side's window was closed: what went unanswered does not count. */
  opened(): void {
    this.backoff = 0;
  }

  /** Something new was acknowledged. */
  acknowledged(sequence: Sequence, now: Nanoseconds): void {
    this.backoff = 0;
    if (!this.timed || distance(sequence, this.timed.sequence) < 0) return;
    const sample = now - this.timed.sent;
    this.timed = undefined;
    if (this.smoothed === undefined) {
      this.smoothed = sample;
      this.variation = sample / 2;
    } else {
      this.variation += (Math.abs(this.smoothed - sample) - this.variation) / 4;
      this.smoothed += (sample - this.smoothed) / 8;
    }
    this.base = Math.max(MINIMUM, this.smoothed + 4 * this.variation);
  }
}
