// The L1 and L2 tables: where a guest's bytes lie. Source: qcow2.rst, "Cluster mapping". Lookups may be under way side by side; changes come one at
// a time. An L2 table is changed in memory and written by flush(), after the refcounts; the L1 table is written at once, after the L2 table it refers to.
import type { Geometry } from "./geometry.js";
import { type ImageFile, OffsetTable } from "./image-file.js";
import { COPIED, type L2Entry, OFFSET_HIGH, readL2Entry, setCopied, UNALLOCATED, writeL2Entry } from "./l2-entry.js";
import type { Refcounts } from "./refcounts.js";
import { TableCache } from "./table-cache.js";

/** A stretch of the disk that is all alike. */
export interface Run {
  readonly kind: "data" | "zero" | "unallocated" | "compressed";
  /** Bytes. */
  readonly length: number;
  /** Where its first byte's place in the data store is, if it has one. */
  readonly host: number | undefined;
  /** It may be written where it lies. */
  readonly copied: boolean;
  readonly entry: L2Entry;
}

export class Mapping {
  readonly tables: TableCache;
  private readonly geometry: Geometry;

  private constructor(
    private readonly file: ImageFile,
    private readonly refcounts: Refcounts,
    private l1: OffsetTable,
    cacheTables: number,
  ) {
    this.geometry = file.geometry;
    this.tables = new TableCache(file, "an L2 table", cacheTables);
  }

  /** Read the L1 table. `cacheTables`: L2 tables to keep in memory. */
  static async open(file: ImageFile, refcounts: Refcounts, cacheTables: number): Promise<Mapping> {
    return new Mapping(file, refcounts, await readL1(file), cacheTables);
  }

  /** Entries of the active L1 table. */
  get l1Length(): number {
    return this.l1.length;
  }

  /** The active L1 table as the store has it. */
  get l1Bytes(): Uint8Array {
    return this.l1.bytes;
  }

  /** Offset of an L2 table, 0 if there is none. `copied`: its refcount is one. */
  l1Entry(index: number): { offset: number; copied: boolean } {
    if (index >= this.l1.length) return { offset: 0, copied: false };
    const high = this.l1.view.getUint32(index * 8);
    return { offset: this.l1.get(index), copied: (high & COPIED) !== 0 };
  }

  async entry(cluster: number): Promise<L2Entry> {
    const { l2Entries } = this.geometry;
    const { offset } = this.l1Entry(Math.floor(cluster / l2Entries));
    if (offset === 0) return UNALLOCATED;
    const entry = await this.tables.use(offset, ({ view }) => this.read(view, cluster % l2Entries));
    await this.mustBeGood(entry, cluster);
    return entry;
  }

  /** What is at a byte of the disk, for as far as it is alike, at most `length` bytes and within one L2 table. At once if that is in memory. */
  run(at: number, length: number): Run | Promise<Run> {
    const { l2Reach } = this.geometry;
    return this.runNow(at, length) ?? this.runInStore(this.l1Entry(Math.floor(at / l2Reach)).offset, at, this.within(at, length));
  }

  /** The same, if that is in memory and nothing is wrong with it. */
  runNow(at: number, length: number): Run | undefined {
    const { clusterSize, l2Reach } = this.geometry;
    const within = this.within(at, length);
    const { offset } = this.l1Entry(Math.floor(at / l2Reach));
    if (offset === 0) return { kind: "unallocated", length: within, host: undefined, copied: false, entry: UNALLOCATED };
    const table = this.tables.cached(offset);
    if (table === undefined) return undefined;
    const run = this.runOf(table.view, at, within);
    return this.wrongWith(run.entry, Math.floor(at / clusterSize)) === undefined ? run : undefined;
  }

  /** As many of `length` bytes as one L2 table is for. */
  private within(at: number, length: number): number {
    const { l2Reach } = this.geometry;
    return Math.min(length, l2Reach - (at % l2Reach));
  }

