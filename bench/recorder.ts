// One run of the kit's guest, put together from the lines it prints and the moments at which they came. Only the host's clock counts.

/** The host's state when a line came; all but the memory in seconds since some beginning. */
export interface Stamp {
  readonly time: number;
  /** Processor time of the emulator. */
  readonly processor: number;
  /** Processor time of everybody. */
  readonly busy: number;
  readonly stolen: number;
}

/** What lies between two stamps. */
export interface Interval {
  readonly seconds: number;
  /** Processor time of the emulator. */
  readonly processor: number;
  /** Processor time of everybody else. */
  readonly others: number;
  readonly stolen: number;
}

/** What one emulator did with one program of the kit. */
export interface Sample extends Interval {
  readonly checksum: string;
}

export interface GuestRun {
  /** From the start to the first line of userspace. */
  readonly boot: Interval;
  readonly programs: Readonly<Record<string, Sample>>;
  readonly peakMegabytes: number;
  /** Lines in which the guest complains. */
  readonly problems: readonly string[];
}

function between(start: Stamp, end: Stamp): Interval {
  const processor = end.processor - start.processor;
  return {
    seconds: end.time - start.time,
    processor,
    others: Math.max(0, end.busy - start.busy - processor),
    stolen: end.stolen - start.stolen,
  };
}

export class Recorder {
  done = false;
  readonly problems: string[] = [];
  readonly programs: Record<string, Sample> = {};
  boot: Interval | undefined;
  private readonly begun = new Map<string, Stamp>();

  constructor(private readonly start: Stamp) {}

  /** A line may begin with what the kernel was printing. */
  line(text: string, now: Stamp): void {
    const [, begins] = /BEGIN (\w+)$/.exec(text) ?? [];
    const [, ends, checksum] = /END (\w+) ([0-9a-f]{8})\b/.exec(text) ?? [];
    if (begins) this.begun.set(begins, now);
    else if (ends) this.end(ends, checksum!, now);
    else if (/USERSPACE$/.test(text)) this.boot = between(this.start, now);
    else if (/ALLDONE$/.test(text)) this.done = true;
    else if (/EXECFAIL|^FAIL|Kernel panic/.test(text)) this.problems.push(text);
  }

  private end(name: string, checksum: string, now: Stamp): void {
    const begun = this.begun.get(name);
    if (begun) this.programs[name] = { ...between(begun, now), checksum };
    else this.problems.push(`${name} ended before it began`);
  }
}
