// Refcounts of host clusters: allocate and free. Source: qcow2.rst, "Host cluster management".
//
// Order on the store: a new reference is counted before it is stored (flush() before the tables that refer), and one that goes is counted until the
// store has lost it (release() notes it, settle() counts it down). So a crash at any point leaks clusters at worst, and no cluster is used anew while a
// request that began before may still look at it: settle() is called when none is under way.
//
// Except for reads, calls come one at a time: the image sees to that. "Cluster" is an index, "offset" are bytes of the store.
import { BlockError } from "../store.js";
import { setU64 } from "./big-endian.js";
import type { Geometry } from "./geometry.js";
import { MAX_REFCOUNT_TABLE_BYTES } from "./header.js";
import { type ImageFile, OffsetTable } from "./image-file.js";
import { getRefcount, maxRefcount, refcountByte, setRefcount } from "./refcount-entries.js";
import { TableCache } from "./table-cache.js";

export class Refcounts {
  readonly blocks: TableCache;
  private readonly geometry: Geometry;
  private readonly pending: { readonly offset: number; length: number }[] = [];
  private pendingClusters = 0;
  /** No cluster below is free. */
  private lowestFree = 0;

  private constructor(
    private readonly file: ImageFile,
    private table: OffsetTable,
    cacheBlocks: number,
  ) {
    this.geometry = file.geometry;
    this.blocks = new TableCache(file, "a refcount block", cacheBlocks);
  }

  /** Read the refcount table. `cacheBlocks`: blocks to keep in memory. */
  static async open(file: ImageFile, cacheBlocks: number): Promise<Refcounts> {
    return new Refcounts(file, await readRefcountTable(file), cacheBlocks);
  }

  /** Entries of the refcount table. */
  get tableLength(): number {
    return this.table.length;
  }

  /** Offset of a refcount block, 0 if there is none. */
  blockOffset(index: number): number {
    return index < this.table.length ? this.table.get(index) : 0;
  }

  /** Clusters that wait for settle(). */
  get unsettled(): number {
    return this.pendingClusters;
  }

  async get(cluster: number): Promise<number> {
    const { refcountBlockEntries: entries, refcountBits } = this.geometry;
    const block = this.blockOffset(Math.floor(cluster / entries));
    if (block === 0) return 0;
    return this.blocks.use(block, (table) => getRefcount(table, refcountBits, cluster % entries));
  }

  /** The cluster is in use, and can be referred to once more. */
  async canAdd(cluster: number): Promise<boolean> {
    const now = await this.get(cluster);
    return now > 0 && now < maxRefcount(this.geometry.refcountBits);
  }

  /** As get(); at once where the block is in memory. */
  at(cluster: number): number | Promise<number> {
    const { refcountBlockEntries: entries, refcountBits } = this.geometry;
    const block = this.blockOffset(Math.floor(cluster / entries));
    const table = block === 0 ? undefined : this.blocks.cached(block);
    return table === undefined ? this.get(cluster) : getRefcount(table, refcountBits, cluster % entries);
  }

  /** Add to the refcounts of all clusters that a range of the store touches. Where one can not be so, none that its block counts has changed. */
  async adjust(offset: number, length: number, delta: number): Promise<void> {
    const { clusterSize, refcountBlockEntries: entries } = this.geometry;
    const end = Math.ceil((offset + length) / clusterSize);
    for (let cluster = Math.floor(offset / clusterSize); cluster < end; ) {
      const stop = Math.min(end, (Math.floor(cluster / entries) + 1) * entries);
      await this.change(cluster, stop, (refcount) => refcount + delta);
      cluster = stop;
    }
  }

  /** Set one refcount; the block for it is made if need be. */
  async set(cluster: number, value: number): Promise<void> {
    await this.change(cluster, cluster + 1, () => value);
  }

  /** Give clusters that one block counts, up to `end`, their next refcounts: all, or none where one can not be so. */
  private async change(first: number, end: number, next: (refcount: number) => number): Promise<void> {
    const { refcountBlockEntries: entries, refcountBits, clusterSize } = this.geometry;
    const index = Math.floor(first / entries);
    if (this.blockOffset(index) === 0) {
      if (next(0) < 0) throw await this.impossible(first, next(0));
      await this.addBlock(index);
    }
    const values: number[] = [];
    await this.blocks.use(this.blockOffset(index), (table) => {
      for (let cluster = first; cluster < end; cluster++) values.push(next(getRefcount(table, refcountBits, cluster % entries)));
      if (values.some((value) => !this.canBe(value))) return;
      for (const [i, value] of values.entries()) setRefcount(table, refcountBits, (first + i) % entries, value);
      const from = refcountByte(refcountBits, first % entries);
      const last = refcountByte(refcountBits, (end - 1) % entries);
      this.blocks.changed(table, from, last + Math.ceil(refcountBits / 8) - from);
    });
    const wrong = values.findIndex((value) => !this.canBe(value));
    if (wrong >= 0) throw await this.impossible(first + wrong, values[wrong]!);
    if (this.blocks.full) await this.blocks.flush();
    for (const [i, value] of values.entries()) {
      if (value !== 0) continue;
      this.lowestFree = Math.min(this.lowestFree, first + i);
      this.blocks.forget((first + i) * clusterSize, clusterSize);
    }
  }

