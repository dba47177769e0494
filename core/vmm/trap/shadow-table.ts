// One of the guest's descriptor tables, and its two shadows in the VMM's window: see window.ts.
import { RAM_BASE } from "../../../wasm/abi/layout.js";
import type { Host } from "../host.js";
import { ACCESSED, CODE, CONFORMING, type Descriptor, PRESENT, parseDescriptor, USER_SEGMENT } from "./descriptor.js";
import type { Guest } from "./guest.js";

const PAGE = 4096;
export const TABLE_BYTES = 0x10000;
/** Stores to pages of a table, but beside it, after which they are not watched any more. */
const MOST_STRAYS = 64;

/** Bytes [start, end) of a host page. */
interface Piece {
  readonly page: number;
  readonly start: number;
  readonly end: number;
}

const samePieces = (a: readonly Piece[], b: readonly Piece[]) =>
  a.length === b.length && a.every((piece, i) => piece.page === b[i]!.page && piece.start === b[i]!.start && piece.end === b[i]!.end);

/**
 * A table that shares its page with data that is often written is not watched: its shadows are empty then, every load of a segment register
 * traps, and the emulator reads the guest's own table.
 */
export class ShadowTable {
  /** Where the table lies. */
  private pieces: readonly Piece[] = [];
  private strays = 0;
  /** Host pages of the guest's table, which are watched, and the bytes of each that belong to it. */
  private watched: readonly Piece[] = [];
  private readonly copy = new Uint8Array(TABLE_BYTES);
  private readonly copyView = new DataView(this.copy.buffer);
  /** The guest's table was written. */
  private written = true;
  limit = -1;

  /** `kernel`, `user`: host-physical addresses of the shadows. */
  constructor(
    private readonly host: Host,
    private readonly kernel: number,
    private readonly user: number,
  ) {}

  /** Bytes [start, end) of a host page were written. Returns whether some of them belong to the guest's table. */
  stored(hostPage: number, start: number, end: number): boolean {
    const here = this.watched.filter((piece) => piece.page === hostPage);
    if (here.length === 0) return false;
    const isIn = here.some((piece) => piece.start < end && start < piece.end);
    if (!isIn) this.strays++;
    if (isIn || this.strays === MOST_STRAYS) this.written = true;
    return this.written;
  }

  /** Make the shadows of the table at [base, base + limit] new. Returns false if they are so already. */
  refresh(guest: Guest, base: number, limit: number, ring: 1 | 3): boolean {
    const pieces = this.locate(guest, base, limit);
    const isElsewhere = limit !== this.limit || !samePieces(pieces, this.pieces);
    if (!this.written && !isElsewhere) return false;
    if (isElsewhere) this.strays = 0;
    this.written = false;
    this.pieces = pieces;
    this.limit = limit;
    this.watch(guest, this.strays < MOST_STRAYS ? pieces : []);
    this.fetch(guest, base, limit);
    for (let at = 0; at + 7 <= limit; at += 8) this.shadowEntry(at, ring);
    return true;
  }

  private watch(guest: Guest, pieces: readonly Piece[]): void {
    for (const { page } of pieces) guest.shadow.watch(page);
    for (const { page } of this.watched) guest.shadow.unwatch(page);
    this.watched = pieces;
  }

  /** Where the guest's table lies: what it has not mapped is left out. */
  private locate(guest: Guest, base: number, limit: number): readonly Piece[] {
    const pieces: Piece[] = [];
    for (const { linear, length } of piecesOf(base, limit)) {
      const page = hostPageOf(guest, linear);
      if (page !== undefined) pieces.push({ page, start: linear & 0xfff, end: (linear & 0xfff) + length });
    }
    return pieces;
  }

  /** Copy the guest's table; what it has not mapped is zero. */
  private fetch(guest: Guest, base: number, limit: number): void {
    this.copy.fill(0, 0, limit + 1);
    for (const { at, linear, length } of piecesOf(base, limit)) {
      const page = hostPageOf(guest, linear);
      if (page === undefined) continue;
      const from = RAM_BASE + page + (linear & 0xfff);
      this.copy.set(this.host.cpu.bytes.subarray(from, from + length), at);
    }
  }

  private shadowEntry(at: number, ring: 1 | 3): void {
    const raw = this.copyView.getBigUint64(at, true);
    const { access, dpl } = parseDescriptor(raw, 0);
    const usable = (access & (USER_SEGMENT | ACCESSED)) === (USER_SEGMENT | ACCESSED);
    const conforming = (access & (CODE | CONFORMING)) === (CODE | CONFORMING);
    const innerCode = (access & CODE) !== 0 && !conforming;
    // Rings 1 and 2 of the guest: data is for its ring 0, code for nobody.
    const present = usable && this.strays < MOST_STRAYS && !(innerCode && (dpl === 1 || dpl === 2));
    this.put(this.kernel + at, raw, present && !(innerCode && dpl === 3), conforming || dpl === 3 ? dpl : ring);
    this.put(this.user + at, raw, present, conforming || dpl === 3 ? dpl : 1);
  }

  private put(at: number, raw: bigint, present: boolean, dpl: number): void {
    const rights = (dpl << 5) | (present ? Number(raw >> 40n) & PRESENT : 0);
    this.host.cpu.view.setBigUint64(RAM_BASE + at, (raw & ~(0xe0n << 40n)) | (BigInt(rights) << 40n), true);
  }

  /** The guest's descriptor for a selector; undefined beyond the table's end. */
  descriptorOf(selector: number): Descriptor | undefined {
    const index = selector & 0xfff8;
    return index + 7 > this.limit ? undefined : parseDescriptor(this.copyView.getBigUint64(index, true), 0);
  }

  /** The descriptor for a selector in the shadow for the guest's ring 0. */
  kernelDescriptorOf(selector: number): Descriptor | undefined {
    const index = selector & 0xfff8;
    if (index + 7 > this.limit) return undefined;
    return parseDescriptor(this.host.cpu.view.getBigUint64(RAM_BASE + this.kernel + index, true), 0);
  }
}

/** A table by linear pages. */
function* piecesOf(base: number, limit: number): Iterable<{ readonly at: number; readonly linear: number; readonly length: number }> {
  for (let at = 0; at <= limit; ) {
    const linear = (base + at) >>> 0;
    const length = Math.min(PAGE - (linear & 0xfff), limit + 1 - at);
    yield { at, linear, length };
    at += length;
  }
}

function hostPageOf(guest: Guest, linear: number): number | undefined {
  const walk = guest.shadow.walker.walk(guest.paging, linear, undefined);
  return walk.present ? guest.memory.page(walk.physical)?.address : undefined;
}
