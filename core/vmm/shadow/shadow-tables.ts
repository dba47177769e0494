// Shadow tables: PAE page directories and page tables in host memory, each with a note of the guest's table that it was made from.
import { RAM_BASE } from "../../../wasm/abi/layout.js";
import type { Cpu } from "../../cpu/cpu.js";
import type { HostPages } from "../host-pages.js";
import { PTE_P, PTE_U, PTE_W } from "./guest-walk.js";

const ENTRIES = 512;
/** In an entry of a shadow directory (where the processor ignores it): it was not made from the guest's tables, and stays. */
export const ENTRY_STAYS = 0x200;
const FRAME = 0xffffff000n;
/** Rights that a TLB may know of an entry, with the bit that takes one away the other way round. */
const GIVES = BigInt(PTE_P | PTE_W | PTE_U);
const TAKES = 1n << 63n;

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

export interface ShadowTable {
  readonly key: string;
  /** Host-physical address. */
  readonly page: number;
  readonly isDirectory: boolean;
  readonly guest: GuestTable | undefined;
  /** Host-physical addresses of the shadow directory entries that lead here. */
  readonly parents: Set<number>;
}

/** All shadow tables of one virtual processor. */
export class ShadowTables {
  private readonly byKey = new Map<string, ShadowTable>();
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

  find(key: string): ShadowTable | undefined {
    return this.byKey.get(key);
  }

  /** An empty table. From now on nobody may write to the guest's own. */
  create(key: string, isDirectory: boolean, guest: GuestTable | undefined): ShadowTable {
    const page = this.pages.allocate();
    this.cpu.bytes.fill(0, RAM_BASE + page, RAM_BASE + page + 4096);
    const table: ShadowTable = { key, page, isDirectory, guest, parents: new Set() };
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

  entry(at: number): bigint {
    return this.cpu.view.getBigUint64(RAM_BASE + at, true);
  }

  /** Write the entry at a host-physical address. The caller sees to the TLB, if the processor may have used the old one. */
  private write(at: number, old: bigint, value: bigint): void {
    if (old & BigInt(PTE_W)) this.writers.get(Number(old & FRAME))?.delete(at);
    this.cpu.view.setBigUint64(RAM_BASE + at, value, true);
    if (!(value & BigInt(PTE_W))) return;
    const page = Number(value & FRAME);
    const writers = this.writers.get(page);
    if (writers) writers.add(at);
    else this.writers.set(page, new Set([at]));
  }

  /** Write the entry at a host-physical address. */
  setEntry(at: number, value: bigint): void {
    const old = this.entry(at);
    if (old === value) return;
    if (old & BigInt(PTE_P) && losesRights(old, value)) this.flushNeeded = true;
    this.write(at, old, value);
  }

  /** Remove an entry because the guest's has changed, or is not followed any more. */
  dropEntry(at: number): void {
    const old = this.entry(at);
    if (old & BigInt(ENTRY_STAYS)) return;
    if (this.lazy) {
      if (old & BigInt(PTE_W)) this.stale = true;
      this.write(at, old, 0n);
    } else this.setEntry(at, 0n);
  }

  /** Write an entry whose translation the TLB has lost, or never has: of a device. */
  setUnknown(at: number, value: bigint): void {
    this.write(at, this.entry(at), value);
  }

  /** Take the right to write from all entries of these tables that map a host page. */
  protect(hostPage: number): void {
    if (this.stale) this.flushNeeded = true;
    this.stale = false;
    for (const at of [...(this.writers.get(hostPage) ?? [])]) this.setEntry(at, this.entry(at) & ~BigInt(PTE_W));
  }

  /** Bytes [start, end) of a host page with guest tables were written: what was made of them goes. */
  drop(hostPage: number, start: number, end: number): void {
    for (const { guest, page } of this.tablesOf(hostPage)) {
      const { entrySize, first, each } = guest!;
      for (let i = Math.floor(start / entrySize); i * entrySize < end; i++) {
        const index = (i - first) * each;
        if (index < 0 || index >= ENTRIES) continue;
        for (let n = 0; n < each; n++) this.dropEntry(page + (index + n) * 8);
      }
    }
  }

  /** Forget the page tables (not directories) made from a host page. */
  release(hostPage: number): void {
    for (const table of [...this.tablesOf(hostPage)]) if (!table.isDirectory) this.remove(table);
  }

  private remove(table: ShadowTable): void {
    for (const at of table.parents) if (Number(this.entry(at) & FRAME) === table.page) this.dropEntry(at);
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

function losesRights(old: bigint, value: bigint): boolean {
  return (old & FRAME) !== (value & FRAME) || (old & GIVES & ~value) !== 0n || (~old & value & TAKES) !== 0n;
}
