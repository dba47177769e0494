// Shadow paging: from the guest's tables (and the slots of its memory) to PAE tables that the real processor walks. They hold only what was
// used; the guest's tables are write-traced, so that what was made of an entry goes when the entry changes. After Adams and Agesen, "A
// Comparison of Software and Hardware Techniques for x86 Virtualization", and the VMware and KVM papers they cite.
//
// The real processor must run with CR0.PG and WP, CR4.PAE and EFER.NXE set, and CR4.PGE clear. Accessed and dirty bits of the guest are
// set when an entry is made: an entry is writable only if the guest's is dirty.
//
// Each virtual processor of a VM has tables of its own; traces hold for all of them (write-traces.ts).
//
// Not here: tables out of step with the guest's (each write to one is a trace), large shadow pages, global pages, tables that several
// processors share.
import { RAM_BASE } from "../../../wasm/abi/layout.js";
import type { Cpu } from "../../cpu/cpu.js";
import { type GuestMemory, type HostPage, PAGE } from "../guest-memory.js";
import type { HostPages } from "../host-pages.js";
import { CR0_WP, CR4_PSE, EFER_NXE } from "../state.js";
import type { WriteTracer } from "../write-traces.js";
import {
  type GuestAccess,
  type GuestPaging,
  type GuestWalk,
  GuestWalker,
  isPae,
  isPaged,
  PTE_A,
  PTE_D,
  PTE_P,
  PTE_U,
  PTE_W,
} from "./guest-walk.js";
import { ENTRY_STAYS, type GuestTable, type ShadowTable, ShadowTables } from "./shadow-tables.js";

/**
 * For whom the tables are: `both` has user and supervisor pages as the guest's (ring compression 0/1/3, and guest mode); `kernel` lets ring 3
 * do what the guest lets its ring 0 do, and `user` what it lets its ring 3 do (0/3/3, where both run in ring 3).
 */
export type ShadowView = "both" | "kernel" | "user";

export type Verdict =
  /** The guest's tables allow it, and now the shadow does too: execute the instruction again. */
  | { readonly kind: "hidden" }
  /** The guest's own tables forbid it: its handler gets this error code. */
  | { readonly kind: "true"; readonly code: number }
  /** No memory is there, or it is read-only. */
  | { readonly kind: "mmio"; readonly physical: number }
  /** A store to a page that is watched: a page table, or what watch() named. */
  | { readonly kind: "trace"; readonly physical: number }
  /** In the part of the address space that the VMM keeps for itself. */
  | { readonly kind: "window" };

/** A part of the address space that the VMM keeps for itself. */
export interface ShadowWindow {
  /** A multiple of 2 MiB. */
  readonly linear: number;
  /** Host-physical addresses of the page tables for it, 2 MiB each. Only supervisors get there, with the rights that these say. */
  readonly tables: readonly number[];
}

/** A watched page that is open for one instruction. */
interface OpenPage {
  readonly hostPage: number;
  readonly entry: number;
  readonly linear: number;
  readonly before: Uint32Array;
  readonly live: Uint32Array;
}

const NX = 1n << 63n;
const FRAME = 0xffffff000n;
const TWO_MEGABYTES = 1 << 21;
const GIGABYTES = 4;
/** Present, writable, user, accessed: rights are decided by the entry that maps the page. */
const LINK = BigInt(PTE_P | PTE_W | PTE_U | PTE_A);
/** To the VMM's own tables: not for users. */
const WINDOW_LINK = BigInt(PTE_P | PTE_W | PTE_A | ENTRY_STAYS);
/** Stores to a page table, without its being used in between, after which it is taken for something else. */
const FLOOD = 16;
/** Tables after which all are dropped. */
const MOST_TABLES = 1024;
const MOST_ROOTS = 64;
/** Host pages of a root, its directories, and one page table. */
const ONE_ROOT = 1 + GIGABYTES + 1;
/** The least to go on with: room for the page tables of all pages that one instruction may need, so that it ends. */
const RESERVE = ONE_ROOT + 10;
/** Host pages that a virtual processor's shadow may take. */
export const SHADOW_PAGES = MOST_TABLES + MOST_ROOTS + 2 * RESERVE;

