// L2 tables and refcount blocks in memory: clusters that are read once, changed here and written back together. What is changed stays until flush();
// of the rest, what was used longest ago goes when there are too many; but what somebody waits for stays until they have had it.
import { viewOf } from "./big-endian.js";
import type { ImageFile } from "./image-file.js";

export interface Table {
  /** Of the store. */
  readonly offset: number;
  readonly bytes: Uint8Array;
  readonly view: DataView;
  /** Bytes that the store does not have yet; none: from >= to. */
  dirtyFrom: number;
  dirtyTo: number;
}

/** Changes are written in whole blocks of this many bytes: what a disk writes at once anyway. */
const WRITE_UNIT = 512;

export class TableCache {
  private readonly tables = new Map<number, Table>();
  private readonly loading = new Map<number, Promise<void>>();
  /** How many wait for a table. Without a place of its own, one that was read could be gone again before its turn, and so for ever. */
  private readonly waiting = new Map<number, number>();
  private readonly dirty = new Set<Table>();
  /** The one that was used last. */
  private newest: Table | undefined;

  /** `what` names a table in messages. `limit`: tables. */
  constructor(
    private readonly file: ImageFile,
    private readonly what: string,
    private readonly limit: number,
  ) {
    file.watch(this, what);
  }

  /** More tables are changed than should be kept in memory. */
  get full(): boolean {
    return this.dirty.size > this.limit / 2;
  }

  get clean(): boolean {
    return this.dirty.size === 0;
  }

  has(offset: number): boolean {
    return this.tables.has(offset);
  }

  /** A table if it is in memory. What use() says of it holds here, too. */
  cached(offset: number): Table | undefined {
    if (this.newest?.offset === offset) return this.newest;
    const table = this.tables.get(offset);
    if (table === undefined) return undefined;
    this.tables.delete(offset);
    this.tables.set(offset, table);
    this.newest = table;
    return table;
  }

  /** Give a table to `use`, which may not keep it: after anything that takes time another one may stand for these bytes. */
  async use<T>(offset: number, use: (table: Table) => T): Promise<T> {
    const table = this.cached(offset);
    if (table !== undefined) return use(table);
    this.waiting.set(offset, (this.waiting.get(offset) ?? 0) + 1);
    try {
      for (;;) {
        await this.loaded(offset);
        const table = this.cached(offset);
        if (table !== undefined) return use(table);
        // It was forgotten meanwhile.
      }
    } finally {
      const others = this.waiting.get(offset)! - 1;
      if (others > 0) this.waiting.set(offset, others);
      else this.waiting.delete(offset);
    }
  }

  /** A table that lies nowhere yet. */
  add(offset: number, bytes: Uint8Array): void {
    const table = { offset, bytes, view: viewOf(bytes), dirtyFrom: 0, dirtyTo: bytes.length };
    this.insert(table);
    this.dirty.add(table);
  }

  /** Bytes of a table, which use() just gave, were changed. */
  changed(table: Table, from: number, length: number): void {
    table.dirtyFrom = Math.min(table.dirtyFrom, Math.floor(from / WRITE_UNIT) * WRITE_UNIT);
    table.dirtyTo = Math.max(table.dirtyTo, Math.ceil((from + length) / WRITE_UNIT) * WRITE_UNIT);
    this.dirty.add(table);
  }

  /** Write what was changed. Nothing may be changed meanwhile. */
  async flush(): Promise<void> {
    for (const table of [...this.dirty].sort((a, b) => a.offset - b.offset)) {
      await this.file.write(table.offset + table.dirtyFrom, table.bytes.subarray(table.dirtyFrom, table.dirtyTo));
      table.dirtyFrom = table.bytes.length;
      table.dirtyTo = 0;
      this.dirty.delete(table);
    }
  }

  /** The tables in a range of the store are none any more. */
  forget(offset: number, length: number): void {
    const { clusterSize } = this.file.geometry;
    for (let at = offset; at < offset + length; at += clusterSize) {
      const table = this.tables.get(at);
      if (table === undefined) continue;
      this.tables.delete(at);
      this.dirty.delete(table);
      if (this.newest === table) this.newest = undefined;
    }
  }

  /** Everything is read anew. What was changed is lost. */
  clear(): void {
    this.tables.clear();
    this.dirty.clear();
    this.newest = undefined;
  }

  /** When the table was read, by this call or another. */
  private loaded(offset: number): Promise<void> {
    let load = this.loading.get(offset);
    if (load === undefined) {
      load = this.load(offset).finally(() => this.loading.delete(offset));
      this.loading.set(offset, load);
    }
    return load;
  }

  private async load(offset: number): Promise<void> {
    await this.file.mustBeCluster(offset, this.what);
    const bytes = new Uint8Array(this.file.geometry.clusterSize);
    await this.file.store.read(offset, bytes);
    this.insert({ offset, bytes, view: viewOf(bytes), dirtyFrom: bytes.length, dirtyTo: 0 });
  }

  private insert(table: Table): void {
    this.tables.set(table.offset, table);
    this.newest = table;
    for (const [offset, other] of this.tables) {
      if (this.tables.size <= this.limit) return;
      if (other !== table && !this.dirty.has(other) && !this.waiting.has(offset)) this.tables.delete(offset);
    }
  }
}
