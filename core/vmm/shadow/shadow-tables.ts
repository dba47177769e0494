// Shadow tables: PAE page directories and page tables in host memory, each with a note of the guest's table that it was made from.
import { RAM_BASE } from "../../../wasm/abi/layout.js";
import type { Cpu } from "../../cpu/cpu.js";
import type { HostPages } from "../host-pages.js";
import { PTE_A, PTE_P, PTE_U, PTE_W } from "./guest-walk.js";

const ENTRIES = 512;
/** In an entry of a shadow directory (where the processor ignores it): it was not made from the guest's tables, and stays. */
export const ENTRY_STAYS = 0x200;
/** In the low half of an entry. Host memory ends below 4 GiB. */
const FRAME = 0xfffff000;
/** Rights that a TLB may know of an entry. */
const GIVES = PTE_P | PTE_W | PTE_U;
/** In the high half of an entry: no execution. All other bits there are zero. */
export const HIGH_NX = 0x80000000;

/** Which entries of a shadow table one entry of a guest's table becomes. */
export interface GuestTable {
  /** Host-physical page that holds it. */
  readonly hostPage: number;
  /** Size of its entries: 4 or 8 bytes. */
  readonly entrySize: 4 | 8;
  /** Index of its first entry that the shadow table stands for, and shadow entries for each of its entries (2 for a 4 MiB directory entry). */
  readonly first: number;
  readonly each: 1 | 2;
}

/** What all entries of a shadow page table have in common, beside what the guest's own entries say. */
export interface TableRights {
  /** Over the levels above. */
  readonly writable: boolean;
  readonly user: boolean;
  readonly noExecute: boolean;
  /** EFER.NXE: bit 63 of the guest's entries is not reserved. */
  readonly hasNoExecute: boolean;
  /** For the guest's kernel where it has tables of its own: all pages are for users, and with CR0.WP clear all that are dirty may be written. */
  readonly forKernel: boolean;
  readonly forced: boolean;
}

export interface ShadowTable {
  readonly key: number;
  /** Host-physical address. */
  readonly page: number;
  readonly isDirectory: boolean;
  readonly guest: GuestTable | undefined;
  /** Of a page table that was made from a guest's. */
  readonly rights: TableRights | undefined;
  /** Host-physical addresses of the shadow directory entries that lead here. */
  readonly parents: Set<number>;
}

/** All shadow tables of one virtual processor. */
export class ShadowTables {
  private readonly byKey = new Map<number, ShadowTable>();
  private readonly byGuestPage = new Map<number, Set<ShadowTable>>();
  /** Writable shadow entries by the host page that they map. */
  private readonly writers = new Map<number, Set<number>>();
  /** Entries were removed or lost rights: the processor's TLB may hold more than the tables allow. */
  flushNeeded = false;
  /** It may hold rights to write to pages of which `writers` does not know any more. */
  private stale = false;

  /** `lazy`: the guest's own flushes reach the processor's TLB. Then what its tables have lost may stay there until it flushes, as on hardware. */
  constructor(
    private readonly cpu: Cpu,
    private readonly pages: HostPages,
    /** Take the right to write from whoever has it. */
    private readonly protectFromAll: (hostPage: number) => void,
    private readonly lazy = false,
  ) {}

  get count(): number {
    return this.byKey.size;
  }

  find(key: number): ShadowTable | undefined {
    return this.byKey.get(key);
  }

  /** An empty table. From now on nobody may write to the guest's own. */
  create(key: number, isDirectory: boolean, guest: GuestTable | undefined, rights?: TableRights): ShadowTable {
    const page = this.pages.allocate();
    this.cpu.bytes.fill(0, RAM_BASE + page, RAM_BASE + page + 4096);
    const table: ShadowTable = { key, page, isDirectory, guest, rights, parents: new Set() };
    this.byKey.set(key, table);
    if (guest) {
      const others = this.byGuestPage.get(guest.hostPage);
      if (others) others.add(table);
      else this.byGuestPage.set(guest.hostPage, new Set([table]));
      this.protectFromAll(guest.hostPage);
    }
    return table;
  }

  /** Whether a guest's table lies in a host page. */
  isShadowed(hostPage: number): boolean {
    return this.byGuestPage.has(hostPage);
  }

  tablesOf(hostPage: number): Iterable<ShadowTable> {
    return this.byGuestPage.get(hostPage) ?? [];
  }

  /** Low half of the entry at a host-physical address. */
  entry(at: number): number {
    return this.cpu.view.getUint32(RAM_BASE + at, true);
  }

  /** Host-physical address of the page or table that an entry leads to. */
  frame(at: number): number {
    return (this.entry(at) & FRAME) >>> 0;
  }

  /** The processor has used an entry since it was written without its accessed bit. */
  isAccessed(at: number): boolean {
    return (this.entry(at) & (PTE_P | PTE_A)) === (PTE_P | PTE_A);
  }

  private high(at: number): number {
    return this.cpu.view.getUint32(RAM_BASE + at + 4, true);
  }

