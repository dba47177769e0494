import type { GuestMemory } from "../../core/bus/bus.js";
import type { Clock, Nanoseconds } from "../../core/bus/clock.js";

/** What the paravirtual interface needs of the machine around it. */
export interface KvmHost {
  readonly memory: GuestMemory;
  /** Guest time; the time-stamp counter is its whole nanoseconds plus `tscOffset()`, modulo 2^64. */
  readonly clock: Clock;
  tscOffset(): bigint;
  /** Seconds since 1970 at power-on, UTC. */
  wallClock(): number;
  /** Guest time that has passed while the processor had work and the host did not run it. Never falls. */
  stolen(): Nanoseconds;
}

/** Bit 0 of the registers that hold an address: the host writes there. */
export const KVM_MSR_ENABLED = 1n;
