// Guest time as a list of deadlines: devices arm timers, whoever runs the processor asks when the next is due. It knows no host time.
import type { Clock, Nanoseconds, Scheduler, Timer } from "../bus/clock.js";

class Task implements Timer {
  deadline: Nanoseconds | undefined;
  /** Order of arming: deadlines that fall together expire in it. */
  sequence = 0;

  constructor(
    readonly name: string,
    private readonly queue: TaskQueue,
    readonly expire: (due: Nanoseconds) => void,
  ) {}

  at(when: Nanoseconds): void {
    this.deadline = when;
    this.sequence = this.queue.nextSequence();
    this.queue.changed();
  }

  cancel(): void {
    this.deadline = undefined;
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

  constructor(private readonly clock: Clock) {}

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
      if (task.deadline === undefined) continue;
      if (!best || task.deadline < best.deadline! || (task.deadline === best.deadline && task.sequence < best.sequence)) best = task;
    }
    return best;
  }

  /** The earliest deadline, or undefined if nothing is armed. */
  next(): Nanoseconds | undefined {
    return this.first()?.deadline;
  }

  /** Expire everything that is due by `now`, in order of deadline. A task may arm itself again; at most `limit` expiries. */
  runDue(now: Nanoseconds, limit = 10_000): void {
    for (let i = 0; i < limit; i++) {
      const task = this.first();
      if (!task || task.deadline! > now) return;
      const due = task.deadline!;
      task.deadline = undefined;
      task.expire(due);
    }
  }
}
