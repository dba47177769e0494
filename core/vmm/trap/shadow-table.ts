// One of the guest's descriptor tables, and its two shadows in the VMM's window: see window.ts.
import { RAM_BASE } from "../../../wasm/abi/layout.js";
import type { Host } from "../host.js";
import { ACCESSED, CODE, CONFORMING, type Descriptor, PRESENT, parseDescriptor, USER_SEGMENT } from "./descriptor.js";
import type { Guest } from "./guest.js";

const PAGE = 4096;
export const TABLE_BYTES = 0x10000;
/** Bytes [from, to) of a table. */
export interface TableRange {
  readonly from: number;
  readonly to: number;
}

const NOTHING: TableRange = { from: 0, to: 0 };
const WHOLE: TableRange = { from: 0, to: TABLE_BYTES };

function union(a: TableRange, b: TableRange): TableRange {
  if (a.from === a.to) return b;
  return { from: Math.min(a.from, b.from), to: Math.max(a.to, b.to) };
}

/** Stores to pages of a table, but beside it, after which they are not watched any more. */
const MOST_STRAYS = 64;

/** Bytes [start, end) of a host page. */
interface Piece {
  /** Offset in the table. */
  readonly at: number;
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
  /** What of the guest's table was written since the last refresh(). */
  private written = WHOLE;
  limit = -1;

  /** `kernel`, `user`: host-physical addresses of the shadows. */
  constructor(
    private readonly host: Host,
    private readonly kernel: number,
    private readonly user: number,
  ) {}

  /** Bytes [start, end) of a host page were written. Returns whether a refresh is needed. */
  stored(hostPage: number, start: number, end: number): boolean {
    const here = this.watched.find((piece) => piece.page === hostPage);
    if (!here) return false;
    const [from, to] = [Math.max(start, here.start), Math.min(end, here.end)];
    const at = here.at + from - here.start;
    if (from < to) {
      // Linux stores the descriptors of its thread-local storage at each task switch, most of them as they were.
      if (!this.isCopied(hostPage + from, at, to - from)) this.written = union(this.written, { from: at, to: at + to - from });
    } else if (++this.strays === MOST_STRAYS) this.written = WHOLE;
    return this.written.to > 0;
  }

  /** Whether bytes of the guest's table are what they were at the last refresh(). */
  private isCopied(host: number, at: number, length: number): boolean {
    const { bytes } = this.host.cpu;
    for (let i = 0; i < length; i++) if (bytes[RAM_BASE + host + i] !== this.copy[at + i]) return false;
    return true;
  }

  /** Make the shadows of the table at [base, base + limit] new. Returns what has changed in them, in whole entries. */
  refresh(guest: Guest, base: number, limit: number, ring: 1 | 3): TableRange {
    const pieces = this.locate(guest, base, limit);
    if (limit !== this.limit || !samePieces(pieces, this.pieces)) {
      this.strays = 0;
      this.pieces = pieces;
      this.limit = limit;
      this.written = WHOLE;
    }
    const { from, to } = this.written;
    if (from === to) return NOTHING;
    this.written = NOTHING;
    if (to === TABLE_BYTES) this.watch(guest, this.isFollowed ? pieces : []);
    this.fetch(guest, base, limit);
    const first = from & ~7;
    for (let at = first; at < to && at + 7 <= limit; at += 8) this.shadowEntry(at, ring);
    return { from: first, to };
  }

  private watch(guest: Guest, pieces: readonly Piece[]): void {
    for (const { page } of pieces) guest.shadow.watch(page);
    for (const { page } of this.watched) guest.shadow.unwatch(page);
    this.watched = pieces;
  }

  /** Where the guest's table lies: what it has not mapped is left out. */
  private locate(guest: Guest, base: number, limit: number): readonly Piece[] {
    const pieces: Piece[] = [];
    for (const { at, linear, length } of piecesOf(base, limit)) {
      const page = hostPageOf(guest, linear);
      if (page !== undefined) pieces.push({ at, page, start: linear & 0xfff, end: (linear & 0xfff) + length });
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
    const { access, dpl } = parsed(this.copyView, at);
    const usable = (access & (USER_SEGMENT | ACCESSED)) === (USER_SEGMENT | ACCESSED);
    const conforming = (access & (CODE | CONFORMING)) === (CODE | CONFORMING);
    const innerCode = (access & CODE) !== 0 && !conforming;
    // Rings 1 and 2 of the guest: data is for its ring 0, code for nobody.
    const present = usable && this.isFollowed && !(innerCode && (dpl === 1 || dpl === 2));
    this.put(this.kernel + at, raw, present && !(innerCode && dpl === 3), conforming || dpl === 3 ? dpl : ring);
    this.put(this.user + at, raw, present, conforming || dpl === 3 ? dpl : 1);
  }

  private put(at: number, raw: bigint, present: boolean, dpl: number): void {
    const rights = (dpl << 5) | (present ? Number(raw >> 40n) & PRESENT : 0);
    this.host.cpu.view.setBigUint64(RAM_BASE + at, (raw & ~(0xe0n << 40n)) | (BigInt(rights) << 40n), true);
  }

  /** Stores to the guest's table come to stored(). */
  get isFollowed(): boolean {
    return this.strays < MOST_STRAYS;
  }

  /** The guest's descriptor for a selector; undefined beyond the table's end. */
  descriptorOf(selector: number): Descriptor | undefined {
    const index = selector & 0xfff8;
    return index + 7 > this.limit ? undefined : parsed(this.copyView, index);
  }

  /** The descriptor for a selector in the shadow for the guest's ring 0. */
  kernelDescriptorOf(selector: number): Descriptor | undefined {
    const index = selector & 0xfff8;
    if (index + 7 > this.limit) return undefined;
    return parsed(this.host.cpu.view, RAM_BASE + this.kernel + index);
  }
}

const parsed = (view: DataView, at: number) => parseDescriptor(view.getUint32(at, true), view.getUint32(at + 4, true), 0);

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
