// A process and its descendants, as /proc shows them: the processor time they have used and the memory they have held. Linux only.
import { readdirSync, readFileSync } from "node:fs";

/** Units of time in /proc; the same on every Linux that runs on x86 or ARM. */
export const TICKS_PER_SECOND = 100;

function read(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    // The process has ended in the meantime.
    return "";
  }
}

function children(pid: number): number[] {
  let threads: string[] = [];
  try {
    threads = readdirSync(`/proc/${pid}/task`);
  } catch {
    return [];
  }
  return threads.flatMap((thread) => read(`/proc/${pid}/task/${thread}/children`).split(" ").filter(Boolean).map(Number));
}

function descendants(pid: number): number[] {
  return [pid, ...children(pid).flatMap(descendants)];
}

function kilobytes(status: string, field: string): number {
  return Number(new RegExp(`^${field}:\\s+(\\d+) kB`, "m").exec(status)?.[1] ?? 0);
}

export class ProcessTree {
  private peakKilobytes = 0;

  constructor(private readonly root: number) {}

  /** User and system time so far, in seconds, that of ended children included. */
  processorSeconds(): number {
    const ticks = descendants(this.root).flatMap((pid) => {
      const stat = read(`/proc/${pid}/stat`);
      // proc(5): the name, in parentheses, may hold anything; utime, stime, cutime and cstime are fields 14 to 17.
      return stat
        ? stat
            .slice(stat.lastIndexOf(")") + 2)
            .split(" ")
            .slice(11, 15)
            .map(Number)
        : [];
    });
    return ticks.reduce((sum, t) => sum + t, 0) / TICKS_PER_SECOND;
  }

  /** To be called now and then: a peak is exact for one process, and for several as fine as the calls are frequent. */
  sampleMemory(): void {
    const statuses = descendants(this.root).map((pid) => read(`/proc/${pid}/status`));
    const together = statuses.reduce((sum, status) => sum + kilobytes(status, "VmRSS"), 0);
    this.peakKilobytes = Math.max(this.peakKilobytes, together, ...statuses.map((status) => kilobytes(status, "VmHWM")));
  }

  /** Largest resident memory seen. */
  get peakMegabytes(): number {
    return this.peakKilobytes / 1024;
  }
}
