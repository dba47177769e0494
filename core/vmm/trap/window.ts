// What the processor itself must find in the guest's address space while the guest runs: shadow descriptor tables and the VMM's TSS, and
// what a road adds. They lie in a few times 2 MiB that the guest does not map, in pages that supervisors may read and, but for areas that say
// so, nobody may write. (So a kernel in ring 1 that reads there, where it has mapped nothing, finds its own descriptors instead of a page
// fault; under 0/3/3 it gets the fault. Without paging the same goes for reads of a device there.) When the guest maps something there, the
// window moves.
//
// Each table is there twice. For the guest's ring 0: its segments with the real ring as DPL, and without code segments of ring 3, so that
// returns to them trap and virtual IF is right. For its ring 3: with those. In both, system descriptors and what is not accessed yet are not
// present: loads of them trap, and the emulator does what the guest's own tables say.
import { RAM_BASE } from "../../../wasm/abi/layout.js";
import * as STATE from "../../../wasm/abi/state.js";
import type { Host } from "../host.js";
import { PTE_A, PTE_D, PTE_P, PTE_W } from "../shadow/guest-walk.js";
import { CR0_PG } from "../state.js";
import { type Descriptor, isNull, PRESENT } from "./descriptor.js";
import { type Guest, Unsupported } from "./guest.js";
import { ShadowTable, TABLE_BYTES, type TableRange } from "./shadow-table.js";

const PAGE = 4096;
/** Pages that one page table maps: 2 MiB. */
const TABLE_PAGES = 512;
const SLOT = TABLE_PAGES * PAGE;
/** Where the tables lie in the window, and their number of pages. */
const GDT_AT = 0;
const LDT_AT = 2 * TABLE_BYTES;
const TSS_AT = 4 * TABLE_BYTES;
const OWN_PAGES = TSS_AT / PAGE + 1;
/** A TSS without I/O permission bitmap: every port access in rings 1 to 3 traps. */
export const TSS_LIMIT = 0x67;
const IO_MAP_BASE = 0x66;
/** Where to look for room, from here downwards: below what kernels map for themselves; and without paging below what PCs have devices in. */
const FIRST_PAGED = 0xffa00000;
const FIRST_UNPAGED = 0xdfe00000;

/** Where a window that may lie over what the guest's kernel has is put first: at the end of the address space. */
const LAST = 2 ** 32;

export interface WindowOptions {
  readonly areas?: readonly WindowArea[];
  /** The guest's kernel never gets at the window, and what it has mapped there is reached with the window hidden: so it may lie anywhere. */
  readonly overKernel?: boolean;
}

/** Pages that a road adds to the window. */
export interface WindowArea {
  readonly pages: number;
  /** For rings 1 and 2; else nobody may write there. */
  readonly writable: boolean;
}

export interface PlacedArea {
  /** Host-physical address. */
  readonly host: number;
  /** Offset in the window. */
  readonly offset: number;
  readonly bytes: number;
}

/** What of the shadow tables is new. */
export interface WindowChanges {
  readonly gdt: TableRange;
  readonly ldt: TableRange;
}

/** Where the processor finds the tables. Addresses are linear. */
export interface WindowTables {
  readonly gdt: number;
  readonly gdtLimit: number;
  readonly ldt: number;
  /** -1: there is none. */
  readonly ldtLimit: number;
  readonly tss: number;
  readonly tssLimit: number;
  /** What SIDT shows. */
  readonly idt: number;
}

function slotsOf(areas: readonly WindowArea[]): number {
  return Math.ceil(areas.reduce((sum, { pages }) => sum + pages, OWN_PAGES) / TABLE_PAGES);
}

/** Host pages that a window takes: what is in it, and the page tables for that. */
export function windowPages(areas: readonly WindowArea[] = []): number {
  return areas.reduce((sum, { pages }) => sum + pages, OWN_PAGES) + slotsOf(areas);
}

export class Window {
  /** Anything that the tables or the place depend on may have changed. */
  stale = true;
  /** Hears of each refresh that may have changed something. */
  onRefresh: (changes: WindowChanges) => void = () => {};
  readonly areas: readonly PlacedArea[];
  /** Linear address; undefined before the first refresh. */
  private linear: number | undefined;
  private readonly bytes: number;
  private readonly overKernel: boolean;
  private readonly pageTables: readonly number[];
  private readonly gdt: ShadowTable;
  private readonly ldt: ShadowTable;

