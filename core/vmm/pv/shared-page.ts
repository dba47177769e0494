// The shared-information page as the VMM writes it: the virtual IF, the fault address, the time. Pending bits are event-channels.ts's.
import { SHARED_ENABLED, SHARED_FAULT_ADDRESS, SHARED_TIME, SHARED_WALL_CLOCK } from "./abi.js";

/** ns = (ticks << shift) * multiplier >> 32, for a counter of 1 GHz. */
const MULTIPLIER = 0x80000000;
const SHIFT = 1;

export class SharedPage {
  /** `view`: the page. */
  constructor(private readonly view: DataView) {}

  get enabled(): boolean {
    return (this.view.getUint8(SHARED_ENABLED) & 1) !== 0;
  }

  set enabled(on: boolean) {
    this.view.setUint8(SHARED_ENABLED, on ? 1 : 0);
  }

  setFaultAddress(linear: number): void {
    this.view.setUint32(SHARED_FAULT_ADDRESS, linear, true);
  }

  /** Guest time in nanoseconds, and the time-stamp counter then. */
  tellTime(nanoseconds: bigint, counter: bigint): void {
    this.publish(SHARED_TIME, () => {
      this.view.setBigUint64(SHARED_TIME + 8, counter, true);
      this.view.setBigUint64(SHARED_TIME + 16, nanoseconds, true);
      this.view.setUint32(SHARED_TIME + 24, MULTIPLIER, true);
      this.view.setInt8(SHARED_TIME + 28, SHIFT);
    });
  }

  /** Seconds since 1970 when guest time was 0. */
  tellWallClock(start: number): void {
    const seconds = Math.floor(start);
    this.publish(SHARED_WALL_CLOCK, () => {
      this.view.setUint32(SHARED_WALL_CLOCK + 4, seconds, true);
      this.view.setUint32(SHARED_WALL_CLOCK + 8, Math.floor((start - seconds) * 1e9), true);
    });
  }

  /** The record at `at` begins with its version, which is odd while it is written. */
  private publish(at: number, fill: () => void): void {
    const odd = (this.view.getUint32(at, true) + 1) | 1;
    this.view.setUint32(at, odd, true);
    fill();
    this.view.setUint32(at, odd + 1, true);
  }
}
