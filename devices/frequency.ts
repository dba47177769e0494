// Guest time counted in cycles of an oscillator that started at power-on. Exact for all of guest time: no sum of rounded periods.

import type { Nanoseconds } from "../core/bus/clock.js";

const SECOND = 1_000_000_000;

/** Cycles of `hertz` that are complete at `when`. (A part of a second times 9 MHz stays below 2^53.) */
export function cyclesAt(when: Nanoseconds, hertz: number): number {
  const seconds = Math.floor(when / SECOND);
  return seconds * hertz + Math.floor(((when - seconds * SECOND) * hertz) / SECOND);
}

/** The first nanosecond at which `cycles` of `hertz` are complete. */
export function timeOfCycle(cycles: number, hertz: number): Nanoseconds {
  const seconds = Math.floor(cycles / hertz);
  return seconds * SECOND + Math.ceil(((cycles - seconds * hertz) * SECOND) / hertz);
}