  constructor(
    host: Host,
    private readonly guest: Guest,
    private readonly ring: 1 | 3,
    { areas = [], overKernel = false }: WindowOptions = {},
  ) {
    this.overKernel = overKernel;
    const slots = slotsOf(areas);
    const all = windowPages(areas);
    const at = host.pages.allocateRange(all * PAGE);
    this.bytes = slots * SLOT;
    const tables = at + (all - slots) * PAGE;
    this.pageTables = Array.from({ length: slots }, (_, n) => tables + n * PAGE);
    this.gdt = new ShadowTable(host, at + GDT_AT, at + GDT_AT + TABLE_BYTES);
    this.ldt = new ShadowTable(host, at + LDT_AT, at + LDT_AT + TABLE_BYTES);
    host.cpu.bytes.fill(0, RAM_BASE + at, RAM_BASE + at + all * PAGE);
    host.cpu.view.setUint16(RAM_BASE + at + TSS_AT + IO_MAP_BASE, TSS_LIMIT + 1, true);
    let next = 0;
    const map = (pages: number, writable: boolean): PlacedArea => {
      const offset = next * PAGE;
      const rights = BigInt(PTE_P | PTE_A | PTE_D | (writable ? PTE_W : 0));
      for (let i = 0; i < pages; i++, next++)
        host.cpu.view.setBigUint64(RAM_BASE + tables + next * 8, BigInt(at + next * PAGE) | rights, true);
      return { host: at + offset, offset, bytes: pages * PAGE };
    };
    map(OWN_PAGES, false);
    this.areas = areas.map(({ pages, writable }) => map(pages, writable));
  }

  /** Before the guest runs. Throws Unsupported. */
  refresh(): void {
    if (!this.stale) return;
    this.stale = false;
    const { guest, ring } = this;
    const { state } = guest;
    const hasMoved = this.linear === undefined || !this.isFree(this.linear);
    if (hasMoved) this.move();
    const gdt = this.gdt.refresh(guest, state.u32(STATE.GDTR_BASE), state.u32(STATE.GDTR_LIMIT) & 0xffff, ring);
    const { selector, access, base, limit } = state.segment(STATE.LDTR);
    const usable = (access & PRESENT) !== 0 && !isNull(selector);
    const ldt = this.ldt.refresh(guest, base, usable ? Math.min(limit, TABLE_BYTES - 1) : -1, ring);
    this.onRefresh({ gdt, ldt });
  }

  /** Bytes [start, end) of a host page were written. */
  stored(hostPage: number, start: number, end: number): void {
    const inGdt = this.gdt.stored(hostPage, start, end);
    if (this.ldt.stored(hostPage, start, end) || inGdt) this.stale = true;
  }

  private move(): void {
    const first = this.overKernel ? LAST : (this.guest.state.cr0 & CR0_PG ? FIRST_PAGED : FIRST_UNPAGED) + SLOT;
    for (let linear = first - this.bytes; linear >= 0; linear -= SLOT) {
      if (linear === this.linear || !this.isFree(linear)) continue;
      this.linear = linear;
      this.guest.shadow.setWindow({ linear, tables: this.pageTables });
      return;
    }
    const size = `${this.bytes >> 20} MiB`;
    throw new Unsupported(`the guest has mapped something in every ${size} of its address space, and the VMM needs ${size}`);
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
    if (this.overKernel) return true;
    const { guest } = this;
    const end = linear + this.bytes;
    if (guest.state.cr0 & CR0_PG) {
      for (let at = linear; at < end; at += SLOT) if (guest.shadow.walker.hasTable(guest.paging, at)) return false;
      return true;
    }
    for (let page = linear; page < end; page += PAGE) if (guest.memory.page(page)) return false;
    return true;
  }

  /** The shadow tables are what the guest's are, and will be when these are written. */
  get isCurrent(): boolean {
    return !this.stale && this.gdt.isFollowed && this.ldt.isFollowed;
  }

  /** Where it begins, once refreshed. */
  get begin(): number {
    return this.linear!;
  }

  /** Where the processor finds the tables while the guest runs at virtual privilege `cpl`. */
  tables(cpl: number): WindowTables {
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

  private tableOf(selector: number): ShadowTable {
    return selector & 4 ? this.ldt : this.gdt;
  }

  /** The guest's own descriptor for a selector; undefined beyond its table's end. */
  descriptorOf(selector: number): Descriptor | undefined {
    return this.tableOf(selector).descriptorOf(selector);
  }

  /** The descriptor that its ring 0 finds here. */
  kernelDescriptorOf(selector: number): Descriptor | undefined {
    return this.tableOf(selector).kernelDescriptorOf(selector);
  }
}
