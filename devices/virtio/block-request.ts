// One request to a virtio block device: from the buffers of a driver to a disk and back. Virtual I/O Device (VIRTIO) Version 1.2, section 5.2.6
// "Device Operation". A request goes to the disk in steps, one after the other: ranges, or pieces, so that none takes much of the host's memory.

import type { Nanoseconds } from "../../core/bus/clock.js";
import type { BufferPool } from "../block/buffer-pool.js";
import type { Disk, DiskOutcome, DiskRequest, Submission } from "../block/disk.js";
import { RANGE_SECTORS, RANGES, SECTOR } from "./block-config.js";
import type { QueueElement } from "./queue-element.js";

const TYPE_IN = 0;
const TYPE_OUT = 1;
const TYPE_FLUSH = 4;
const TYPE_GET_ID = 8;
const TYPE_DISCARD = 11;
const TYPE_WRITE_ZEROES = 13;

const STATUS_OK = 0;
const STATUS_IOERR = 1;
const STATUS_UNSUPPORTED = 2;

const HEADER = 16;
const ID_LENGTH = 20;
const RANGE = 16;
const RANGE_UNMAP = 1;
/** Bytes that are under way to or from the disk at once, of one request. */
const PIECE = 1 << 19;
/** The most steps of a request: no chain is longer than 4 GiB. */
export const MOST_STEPS = 2 ** 32 / PIECE + 1;

export interface BlockContext {
  readonly disk: Disk;
  readonly buffers: BufferPool;
  readonly logicalBlock: number;
  /** Writes are to be safe when they are done. */
  readonly isWriteThrough: boolean;
  /** Completes what never gets to the disk, like the disk does: later, at `due` if that is given. */
  answerLater(answered: () => void, due?: Nanoseconds): Submission;
  /** The request has ended, with how many bytes written into its buffer, counted from the begin without a gap. */
  ended(request: BlockRequest, written: number): void;
}

/** A request whose bytes, if it has some, are of the pool. */
type PooledRequest = DiskRequest & { readonly bytes?: Uint8Array<ArrayBuffer> };

/** What is to be done with the disk. */
interface Plan {
  readonly steps: number;
  request(step: number): PooledRequest;
}

/** What is known without the disk. */
interface Answer {
  readonly status: number;
  /** Bytes of data that were written into the buffer. */
  readonly written: number;
}

export class BlockRequest {
  #step = 0;
  #submission: Submission | undefined;
  readonly #context: BlockContext;

  /** The element holds a header and has room for the status, which isRequest() says. */
  constructor(
    readonly element: QueueElement,
    context: BlockContext,
  ) {
    this.#context = context;
  }

  static isRequest(element: QueueElement): boolean {
    return element.readableLength >= HEADER && element.writableLength >= 1;
  }

