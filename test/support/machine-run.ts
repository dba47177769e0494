// A machine in this process, given time until something is seen.
import type { Machine } from "../../devices/machine/machine.js";
import type { Ending } from "../../devices/machine/machine-options.js";

/**
 * Run until `seen` (then undefined) or the guest has ended; throws after so many seconds of host time. `instructions`: not beyond so many
 * since power-on.
 */
export async function runUntil(
  machine: Machine,
  seen: () => boolean,
  seconds = 60,
  instructions = Number.POSITIVE_INFINITY,
): Promise<Ending | undefined> {
  const end = performance.now() + seconds * 1000;
  while (!seen()) {
    if (performance.now() > end) throw new Error("what the machine was to show did not come");
    const { ending, idle, waits } = machine.run(20, instructions - Number(machine.cpu.instructions));
    if (ending) return ending;
    const rest = idle ? new Promise((resolve) => setTimeout(resolve, Math.min(idle, 20))) : new Promise((resolve) => setImmediate(resolve));
    await (waits ? Promise.race([waits, rest]) : rest);
  }
  return undefined;
}
