// One request to a virtio block device: from the buffers of a driver to a disk and back. Virtual I/O Device (VIRTIO) Version 1.2, section 5.2.6
// "Device Operation". A transfer goes to the disk in pieces, so that no request takes much of the host's memory.

import type { Disk, DiskRequest } from "../block/disk.js";
import { RANGE_SECTORS, RANGES, SECTOR } from "./block-config.js";
import type { QueueElement } from "./queue-element.js";

const TYPE_IN = 0;
const TYPE_OUT = 1;
const TYPE_FLUSH = 4;
const TYPE_GET_ID = 8;
const TYPE_DISCARD = 11;
const TYPE_WRITE_ZEROES = 13;

export const STATUS_OK = 0;
export const STATUS_IOERR = 1;
export const STATUS_UNSUPPORTED = 2;

const HEADER = 16;
const ID_LENGTH = 20;
const RANGE = 16;
const RANGE_UNMAP = 1;
/** Bytes that are under way to or from the disk at once, of one request. */
const PIECE = 1 << 19;

export interface BlockRequestOptions {
  readonly disk: Disk;
  readonly logicalBlock: number;
  /** Writes are to be safe when they are done. */
  isWriteThrough(): boolean;
}

/** Is called once, with the status and how many bytes of data were written into the driver's buffer. */
type Done = (status: number, written: number) => void;

export class BlockRequest {
  readonly #options: BlockRequestOptions;
  readonly #done: Done;

  /** The element has room for the status and holds a header, which isRequest() says. */
  constructor(
    readonly element: QueueElement,
    options: BlockRequestOptions,
    done: Done,
  ) {
    this.#options = options;
    this.#done = done;
  }

  static isRequest(element: QueueElement): boolean {
    return element.readableLength >= HEADER && element.writableLength >= 1;
  }

  start(): void {
    const header = new DataView(this.element.read(0, HEADER).buffer);
    const sector = header.getUint32(12, true) * 2 ** 32 + header.getUint32(8, true);
    const { readOnly } = this.#options.disk;
    const type = header.getUint32(0, true);
    switch (type) {
      case TYPE_IN:
        this.#transfer(sector, this.element.writableLength - 1, (at, length, next) => this.#read(at, length, next));
        return;
      case TYPE_OUT:
        if (readOnly) this.#done(STATUS_IOERR, 0);
        else this.#transfer(sector, this.#dataLength, (at, length, next) => this.#write(at, length, next));
        return;
      case TYPE_FLUSH:
        this.#finish([{ kind: "flush" }]);
        return;
      case TYPE_GET_ID:
        this.#identify();
        return;
      case TYPE_DISCARD:
      case TYPE_WRITE_ZEROES:
        if (readOnly) this.#done(STATUS_IOERR, 0);
        else this.#ranges(type);
        return;
      default:
        this.#done(STATUS_UNSUPPORTED, 0);
    }
  }

  get #dataLength(): number {
    return this.element.readableLength - HEADER;
  }

  /** Moves [sector, sector + length) in pieces; `move` gets where a piece is within the data, and what comes after it. */
  #transfer(sector: number, length: number, move: (at: number, length: number, next: () => void) => void): void {
    if (!this.#isInside(sector, length)) {
      this.#done(STATUS_IOERR, 0);
      return;
    }
    this.#start = sector * SECTOR;
    const step = (at: number) => {
      if (at >= length || this.element.isRevoked) this.#transferred(length);
      else move(at, Math.min(PIECE, length - at), () => step(at + PIECE));
    };
    step(0);
  }

  /** Where the transfer begins on the disk, in bytes. */
  #start = 0;
  /** Bytes that were written into the driver's buffer. */
  #written = 0;

  #read(at: number, length: number, next: () => void): void {
    const bytes = new Uint8Array(length);
    this.#submit({ kind: "read", at: this.#start + at, bytes }, () => {
      this.element.write(at, bytes);
      this.#written += length;
      next();
    });
  }

  #write(at: number, length: number, next: () => void): void {
    this.#submit({ kind: "write", at: this.#start + at, bytes: this.element.read(HEADER + at, length) }, next);
  }

  #transferred(length: number): void {
    if (this.#written > 0 || length === 0) this.#done(STATUS_OK, this.#written);
    else this.#finish([]);
  }

  #identify(): void {
    const id = new Uint8Array(ID_LENGTH);
    const { serial } = this.#options.disk;
    for (let i = 0; i < Math.min(serial.length, ID_LENGTH); i++) id[i] = serial.charCodeAt(i);
    this.#done(STATUS_OK, this.element.write(0, id.subarray(0, this.element.writableLength - 1)));
  }

  /** "Discard" and "write zeroes": all ranges are looked at before anything is done. */
  #ranges(type: number): void {
    const length = this.#dataLength;
    if (length === 0 || length % RANGE !== 0 || length > RANGES * RANGE) {
      this.#done(STATUS_IOERR, 0);
      return;
    }
    const view = new DataView(this.element.read(HEADER, length).buffer);
    const requests: DiskRequest[] = [];
    for (let at = 0; at < length; at += RANGE) {
      const sector = view.getUint32(at + 4, true) * 2 ** 32 + view.getUint32(at, true);
      const sectors = view.getUint32(at + 8, true);
      const flags = view.getUint32(at + 12, true);
      const allowed = type === TYPE_WRITE_ZEROES ? RANGE_UNMAP : 0;
      if (flags & ~allowed) {
        this.#done(STATUS_UNSUPPORTED, 0);
        return;
      }
      if (sectors > RANGE_SECTORS || !this.#isInside(sector, sectors * SECTOR)) {
        this.#done(STATUS_IOERR, 0);
        return;
      }
      const place = { at: sector * SECTOR, length: sectors * SECTOR };
      if (type === TYPE_DISCARD) requests.push({ kind: "discard", ...place });
      else requests.push({ kind: "zero", ...place, unmap: (flags & RANGE_UNMAP) !== 0 });
    }
    this.#finish(requests.filter((request) => !("length" in request) || request.length > 0));
  }

  /** One after the other, then a flush where writes are to be safe. */
  #finish(requests: readonly DiskRequest[]): void {
    const isFlush = requests[0]?.kind === "flush";
    const all = this.#options.isWriteThrough() && !isFlush ? [...requests, { kind: "flush" } as const] : requests;
    const step = (index: number) => {
      const request = all[index];
      if (request) this.#submit(request, () => step(index + 1));
      else this.#done(STATUS_OK, 0);
    };
    step(0);
  }

  #submit(request: DiskRequest, next: () => void): void {
    this.#options.disk.submit(request, (outcome) => {
      if (outcome === "done") next();
      else this.#done(STATUS_IOERR, this.#written);
    });
  }

  /** Whole blocks on the disk. */
  #isInside(sector: number, length: number): boolean {
    const at = sector * SECTOR;
    return at + length <= this.#options.disk.size && length % this.#options.logicalBlock === 0 && at % this.#options.logicalBlock === 0;
  }
}
