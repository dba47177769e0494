/** Guest time. Nanoseconds since power-on, as a number (exact to 2^53 ns, 104 days). */
export type Nanoseconds = number;

export interface Clock {
  /** Guest time now; exact to the instruction under the virtual clock. */
  now(): Nanoseconds;
}

/** One pending deadline of one device. Deadlines are not saved: a device arms its timers again in load(). */
export interface Timer {
  /**
   * Fire at guest time `when` (at once if it is past), and not before `until` has settled: where runs are to be the same, guest time stands
   * still as long as it has not, and elsewhere the timer fires late. Replaces an earlier deadline.
   */
  at(when: Nanoseconds, until?: Promise<unknown>): void;
  cancel(): void;
  /** The deadline, or undefined. */
  readonly deadline: Nanoseconds | undefined;
}

export interface Scheduler extends Clock {
  /** A timer of its own for the caller. `expire` gets the time it was due; the clock may already be later. */
  timer(name: string, expire: (due: Nanoseconds) => void): Timer;
}
