import { TaskQueue } from "../core/clock/scheduler.js";
import { hostTime } from "./host.js";

/** The host's clock as a scheduler, for what belongs to no machine: nanoseconds of `hostTime()`. It does not keep the process alive. */
export function createHostScheduler(): TaskQueue {
  const queue = new TaskQueue({ now: () => hostTime() * 1e6 });
  let timeout: NodeJS.Timeout | undefined;
  let wakes = Number.POSITIVE_INFINITY;
  const expire = () => {
    timeout = undefined;
    wakes = Number.POSITIVE_INFINITY;
    queue.runDue(queue.now());
    arm();
  };
  const arm = () => {
    const next = queue.next();
    // What was cancelled wakes once for nothing.
    if (next === undefined || next >= wakes) return;
    clearTimeout(timeout);
    wakes = next;
    timeout = setTimeout(expire, Math.max(0, Math.ceil((next - queue.now()) / 1e6))).unref();
  };
  queue.onArmed(arm);
  return queue;
}
