// What the processor itself must find in the guest's address space while the guest runs: shadow descriptor tables and the VMM's TSS. They
// lie in 2 MiB that the guest does not map, in pages that supervisors may read and nobody may write. (So a kernel in ring 1 that reads
// there, where it has mapped nothing, finds its own descriptors instead of a page fault; under 0/3/3 it gets the fault. Without paging
// the same goes for reads of a device there.) When the guest maps something there, the window moves.
//
// Each table is there twice. For the guest's ring 0: its segments with the real ring as DPL, and without code segments of ring 3, so that
// returns to them trap and virtual IF is right. For its ring 3: with those. In both, system descriptors and what is not accessed yet are not
// present: loads of them trap, and the emulator does what the guest's own tables say.
import { RAM_BASE } from "../../../wasm/abi/layout.js";
import * as STATE from "../../../wasm/abi/state.js";
import type { Host } from "../host.js";
import { PTE_A, PTE_D, PTE_P } from "../shadow/guest-walk.js";
import { CR0_PG } from "../state.js";
import { ACCESSED, CODE, CONFORMING, isNull, PRESENT, parseDescriptor, USER_SEGMENT } from "./descriptor.js";
import { type Guest, Unsupported } from "./guest.js";

const PAGE = 4096;
const TABLE_BYTES = 0x10000;
const SIZE = 1 << 21;
/** Where the tables lie in the window, and its number of pages. */
const GDT_AT = 0;
const LDT_AT = 2 * TABLE_BYTES;
const TSS_AT = 4 * TABLE_BYTES;
const PAGES = TSS_AT / PAGE + 1;
/** Host pages that a window takes: the tables, and the page table for them. */
export const WINDOW_PAGES = PAGES + 1;
/** A TSS without I/O permission bitmap: every port access in rings 1 to 3 traps. */
export const TSS_LIMIT = 0x67;
const IO_MAP_BASE = 0x66;
/** Where to look for room, from here downwards: below what kernels map for themselves; and without paging below what PCs have devices in. */
const FIRST_PAGED = 0xffa00000;
const FIRST_UNPAGED = 0xdfe00000;

/** Bytes [start, end) of a host page. */
interface Piece {
  readonly page: number;
  readonly start: number;
  readonly end: number;
}

/** One of the guest's descriptor tables and its two shadows. */
class ShadowTable {
  /** Host pages of the guest's table, which are watched, and the bytes of each that belong to it. */
  private watched: readonly Piece[] = [];
  private readonly copy = new Uint8Array(TABLE_BYTES);
  private readonly copyView = new DataView(this.copy.buffer);
  limit = -1;

  constructor(
    private readonly host: Host,
    private readonly kernel: number,
    private readonly user: number,
  ) {}

  /** Whether bytes [start, end) of a host page belong to the guest's table. */
  isIn(hostPage: number, start: number, end: number): boolean {
    return this.watched.some((piece) => piece.page === hostPage && piece.start < end && start < piece.end);
  }

  /** Make the shadows of the table at [base, base + limit] new. */
  refresh(guest: Guest, base: number, limit: number, ring: 1 | 3): void {
    const watched = this.fetch(guest, base, limit);
    for (const { page } of watched) guest.shadow.watch(page);
    for (const { page } of this.watched) guest.shadow.unwatch(page);
    this.watched = watched;
    this.limit = limit;
    for (let at = 0; at + 7 <= limit; at += 8) this.shadowEntry(at, ring);
  }

  /** Copy the guest's table; what it has not mapped is zero. Returns where it lies. */
  private fetch(guest: Guest, base: number, limit: number): readonly Piece[] {
    const pieces: Piece[] = [];
    this.copy.fill(0);
    for (let at = 0; at <= limit; ) {
      const linear = (base + at) >>> 0;
      const length = Math.min(PAGE - (linear & 0xfff), limit + 1 - at);
      const walk = guest.shadow.walker.walk(guest.paging, linear, undefined);
      const page = walk.present ? guest.memory.page(walk.physical) : undefined;
      if (walk.present && page) {
        const start = linear & 0xfff;
        pieces.push({ page: page.address, start, end: start + length });
        this.copy.set(guest.memory.pageBytes(walk.physical)!.subarray(start, start + length), at);
      }
      at += length;
    }
    return pieces;
  }

  private shadowEntry(at: number, ring: 1 | 3): void {
    const raw = this.copyView.getBigUint64(at, true);
    const { access, dpl } = parseDescriptor(raw, 0);
    const usable = (access & (USER_SEGMENT | ACCESSED)) === (USER_SEGMENT | ACCESSED);
    const conforming = (access & (CODE | CONFORMING)) === (CODE | CONFORMING);
    const innerCode = (access & CODE) !== 0 && !conforming;
    // Rings 1 and 2 of the guest: data is for its ring 0, code for nobody.
    const present = usable && !(innerCode && (dpl === 1 || dpl === 2));
    this.put(this.kernel + at, raw, present && !(innerCode && dpl === 3), conforming || dpl === 3 ? dpl : ring);
    this.put(this.user + at, raw, present, conforming || dpl === 3 ? dpl : 1);
  }

