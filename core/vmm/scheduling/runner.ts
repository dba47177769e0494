/**
 * Shares a host's processor among virtual processors: who runs is decided by StrideScheduler, for how long by its slices and by who wakes. A
 * turn ends early when somebody's wait does, so that who wakes runs at once if it is behind. Deterministic under a clock of instructions.
 *
 * The host has one processor (number 0), and so has the scheduler here: being pinned to it changes nothing, being pinned to another is refused.
 * Not here: threads of the host's operating system; moving a guest to another host.
 */
import { type Accounting, type ScheduleOptions, StrideScheduler, type Time } from "./stride-scheduler.js";

/** What a turn ended with. */
export type Rest =
  /** It has more to do. */
  | { readonly kind: "ready" }
  /** Nothing before `until`, unless somebody calls wake(); Infinity: not before that. */
  | { readonly kind: "waits"; readonly until: Time }
  /** It never has again; its accounts stay until remove(). */
  | { readonly kind: "ended" };

/** Who runs a virtual processor and looks after its devices. */
export interface Task {
  /** Run until the host's clock shows `until`, or less. */
  run(until: Time): Rest;
}

export interface HostClock {
  now(): Time;
  /** Nobody has anything to do before `when`. False: time passes by itself. */
  skipTo(when: Time): boolean;
}

const PROCESSOR = 0;

export class Runner {
  private readonly scheduler: StrideScheduler<Task>;
  /** When who waits goes on. */
  private readonly waiting = new Map<Task, Time>();

  /** `slice`: the longest turn while others wait; the scheduler's if not given. */
  constructor(
    readonly clock: HostClock,
    slice?: Time,
  ) {
    this.scheduler = new StrideScheduler(1, slice);
  }

  /** It has something to do at once, and for the first time. Throws RangeError for impossible options. */
  add(task: Task, options?: ScheduleOptions): void {
    const now = this.clock.now();
    this.scheduler.add(task, now, options);
    this.scheduler.wake(task, now);
  }

  remove(task: Task): void {
    this.waiting.delete(task);
    this.scheduler.remove(task, this.clock.now());
  }

  /** Something came for it from outside (input): it waits no more. */
  wake(task: Task): void {
    if (this.waiting.delete(task)) this.scheduler.wake(task, this.clock.now());
  }

  /** Throws RangeError, like pin(), for what can not be. */
  setShares(task: Task, shares: number): void {
    this.scheduler.setShares(task, shares, this.clock.now());
  }

  pin(task: Task, processors: readonly number[] | undefined): void {
    this.scheduler.pin(task, processors);
  }

  /** Up to now. */
  accounting(task: Task): Accounting {
    return this.scheduler.accounting(task, this.clock.now());
  }

  /**
   * One turn of whoever is furthest behind, until `end` at most. Undefined: it was had. A time: nobody has anything to do before it (Infinity:
   * before somebody calls wake()).
   */
  turn(end: Time = Number.POSITIVE_INFINITY): Time | undefined {
    const now = this.clock.now();
    this.wakeDue(now);
    const next = Math.min(...this.waiting.values());
    const turn = this.scheduler.pick(PROCESSOR, now);
    if (!turn) return next;
    const { vcpu: task } = turn;
    const rest = task.run(Math.min(turn.until, next, end));
    const after = this.clock.now();
    if (rest.kind === "ready") this.scheduler.yield(task, after);
    else this.scheduler.sleep(task, after);
    if (rest.kind === "waits") this.waiting.set(task, rest.until);
    return undefined;
  }

  private wakeDue(now: Time): void {
    for (const [task, until] of this.waiting) if (until <= now) this.wake(task);
  }

  /**
   * Turns until the host's clock shows `end`. Returns how far nobody has anything to do: `end` or before it if the time has come; Infinity if only
   * wake() helps; and with a clock that passes by itself, when to call again.
   */
  run(end: Time): Time {
    for (;;) {
      const now = this.clock.now();
      if (now >= end) return now;
      const idle = this.turn(end);
      if (idle === undefined) continue;
      if (idle === Number.POSITIVE_INFINITY || !this.clock.skipTo(Math.min(idle, end))) return idle;
    }
  }
}
