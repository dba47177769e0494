// A run of the bench kit in an emulator that is a process of its own, and the arithmetic of comparing runs.
import { spawn } from "node:child_process";

/** What one emulator did with one program of the kit. */
export interface Sample {
  readonly seconds: number;
  readonly checksum: string;
}

export interface GuestRun {
  /** Seconds from start to the first line of userspace. */
  readonly boot: number;
  readonly programs: ReadonlyMap<string, Sample>;
}

/**
 * Start an emulator command and time the kit's programs by the lines it prints: BEGIN name, END name checksum. Host clock only.
 * The command prints the guest's serial line on standard output and ends by itself or is ended after ALLDONE.
 */
export function runGuest(command: readonly string[], env: NodeJS.ProcessEnv, timeoutSeconds: number): Promise<GuestRun> {
  return new Promise((resolve, reject) => {
    const start = performance.now();
    const programs = new Map<string, Sample>();
    const begun = new Map<string, number>();
    let boot = Number.NaN;
    let text = "";
    let done = false;
    const child = spawn(command[0]!, command.slice(1), { env: { ...process.env, ...env }, stdio: ["ignore", "pipe", "inherit"] });
    const timer = setTimeout(() => child.kill("SIGKILL"), timeoutSeconds * 1000);
    const line = (l: string, now: number) => {
      const begin = /^BEGIN (\w+)/.exec(l);
      const end = /^END (\w+) ([0-9a-f]{8})/.exec(l);
      if (begin) begun.set(begin[1]!, now);
      else if (end) programs.set(end[1]!, { seconds: (now - (begun.get(end[1]!) ?? now)) / 1000, checksum: end[2]! });
      else if (l.startsWith("USERSPACE")) boot = (now - start) / 1000;
      else if (l.startsWith("ALLDONE")) {
        done = true;
        setTimeout(() => child.kill("SIGKILL"), 3000).unref();
      }
    };
    child.stdout.on("data", (chunk: Buffer) => {
      const now = performance.now();
      const lines = (text + chunk.toString("latin1")).split(/\r?\n/);
      text = lines.pop()!;
      for (const l of lines) line(l, now);
    });
    child.on("error", reject);
    child.on("close", () => {
      clearTimeout(timer);
      if (done) resolve({ boot, programs });
      else reject(new Error(`${command.join(" ")} ended before the programs did; last output: ${text.slice(-200)}`));
    });
  });
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

export function geometricMean(values: readonly number[]): number {
  return Math.exp(values.reduce((sum, v) => sum + Math.log(v), 0) / values.length);
}
