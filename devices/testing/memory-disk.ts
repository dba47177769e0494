// A disk for tests: its bytes in memory, every request on record, completions after a time of the test's choice.

import type { Nanoseconds, Scheduler, Timer } from "../../core/bus/clock.js";
import type { Disk, DiskOutcome, DiskRequest, Submission } from "../block/disk.js";

export interface MemoryDiskOptions {
  readonly readOnly?: boolean;
  readonly serial?: string;
  readonly writeCache?: boolean;
  /** How long a request takes; 1 microsecond if not given. A different one for each lets them overtake each other. */
  readonly duration?: (request: DiskRequest) => Nanoseconds;
  /** What becomes of a request; "done" if not given. */
  readonly outcome?: (request: DiskRequest) => DiskOutcome;
}

/** A timer for one request after the other. */
interface Slot {
  readonly timer: Timer;
  isFree: boolean;
  complete(): void;
}

export class MemoryDisk implements Disk {
  readonly bytes: Uint8Array;
  readonly readOnly: boolean;
  readonly serial: string;
  readonly writeCache: boolean;
  /** In the order in which they were submitted. */
  readonly requests: DiskRequest[] = [];
  underWay = 0;
  mostUnderWay = 0;
  readonly #slots: Slot[] = [];
  readonly #scheduler: Scheduler;
  readonly #options: MemoryDiskOptions;

  constructor(content: Uint8Array, scheduler: Scheduler, options: MemoryDiskOptions = {}) {
    this.bytes = content;
    this.readOnly = options.readOnly ?? false;
    this.serial = options.serial ?? "memory";
    this.writeCache = options.writeCache ?? true;
    this.#scheduler = scheduler;
    this.#options = options;
  }

  get size(): number {
    return this.bytes.length;
  }

  submit(request: DiskRequest, completed: (outcome: DiskOutcome) => void, due?: Nanoseconds): Submission {
    this.requests.push(request);
    this.underWay++;
    this.mostUnderWay = Math.max(this.mostUnderWay, this.underWay);
    const slot = this.#slots.find(({ isFree }) => isFree) ?? this.#createSlot();
    slot.isFree = false;
    let forgotten = false;
    slot.complete = () => {
      slot.isFree = true;
      this.underWay--;
      const outcome = this.#options.outcome?.(request) ?? "done";
      if (outcome === "done") this.#do(request);
      if (!forgotten) completed(outcome);
    };
    const when = due ?? this.#scheduler.now() + (this.#options.duration?.(request) ?? 1000);
    slot.timer.at(when);
    return {
      due: when,
      forget: () => {
        forgotten = true;
      },
    };
  }

  #createSlot(): Slot {
    const timer = this.#scheduler.timer("memory-disk", () => slot.complete());
    const slot: Slot = { timer, isFree: true, complete: () => {} };
    this.#slots.push(slot);
    return slot;
  }

  #do(request: DiskRequest): void {
    if (request.kind === "flush") return;
    const length = "bytes" in request ? request.bytes.length : request.length;
    if (request.at % 512 !== 0 || length % 512 !== 0 || request.at + length > this.size)
      throw new RangeError(`a controller asks for ${length} bytes at ${request.at} of ${this.size}`);
    if (request.kind === "read") request.bytes.set(this.bytes.subarray(request.at, request.at + length));
    else if (request.kind === "write") this.bytes.set(request.bytes, request.at);
    else this.bytes.fill(0, request.at, request.at + length);
  }
}
