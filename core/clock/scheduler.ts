// Guest time as a list of deadlines: devices arm timers, whoever runs the processor asks when the next is due. It knows no host time, but for
// promises of the host that a timer waits for.
import type { Clock, Nanoseconds, Scheduler, Timer } from "../bus/clock.js";

class Task implements Timer {
  deadline: Nanoseconds | undefined;
  /** Order of arming: deadlines that fall together expire in it. */
  sequence = 0;
  /** Settles when what the deadline waits for has settled; undefined if it waits for nothing any more. */
  awaits: Promise<void> | undefined;

  constructor(
    readonly name: string,
    private readonly queue: TaskQueue,
    readonly expire: (due: Nanoseconds) => void,
  ) {}

  at(when: Nanoseconds, until?: Promise<unknown>): void {
    this.deadline = when;
    this.sequence = this.queue.nextSequence();
    this.awaits = until && this.settlement(until);
    this.queue.changed();
  }

  private settlement(until: Promise<unknown>): Promise<void> {
    const settled = () => {
      if (this.awaits === settlement) this.awaits = undefined;
    };
    const settlement = until.then(settled, settled);
    return settlement;
  }

  cancel(): void {
    this.deadline = undefined;
    this.awaits = undefined;
  }
}

/**
 * The timers of one machine. There are few (some tens), so the next one is found by looking at all of them.
 * Not a priority queue: arming is far more frequent than expiry, and must cost nothing.
 */
export class TaskQueue implements Scheduler {
  private readonly tasks: Task[] = [];
  private sequence = 0;
  private earlier: () => void = () => {};

  /** `stands`: guest time does not pass a deadline whose promise has not settled, so that every run is the same. */
  constructor(
    private readonly clock: Clock,
    private readonly stands = false,
  ) {}

  now(): Nanoseconds {
    return this.clock.now();
  }

  timer(name: string, expire: (due: Nanoseconds) => void): Timer {
    const task = new Task(name, this, expire);
    this.tasks.push(task);
    return task;
  }

  nextSequence(): number {
    return this.sequence++;
  }

  /** `listener` is told when a timer is armed: the processor may have been sent off for too long. */
  onArmed(listener: () => void): void {
    this.earlier = listener;
  }

  changed(): void {
    this.earlier();
  }

  private first(): Task | undefined {
    let best: Task | undefined;
    for (const task of this.tasks) {
      if (task.deadline === undefined || (task.awaits && !this.stands)) continue;
      if (!best || task.deadline < best.deadline! || (task.deadline === best.deadline && task.sequence < best.sequence)) best = task;
    }
    return best;
  }

  /** The earliest deadline, or undefined if nothing is armed. Where time does not stand for them, deadlines that wait for the host are left out. */
  next(): Nanoseconds | undefined {
    return this.first()?.deadline;
  }

  /** Settles when one of those that wait for the host may no longer do so; undefined if there are none. */
  get awaited(): Promise<void> | undefined {
    return this.awaits ? Promise.race(this.tasks.flatMap(({ awaits }) => awaits ?? [])) : undefined;
  }

  /** Whether any timer waits for the host. */
  get awaits(): boolean {
    return this.tasks.some(({ awaits }) => awaits !== undefined);
  }

  /** Time stands at `now`: settles when the host has delivered what the earliest deadline, which is due, waits for. Undefined: it does not. */
  standing(now: Nanoseconds): Promise<void> | undefined {
    if (!this.stands) return undefined;
    const task = this.first();
    return task && task.deadline! <= now ? task.awaits : undefined;
  }

  /** Expire everything that is due by `now`, in order of deadline. A task may arm itself again; at most `limit` expiries. */
  runDue(now: Nanoseconds, limit = 10_000): void {
    for (let i = 0; i < limit; i++) {
      const task = this.first();
      if (!task || task.deadline! > now || task.awaits) return;
      const due = task.deadline!;
      task.deadline = undefined;
      task.expire(due);
    }
  }
}
