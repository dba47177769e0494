// Runs the kit in an emulator that is a process of its own, and watches it from outside.
import { type ChildProcess, spawn } from "node:child_process";
import { type HostTime, hostTime } from "./host.js";
import { ProcessTree } from "./process-tree.js";
import { type GuestRun, Recorder, type Stamp } from "./recorder.js";

export interface RunOptions {
  readonly environment?: NodeJS.ProcessEnv;
  /** Run on this processor only. */
  readonly core?: number | undefined;
  /** Guests that work for this one: their processor time is the emulator's. */
  readonly beside?: readonly CompanionGuest[];
}

/** A guest that serves another one. */
export interface CompanionGuest {
  readonly tree: ProcessTree;
  stop(): void;
}

/** Longest time that a run may take, in seconds. */
const LIMIT = 1800;
/** How long an emulator may take to end by itself after ALLDONE, in ms. */
const FAREWELL = 3000;
const MEMORY_PERIOD = 100;

/** The emulators that run; none outlives this process. */
const running = new Set<ChildProcess>();
process.on("exit", () => running.forEach(kill));
for (const [signal, code] of [
  ["SIGINT", 130],
  ["SIGTERM", 143],
] as const)
  process.once(signal, () => process.exit(code));

function kill(child: ChildProcess): void {
  try {
    // It leads a group of its own.
    process.kill(-child.pid!, "SIGKILL");
  } catch {
    // It has ended.
  }
}

/** Start an emulator whose guest has something to say before others can work with it. Rejects if it ends before that. */
export function startCompanion([program, ...args]: readonly string[], ready: RegExp): Promise<CompanionGuest> {
  return new Promise((resolve, reject) => {
    const child = spawn(program!, args, { stdio: ["ignore", "pipe", "inherit"], detached: true });
    child.on("error", reject);
    if (!child.pid) return;
    running.add(child);
    const companion = { tree: new ProcessTree(child.pid), stop: () => kill(child) };
    let said = "";
    child.stdout.on("data", (chunk: Buffer) => {
      said += chunk.toString("latin1");
      if (ready.test(said)) resolve(companion);
    });
    child.on("close", () => {
      running.delete(child);
      reject(new Error(`${program} ended before its guest was ready: ${said.slice(-200)}`));
    });
  });
}

/** The machine's time without what this process itself has used, which serves the guests. */
function othersTime(core: number | undefined): HostTime {
  const { busy, stolen } = hostTime(core);
  const { user, system } = process.cpuUsage();
  return { busy: busy - (user + system) / 1e6, stolen };
}

/**
 * Start an emulator and time the kit's programs by the lines on its standard output. It ends by itself, or is ended some time after
 * ALLDONE. Rejects if it can not be started or ends too early.
 */
export function runGuest(command: readonly string[], { environment = {}, core, beside = [] }: RunOptions = {}): Promise<GuestRun> {
  const [program, ...args] = core === undefined ? command : ["taskset", "-c", String(core), ...command];
  return new Promise((resolve, reject) => {
    const companions = () => beside.reduce((sum, { tree }) => sum + tree.processorSeconds(), 0);
    const start: Stamp = { time: performance.now() / 1000, processor: companions(), ...othersTime(core) };
    const recorder = new Recorder(start);
    const child = spawn(program!, args, { env: { ...process.env, ...environment }, stdio: ["ignore", "pipe", "inherit"], detached: true });
    child.on("error", reject);
    if (!child.pid) return;
    running.add(child);
    const tree = new ProcessTree(child.pid);
    const memoryTimer = setInterval(() => tree.sampleMemory(), MEMORY_PERIOD);
    const limitTimer = setTimeout(() => kill(child), LIMIT * 1000);
    let rest = "";
    child.stdout.on("data", (chunk: Buffer) => {
      const time = performance.now() / 1000;
      const lines = (rest + chunk.toString("latin1")).split("\n");
      rest = lines.pop()!;
      if (lines.length === 0) return;
      const stamp = { time, processor: tree.processorSeconds() + companions(), ...othersTime(core) };
      for (const line of lines) recorder.line(line.replaceAll("\r", ""), stamp);
      tree.sampleMemory();
      if (recorder.done) setTimeout(() => kill(child), FAREWELL).unref();
    });
    child.on("close", () => {
      clearInterval(memoryTimer);
      clearTimeout(limitTimer);
      running.delete(child);
      const { boot, programs, problems } = recorder;
      if (recorder.done && boot) resolve({ boot, programs, problems, peakMegabytes: tree.peakMegabytes });
      else reject(new Error([`${program} ended before the programs did`, ...problems, rest.slice(-200)].filter(Boolean).join(": ")));
    });
  });
}
