// Shadow paging: from the guest's tables (and the slots of its memory) to PAE tables that the real processor walks. The guest's tables are
// write-traced, so that what was made of an entry goes when the entry changes. After Adams and Agesen, "A Comparison of Software and Hardware
// Techniques for x86 Virtualization", and the VMware and KVM papers they cite.
//
// The real processor must run with CR0.PG and WP, CR4.PAE and EFER.NXE set, and CR4.PGE clear. Accessed and dirty bits of the guest are
// set when an entry is made: an entry is writable only if the guest's is dirty. Entries are made when a page is used; and where the guest's are
// accessed already, so that nothing is to be set, when a neighbour is used and when the guest stores them.
//
// Each virtual processor of a VM has tables of its own; traces hold for all of them (write-traces.ts).
//
// Not here: tables out of step with the guest's (each write to one is a trace), large shadow pages, global pages, tables that several
// processors share.
import { RAM_BASE } from "../../../wasm/abi/layout.js";
import type { Cpu } from "../../cpu/cpu.js";
import { type GuestMemory, type HostPage, PAGE } from "../guest-memory.js";
import type { HostPages } from "../host-pages.js";
import { CR0_WP } from "../state.js";
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
import type { ShadowClient, ShadowWindow, Verdict } from "./shadow-client.js";
import {
  aboveBits,
  isSame,
  KIND_DIRECTORY,
  KIND_IDENTITY,
  KIND_LARGE,
  KIND_TABLE,
  keyOf,
  NO_PAGE,
  rightsOf,
  roleOf,
  rootKey,
  type ShadowView,
  type Spaces,
} from "./shadow-keys.js";
import { ENTRY_STAYS, type GuestTable, HIGH_NX, type ShadowTable, ShadowTables } from "./shadow-tables.js";

/** Where the entries of a shadow table come from: the kind and `page` name it. */
interface Origin {
  readonly kind: number;
  /** Page number: of the guest's table, of what a large page maps, or of 2 MiB without paging. */
  readonly page: number;
  readonly guest: GuestTable | undefined;
}

/** Stores to a page with guest tables since one of them was used. */
interface Stores {
  count: number;
  /** The shadow entry that was made of the last one; 0: none. */
  made: number;
}

/** A watched page that is open for one instruction. */
interface OpenPage {
  readonly hostPage: number;
  readonly entry: number;
  readonly linear: number;
  readonly before: Uint32Array;
  readonly live: Uint32Array;
}