  private async runInStore(offset: number, at: number, length: number): Promise<Run> {
    const run = await this.tables.use(offset, ({ view }) => this.runOf(view, at, length));
    await this.mustBeGood(run.entry, Math.floor(at / this.geometry.clusterSize));
    return run;
  }

  /** Give consecutive clusters, of one L2 table, their entries. The table is made, or copied if a snapshot has it too. */
  async set(first: number, entries: readonly L2Entry[]): Promise<void> {
    const { l2Entries, l2EntrySize } = this.geometry;
    const offset = await this.writableTable(Math.floor(first / l2Entries));
    await this.tables.use(offset, (table) => {
      for (const [index, entry] of entries.entries()) writeL2Entry(table.view, (first % l2Entries) + index, this.geometry, entry);
      this.tables.changed(table, (first % l2Entries) * l2EntrySize, entries.length * l2EntrySize);
    });
    if (this.tables.full) await this.flush();
  }

  /** Write what was changed: guest data and refcounts before the tables that refer to them. `countLater`: refcounts may be wrong for now. */
  async flush(): Promise<void> {
    if (this.tables.clean) return;
    if (!this.countLater) await this.refcounts.flush();
    await this.file.barrier();
    await this.tables.flush();
  }

  /** Lazy refcounts: the dirty bit says that refcounts are to be made anew after a crash, so nothing waits for them. */
  countLater = false;

  /** Another L1 table with the same or more entries is the active one: `bytes` as they lie at `offset`, written and counted. */
  async replaceL1(offset: number, bytes: Uint8Array, diskSize = this.file.size): Promise<void> {
    await this.refcounts.flush();
    await this.file.barrier();
    await this.file.setL1(bytes.length / 8, offset, diskSize);
    this.useL1(offset, bytes);
  }

  /** The header leads to another L1 table. */
  useL1(offset: number, bytes: Uint8Array): void {
    this.l1 = new OffsetTable(offset, bytes, OFFSET_HIGH);
  }

  /** Make the L1 table long enough for `entries`. The old one is released. */
  async growL1(entries: number): Promise<void> {
    if (entries <= this.l1.length) return;
    const { clusterSize } = this.geometry;
    const bytes = new Uint8Array(entries * 8);
    bytes.set(this.l1.bytes);
    const { offset } = await this.refcounts.allocate(Math.ceil(bytes.length / clusterSize));
    await this.file.write(offset, bytes);
    const old = this.l1;
    await this.replaceL1(offset, bytes);
    if (old.bytes.length > 0) this.refcounts.release(old.offset, old.bytes.length);
  }

  /** Take an L2 table out of the L1 table; what it refers to is the caller's. */
  async dropTable(index: number): Promise<void> {
    const { offset } = this.l1Entry(index);
    if (offset === 0) return;
    await this.l1.set(this.file, index, 0);
    this.refcounts.release(offset, this.geometry.clusterSize);
  }

  /** Say of an L2 table whether its refcount is one. */
  async setL1Copied(index: number, copied: boolean): Promise<void> {
    await this.l1.set(this.file, index, this.l1Entry(index).offset, copied ? COPIED : 0);
  }

  /** Say of entries of an L2 table whether the refcounts of their host clusters are one. */
  async setCopied(offset: number, flags: ReadonlyMap<number, boolean>): Promise<void> {
    await this.tables.use(offset, (table) => {
      for (const [index, copied] of flags) {
        setCopied(table.view, index, this.geometry, copied);
        this.tables.changed(table, index * this.geometry.l2EntrySize, 4);
      }
    });
    if (this.tables.full) await this.flush();
  }

  /** A table that only the active L1 table refers to. */
  private async writableTable(index: number): Promise<number> {
    const { clusterSize } = this.geometry;
    const { offset: old, copied } = this.l1Entry(index);
    if (old !== 0 && copied) return old;
    const bytes = old === 0 ? new Uint8Array(clusterSize) : await this.tables.use(old, (table) => table.bytes.slice());
    const { offset } = await this.refcounts.allocate(1);
    this.tables.add(offset, bytes);
    await this.flush();
    await this.file.barrier();
    await this.l1.set(this.file, index, offset, COPIED);
    if (old !== 0) this.refcounts.release(old, clusterSize);
    return offset;
  }