  private canBe(value: number): boolean {
    return value >= 0 && value <= maxRefcount(this.geometry.refcountBits);
  }

  /** What to throw for a refcount that can not be. */
  private async impossible(cluster: number, value: number): Promise<BlockError> {
    const { refcountBits, clusterSize } = this.geometry;
    if (value < 0) return this.file.corrupt(`the cluster at ${cluster * clusterSize} is freed and was not in use`);
    return new BlockError(
      `${this.file.name}: a cluster can not be referred to ${value} times with refcounts of ${refcountBits} bits`,
      "unsupported",
    );
  }

  /** Take free clusters that lie together: `count` of them, or with `atLeast` perhaps fewer. Their refcounts are 1 then. */
  async allocate(count: number, atLeast = count): Promise<{ offset: number; count: number }> {
    const { clusterSize, refcountBlockEntries: entries } = this.geometry;
    for (;;) {
      const { start, length } = await this.findFree(count, atLeast);
      const missing = this.firstMissingBlock(start, length);
      if (missing !== undefined) {
        await this.addBlock(missing);
        continue;
      }
      const offset = start * clusterSize;
      const hit = this.file.metadataAt(offset, length * clusterSize);
      if (hit !== undefined) throw await this.file.corrupt(`${hit} lies in clusters that are counted as free`);
      if (!Number.isSafeInteger(offset + length * clusterSize)) throw new BlockError(`${this.file.name} is full`, "full");
      for (let cluster = start; cluster < start + length; ) {
        const block = Math.floor(cluster / entries);
        const end = Math.min(start + length, (block + 1) * entries);
        await this.fill(block, cluster % entries, end - cluster);
        cluster = end;
      }
      if (start === this.lowestFree) this.lowestFree = start + length;
      if (this.blocks.full) await this.blocks.flush();
      return { offset, count: length };
    }
  }

  /** Give back clusters to which nothing ever referred. */
  async abandon(offset: number, count: number): Promise<void> {
    await this.adjust(offset, count * this.geometry.clusterSize, -1);
  }

  /** Note that a reference to a range is gone. The tables that say so are written by settle()'s caller before it calls. */
  release(offset: number, length: number): void {
    const { clusterSize } = this.geometry;
    const last = this.pending.at(-1);
    this.pendingClusters += Math.ceil(length / clusterSize);
    // Ranges that share a cluster count twice there.
    if (last !== undefined && offset % clusterSize === 0 && last.offset + last.length === offset) last.length += length;
    else this.pending.push({ offset, length });
  }

  /**
   * Count down what was released. The store must have lost the references, and no request may be under way. Returns the ranges of whole clusters that
   * became free.
   */
  async settle(): Promise<{ offset: number; length: number }[]> {
    const { clusterSize } = this.geometry;
    const freed: { offset: number; length: number }[] = [];
    const released = this.pending.splice(0);
    this.pendingClusters = 0;
    for (const { offset, length } of released) {
      await this.adjust(offset, length, -1);
      const end = Math.ceil((offset + length) / clusterSize);
      for (let cluster = Math.floor(offset / clusterSize); cluster < end; cluster++) {
        const refcount = this.at(cluster);
        if ((typeof refcount === "number" ? refcount : await refcount) !== 0) continue;
        const last = freed.at(-1);
        if (last !== undefined && last.offset + last.length === cluster * clusterSize) last.length += clusterSize;
        else freed.push({ offset: cluster * clusterSize, length: clusterSize });
      }
    }
    return freed;
  }

  /** Where the last cluster that is in use ends, in bytes of the store. */
  async endOfUse(): Promise<number> {
    const { clusterSize, refcountBlockEntries: entries, refcountBits } = this.geometry;
    for (let index = this.table.length - 1; index >= 0; index--) {
      const offset = this.blockOffset(index);
      if (offset === 0) continue;
      const last = await this.blocks.use(offset, (table) => {
        for (let entry = entries - 1; entry >= 0; entry--) if (getRefcount(table, refcountBits, entry) !== 0) return entry;
        return undefined;
      });
      if (last !== undefined) return (index * entries + last + 1) * clusterSize;
    }
    return 0;
  }

  /** The header leads to another table, and perhaps to other blocks, as they are on the store. The old ones are released. */
  replaceTable(table: OffsetTable): void {
    const { clusterSize } = this.geometry;
    const old = this.table;
    this.table = table;
    for (let index = 0; index < old.length; index++) {
      const block = old.get(index);
      if (block === 0 || block === table.get(index)) continue;
      this.blocks.forget(block, clusterSize);
      this.release(block, clusterSize);
    }
    this.release(old.offset, old.bytes.length);
  }

