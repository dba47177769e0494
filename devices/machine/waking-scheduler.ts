import type { Scheduler, Timer } from "../../core/bus/clock.js";

/** A machine that sleeps until its next deadline is told when there is an earlier one. */
export function wakingScheduler(scheduler: Scheduler, wake: () => void): Scheduler {
  const waking = (timer: Timer): Timer => ({
    at: (when) => {
      timer.at(when);
      wake();
    },
    cancel: () => timer.cancel(),
    get deadline() {
      return timer.deadline;
    },
  });
  return { now: () => scheduler.now(), timer: (name, expire) => waking(scheduler.timer(name, expire)) };
}