  private read(view: DataView, index: number): L2Entry {
    return readL2Entry(view, index, this.geometry, this.file.externalData);
  }

  /** The run at `at` in one L2 table, at most `length` bytes. */
  private runOf(view: DataView, at: number, length: number): Run {
    const { l2Entries, clusterSize } = this.geometry;
    const first = Math.floor(at / clusterSize);
    const last = Math.floor((at + length - 1) / clusterSize);
    let whole = this.runIn(this.read(view, first % l2Entries), at, length);
    for (let cluster = first + 1; cluster <= last && endOf(at, whole) === cluster * clusterSize; cluster++) {
      const next = this.runIn(this.read(view, cluster % l2Entries), cluster * clusterSize, at + length - cluster * clusterSize);
      if (!continues(whole, next)) break;
      whole = { ...whole, length: whole.length + next.length };
    }
    return whole;
  }

  /** The run at `at` within one cluster, at most `length` bytes. */
  private runIn(entry: L2Entry, at: number, length: number): Run {
    const { clusterSize, subclusterSize, subclusters } = this.geometry;
    const within = at % clusterSize;
    if (entry.kind === "compressed") {
      return { kind: "compressed", length: Math.min(length, clusterSize - within), host: undefined, copied: false, entry };
    }
    const first = Math.floor(within / subclusterSize);
    const kind = subclusterKind(entry, first);
    let end = first + 1;
    while (end < subclusters && subclusterKind(entry, end) === kind) end++;
    return {
      kind,
      length: Math.min(length, end * subclusterSize - within),
      host: entry.host === undefined ? undefined : entry.host + within,
      copied: entry.copied,
      entry,
    };
  }

  private async mustBeGood(entry: L2Entry, cluster: number): Promise<void> {
    const wrong = this.wrongWith(entry, cluster);
    if (wrong !== undefined) throw await this.file.corrupt(`the entry for the guest's cluster ${cluster} ${wrong}`);
  }

  /** Why an entry can not be. */
  private wrongWith(entry: L2Entry, cluster: number): string | undefined {
    const { externalData, header } = this.file;
    if (entry.kind === "compressed") {
      if (externalData) return "is compressed, and guest data lies in a file of its own";
      return Number.isSafeInteger(entry.host + entry.length) ? undefined : "leads beyond 2^53 bytes";
    }
    const { host, zero, allocated } = entry;
    if (host !== undefined && (host % this.geometry.clusterSize !== 0 || !Number.isSafeInteger(host))) {
      return `leads to ${host}, where no cluster begins`;
    }
    if (externalData && host !== undefined && host !== cluster * this.geometry.clusterSize) return "leads elsewhere in the data file";
    if ((zero & allocated) !== 0 || (host === undefined && allocated !== 0)) return "contradicts itself";
    return zero !== 0 && header.version === 2 ? "says zeros, which version 2 can not" : undefined;
  }
}

function subclusterKind({ allocated, zero }: { allocated: number; zero: number }, index: number): "data" | "zero" | "unallocated" {
  if (((allocated >>> index) & 1) !== 0) return "data";
  return ((zero >>> index) & 1) !== 0 ? "zero" : "unallocated";
}

function endOf(at: number, run: Run): number {
  return at + run.length;
}

/** `next`, which begins where `run` ends, is more of the same. */
function continues(run: Run, next: Run): boolean {
  if (run.kind !== next.kind || run.kind === "compressed" || run.copied !== next.copied) return false;
  return run.host === undefined ? next.host === undefined : next.host === run.host + run.length;
}

async function readL1(file: ImageFile): Promise<OffsetTable> {
  const bytes = new Uint8Array(file.header.l1Size * 8);
  await file.store.read(file.header.l1Offset, bytes);
  return new OffsetTable(file.header.l1Offset, bytes, OFFSET_HIGH);
}
