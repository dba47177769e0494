// Many timers over the one that a scheduler gives: a binary heap of deadlines, since a gateway may have thousands.
import type { Nanoseconds, Scheduler, Timer } from "../../../core/bus/clock.js";

export const SECOND: Nanoseconds = 1e9;
export const MILLISECOND: Nanoseconds = 1e6;

/** The heap looks at each entry after that time at the latest, so that it forgets timers that were given up long before their deadline. */
const LONGEST_LOOK = 60 * SECOND;

interface Entry {
  readonly when: Nanoseconds;
  readonly timer: HeapTimer;
}

class HeapTimer implements Timer {
  deadline: Nanoseconds | undefined;
  /** When the heap looks at it next; Infinity if it is not in the heap. Never after the deadline. */
  queuedAt = Number.POSITIVE_INFINITY;

  constructor(
    private readonly timers: Timers,
    readonly expire: () => void,
  ) {}

  at(when: Nanoseconds): void {
    this.deadline = when;
    const look = Math.min(when, this.timers.now() + LONGEST_LOOK);
    if (look < this.queuedAt) this.timers.push(this, look);
  }

  cancel(): void {
    this.deadline = undefined;
  }
}

/**
 * Timers that cost nothing to put off or to cancel: their old entry stays in the heap, and is put right when its time comes. So a timer has few entries,
 * and one that is given up is forgotten once its last is over.
 */
export class Timers {
  private readonly heap: Entry[] = [];
  private readonly alarm: Timer;

  /** `enter` does work that comes from outside. */
  constructor(
    private readonly scheduler: Scheduler,
    enter: (work: () => void) => void,
  ) {
    this.alarm = scheduler.timer("gateway", () => enter(() => this.run()));
  }

  now(): Nanoseconds {
    return this.scheduler.now();
  }

  timer(expire: () => void): Timer {
    return new HeapTimer(this, expire);
  }

  close(): void {
    this.heap.length = 0;
    this.alarm.cancel();
  }

  push(timer: HeapTimer, when: Nanoseconds): void {
    timer.queuedAt = when;
    const { heap } = this;
    const entry = { when, timer };
    let at = heap.length;
    heap.push(entry);
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (heap[parent]!.when <= when) break;
      heap[at] = heap[parent]!;
      at = parent;
    }
    heap[at] = entry;
    if (at === 0) this.alarm.at(when);
  }

  private pop(): Entry {
    const { heap } = this;
    const first = heap[0]!;
    const last = heap.pop()!;
    if (heap.length === 0) return first;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && heap[child + 1]!.when < heap[child]!.when) child++;
      if (heap[child]!.when >= last.when) break;
      heap[at] = heap[child]!;
      at = child;
    }
    heap[at] = last;
    return first;
  }

  /** Expire what was due when this began; what is armed for now on the way waits for the next time. */
  private run(): void {
    const now = this.now();
    const due: HeapTimer[] = [];
    while (this.heap.length > 0 && this.heap[0]!.when <= now) {
      const { when, timer } = this.pop();
      if (timer.queuedAt !== when) continue;
      timer.queuedAt = Number.POSITIVE_INFINITY;
      if (timer.deadline === undefined) continue;
      if (timer.deadline <= now) due.push(timer);
      else this.push(timer, Math.min(timer.deadline, now + LONGEST_LOOK));
    }
    for (const timer of due) {
      // One that expired before may have cancelled it or put it off.
      if (timer.deadline === undefined || timer.deadline > now) continue;
      timer.deadline = undefined;
      timer.expire();
    }
    const next = this.heap[0];
    if (next) this.alarm.at(next.when);
  }
}