export class ShadowPaging implements WriteTracer {
  private readonly tables: ShadowTables;
  readonly walker: GuestWalker;
  private readonly roots = new Map<string, number>();
  /** The root that was asked for last; not under PAE. */
  private last: { readonly paging: Spaces; readonly view: ShadowView; readonly hidden: boolean; readonly page: number } | undefined;
  private readonly watched = new Map<number, number>();
  private readonly stores = new Map<number, number>();
  private open: OpenPage[] = [];
  private deviceEntries: number[] = [];
  private window: ShadowWindow | undefined;
  /** While it is on, the VMM's window is not there: root() and fault() are about all of the guest's address space. */
  windowHidden = false;
  private onWatched: (hostPage: number, start: number, end: number) => void = () => {};
  private onTable: () => void = () => {};

  /**
   * `invalidate`: takes one page's translation from the processor's TLB, where the guest's own flushes reach that too (guest mode). Without, the
   * whole TLB is flushed whenever entries are lost.
   */
  constructor(
    private readonly cpu: Cpu,
    private readonly pages: HostPages,
    private readonly memory: GuestMemory,
    private readonly invalidate?: (linear: number) => void,
  ) {
    this.tables = new ShadowTables(cpu, pages, (hostPage) => memory.traces.protect(hostPage), invalidate !== undefined);
    this.walker = new GuestWalker(memory);
    this.memory.onChange(() => this.reset());
    this.memory.traces.add(this);
  }

  /** Changes whenever all roots have gone. */
  get generation(): number {
    return this.resets;
  }
  private resets = 0;

  /** Whether the TLB must be flushed before the guest runs again. */
  get flushNeeded(): boolean {
    return this.tables.flushNeeded;
  }

  /** Likewise; asking clears it. */
  takeFlush(): boolean {
    const needed = this.tables.flushNeeded;
    this.tables.flushNeeded = false;
    return needed;
  }

  /** Forget all that was derived; watched pages stay watched. */
  reset(): void {
    this.resets++;
    this.last = undefined;
    for (const page of this.roots.values()) this.pages.release(page);
    this.roots.clear();
    this.tables.clear();
    this.stores.clear();
    this.open = [];
    this.deviceEntries = [];
  }

  /** Keep a part of the address space for the VMM. What the guest has there is not shadowed. Undefined: nothing is kept. */
  setWindow(window: ShadowWindow | undefined): void {
    this.window = window;
    this.reset();
  }

  /** Host-physical address of the PDPT to load CR3 with. Ask again before each entry: tables may have been dropped. */
  root(paging: GuestPaging, view: ShadowView): number {
    const { last } = this;
    if (last && last.view === view && last.hidden === this.windowHidden && isSame(last.paging, paging)) return last.page;
    const page = this.findRoot(paging, view);
    const { cr0, cr3, cr4, efer } = paging;
    this.last = isPae(paging) ? undefined : { paging: { cr0, cr3, cr4, efer }, view, hidden: this.windowHidden, page };
    return page;
  }

  private findRoot(paging: GuestPaging, view: ShadowView): number {
    const role = roleOf(paging, view);
    const key = `${rootKey(paging, view)}${this.windowHidden ? "-" : ""}`;
    const known = this.roots.get(key);
    if (known !== undefined) return known;
    this.makeRoom();
    const page = this.pages.allocate();
    const directories = Array.from({ length: GIGABYTES }, (_, gigabyte) => this.directory(paging, gigabyte, role));
    for (const [i, directory] of directories.entries()) this.tables.setEntry(page + i * 8, BigInt(directory.page) | BigInt(PTE_P));
    this.roots.set(key, page);
    return page;
  }

  /** The root that root() would give, if it is there. */
  knownRoot(paging: GuestPaging, view: ShadowView): number | undefined {
    return this.roots.get(rootKey(paging, view));
  }

