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

/** What one emulator did with one program of the kit. */
export interface Sample {
  readonly seconds: number;
  /** Processor time of the emulator meanwhile. */
  readonly processor: number;
  /** Processor time of everybody else. */
  readonly others: number;
  readonly stolen: number;
  readonly checksum: string;
}

export interface GuestRun {
  /** Seconds from start to the first line of userspace. */
  readonly boot: number;
  readonly bootProcessor: number;
  readonly programs: Readonly<Record<string, Sample>>;
  readonly peakMegabytes: number;
  /** Lines in which the guest complains. */
  readonly problems: readonly string[];
}

export class Recorder {
  done = false;
  readonly problems: string[] = [];
  readonly programs: Record<string, Sample> = {};
  boot = Number.NaN;
  bootProcessor = Number.NaN;
  private readonly begun = new Map<string, Stamp>();

  constructor(private readonly start: Stamp) {}

  /** A line may begin with what the kernel was printing. */
  line(text: string, now: Stamp): void {
    const [, begins] = /BEGIN (\w+)$/.exec(text) ?? [];
    const [, ends, checksum] = /END (\w+) ([0-9a-f]{8})\b/.exec(text) ?? [];
    if (begins) this.begun.set(begins, now);
    else if (ends) this.end(ends, checksum!, now);
    else if (/USERSPACE$/.test(text)) this.userspace(now);
    else if (/ALLDONE$/.test(text)) this.done = true;
    else if (/EXECFAIL|^FAIL|Kernel panic/.test(text)) this.problems.push(text);
  }

  private userspace(now: Stamp): void {
    this.boot = now.time - this.start.time;
    this.bootProcessor = now.processor - this.start.processor;
  }

  private end(name: string, checksum: string, now: Stamp): void {
    const begun = this.begun.get(name);
    if (!begun) {
      this.problems.push(`${name} ended before it began`);
      return;
    }
    const processor = now.processor - begun.processor;
    this.programs[name] = {
      seconds: now.time - begun.time,
      processor,
      others: Math.max(0, now.busy - begun.busy - processor),
      stolen: now.stolen - begun.stolen,
      checksum,
    };
  }
}