const FRAME = 0xffffff000n;
/** The processor never writes dirty bits to shadow tables. */
const LEAF = PTE_P | PTE_D;
const HIDDEN: Verdict = { kind: "hidden" };
const TWO_MEGABYTES = 1 << 21;
const GIGABYTES = 4;
const ROOT_ENTRIES = [0, 8, 16, 24];
/** Present, writable, user, accessed: rights are decided by the entry that maps the page. */
const LINK = PTE_P | PTE_W | PTE_U | PTE_A;
/** To the VMM's own tables: not for users. */
const WINDOW_LINK = PTE_P | PTE_W | PTE_A | ENTRY_STAYS;
/** Stores to a page table, without its being used in between, after which it is taken for something else. */
const FLOOD = 4;
/** Entries that are filled with one, those of a block: a power of two. */
const AROUND = 16;
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
  /** The root that was asked for last. */
  private current = 0;
  /** What it was asked for with; not under PAE. */
  private last: { readonly paging: Spaces; readonly view: ShadowView; readonly hidden: boolean; readonly page: number } | undefined;
  private readonly watched = new Map<number, number>();
  private readonly stores = new Map<number, Stores>();
  private open: OpenPage[] = [];
  private deviceEntries: number[] = [];
  private window: ShadowWindow | undefined;
  /** What rootEntries() gave last. */
  private entries: Uint8Array | undefined;
  /** While it is on, the VMM's window is not there: root() and fault() are about all of the guest's address space. */
  windowHidden = false;
  private onWatched: (hostPage: number, start: number, end: number) => void = () => {};
  private onTable: () => void = () => {};

  constructor(
    private readonly cpu: Cpu,
    private readonly pages: HostPages,
    private readonly memory: GuestMemory,
    private readonly client: ShadowClient = {},
  ) {
    this.tables = new ShadowTables(cpu, pages, (hostPage) => memory.traces.protect(hostPage), client.invalidate !== undefined);
    this.walker = new GuestWalker(memory);
    this.memory.onChange(() => this.reset());
    this.memory.traces.add(this);
  }

  /** Changes whenever roots have gone. */
  get generation(): number {
    return this.changes;
  }
  private changes = 0;

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

  /** The guest has flushed its TLB. */
  flush(): void {
    this.tables.flushNeeded = true;
  }

  /** The guest has flushed one page's translation. */
  invalidate(linear: number): void {
    if (this.client.invalidate) this.client.invalidate(linear);
  }

  /** Forget all that was derived; watched pages stay watched. */
  reset(): void {
    this.changes++;
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
    this.current = page;
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
    for (const [i, directory] of directories.entries()) this.tables.setEntry(page + i * 8, directory.page | PTE_P, 0);
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

  private directory(paging: GuestPaging, gigabyte: number, role: number): ShadowTable {
    const { kind, page, guest } = this.guestDirectory(paging, gigabyte);
    const window = this.windowHidden ? [] : this.windowIn(gigabyte);
    const key = keyOf(kind, page, gigabyte, this.windowHidden && this.windowIn(gigabyte).length > 0 ? 1 : 0, role);
    const known = this.tables.find(key);
    if (known) return known;
    const directory = this.tables.create(key, true, guest);
    for (const { index, table } of window) this.tables.setEntry(directory.page + index * 8, table | WINDOW_LINK, 0);
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

  private guestDirectory(paging: GuestPaging, gigabyte: number): Origin {
    if (!isPaged(paging)) return { kind: KIND_DIRECTORY, page: NO_PAGE, guest: undefined };
    if (!isPae(paging)) return this.guestTable(KIND_DIRECTORY, (paging.cr3 & 0xfffff000) >>> 0, 4, gigabyte * 256, 2);
    const pdpte = paging.pdptes[gigabyte]!;
    if (!(pdpte & 1n)) return { kind: KIND_DIRECTORY, page: NO_PAGE, guest: undefined };
    return this.guestTable(KIND_DIRECTORY, Number(pdpte & FRAME), 8, 0, 1);
  }

  private guestTable(kind: number, physical: number, entrySize: 4 | 8, first: number, each: 1 | 2): Origin {
    const page = this.memory.page(physical);
    return { kind, page: physical / PAGE, guest: page && { hostPage: page.address, entrySize, first, each } };
  }

  /** What a page fault at `linear` means. `hidden` has changed the tables; `true`, `mmio` and `trace` have set what the walk sets. */
  fault(paging: GuestPaging, view: ShadowView, linear: number, access: GuestAccess): Verdict {
    const walk = this.walker.walk(paging, linear, access);
    if (!walk.present) return { kind: "true", code: walk.code };
    if (this.isInWindow(linear)) return { kind: "window" };
    const page = this.memory.page(walk.physical);
    if (!page || (access.write && page.readOnly)) return { kind: "mmio", physical: walk.physical };
    const table = this.leafTable(paging, view, linear, walk);
    if (access.write && this.memory.traces.isTraced(page.address)) return { kind: "trace", physical: walk.physical };
    const at = table.page + ((linear >>> 12) & 511) * 8;
    this.tables.setEntry(at, this.leaf(paging, view, walk, page, access), walk.noExecute ? HIGH_NX : 0);
    this.prefetchAround(table, linear);
    return HIDDEN;
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
    return this.leafTable(paging, view, linear, walk).page + ((linear >>> 12) & 511) * 8;
  }

  private leafTable(paging: GuestPaging, view: ShadowView, linear: number, walk: GuestWalk & { present: true }): ShadowTable {
    const origin = this.originOf(paging, linear, walk);
    const { guest } = origin;
    const key = keyOf(origin.kind, origin.page, guest && guest.first !== 0 ? 1 : 0, aboveBits(walk.above), roleOf(paging, view));
    if (!this.tables.find(key)) this.makeRoom();
    const root = this.root(paging, view);
    const link = this.tables.frame(root + (linear >>> 30) * 8) + ((linear >>> 21) & 511) * 8;
    if (guest) this.stores.delete(guest.hostPage);
    const table = this.tables.find(key) ?? this.tables.create(key, false, guest, guest && rightsOf(paging, view, walk.above));
    table.parents.add(link);
    this.tables.setEntry(link, table.page | LINK, 0);
    return table;
  }

  private originOf(paging: GuestPaging, linear: number, walk: GuestWalk & { present: true }): Origin {
    if (!isPaged(paging)) return { kind: KIND_IDENTITY, page: linear >>> 21, guest: undefined };
    if (walk.large)
      return { kind: KIND_LARGE, page: Math.floor((walk.physical - (linear & (TWO_MEGABYTES - 1))) / PAGE), guest: undefined };
    const physical = Math.floor(walk.entries[1]! / PAGE) * PAGE;
    const pae = isPae(paging);
    return this.guestTable(KIND_TABLE, physical, pae ? 8 : 4, pae ? 0 : ((linear >>> 21) & 1) * 512, 1);
  }

  /** Low half of the entry for a walk. */
  private leaf(paging: GuestPaging, view: ShadowView, walk: GuestWalk & { present: true }, page: HostPage, access: GuestAccess): number {
    const protects = (paging.cr0 & CR0_WP) !== 0;
    const asSupervisor = view === "both" ? !access.user : view === "kernel";
    // CR0.WP clear lets supervisors write what users may only read. Where both share tables, such a page belongs to whom it served last.
    const forced = asSupervisor && !protects && !walk.writable && (view === "kernel" || access.write);
    const mayWrite = (walk.writable || forced) && walk.dirty && !page.readOnly && !this.memory.traces.isTraced(page.address);
    const user = view === "kernel" || (walk.user && !(view === "both" && forced));
    return page.address | LEAF | PTE_A | (mayWrite ? PTE_W : 0) | (user ? PTE_U : 0);
  }

  /**
   * Make a shadow entry of entry `index` of a guest's page table before it is used, if the guest's is accessed already, so that a walk would not
   * change it; else remove it. Without an accessed bit of its own, which tells whether it was of use.
   */
  private prefetch({ guest, rights }: ShadowTable, index: number, at: number): void {
    const { entrySize, hostPage } = guest!;
    const { view } = this.cpu;
    const from = RAM_BASE + hostPage + index * entrySize;
    const low = view.getUint32(from, true);
    const high = entrySize === 8 ? view.getUint32(from + 4, true) : 0;
    const isUsed = (low & (PTE_P | PTE_A)) === (PTE_P | PTE_A) && (high & ~(rights!.hasNoExecute ? HIGH_NX : 0)) === 0;
    const page = isUsed ? this.memory.page((low & 0xfffff000) >>> 0) : undefined;
    if (!page) {
      this.tables.followEntry(at, 0, 0);
      return;
    }
    const { writable, user, noExecute, forKernel, forced } = rights!;
    const mayWrite =
      (forced || (writable && (low & PTE_W) !== 0)) && (low & PTE_D) !== 0 && !page.readOnly && !this.memory.traces.isTraced(page.address);
    const isUser = forKernel || (user && (low & PTE_U) !== 0);
    this.client.filled?.();
    this.tables.followEntry(
      at,
      page.address | LEAF | (mayWrite ? PTE_W : 0) | (isUser ? PTE_U : 0),
      noExecute || high >>> 0 === HIGH_NX ? HIGH_NX : 0,
    );
  }

  /** Likewise for the entries around one that was filled just now, those that are not there. */
  private prefetchAround(table: ShadowTable, linear: number): void {
    const { guest } = table;
    if (!guest) return;
    const begin = (linear >>> 12) & 511 & ~(AROUND - 1);
    for (let n = begin; n < begin + AROUND; n++) {
      const at = table.page + n * 8;
      if (this.tables.entry(at) === 0) this.prefetch(table, guest.first + n, at);
    }
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

  /** After the verdict `trace`: let one instruction store there. Then call closeTraces(). */
  openTrace(paging: GuestPaging, view: ShadowView, linear: number): void {
    const walk = this.walker.walk(paging, linear, undefined);
    const page = walk.present ? this.memory.page(walk.physical) : undefined;
    if (!walk.present || !page) return;
    const entry = this.leafAddress(paging, view, linear, walk);
    const bytes = this.memory.pageBytes(walk.physical)!;
    const live = new Uint32Array(bytes.buffer, bytes.byteOffset, PAGE / 4);
    const isUser = view === "kernel" || view === "user" || walk.user;
    this.tables.setEntry(entry, page.address | LEAF | PTE_A | PTE_W | (isUser ? PTE_U : 0), walk.noExecute ? HIGH_NX : 0);
    this.open.push({ hostPage: page.address, entry, linear, before: live.slice(), live });
  }

  /** After the verdict `mmio`: let one instruction reach host-physical page `device`. Then call closeDevices(). */
  openDevice(paging: GuestPaging, view: ShadowView, linear: number, device: number): void {
    const walk = this.walker.walk(paging, linear, undefined);
    if (!walk.present) return;
    const entry = this.leafAddress(paging, view, linear, walk);
    const access = { write: walk.writable && walk.dirty, user: walk.user, fetch: false };
    const low = this.leaf(paging, view, walk, { address: device, readOnly: false }, access);
    this.tables.setEntry(entry, low, walk.noExecute ? HIGH_NX : 0);
    this.deviceEntries.push(entry);
  }

  closeDevices(): void {
    for (const entry of this.deviceEntries) this.tables.setUnknown(entry, 0, 0);
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
    this.tables.close(entry);
    if (this.client.invalidate) this.client.invalidate(linear);
    else this.flush();
  }

  /** Bytes [start, end) of a host page were written. Who wrote them tells the VM's traces, which call this of every processor. */
  stored(hostPage: number, start: number, end: number): void {
    if (this.tables.isShadowed(hostPage)) {
      const last = this.stores.get(hostPage);
      if (last && last.made !== 0 && this.tables.isAccessed(last.made)) last.count = 0;
      let made = 0;
      this.tables.renew(hostPage, start, end, (table, index, at) => {
        made = at;
        this.prefetch(table, index, at);
      });
      this.countStore(hostPage, last, made);
      this.onTable();
    }
    if (this.watched.has(hostPage)) this.onWatched(hostPage, start, end);
  }

  /** `made`: the shadow entry that was made of what was stored, or 0. */
  private countStore(hostPage: number, last: Stores | undefined, made: number): void {
    if (!last) {
      this.stores.set(hostPage, { count: 1, made });
      return;
    }
    last.count++;
    last.made = made;
    if (last.count < FLOOD) return;
    this.stores.delete(hostPage);
    this.tables.release(hostPage, this.dropRoots(hostPage));
  }

  /** Drop the roots with directories made from a host page; not if the current root is one, since then it is used. Whether none is left. */
  private dropRoots(hostPage: number): boolean {
    const directories = new Set<number>();
    for (const { isDirectory, page } of this.tables.tablesOf(hostPage)) if (isDirectory) directories.add(page);
    const leadsThere = (root: number) => ROOT_ENTRIES.some((offset) => directories.has(this.tables.frame(root + offset)));
    if (directories.size === 0 || leadsThere(this.current)) return false;
    for (const [key, root] of this.roots) {
      if (!leadsThere(root)) continue;
      this.roots.delete(key);
      this.pages.release(root);
    }
    this.changes++;
    this.last = undefined;
    return true;
  }
}