  /** For a root, its directories, and a page table; everything is dropped if need be. Throws HostMemoryError. */
  private makeRoom(): void {
    const isFull = this.tables.count >= MOST_TABLES || this.roots.size >= MOST_ROOTS;
    if (!isFull && this.pages.available >= ONE_ROOT) return;
    this.reset();
    this.pages.require(RESERVE);
  }

  private directory(paging: GuestPaging, gigabyte: number, role: string): ShadowTable {
    const { name, guest } = this.guestDirectory(paging, gigabyte);
    const window = this.windowHidden ? [] : this.windowIn(gigabyte);
    const key = `d${name}.${gigabyte}${role}${this.windowHidden && this.windowIn(gigabyte).length > 0 ? "-" : ""}`;
    const known = this.tables.find(key);
    if (known) return known;
    const directory = this.tables.create(key, true, guest);
    for (const { index, table } of window) this.tables.setEntry(directory.page + index * 8, BigInt(table) | WINDOW_LINK);
    return directory;
  }

  /** Entries of the directory for a gigabyte that lead to the window. */
  private windowIn(gigabyte: number): readonly { readonly index: number; readonly table: number }[] {
    const { window } = this;
    if (!window) return [];
    return window.tables
      .map((table, n) => ({ number: (window.linear >>> 21) + n, table }))
      .filter(({ number }) => number >>> 9 === gigabyte)
      .map(({ number, table }) => ({ index: number & 511, table }));
  }

  private guestDirectory(paging: GuestPaging, gigabyte: number): { name: string; guest: GuestTable | undefined } {
    if (!isPaged(paging)) return { name: "identity", guest: undefined };
    if (!isPae(paging)) return this.guestTable((paging.cr3 & 0xfffff000) >>> 0, 4, gigabyte * 256, 2);
    const pdpte = paging.pdptes[gigabyte]!;
    if (!(pdpte & 1n)) return { name: "none", guest: undefined };
    return this.guestTable(Number(pdpte & FRAME), 8, 0, 1);
  }

  private guestTable(physical: number, entrySize: 4 | 8, first: number, each: 1 | 2): { name: string; guest: GuestTable | undefined } {
    const page = this.memory.page(physical);
    return { name: `${physical}`, guest: page && { hostPage: page.address, entrySize, first, each } };
  }

  /** What a page fault at `linear` means. `hidden` has changed the tables; `true`, `mmio` and `trace` have set what the walk sets. */
  fault(paging: GuestPaging, view: ShadowView, linear: number, access: GuestAccess): Verdict {
    const walk = this.walker.walk(paging, linear, access);
    if (!walk.present) return { kind: "true", code: walk.code };
    if (this.isInWindow(linear)) return { kind: "window" };
    const page = this.memory.page(walk.physical);
    if (!page || (access.write && page.readOnly)) return { kind: "mmio", physical: walk.physical };
    const at = this.leafAddress(paging, view, linear, walk);
    if (access.write && this.memory.traces.isTraced(page.address)) return { kind: "trace", physical: walk.physical };
    this.tables.setEntry(at, this.leaf(paging, view, walk, page, access));
    return { kind: "hidden" };
  }

  isInWindow(linear: number): boolean {
    const { window } = this;
    return window !== undefined && !this.windowHidden && (linear - window.linear) >>> 0 < window.tables.length * TWO_MEGABYTES;
  }

  traces(hostPage: number): boolean {
    return this.tables.isShadowed(hostPage) || this.watched.has(hostPage);
  }

  protect(hostPage: number): void {
    this.tables.protect(hostPage);
  }

  /** Host-physical address of the shadow entry for `linear`; the tables on the way are made. */
  private leafAddress(paging: GuestPaging, view: ShadowView, linear: number, walk: GuestWalk & { present: true }): number {
    const role = roleOf(paging, view);
    if (!this.tables.find(this.tableName(paging, role, linear, walk))) this.makeRoom();
    const root = this.root(paging, view);
    const directory = Number(this.tables.entry(root + (linear >>> 30) * 8) & FRAME);
    const link = directory + ((linear >>> 21) & 511) * 8;
    const table = this.pageTable(paging, role, linear, walk);
    table.parents.add(link);
    this.tables.setEntry(link, BigInt(table.page) | LINK);
    return table.page + ((linear >>> 12) & 511) * 8;
  }

