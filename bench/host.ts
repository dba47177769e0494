// The machine that measures: how busy it is with other things, and that only one bench runs on it at a time.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { TICKS_PER_SECOND } from "./process-tree.js";

export interface HostTime {
  /** Seconds of processor time that anybody here has used. */
  readonly busy: number;
  /** Seconds that a hypervisor below gave to others. */
  readonly stolen: number;
}

/** Since the machine started: of all processors, or of one. */
export function hostTime(core?: number): HostTime {
  const line = new RegExp(`^cpu${core ?? ""} +(.*)$`, "m").exec(readFileSync("/proc/stat", "utf8"))![1]!;
  const [user, nice, system, , , irq, softIrq, stolen] = line.split(" ").map((ticks) => Number(ticks) / TICKS_PER_SECOND);
  return { busy: user! + nice! + system! + irq! + softIrq!, stolen: stolen! };
}

/** The last processor that this process may run on. */
export function lastCore(): number {
  const list = /^Cpus_allowed_list:\s*(\S+)/m.exec(readFileSync("/proc/self/status", "utf8"))![1]!;
  return Number(/\d+$/.exec(list)![0]);
}

/** Processors' worth of work that counts as a quiet machine. */
const QUIET = 0.12;
const LOOK = 1500;

/** Wait for a quiet machine, but no longer than `patience` seconds; returns how many processors' worth of work went on at the end. */
export async function waitUntilQuiet(patience: number): Promise<number> {
  const deadline = performance.now() + patience * 1000;
  for (;;) {
    const [before, start] = [hostTime(), performance.now()];
    await sleep(LOOK);
    const now = hostTime();
    const load = (now.busy - before.busy + now.stolen - before.stolen) / ((performance.now() - start) / 1000);
    if (load < QUIET || performance.now() > deadline) return load;
  }
}

const LOCK = join(tmpdir(), "guest-bench.lock");

function takeLock(): boolean {
  try {
    mkdirSync(LOCK);
  } catch {
    return false;
  }
  writeFileSync(join(LOCK, "pid"), String(process.pid));
  return true;
}

/** The lock's owner has ended without giving it back. */
function isAbandoned(): boolean {
  try {
    process.kill(Number(readFileSync(join(LOCK, "pid"), "utf8")), 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ESRCH";
  }
}

/** Wait until no other bench runs on this machine, and keep others waiting until this process ends. */
export async function beTheOnlyBench(): Promise<void> {
  for (let first = true; !takeLock(); first = false) {
    if (isAbandoned()) rmSync(LOCK, { recursive: true, force: true });
    else {
      if (first) console.error("another bench is running; waiting for its end");
      await sleep(1000);
    }
  }
  process.on("exit", () => rmSync(LOCK, { recursive: true, force: true }));
}
