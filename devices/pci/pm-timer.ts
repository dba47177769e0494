// The ACPI power management timer: 24 bits at 3.579545 MHz, free running. ACPI 4.8.3.3 "Power Management Timer".

import type { Nanoseconds } from "../../core/bus/clock.js";

export const PM_TIMER_HZ = 3_579_545;
const HALF = 2 ** 23;

/** Ticks since power-on. Whole seconds and the rest apart: the product stays exact. */
export function pmTicks(now: Nanoseconds): number {
  const seconds = Math.floor(now / 1e9);
  return seconds * PM_TIMER_HZ + Math.floor(((now - seconds * 1e9) * PM_TIMER_HZ) / 1e9);
}

/** How often bit 23 has changed since power-on. */
export function pmHalfPeriods(now: Nanoseconds): number {
  return Math.floor(pmTicks(now) / HALF);
}

/** The first time at which bit 23 has changed `count` times. */
export function pmHalfPeriodStart(count: number): Nanoseconds {
  const ticks = count * HALF;
  const seconds = Math.floor(ticks / PM_TIMER_HZ);
  return seconds * 1e9 + Math.ceil(((ticks - seconds * PM_TIMER_HZ) * 1e9) / PM_TIMER_HZ);
}