  /** Write the entry at a host-physical address. The caller sees to the TLB, if the processor may have used the old one. */
  private write(at: number, old: number, low: number, high: number): void {
    if (old & PTE_W) this.writers.get((old & FRAME) >>> 0)?.delete(at);
    this.cpu.view.setUint32(RAM_BASE + at, low, true);
    this.cpu.view.setUint32(RAM_BASE + at + 4, high, true);
    if (!(low & PTE_W)) return;
    const page = (low & FRAME) >>> 0;
    const writers = this.writers.get(page);
    if (writers) writers.add(at);
    else this.writers.set(page, new Set([at]));
  }

  /** Write the entry at a host-physical address; `high` is 0 or HIGH_NX. An accessed bit that is there stays if nothing else changes. */
  setEntry(at: number, low: number, high: number): void {
    if (this.replace(at, low, high)) this.flushNeeded = true;
  }

  /** Likewise because the guest's entry has changed: where its own flushes reach the TLB, the old one may stay there until then. */
  followEntry(at: number, low: number, high: number): void {
    const old = this.entry(at);
    if (!this.replace(at, low, high)) return;
    if (!this.lazy) this.flushNeeded = true;
    else if (old & PTE_W) this.stale = true;
  }

  /** Whether the TLB may know more now than the tables allow. */
  private replace(at: number, low: number, high: number): boolean {
    const old = this.entry(at);
    const oldHigh = this.high(at);
    if (((old ^ low) & ~PTE_A) === 0 && oldHigh === high) return false;
    this.write(at, old, low, high);
    return (old & PTE_P) !== 0 && (((old ^ low) & FRAME) !== 0 || (old & GIVES & ~low) !== 0 || high > oldHigh);
  }

  /** Remove an entry of a directory: no flush of the guest's reaches all that it led to, as it does if the guest's page was large. */
  private dropLink(at: number): void {
    if (!(this.entry(at) & ENTRY_STAYS)) this.setEntry(at, 0, 0);
  }

  /** Remove an entry because it is not followed any more. */
  dropEntry(at: number): void {
    const old = this.entry(at);
    if (old !== 0 && !(old & ENTRY_STAYS)) this.followEntry(at, 0, 0);
  }

  /** Write an entry whose translation the TLB has lost, or never has: of a device. */
  setUnknown(at: number, low: number, high: number): void {
    this.write(at, this.entry(at), low, high);
  }

  /** Take the right to write from an entry that was open for one instruction. The caller sees to the TLB. */
  close(at: number): void {
    this.setUnknown(at, this.entry(at) & ~PTE_W, this.high(at));
  }

  /** Take the right to write from all entries of these tables that map a host page. */
  protect(hostPage: number): void {
    if (this.stale) this.flushNeeded = true;
    this.stale = false;
    const writers = this.writers.get(hostPage);
    if (!writers || writers.size === 0) return;
    for (const at of [...writers]) this.setUnknown(at, this.entry(at) & ~PTE_W, this.high(at));
    this.flushNeeded = true;
  }

  /**
   * Bytes [start, end) of a host page with guest tables were written: what was made of them goes, and comes anew where `make` writes it.
   * `make`: of page tables, with the index of the guest's entry and the address of the shadow's.
   */
  renew(hostPage: number, start: number, end: number, make: (table: ShadowTable, index: number, at: number) => void): void {
    for (const table of this.tablesOf(hostPage)) {
      const { entrySize, first, each } = table.guest!;
      for (let i = Math.floor(start / entrySize); i * entrySize < end; i++) {
        const index = (i - first) * each;
        if (index < 0 || index >= ENTRIES) continue;
        const at = table.page + index * 8;
        if (table.isDirectory) for (let n = 0; n < each; n++) this.dropLink(at + n * 8);
        else make(table, i, at);
      }
    }
  }

  /** Forget the page tables made from a host page; and its directories, which then no root may lead to. */
  release(hostPage: number, directoriesToo: boolean): void {
    for (const table of [...this.tablesOf(hostPage)]) if (directoriesToo || !table.isDirectory) this.remove(table);
  }

  private remove(table: ShadowTable): void {
    // A new root may get the same page, and so CR3 its old value.
    if (table.isDirectory) this.flushNeeded = true;
    for (const at of table.parents) if (this.frame(at) === table.page) this.dropEntry(at);
    for (let i = 0; i < ENTRIES; i++) this.dropEntry(table.page + i * 8);
    this.byKey.delete(table.key);
    const hostPage = table.guest!.hostPage;
    const others = this.byGuestPage.get(hostPage)!;
    others.delete(table);
    if (others.size === 0) this.byGuestPage.delete(hostPage);
    this.pages.release(table.page);
  }

  /** Forget everything. */
  clear(): void {
    for (const { page } of this.byKey.values()) this.pages.release(page);
    this.byKey.clear();
    this.byGuestPage.clear();
    this.writers.clear();
    this.flushNeeded = true;
  }
}
