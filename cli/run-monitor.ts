// The monitor of a run: its door, and what of the run it has its hands on.
import type { Machine } from "../devices/machine/machine.js";
import type { GdbFront } from "./gdb.js";
import type { Controls } from "./monitor/controls.js";
import type { MonitorFront } from "./monitor/front.js";
import type { RunOptions } from "./run-options.js";
import type { Session } from "./session.js";
import { UserError } from "./user-error.js";

/** Open before there is a machine: a port that is taken is told at once. Throws UserError. */
export async function openMonitor({ monitor, serial }: RunOptions, tell: (line: string) => void): Promise<MonitorFront | undefined> {
  if (monitor === undefined) return undefined;
  const { MonitorFront, parseMonitor } = await import("./monitor/front.js");
  return MonitorFront.open(parseMonitor(monitor, serial), tell);
}

/** The machine is made and has its guest. Throws UserError. */
export function attachMonitor(
  monitor: MonitorFront | undefined,
  controls: Omit<Controls, "run"> & { readonly machine: Machine },
  session: Session,
  gdb: GdbFront | undefined,
): void {
  if (!monitor) return;
  if (gdb && controls.machine.clock.kind === "virtual")
    throw new UserError(
      "a debugger under the virtual clock replays what the guest has done, which a monitor would change: use --clock real",
    );
  monitor.attach({ ...controls, run: runControl(session, gdb) });
}

function runControl(session: Session, gdb: GdbFront | undefined): Controls["run"] {
  return {
    get isStanding() {
      return session.isHeld || gdb?.isStanding === true;
    },
    heldBy: gdb ? "the guest stands and goes as the debugger says (--gdb)" : undefined,
    hold: () => {
      session.isHeld = true;
    },
    go: () => {
      session.isHeld = false;
    },
    quit: session.quit,
    wake: session.wake,
  };
}
