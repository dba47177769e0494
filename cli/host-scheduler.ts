// A Scheduler on the host's clock, for what lives beside the guests and not in one of them: gateways. Its timers do not keep the process alive.
import type { Nanoseconds, Scheduler, Timer } from "../core/bus/clock.js";
import { hostTime } from "./host.js";

const MILLISECOND = 1e6;
const LONGEST_TIMEOUT = 2 ** 31 - 1;

class HostTimer implements Timer {
  deadline: Nanoseconds | undefined;
  private handle: NodeJS.Timeout | undefined;
  /** When the handle comes. */
  private comes = Number.POSITIVE_INFINITY;

  constructor(
    private readonly now: () => Nanoseconds,
    private readonly expire: (due: Nanoseconds) => void,
  ) {}

  /** One that is put off waits for the handle that is there, which is cheaper than a new one. */
  at(when: Nanoseconds): void {
    this.deadline = when;
    if (when >= this.comes) return;
    clearTimeout(this.handle);
    this.comes = when;
    const wait = Math.min(Math.max(0, Math.ceil((when - this.now()) / MILLISECOND)), LONGEST_TIMEOUT);
    this.handle = setTimeout(() => this.look(), wait).unref();
  }

  cancel(): void {
    this.deadline = undefined;
  }

  private look(): void {
    this.comes = Number.POSITIVE_INFINITY;
    const due = this.deadline;
    if (due === undefined) return;
    if (due > this.now()) {
      this.at(due);
      return;
    }
    this.deadline = undefined;
    this.expire(due);
  }
}

export function createHostScheduler(): Scheduler {
  const now = () => hostTime() * MILLISECOND;
  return { now, timer: (_name, expire) => new HostTimer(now, expire) };
}
