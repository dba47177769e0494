import type { Meter } from "./protocol.js";

/** Measures how fast a machine runs and how much of the host's time it takes. */
export class SpeedMeter {
  private since = 0;
  private executing = 0;
  private instructions = 0;

  /** Start measuring at host time `now`. */
  restart(now: number, instructions: number): void {
    this.since = now;
    this.executing = 0;
    this.instructions = instructions;
  }

  /** So many host milliseconds were spent executing. */
  ran(milliseconds: number): void {
    this.executing += milliseconds;
  }

  read(now: number, instructions: number, guestNanoseconds: number): Omit<Meter, "translation"> {
    const elapsed = Math.max(1, now - this.since);
    const meter = {
      mips: Math.max(0, instructions - this.instructions) / elapsed / 1000,
      busy: Math.min(1, this.executing / elapsed),
      instructions,
      guestSeconds: guestNanoseconds / 1e9,
    };
    this.restart(now, instructions);
    return meter;
  }
}
