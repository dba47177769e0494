// A scheduler for tests: time stands still until the test moves it.
// Expired timers fire in order of deadline, then in the order in which they were armed. A deadline that is already past fires at the
// next advance(), however short, never inside at(); one that waits for a promise fires at the first advance() after that has settled.

import type { Nanoseconds, Scheduler, Timer } from "../../core/bus/clock.js";

export class ManualScheduler implements Scheduler {
  private time: Nanoseconds;
  private readonly timers: ManualTimer[] = [];
  private sequence = 0;
  /** How many times any timer has fired: a measure of what a device costs. */
  fired = 0;

  constructor(start: Nanoseconds = 0) {
    this.time = start;
  }

  now(): Nanoseconds {
    return this.time;
  }

  timer(name: string, expire: (due: Nanoseconds) => void): Timer {
    const timer = new ManualTimer(name, expire, () => this.sequence++);
    this.timers.push(timer);
    return timer;
  }

  /** Move time on by `duration`; each timer sees the clock at its own deadline. */
  advance(duration: Nanoseconds): void {
    this.advanceTo(this.time + duration);
  }

  advanceTo(when: Nanoseconds): void {
    for (let next = this.expired(when); next !== undefined; next = this.expired(when)) {
      this.time = Math.max(this.time, next.deadline!);
      this.fire(next);
    }
    this.time = when;
  }

  /** Move time on like a host that was away: the clock jumps first, then the timers that fell due see it late. */
  jump(duration: Nanoseconds): void {
    this.time += duration;
    for (let next = this.expired(this.time); next !== undefined; next = this.expired(this.time)) this.fire(next);
  }

  /** The earliest deadline, if any timer is armed. */
  get nextDeadline(): Nanoseconds | undefined {
    return this.expired(Number.POSITIVE_INFINITY)?.deadline;
  }

  /** Names of the armed timers, in no particular order. */
  get armed(): string[] {
    return this.timers.filter((timer) => timer.deadline !== undefined).map((timer) => timer.name);
  }

  private fire(timer: ManualTimer): void {
    this.fired++;
    timer.fire();
  }

  private expired(limit: Nanoseconds): ManualTimer | undefined {
    let first: ManualTimer | undefined;
    for (const timer of this.timers) {
      if (timer.deadline === undefined || timer.deadline > limit || timer.waits) continue;
      if (first === undefined || timer.before(first)) first = timer;
    }
    return first;
  }
}

class ManualTimer implements Timer {
  deadline: Nanoseconds | undefined;
  private order = 0;
  private until: Promise<unknown> | undefined;

  constructor(
    readonly name: string,
    private readonly expire: (due: Nanoseconds) => void,
    private readonly nextOrder: () => number,
  ) {}

  at(when: Nanoseconds, until?: Promise<unknown>): void {
    this.deadline = when;
    this.order = this.nextOrder();
    this.until = until;
    const settled = () => {
      if (this.until === until) this.until = undefined;
    };
    until?.then(settled, settled);
  }

  get waits(): boolean {
    return this.until !== undefined;
  }

  cancel(): void {
    this.deadline = undefined;
  }

  before(other: ManualTimer): boolean {
    return this.deadline! < other.deadline! || (this.deadline === other.deadline && this.order < other.order);
  }

  fire(): void {
    const due = this.deadline!;
    this.deadline = undefined;
    this.expire(due);
  }
}
