// The descriptor tables that translated code runs with: the guest's segments as its ring 0 has them, but cut off where the VMM's window begins,
// and the VMM's own. Selectors below 100H are the guest's; above, nobody but the translator's sequences loads any.
import { RAM_BASE } from "../../../wasm/abi/layout.js";
import type { Host } from "../host.js";
import { ACCESSED, BIG, CODE, CONFORMING as EXPAND_DOWN, GRANULAR, isSystem, PRESENT } from "../trap/descriptor.js";
import type { TableRange } from "../trap/shadow-table.js";
import type { PlacedArea, Window, WindowChanges, WindowTables } from "../trap/window.js";
import { STATE_SIZE } from "./state.js";

const GUEST_ENTRIES = 32;
const LDT_AT = 0x800;
const RING_1 = 1;
export const SEL_STATE = (GUEST_ENTRIES << 3) | RING_1;
export const SEL_GUEST_GS = ((GUEST_ENTRIES + 1) << 3) | RING_1;
export const SEL_GUEST_CS = ((GUEST_ENTRIES + 2) << 3) | RING_1;
const GDT_LIMIT = (GUEST_ENTRIES + 3) * 8 - 1;
/** Data, writable, accessed, DPL 1, present, 32-bit. */
export const STATE_ACCESS = 0x40b3;
const PAGE_MASK = 0xfff;
const MOST_BYTES = 1 << 20;

/** What of a segment counts here. */
export interface Extent {
  readonly base: number;
  /** In bytes. */
  readonly limit: number;
  readonly access: number;
}

const UNUSABLE: Extent = { base: 0, limit: 0, access: 0 };

/** The part of a segment below linear address `end`; without access rights where that can not be said with a limit. */
export function truncate(segment: Extent, end: number): Extent {
  const { base, limit, access } = segment;
  if (!(access & PRESENT)) return segment;
  if ((access & (CODE | EXPAND_DOWN)) === EXPAND_DOWN || base >= end) return UNUSABLE;
  const room = end - base;
  if (limit < room) return segment;
  return { base, access, limit: (room > MOST_BYTES ? room - (room & PAGE_MASK) : room) - 1 };
}

/** The two words of a descriptor for a segment whose limit is below 1 MiB or a multiple of 4 KiB (minus 1). */
const lowWord = ({ base, limit }: Extent) => ((base << 16) | ((limit >= MOST_BYTES ? limit >>> 12 : limit) & 0xffff)) >>> 0;
function highWord({ base, limit, access }: Extent): number {
  const granular = limit >= MOST_BYTES;
  const units = granular ? limit >>> 12 : limit;
  const rights = (access & ~GRANULAR) | (granular ? GRANULAR : 0);
  return ((base & 0xff000000) | ((base >>> 16) & 0xff) | ((rights & 0xf0ff) << 8) | (units & 0xf0000)) >>> 0;
}

const ALL: TableRange = { from: 0, to: GUEST_ENTRIES * 8 };

export class TruncatedTables {
  private end = -1;

  constructor(
    private readonly host: Host,
    private readonly window: Window,
    private readonly tables: PlacedArea,
    private readonly state: PlacedArea,
  ) {}

  /** Undefined: nothing is there. */
  private set(at: number, segment: Extent | undefined): void {
    const { view } = this.host.cpu;
    const address = RAM_BASE + this.tables.host + at;
    view.setUint32(address, segment ? lowWord(segment) : 0, true);
    view.setUint32(address + 4, segment ? highWord(segment) : 0, true);
  }

  /** After the window's refresh. */
  refresh({ gdt, ldt }: WindowChanges): void {
    // The window may be elsewhere, and then segments end elsewhere.
    const all = this.end !== this.window.begin;
    this.end = this.window.begin;
    this.copy(0, 0, all ? ALL : gdt);
    this.copy(LDT_AT, 4, all ? ALL : ldt);
    const state = { base: this.end + this.state.offset, limit: STATE_SIZE - 1, access: STATE_ACCESS };
    this.set(SEL_STATE & ~7, state);
  }

  private copy(table: number, indicator: number, { from, to }: TableRange): void {
    for (let at = from; at < Math.min(to, GUEST_ENTRIES * 8); at += 8) this.set(table + at, this.guestEntry(at | indicator));
  }

  private guestEntry(selector: number): Extent | undefined {
    const found = this.window.kernelDescriptorOf(selector);
    if (!found || isSystem(found)) return undefined;
    const extent = truncate(found, this.window.begin);
    return extent.access & PRESENT ? extent : undefined;
  }

  /** Have one of the VMM's selectors stand for a segment in a register. Returns the selector, or null's if it is not usable. */
  setAlias(selector: number, segment: Extent): number {
    if (!(segment.access & PRESENT)) return 0;
    const { base, limit, access } = segment;
    this.set(selector & ~7, { base, limit, access: (access & (BIG | 0xff)) | ACCESSED });
    return selector;
  }

  /** For the processor. */
  placed(): WindowTables {
    const { ldtLimit, tss, tssLimit, idt } = this.window.tables(0);
    const gdt = this.window.begin + this.tables.offset;
    return { gdt, gdtLimit: GDT_LIMIT, ldt: gdt + LDT_AT, ldtLimit: Math.min(ldtLimit, GUEST_ENTRIES * 8 - 1), tss, tssLimit, idt };
  }
}
