// Loops between switches. There is no spanning tree: instead a switch sends a probe through its links before it floods, at most one a second, and
// blocks the link through which its own comes back. Where several switches of a loop probe at the same time, the one with the lowest number acts, so
// that one link is blocked and not one at each. A blocked link is tried again after ten seconds.
// Guests neither see probes nor can send them: they go through ports that are links, and no others. What goes round through a guest with two
// cards, or through switches that do not pass probes on, is held down by the ports' storm limits alone.
import type { Clock, Nanoseconds } from "../../../core/bus/clock.js";
import { macNumber, word } from "../ethernet.js";
import type { Frame } from "../wire.js";
import { PAYLOAD, TYPE } from "./ethernet.js";

/** IEEE 802 "Local Experimental Ethertype 1". */
const ETHERTYPE_LOCAL = 0x88b5;
/** A locally administered group address that bridges pass on. */
const PROBE_DESTINATION = [0x03, 0x52, 0x53, 0x50, 0x52, 0x42];
const PROBE_MARK = 0x5250;
const PROBE_BYTES = 60;
/** Switches that a probe passes at most, and where it counts them. */
const HOPS = 32;
const HOPS_AT = PAYLOAD + 8;
const SECOND = 1e9;
const PROBE_EVERY = SECOND;
export const BLOCKED_FOR: Nanoseconds = 10 * SECOND;

export class LoopProbe {
  private readonly frame: Frame;
  private sent = Number.NEGATIVE_INFINITY;
  /** A switch with a lower number was heard since: if both are in one loop, it is the one to act. */
  private lowerHeard = false;

  /** `id`: 48 bits that no other switch has. */
  constructor(
    private readonly clock: Clock,
    private readonly id: number,
  ) {
    const bytes = Array.from({ length: 6 }, (_, i) => Math.floor(id / 256 ** (5 - i)) % 256);
    this.frame = new Uint8Array(PROBE_BYTES);
    // The source is a locally administered address of its own.
    this.frame.set([...PROBE_DESTINATION, 0x02, ...bytes.slice(1), ETHERTYPE_LOCAL >> 8, ETHERTYPE_LOCAL & 0xff]);
    this.frame.set([PROBE_MARK >> 8, PROBE_MARK & 0xff, ...bytes, HOPS], PAYLOAD);
  }

  /** The probe, if it is time for one. */
  due(): Frame | undefined {
    const now = this.clock.now();
    if (now - this.sent < PROBE_EVERY) return undefined;
    this.sent = now;
    this.lowerHeard = false;
    return this.frame;
  }

  static isProbe(frame: Frame): boolean {
    return frame.length >= PROBE_BYTES && word(frame, TYPE) === ETHERTYPE_LOCAL && word(frame, PAYLOAD) === PROBE_MARK;
  }

  /** Another switch's probe as it is passed on; undefined if it has gone far enough. */
  static onward(frame: Frame): Frame | undefined {
    const left = frame[HOPS_AT]!;
    if (left === 0 || left > HOPS) return undefined;
    const copy = frame.slice();
    copy[HOPS_AT] = left - 1;
    return copy;
  }

  /** The next one is due at once: a link has come. */
  hurry(): void {
    this.sent = Number.NEGATIVE_INFINITY;
  }

  /** What a probe that came in through a link says: "loop", that this link is to be blocked. */
  judge(frame: Frame): "loop" | "own" | "another's" {
    const sender = macNumber(frame, PAYLOAD + 2);
    if (sender < this.id) this.lowerHeard = true;
    if (sender !== this.id) return "another's";
    return this.lowerHeard ? "own" : "loop";
  }
}