  private put(at: number, raw: bigint, present: boolean, dpl: number): void {
    const rights = (dpl << 5) | (present ? Number(raw >> 40n) & PRESENT : 0);
    this.host.cpu.view.setBigUint64(RAM_BASE + at, (raw & ~(0xe0n << 40n)) | (BigInt(rights) << 40n), true);
  }

  /** DPL that the guest's table has for a selector. */
  dplOf(selector: number): number {
    const index = selector & 0xfff8;
    return index + 7 > this.limit ? 0 : (this.copy[index + 5]! >> 5) & 3;
  }
}

export class Window {
  /** Anything that the tables or the place depend on may have changed. */
  stale = true;
  /** Linear address; undefined before the first refresh. */
  private linear: number | undefined;
  private readonly pageTable: number;
  private readonly gdt: ShadowTable;
  private readonly ldt: ShadowTable;

  constructor(
    host: Host,
    private readonly guest: Guest,
    private readonly ring: 1 | 3,
  ) {
    const at = host.pages.allocateRange(WINDOW_PAGES * PAGE);
    this.pageTable = at + PAGES * PAGE;
    this.gdt = new ShadowTable(host, at + GDT_AT, at + GDT_AT + TABLE_BYTES);
    this.ldt = new ShadowTable(host, at + LDT_AT, at + LDT_AT + TABLE_BYTES);
    host.cpu.bytes.fill(0, RAM_BASE + at, RAM_BASE + at + WINDOW_PAGES * PAGE);
    host.cpu.view.setUint16(RAM_BASE + at + TSS_AT + IO_MAP_BASE, TSS_LIMIT + 1, true);
    for (let i = 0; i < PAGES; i++)
      host.cpu.view.setBigUint64(RAM_BASE + this.pageTable + i * 8, BigInt(at + i * PAGE) | BigInt(PTE_P | PTE_A | PTE_D), true);
  }

  /** Before the guest runs. Throws Unsupported. */
  refresh(): void {
    if (!this.stale) return;
    this.stale = false;
    const { guest, ring } = this;
    const { state } = guest;
    if (this.linear === undefined || !this.isFree(this.linear)) this.move();
    this.gdt.refresh(guest, state.u32(STATE.GDTR_BASE), state.u32(STATE.GDTR_LIMIT) & 0xffff, ring);
    const ldt = state.segment(STATE.LDTR);
    const usable = (ldt.access & PRESENT) !== 0 && !isNull(ldt.selector);
    this.ldt.refresh(guest, ldt.base, usable ? Math.min(ldt.limit, TABLE_BYTES - 1) : -1, ring);
  }

  /** Whether bytes [start, end) of a host page belong to one of the guest's tables. */
  isIn(hostPage: number, start: number, end: number): boolean {
    return this.gdt.isIn(hostPage, start, end) || this.ldt.isIn(hostPage, start, end);
  }

  private move(): void {
    const first = this.guest.state.cr0 & CR0_PG ? FIRST_PAGED : FIRST_UNPAGED;
    for (let linear = first; linear >= 0; linear -= SIZE) {
      if (linear === this.linear || !this.isFree(linear)) continue;
      this.linear = linear;
      this.guest.shadow.setWindow(linear, this.pageTable);
      return;
    }
    throw new Unsupported("the guest has mapped something in every 2 MiB of its address space, and the VMM needs 2 MiB");
  }

  /** Choose a place anew. */
  forget(): void {
    this.linear = undefined;
  }

  /** Move away: the guest uses the place. */
  leave(): void {
    this.move();
    this.stale = true;
  }

  private isFree(linear: number): boolean {
    const { guest } = this;
    if (guest.state.cr0 & CR0_PG) return !guest.shadow.walker.hasTable(guest.paging, linear);
    for (let page = linear; page < linear + SIZE; page += PAGE) if (guest.memory.page(page)) return false;
    return true;
  }

  /** Where the processor finds the tables while the guest runs at virtual privilege `cpl`. */
  tables(cpl: number): { gdt: number; gdtLimit: number; ldt: number; ldtLimit: number; tss: number; tssLimit: number; idt: number } {
    const linear = this.linear!;
    const half = cpl === 3 ? TABLE_BYTES : 0;
    return {
      gdt: linear + GDT_AT + half,
      gdtLimit: this.gdt.limit,
      ldt: linear + LDT_AT + half,
      ldtLimit: this.ldt.limit,
      tss: linear + TSS_AT,
      tssLimit: TSS_LIMIT,
      idt: linear + TSS_AT,
    };
  }

  dplOf(selector: number): number {
    return selector & 4 ? this.ldt.dplOf(selector) : this.gdt.dplOf(selector);
  }
}
