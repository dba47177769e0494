/**
 * Which vCPU runs on which host processor, and for how long: stride scheduling (Waldspurger and Weihl, "Stride Scheduling: Deterministic
 * Proportional-Share Resource Management", 1995). Each vCPU has a virtual time that runs slower the more shares it has; the one that is behind
 * runs next, so that over any longer while each gets processor time in proportion to its shares. Deterministic: equal calls, equal answers.
 *
 * Not here: running anything, host time, and moving work between processors by load (a vCPU runs on any processor that it is allowed to).
 */

/** Nanoseconds of whatever clock the owner uses; it never goes back. */
export type Time = number;

export interface ScheduleOptions {
  /** Relative weight, 1 to 262,144; 1024 if not given, as with libvirt's cpu_shares. */
  readonly shares?: number;
  /** Numbers of the host processors it may run on; all if not given. */
  readonly pinnedTo?: readonly number[];
}

/** Figures of one vCPU, in nanoseconds. */
export interface Accounting {
  /** It ran. */
  readonly ran: Time;
  /** It could have run, but others did: what a guest sees as steal time. */
  readonly stolen: Time;
  /** It had nothing to do. */
  readonly idle: Time;
}

/** A turn on a processor. */
export interface Turn<T> {
  readonly vcpu: T;
  /** Until when it may run if nothing else happens. */
  readonly until: Time;
}

/** libvirt's default, and the kernel's limits for cgroup v1 cpu.shares. */
export const DEFAULT_SHARES = 1024;
const MAX_SHARES = 262_144;
/** A turn if nothing else is asked for, and how far behind the others a vCPU can be that wakes: what it did not use while it slept is not saved up. */
export const SLICE: Time = 10_000_000;

type State = "idle" | "waiting" | "running";

class Entry<T> {
  state: State = "idle";
  /** When the state began; on a processor, when the turn did. */
  since: Time;
  readonly times = { running: 0, waiting: 0, idle: 0 };
  /** Virtual time: processor time x DEFAULT_SHARES / shares. */
  pass = 0;
  processor: number | undefined;

  constructor(
    readonly vcpu: T,
    public shares: number,
    public pinnedTo: ReadonlySet<number> | undefined,
    now: Time,
    /** Order of adding decides between equals. */
    readonly order: number,
  ) {
    this.since = now;
  }

  /** Account for the time up to now. */
  settle(now: Time): void {
    const passed = Math.max(0, now - this.since);
    this.times[this.state] += passed;
    if (this.state === "running") this.pass += (passed * DEFAULT_SHARES) / this.shares;
    this.since = Math.max(now, this.since);
  }

  enter(state: State, now: Time): void {
    this.settle(now);
    this.state = state;
  }

  mayRunOn(processor: number): boolean {
    return this.state === "waiting" && (this.pinnedTo?.has(processor) ?? true);
  }
}

export class StrideScheduler<T> {
  private readonly entries = new Map<T, Entry<T>>();
  private readonly running: (Entry<T> | undefined)[];
  private added = 0;

  constructor(
    readonly processors: number,
    private readonly slice: Time = SLICE,
  ) {
    if (!(slice > 0)) throw new RangeError(`a time slice is a positive time, not ${slice}`);
    if (!Number.isInteger(processors) || processors < 1) throw new RangeError(`a host has at least one processor, not ${processors}`);
    this.running = new Array(processors).fill(undefined);
  }

  /** A vCPU that has nothing to do yet. Throws RangeError for impossible options. */
  add(vcpu: T, now: Time, options: ScheduleOptions = {}): void {
    if (this.entries.has(vcpu)) throw new RangeError("this vCPU is scheduled already");
    const entry = new Entry(vcpu, checkShares(options.shares ?? DEFAULT_SHARES), this.checkPinning(options.pinnedTo), now, this.added++);
    this.entries.set(vcpu, entry);
  }

  /** It is gone; if it runs, its processor is free. */
  remove(vcpu: T, now: Time): void {
    this.stop(this.entry(vcpu), "idle", now);
    this.entries.delete(vcpu);
  }

  setShares(vcpu: T, shares: number, now: Time): void {
    const entry = this.entry(vcpu);
    entry.settle(now);
    entry.shares = checkShares(shares);
  }

  /** From its next turn on. */
  pin(vcpu: T, processors: readonly number[] | undefined): void {
    this.entry(vcpu).pinnedTo = this.checkPinning(processors);
  }

  /** It has something to do from now on. */
  wake(vcpu: T, now: Time): void {
    const entry = this.entry(vcpu);
    if (entry.state !== "idle") return;
    const floor = this.leastPass(now);
    if (floor !== undefined) entry.pass = Math.max(entry.pass, floor - this.slice);
    entry.enter("waiting", now);
  }

  /** It has nothing to do any more (HLT); if it runs, its processor is free. */
  sleep(vcpu: T, now: Time): void {
    this.stop(this.entry(vcpu), "idle", now);
  }

  /** Its turn ends, but it has still something to do. */
  yield(vcpu: T, now: Time): void {
    const entry = this.entry(vcpu);
    if (entry.state === "running") this.stop(entry, "waiting", now);
  }

  /** Put the vCPU that is furthest behind on a free processor. Undefined if none may run there. */
  pick(processor: number, now: Time): Turn<T> | undefined {
    if (this.running[processor]) throw new RangeError(`processor ${processor} is not free`);
    let next: Entry<T> | undefined;
    for (const entry of this.entries.values()) {
      if (!entry.mayRunOn(processor)) continue;
      if (!next || entry.pass < next.pass || (entry.pass === next.pass && entry.order < next.order)) next = entry;
    }
    if (!next) return undefined;
    next.enter("running", now);
    next.processor = processor;
    this.running[processor] = next;
    return { vcpu: next.vcpu, until: now + this.slice };
  }

  accounting(vcpu: T, now: Time): Accounting {
    const entry = this.entry(vcpu);
    entry.settle(now);
    return { ran: entry.times.running, stolen: entry.times.waiting, idle: entry.times.idle };
  }

  private stop(entry: Entry<T>, state: State, now: Time): void {
    if (entry.processor !== undefined) this.running[entry.processor] = undefined;
    entry.processor = undefined;
    entry.enter(state, now);
  }

  /** Virtual time of the vCPU that is furthest behind of those that have something to do. */
  private leastPass(now: Time): number | undefined {
    let least: number | undefined;
    for (const entry of this.entries.values()) {
      if (entry.state === "idle") continue;
      entry.settle(now);
      if (least === undefined || entry.pass < least) least = entry.pass;
    }
    return least;
  }

  private entry(vcpu: T): Entry<T> {
    const entry = this.entries.get(vcpu);
    if (!entry) throw new RangeError("this vCPU is not scheduled");
    return entry;
  }

  private checkPinning(processors: readonly number[] | undefined): ReadonlySet<number> | undefined {
    if (processors === undefined) return undefined;
    const wrong = processors.find((processor) => !Number.isInteger(processor) || processor < 0 || processor >= this.processors);
    if (wrong !== undefined) throw new RangeError(`there is no host processor ${wrong}; there are 0 to ${this.processors - 1}`);
    if (processors.length === 0) throw new RangeError("a vCPU has to be pinned to at least one host processor");
    return new Set(processors);
  }
}

function checkShares(shares: number): number {
  if (Number.isInteger(shares) && shares >= 1 && shares <= MAX_SHARES) return shares;
  throw new RangeError(`shares are a whole number from 1 to ${MAX_SHARES}, not ${shares}`);
}
