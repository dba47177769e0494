// A disk of a machine over an image of the host: what QEMU calls a block backend. A request goes to the image at once, and is completed in guest
// time by a timer that also waits for the image: where guest time stands still for it, a run is the same however long the host takes.
// What a completed write promises is the image's cache mode (cache-mode.ts): this only tells the guest whether it has to flush.
// The bytes belong to the image: they are in no snapshot, and a machine that goes back in time finds what was written since. Bytes of an image
// behind its last whole sector are out of reach.
import type { Nanoseconds, Scheduler, Timer } from "../../core/bus/clock.js";
import type { Disk, DiskOutcome, DiskRequest, Submission } from "./disk.js";
import type { Image } from "./image.js";
import { BlockError } from "./store.js";

export const SECTOR = 512;

export interface ImageDiskOptions {
  /** False: what was written is safe when it is completed. True if nothing is said. */
  readonly writeCache?: boolean;
  readonly readOnly?: boolean;
  readonly serial?: string;
  /** Guest time that a request takes at least, by the bytes that it moves. */
  readonly latency?: (bytes: number) => Nanoseconds;
}

/** What a request touches, as long as the image works on it. */
interface Work {
  readonly from: number;
  readonly to: number;
  readonly writes: boolean;
  readonly done: Promise<void>;
}

export class ImageDisk implements Disk {
  readonly size: number;
  readonly readOnly: boolean;
  readonly serial: string;
  readonly writeCache: boolean;
  private readonly latency: (bytes: number) => Nanoseconds;
  private readonly works = new Set<Work>();
  private readonly completions: Completion[] = [];

  constructor(
    private readonly name: string,
    private readonly image: Image,
    private readonly scheduler: Scheduler,
    options: ImageDiskOptions = {},
  ) {
    this.size = Math.floor(image.size / SECTOR) * SECTOR;
    this.readOnly = image.readOnly || options.readOnly === true;
    this.serial = (options.serial ?? "").slice(0, 20);
    this.writeCache = options.writeCache ?? true;
    this.latency = options.latency ?? (() => 0);
  }

  submit(request: DiskRequest, completed: (outcome: DiskOutcome) => void, due?: Nanoseconds): Submission {
    const when = due ?? this.scheduler.now() + this.latency(movedBytes(request));
    return this.freeCompletion().start(when, this.atOnce(request) ?? this.start(request), completed);
  }

  /** When the image works on nothing any more. */
  async settled(): Promise<void> {
    while (this.works.size > 0) await Promise.all([...this.works].map(({ done }) => done));
  }

  private freeCompletion(): Completion {
    const free = this.completions.find((completion) => completion.isFree);
    if (free) return free;
    const added = new Completion(`${this.name} ${this.completions.length}`, this.scheduler);
    this.completions.push(added);
    return added;
  }

  /** What became of it, if the image can do it at once. */
  private atOnce(request: DiskRequest): DiskOutcome | undefined {
    if ((request.kind !== "read" && request.kind !== "write") || this.works.size > 0) return undefined;
    if (request.kind === "write" && this.readOnly) return "read-only";
    const { image } = this;
    try {
      const isDone = request.kind === "read" ? image.readNow?.(request.at, request.bytes) : image.writeNow?.(request.at, request.bytes);
      return isDone ? "done" : undefined;
    } catch (error) {
      if (error instanceof BlockError) return outcomeOf(error);
      throw error;
    }
  }

  /** Begins when those that touch the same bytes are done. */
  private start(request: DiskRequest): Promise<DiskOutcome> {
    const { from, to, writes } = touched(request);
    if (writes && this.readOnly) return Promise.resolve("read-only");
    const before = [...this.works].filter((work) => work.from < to && from < work.to && (work.writes || writes));
    const outcome = before.length === 0 ? this.work(request) : Promise.all(before.map(({ done }) => done)).then(() => this.work(request));
    const over = () => {
      this.works.delete(work);
    };
    const work: Work = { from, to, writes, done: outcome.then(over, over) };
    this.works.add(work);
    return outcome;
  }

  private async work(request: DiskRequest): Promise<DiskOutcome> {
    try {
      await this.transfer(request);
      return "done";
    } catch (error) {
      if (error instanceof BlockError) return outcomeOf(error);
      throw error;
    }
  }

  private transfer(request: DiskRequest): Promise<void> {
    const { image } = this;
    switch (request.kind) {
      case "read":
        return image.read(request.at, request.bytes);
      case "write":
        return image.write(request.at, request.bytes);
      case "zero":
        return image.zero(request.at, request.length, request.unmap);
      case "discard":
        return image.discard(request.at, request.length);
      case "flush":
        return image.flush();
    }
  }
}

interface Underway {
  completed: (outcome: DiskOutcome) => void;
  outcome?: DiskOutcome;
  failure?: unknown;
}

/** One request on its way to its completion, again and again. */
class Completion {
  private readonly timer: Timer;
  private current: Underway | undefined;

  constructor(name: string, scheduler: Scheduler) {
    this.timer = scheduler.timer(name, () => this.complete());
  }

  get isFree(): boolean {
    return this.current === undefined;
  }

  start(due: Nanoseconds, outcome: DiskOutcome | Promise<DiskOutcome>, completed: (outcome: DiskOutcome) => void): Submission {
    const request: Underway = { completed };
    this.current = request;
    if (typeof outcome === "string") {
      request.outcome = outcome;
      this.timer.at(due);
    } else this.timer.at(due, this.settled(request, outcome));
    return {
      due,
      forget: () => {
        request.completed = () => {};
      },
    };
  }

  private settled(request: Underway, outcome: Promise<DiskOutcome>): Promise<void> {
    return outcome.then(
      (value) => {
        request.outcome = value;
      },
      (error: unknown) => {
        request.failure = error;
      },
    );
  }

  private complete(): void {
    const { completed, outcome, failure } = this.current!;
    this.current = undefined;
    // The image broke its promise to reject with BlockErrors only: our own bug.
    if (outcome === undefined) throw failure;
    completed(outcome);
  }
}

function touched(request: DiskRequest): { from: number; to: number; writes: boolean } {
  if (request.kind === "flush") return { from: 0, to: 0, writes: false };
  const length = request.kind === "read" || request.kind === "write" ? request.bytes.length : request.length;
  return { from: request.at, to: request.at + length, writes: request.kind !== "read" };
}

function movedBytes(request: DiskRequest): number {
  return request.kind === "read" || request.kind === "write" ? request.bytes.length : 0;
}

function outcomeOf({ code }: BlockError): DiskOutcome {
  return code === "full" ? "no-space" : code === "read-only" ? "read-only" : "io-error";
}
