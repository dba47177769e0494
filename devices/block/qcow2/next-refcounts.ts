// Refcounts as they are to be, in copies of the refcount blocks that change. For changes after which COPIED flags differ: in place no order of writes keeps
// them true to the refcounts, so refcounts, flags and snapshots get new places, and one write of the header leads to all of them. Source: qcow2.rst, "Header",
// "Host cluster management".
//
// Order on the store: what is allocated for this is counted in the blocks that there are, and what is replaced is released after the header leads to the new.
// So a crash leaks clusters at worst.
import { BlockError } from "../store.js";
import { setU64, viewOf } from "./big-endian.js";
import { type HeaderTables, type ImageFile, OffsetTable } from "./image-file.js";
import { getRefcount, maxRefcount, setRefcount } from "./refcount-entries.js";
import type { Refcounts } from "./refcounts.js";

interface Block {
  readonly bytes: Uint8Array;
  readonly view: DataView;
}

interface Clusters {
  readonly offset: number;
  readonly count: number;
}

export class NextRefcounts {
  private readonly blocks = new Map<number, Block>();
  private readonly allocated: Clusters[] = [];
  /** References that go when the header leads to the new structures. */
  private readonly gone: { readonly offset: number; readonly length: number }[] = [];

  constructor(
    private readonly file: ImageFile,
    private readonly refcounts: Refcounts,
  ) {}

  /** At once where the block is in memory. */
  at(cluster: number): number | Promise<number> {
    const { refcountBlockEntries: entries, refcountBits } = this.file.geometry;
    const block = this.blocks.get(Math.floor(cluster / entries));
    return block === undefined ? this.refcounts.at(cluster) : getRefcount(block, refcountBits, cluster % entries);
  }

  /** One reference more, or one less, to all clusters that a range touches. Rejects with a BlockError for a refcount that can not be. */
  async add(offset: number, length: number, delta: 1 | -1): Promise<void> {
    const { clusterSize, refcountBits } = this.file.geometry;
    const end = Math.ceil((offset + length) / clusterSize);
    for (let cluster = Math.floor(offset / clusterSize); cluster < end; cluster++) {
      const { block, entry } = await this.place(cluster);
      const now = getRefcount(block, refcountBits, entry);
      if (now === 0) throw await this.file.corrupt(`the cluster at ${cluster * clusterSize} is in use, and counted as free`);
      if (now + delta > maxRefcount(refcountBits)) {
        const what = `a cluster can not be referred to ${now + delta} times with refcounts of ${refcountBits} bits`;
        throw new BlockError(`${this.file.name}: ${what}`, "unsupported");
      }
      if (now + delta > 0) setRefcount(block, refcountBits, entry, now + delta);
      else this.release(cluster * clusterSize, clusterSize);
    }
  }

  async set(cluster: number, value: number): Promise<void> {
    const { block, entry } = await this.place(cluster);
    setRefcount(block, this.file.geometry.refcountBits, entry, value);
  }

  /** A reference to a range goes, but is counted as long as the header may lead to it. */
  release(offset: number, length: number): void {
    if (length > 0) this.gone.push({ offset, length });
  }

  /** Clusters that lie together, referred to once. */
  async allocate(count: number): Promise<number> {
    const { clusterSize, refcountBlockEntries: entries, refcountBits } = this.file.geometry;
    const { offset } = await this.refcounts.allocate(count);
    this.allocated.push({ offset, count });
    const first = offset / clusterSize;
    for (let cluster = first; cluster < first + count; cluster++) {
      const block = this.blocks.get(Math.floor(cluster / entries));
      if (block !== undefined) setRefcount(block, refcountBits, cluster % entries, 1);
    }
    return offset;
  }

  /** Bytes in new clusters. Returns where; 0 for none. */
  async write(bytes: Uint8Array): Promise<number> {
    const { clusterSize } = this.file.geometry;
    if (bytes.length === 0) return 0;
    const count = Math.ceil(bytes.length / clusterSize);
    const offset = await this.allocate(count);
    const whole = new Uint8Array(count * clusterSize);
    whole.set(bytes);
    await this.file.write(offset, whole);
    return offset;
  }

  /** Nothing comes of it. */
  async abandon(): Promise<void> {
    for (const { offset, count } of this.allocated.splice(0)) await this.refcounts.abandon(offset, count);
  }

  /** The header leads to these refcounts and to `tables`, which are written. */
  async commit(tables: Omit<HeaderTables, "refcountTableOffset" | "refcountTableClusters">): Promise<void> {
    const { file, refcounts } = this;
    const { clusterSize } = file.geometry;
    const table = await this.writeBlocks();
    await refcounts.flush();
    await file.barrier();
    this.allocated.length = 0;
    await file.setTables({ ...tables, refcountTableOffset: table.offset, refcountTableClusters: table.bytes.length / clusterSize });
    await file.barrier();
    refcounts.replaceTable(table);
    for (const { offset, length } of this.gone) refcounts.release(offset, length);
  }

  /** The copies in new clusters, and a table that leads to them. */
  private async writeBlocks(): Promise<OffsetTable> {
    const { file, refcounts } = this;
    const { clusterSize } = file.geometry;
    const places = new Map<number, number>();
    for (const index of this.blocks.keys()) places.set(index, await this.allocate(1));
    // To allocate it can make the table grow that it is to be a copy of.
    let offset = 0;
    for (let clusters = 0; clusters * clusterSize < refcounts.tableLength * 8; ) {
      if (clusters > 0) this.release(offset, clusters * clusterSize);
      clusters = (refcounts.tableLength * 8) / clusterSize;
      offset = await this.allocate(clusters);
    }
    const table = new OffsetTable(offset, new Uint8Array(refcounts.tableLength * 8));
    for (let index = 0; index < refcounts.tableLength; index++) {
      setU64(table.view, index * 8, places.get(index) ?? refcounts.blockOffset(index));
    }
    for (const [index, block] of this.blocks) await file.write(places.get(index)!, block.bytes);
    await file.write(offset, table.bytes);
    return table;
  }

  /** The copy of the block that counts a cluster. */
  private async place(cluster: number): Promise<{ block: Block; entry: number }> {
    const { clusterSize, refcountBlockEntries: entries } = this.file.geometry;
    const index = Math.floor(cluster / entries);
    let block = this.blocks.get(index);
    if (block === undefined) {
      const offset = this.refcounts.blockOffset(index);
      if (offset === 0) throw await this.file.corrupt(`the cluster at ${cluster * clusterSize} is in use, and counted nowhere`);
      const bytes = await this.refcounts.blocks.use(offset, (table) => table.bytes.slice());
      block = { bytes, view: viewOf(bytes) };
      this.blocks.set(index, block);
    }
    return { block, entry: cluster % entries };
  }
}