  private pageTable(paging: GuestPaging, role: string, linear: number, walk: GuestWalk & { present: true }): ShadowTable {
    const { guest } = this.tableFor(paging, linear, walk);
    const name = this.tableName(paging, role, linear, walk);
    if (guest) this.stores.delete(guest.hostPage);
    return this.tables.find(name) ?? this.tables.create(name, false, guest);
  }

  private tableName(paging: GuestPaging, role: string, linear: number, walk: GuestWalk & { present: true }): string {
    return `${this.tableFor(paging, linear, walk).key}.${walk.above}${role}`;
  }

  private tableFor(
    paging: GuestPaging,
    linear: number,
    walk: GuestWalk & { present: true },
  ): { key: string; guest: GuestTable | undefined } {
    if (!isPaged(paging)) return { key: `i${linear >>> 21}`, guest: undefined };
    if (walk.large) return { key: `l${walk.physical - (linear & (TWO_MEGABYTES - 1))}`, guest: undefined };
    const physical = Math.floor(walk.entries[1]! / PAGE) * PAGE;
    const pae = isPae(paging);
    const first = pae ? 0 : ((linear >>> 21) & 1) * 512;
    const { name, guest } = this.guestTable(physical, pae ? 8 : 4, first, 1);
    return { key: `p${name}.${first}`, guest };
  }

  private leaf(paging: GuestPaging, view: ShadowView, walk: GuestWalk & { present: true }, page: HostPage, access: GuestAccess): bigint {
    const protects = (paging.cr0 & CR0_WP) !== 0;
    const asSupervisor = view === "both" ? !access.user : view === "kernel";
    // CR0.WP clear lets supervisors write what users may only read. Where both share tables, such a page belongs to whom it served last.
    const forced = asSupervisor && !protects && !walk.writable && (view === "kernel" || access.write);
    const mayWrite = (walk.writable || forced) && walk.dirty && !page.readOnly && !this.memory.traces.isTraced(page.address);
    const user = view === "kernel" || (walk.user && !(view === "both" && forced));
    return leafEntry(page.address, (mayWrite ? PTE_W : 0) | (user ? PTE_U : 0), walk.noExecute);
  }

  /** Watch stores to a host page; calls are counted. */
  watch(hostPage: number): void {
    this.watched.set(hostPage, (this.watched.get(hostPage) ?? 0) + 1);
    this.memory.traces.protect(hostPage);
  }

  unwatch(hostPage: number): void {
    const left = (this.watched.get(hostPage) ?? 1) - 1;
    if (left > 0) this.watched.set(hostPage, left);
    else this.watched.delete(hostPage);
  }

  /** `listener` hears of each store to a watched page, after it: bytes [start, end) of the page. */
  onWatchedStore(listener: (hostPage: number, start: number, end: number) => void): void {
    this.onWatched = listener;
  }

  /** `listener` hears of each store to a page with guest tables, after it. */
  onTableStore(listener: () => void): void {
    this.onTable = listener;
  }

  /** The four PDPTEs of a root, live. */
  rootEntries(root: number): Uint8Array {
    const at = RAM_BASE + root;
    if (this.entries?.byteOffset !== at) this.entries = this.cpu.bytes.subarray(at, at + GIGABYTES * 8);
    return this.entries;
  }
  private entries: Uint8Array | undefined;

  /** After the verdict `trace`: let one instruction store there. Then call closeTraces(). */
  openTrace(paging: GuestPaging, view: ShadowView, linear: number): void {
    const walk = this.walker.walk(paging, linear, undefined);
    const page = walk.present ? this.memory.page(walk.physical) : undefined;
    if (!walk.present || !page) return;
    const entry = this.leafAddress(paging, view, linear, walk);
    const bytes = this.memory.pageBytes(walk.physical)!;
    const live = new Uint32Array(bytes.buffer, bytes.byteOffset, PAGE / 4);
    const isUser = view === "kernel" || view === "user" || walk.user;
    this.tables.setEntry(entry, leafEntry(page.address, PTE_W | (isUser ? PTE_U : 0), walk.noExecute));
    this.open.push({ hostPage: page.address, entry, linear, before: live.slice(), live });
  }