  /** Write the refcounts: at any time, since they are never lower than what the store's tables need. */
  async flush(): Promise<void> {
    await this.blocks.flush();
  }

  private async fill(block: number, first: number, count: number): Promise<void> {
    const { refcountBits } = this.geometry;
    await this.blocks.use(this.blockOffset(block), (table) => {
      for (let index = first; index < first + count; index++) setRefcount(table, refcountBits, index, 1);
      const from = refcountByte(refcountBits, first);
      this.blocks.changed(table, from, refcountByte(refcountBits, first + count - 1) + Math.ceil(refcountBits / 8) - from);
    });
  }

  /** The first free run of `count` clusters, or of `atLeast` and more. Behind the last block all is free. */
  private async findFree(count: number, atLeast: number): Promise<{ start: number; length: number }> {
    const { refcountBlockEntries: entries, refcountBits } = this.geometry;
    let start = this.lowestFree;
    let length = 0;
    let sawFree = false;
    while (length < count) {
      const cluster = start + length;
      const index = Math.floor(cluster / entries);
      const offset = this.blockOffset(index);
      if (offset === 0) {
        length = index < this.table.length ? Math.min(count, (index + 1) * entries - start) : count;
        sawFree = true;
        continue;
      }
      const done = await this.blocks.use(offset, (table) => {
        for (let entry = cluster % entries; entry < entries && length < count; entry++) {
          if (getRefcount(table, refcountBits, entry) === 0) length++;
          else if (length >= atLeast) return true;
          else {
            sawFree ||= length > 0;
            start += length + 1;
            length = 0;
            if (!sawFree) this.lowestFree = start;
          }
        }
        return false;
      });
      if (done) break;
    }
    return { start, length };
  }

  private firstMissingBlock(start: number, length: number): number | undefined {
    const { refcountBlockEntries: entries } = this.geometry;
    const last = Math.floor((start + length - 1) / entries);
    for (let index = Math.floor(start / entries); index <= last; index++) if (this.blockOffset(index) === 0) return index;
    return undefined;
  }

  /** Make a refcount block. All that it counts is free, so it lies in the first of its own clusters, and counts itself. */
  private async addBlock(index: number): Promise<void> {
    const { clusterSize, refcountBlockEntries: entries, refcountBits } = this.geometry;
    if (index >= this.table.length) return this.growTable(index);
    const offset = index * entries * clusterSize;
    const hit = this.file.metadataAt(offset, clusterSize);
    if (hit !== undefined) throw await this.file.corrupt(`there is no refcount block for ${hit}`);
    await this.file.write(offset, selfCounting(clusterSize, refcountBits, 1));
    await this.file.barrier();
    await this.table.set(this.file, index, offset);
  }

  /** A larger table, behind all that the one at hand can count, with the blocks that count it and themselves. */
  private async growTable(index: number): Promise<void> {
    const { clusterSize, refcountBlockEntries: entries, refcountBits } = this.geometry;
    const perCluster = clusterSize / 8;
    const first = this.table.length;
    let blocks = 1;
    let clusters = 0;
    for (let fits = false; !fits; ) {
      clusters = Math.ceil(Math.max(index + 1, first + blocks, Math.floor(first * 1.5)) / perCluster);
      fits = blocks * entries >= blocks + clusters;
      if (!fits) blocks++;
    }
    if (clusters * clusterSize > MAX_REFCOUNT_TABLE_BYTES) {
      throw new BlockError(`${this.file.name} is full: its refcount table can not grow any more`, "full");
    }
    const base = first * entries * clusterSize;
    const bytes = new Uint8Array(clusters * clusterSize);
    const table = new OffsetTable(base + blocks * clusterSize, bytes);
    bytes.set(this.table.bytes);
    for (let block = 0; block < blocks; block++) {
      setU64(table.view, (first + block) * 8, base + block * clusterSize);
      const counted = Math.min(entries, Math.max(0, blocks + clusters - block * entries));
      await this.file.write(base + block * clusterSize, selfCounting(clusterSize, refcountBits, counted));
    }
    await this.file.write(table.offset, bytes);
    await this.file.barrier();
    const old = this.table;
    await this.file.setRefcountTable(table.offset, clusters);
    this.table = table;
    this.release(old.offset, old.bytes.length);
  }
}

/** A refcount block whose first `count` clusters are in use once. */
function selfCounting(clusterSize: number, refcountBits: number, count: number): Uint8Array {
  const bytes = new Uint8Array(clusterSize);
  const block = { bytes, view: new DataView(bytes.buffer) };
  for (let index = 0; index < count; index++) setRefcount(block, refcountBits, index, 1);
  return bytes;
}

async function readRefcountTable(file: ImageFile): Promise<OffsetTable> {
  const { refcountTableOffset, refcountTableClusters } = file.header;
  const bytes = new Uint8Array(refcountTableClusters * file.geometry.clusterSize);
  await file.store.read(refcountTableOffset, bytes);
  return new OffsetTable(refcountTableOffset, bytes);
}
