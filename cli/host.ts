// What machines in Node need of the host: its clock, and that the engine's compilers do not get in the guest's way.
import { readdirSync } from "node:fs";
import { availableParallelism, setPriority } from "node:os";

const clock = performance;

/** Milliseconds of a monotonic clock. (Through the global, each call would cost a getter more.) */
export const hostTime = () => clock.now();

/** Niceness of compiler threads. Where there is no processor to spare they still get a share: waiting for better code costs time as well. */
const NICE = 19;
const NICE_WITHOUT_SPARE = 10;

/**
 * Let the engine's threads, which compile translated code, give way to the thread that runs the guest: there are more of them than
 * processors, mostly. To be called by the guest's thread, once, at the start. Only Linux can do this; elsewhere nothing happens.
 */
export function yieldToGuest(): void {
  if (process.platform !== "linux") return;
  const niceness = availableParallelism() > 1 ? NICE : NICE_WITHOUT_SPARE;
  for (const thread of readdirSync("/proc/self/task").map(Number)) {
    if (thread === process.pid) continue;
    try {
      setPriority(thread, niceness);
    } catch {
      // It has ended, or this is not allowed here: then it goes on as it was.
    }
  }
}