  /** After the verdict `mmio`: let one instruction reach host-physical page `device`. Then call closeDevices(). */
  openDevice(paging: GuestPaging, view: ShadowView, linear: number, device: number): void {
    const walk = this.walker.walk(paging, linear, undefined);
    if (!walk.present) return;
    const entry = this.leafAddress(paging, view, linear, walk);
    const access = { write: walk.writable && walk.dirty, user: walk.user, fetch: false };
    this.tables.setEntry(entry, this.leaf(paging, view, walk, { address: device, readOnly: false }, access));
    this.deviceEntries.push(entry);
  }

  closeDevices(): void {
    for (const entry of this.deviceEntries) this.tables.setUnknown(entry, 0n);
    this.deviceEntries = [];
  }

  /** Close what openTrace() opened, and drop what was made of the bytes that changed. */
  closeTraces(): void {
    const { open } = this;
    this.open = [];
    for (const { hostPage, entry, linear, before, live } of open) {
      // First, since what was stored may be the entry that this one was made of.
      this.protectAgain(entry, linear);
      let first = 0;
      while (first < before.length && before[first] === live[first]) first++;
      if (first === before.length) continue;
      let end = before.length;
      while (before[end - 1] === live[end - 1]) end--;
      this.memory.traces.stored(hostPage, first * 4, end * 4);
    }
  }

  private protectAgain(entry: number, linear: number): void {
    const value = this.tables.entry(entry) & ~BigInt(PTE_W);
    if (!this.invalidate) {
      this.tables.setEntry(entry, value);
      return;
    }
    this.tables.setUnknown(entry, value);
    this.invalidate(linear);
  }

  /** Bytes [start, end) of a host page were written. Who wrote them tells the VM's traces, which call this of every processor. */
  stored(hostPage: number, start: number, end: number): void {
    if (this.tables.isShadowed(hostPage)) {
      this.tables.drop(hostPage, start, end);
      this.countStore(hostPage);
      this.onTable();
    }
    if (this.watched.has(hostPage)) this.onWatched(hostPage, start, end);
  }

  private countStore(hostPage: number): void {
    const count = (this.stores.get(hostPage) ?? 0) + 1;
    this.stores.set(hostPage, count);
    if (count < FLOOD) return;
    this.stores.delete(hostPage);
    this.tables.release(hostPage);
  }
}

/** The entry that maps a host page: accessed and dirty, so that the processor never writes to it. */
function leafEntry(address: number, rights: number, noExecute: boolean): bigint {
  return BigInt(address) | BigInt(PTE_P | PTE_A | PTE_D | rights) | (noExecute ? NX : 0n);
}

/** What an entry's meaning depends on beside the guest's tables. */
function roleOf(paging: GuestPaging, view: ShadowView): string {
  const bits = (paging.cr0 & CR0_WP ? 1 : 0) | (paging.efer & EFER_NXE ? 2 : 0) | (paging.cr4 & CR4_PSE ? 4 : 0) | (isPae(paging) ? 8 : 0);
  return `/${view}${isPaged(paging) ? bits : ""}`;
}

function rootKey(paging: GuestPaging, view: ShadowView): string {
  return `${rootName(paging)}${roleOf(paging, view)}`;
}

type Spaces = Omit<GuestPaging, "pdptes">;

function isSame(a: Spaces, b: Spaces): boolean {
  return a.cr3 === b.cr3 && a.cr0 === b.cr0 && a.cr4 === b.cr4 && a.efer === b.efer;
}

function rootName(paging: GuestPaging): string {
  if (!isPaged(paging)) return "u";
  return isPae(paging) ? paging.pdptes.map((entry) => (entry & 1n ? entry & FRAME : "-")).join() : `${(paging.cr3 & 0xfffff000) >>> 0}`;
}