  /** How far it has come, for a device that is saved: start() takes it. Whole nanoseconds, which they are where runs are to be the same. */
  get progress(): readonly [step: number, due: Nanoseconds] {
    return [this.#step, Math.ceil(this.#submission?.due ?? 0)];
  }

  /** From the begin, or from where it was when it was saved. */
  start(step = 0, due?: Nanoseconds): void {
    const plan = this.#plan();
    if ("status" in plan) this.#submission = this.#context.answerLater(() => this.#end(plan.status, plan.written), due);
    else this.#run(plan, Math.min(step, plan.steps - 1), due);
  }

  /** The driver has reset the device. */
  forget(): void {
    this.#submission?.forget();
  }

  #plan(): Plan | Answer {
    const header = new DataView(this.element.read(0, HEADER).buffer);
    const at = (header.getUint32(12, true) * 2 ** 32 + header.getUint32(8, true)) * SECTOR;
    const type = header.getUint32(0, true);
    switch (type) {
      case TYPE_IN:
        return this.#transfer(at, this.#room, (piece, length) => ({
          kind: "read",
          at: at + piece,
          bytes: this.#context.buffers.take(length),
        }));
      case TYPE_OUT:
        return this.#changing(
          this.#transfer(at, this.#dataLength, (piece, length) => {
            const bytes = this.#context.buffers.take(length);
            this.element.readInto(HEADER + piece, bytes);
            return { kind: "write", at: at + piece, bytes };
          }),
        );
      case TYPE_FLUSH:
        return { steps: 1, request: () => ({ kind: "flush" }) };
      case TYPE_GET_ID:
        return { status: STATUS_OK, written: this.element.write(0, this.#identity().subarray(0, this.#room)) };
      case TYPE_DISCARD:
      case TYPE_WRITE_ZEROES:
        return this.#changing(this.#ranges(type));
      default:
        return { status: STATUS_UNSUPPORTED, written: 0 };
    }
  }

  get #dataLength(): number {
    return this.element.readableLength - HEADER;
  }

  /** Bytes for data: the last is for the status. */
  get #room(): number {
    return this.element.writableLength - 1;
  }

  #transfer(at: number, length: number, piece: (at: number, length: number) => PooledRequest): Plan | Answer {
    if (!this.#isInside(at, length)) return { status: STATUS_IOERR, written: 0 };
    if (length === 0) return { status: STATUS_OK, written: 0 };
    const steps = Math.ceil(length / PIECE);
    return { steps, request: (step) => piece(step * PIECE, Math.min(PIECE, length - step * PIECE)) };
  }

  /** "Discard" and "write zeroes": all ranges are looked at before anything is done. */
  #ranges(type: number): Plan | Answer {
    const count = this.#dataLength / RANGE;
    if (count === 0 || !Number.isInteger(count) || count > RANGES) return { status: STATUS_IOERR, written: 0 };
    const view = new DataView(this.element.read(HEADER, count * RANGE).buffer);
    const requests: PooledRequest[] = [];
    for (let entry = 0; entry < count * RANGE; entry += RANGE) {
      const at = (view.getUint32(entry + 4, true) * 2 ** 32 + view.getUint32(entry, true)) * SECTOR;
      const length = view.getUint32(entry + 8, true) * SECTOR;
      const flags = view.getUint32(entry + 12, true);
      if (flags & ~(type === TYPE_WRITE_ZEROES ? RANGE_UNMAP : 0)) return { status: STATUS_UNSUPPORTED, written: 0 };
      if (length > RANGE_SECTORS * SECTOR || !this.#isInside(at, length)) return { status: STATUS_IOERR, written: 0 };
      if (length === 0) continue;
      if (type === TYPE_DISCARD) requests.push({ kind: "discard", at, length });
      else requests.push({ kind: "zero", at, length, unmap: (flags & RANGE_UNMAP) !== 0 });
    }
    if (requests.length === 0) return { status: STATUS_OK, written: 0 };
    return { steps: requests.length, request: (step) => requests[step]! };
  }

  /** What changes the disk: refused where it is read-only, with a flush at the end where writes are to be safe. */
  #changing(plan: Plan | Answer): Plan | Answer {
    if (this.#context.disk.readOnly) return { status: STATUS_IOERR, written: 0 };
    if ("status" in plan || !this.#context.isWriteThrough) return plan;
    return { steps: plan.steps + 1, request: (step) => (step === plan.steps ? { kind: "flush" } : plan.request(step)) };
  }

  #run(plan: Plan, step: number, due?: Nanoseconds): void {
    this.#step = step;
    const request = plan.request(step);
    const completed = (outcome: DiskOutcome) => this.#completed(plan, request, outcome);
    this.#submission = this.#context.disk.submit(request, completed, due);
  }

  #completed(plan: Plan, request: PooledRequest, outcome: DiskOutcome): void {
    const at = this.#step * PIECE;
    if (outcome !== "done") this.#end(STATUS_IOERR, request.kind === "read" ? at : 0);
    else {
      const written = request.kind === "read" ? at + this.element.write(at, request.bytes) : 0;
      // After a failure parts of the request may still be under way.
      if (request.bytes) this.#context.buffers.give(request.bytes);
      if (this.#step + 1 < plan.steps) this.#run(plan, this.#step + 1);
      else this.#end(STATUS_OK, written);
    }
  }

  #end(status: number, written: number): void {
    this.element.write(this.#room, Uint8Array.of(status));
    this.#context.ended(this, written === this.#room ? written + 1 : written);
  }

  #identity(): Uint8Array {
    const id = new Uint8Array(ID_LENGTH);
    const { serial } = this.#context.disk;
    for (let i = 0; i < Math.min(serial.length, ID_LENGTH); i++) id[i] = serial.charCodeAt(i);
    return id;
  }

  /** Whole blocks on the disk. */
  #isInside(at: number, length: number): boolean {
    const { disk, logicalBlock } = this.#context;
    return at + length <= disk.size && length % logicalBlock === 0 && at % logicalBlock === 0;
  }
}
