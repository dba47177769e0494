// The refcounts as the image has them: refcount table and blocks, read where they lie. qemu, docs/interop/qcow2.rst, "Host cluster management".
import { maskedOffset } from "../big-endian.js";
import { getRefcount, refcountByte, setRefcount } from "../refcount-entries.js";
import type { CheckContext } from "./context.js";

const RESERVED_LOW = 0x1ff;
const OFFSET_FROM = 9;
/** Blocks in memory. */
const MOST_BLOCKS = 32;

interface Block {
  readonly bytes: Uint8Array;
  readonly view: DataView;
}

export class StoredRefcounts {
  private readonly blocks = new Map<number, Block>();

  readonly blockOffsets: ReadonlySet<number>;

  private constructor(
    private readonly context: CheckContext,
    /** Where the table lies. */
    readonly offset: number,
    readonly clusters: number,
    private readonly table: DataView,
  ) {
    this.blockOffsets = new Set(Array.from({ length: this.tableEntries }, (_, i) => this.block(i).offset));
  }

  static async read(context: CheckContext, offset: number, clusters: number): Promise<StoredRefcounts> {
    return new StoredRefcounts(context, offset, clusters, await context.read(offset, clusters * context.clusterSize));
  }

  get tableEntries(): number {
    return this.table.byteLength / 8;
  }

  /** Refcounts in a block. */
  get blockEntries(): number {
    return this.context.geometry.refcountBlockEntries;
  }

  /** Where a block lies; 0: there is none. */
  block(index: number): { readonly offset: number; readonly reserved: boolean } {
    const high = this.table.getUint32(8 * index);
    const low = this.table.getUint32(8 * index + 4);
    return { offset: maskedOffset(high, low, 0xffff_ffff, OFFSET_FROM), reserved: (low & RESERVED_LOW) !== 0 };
  }

  /** False: all refcounts of the block are 0, for want of one. */
  hasBlock(index: number): boolean {
    return index < this.tableEntries && this.block(index).offset !== 0;
  }

  /** Undefined: it can not be said, since the table leads nowhere. */
  async get(cluster: number): Promise<number | undefined> {
    const index = Math.floor(cluster / this.blockEntries);
    if (!this.hasBlock(index)) return 0;
    return (await this.counts(index))?.(cluster % this.blockEntries);
  }

  /** As get(); at once where the block is in memory. */
  at(cluster: number): number | undefined | Promise<number | undefined> {
    const block = this.blocks.get(Math.floor(cluster / this.blockEntries));
    return block ? getRefcount(block, this.context.geometry.refcountBits, cluster % this.blockEntries) : this.get(cluster);
  }

  /** The refcounts of a block that there is, by entry. Undefined: the table leads nowhere. */
  async counts(index: number): Promise<((entry: number) => number) | undefined> {
    const block = await this.load(index);
    return block && ((entry) => getRefcount(block, this.context.geometry.refcountBits, entry));
  }

  /** Of a cluster that has a block. */
  async set(cluster: number, value: number): Promise<void> {
    const { geometry, store } = this.context;
    const index = Math.floor(cluster / this.blockEntries);
    const entry = cluster % this.blockEntries;
    const block = (await this.load(index))!;
    setRefcount(block, geometry.refcountBits, entry, value);
    const from = refcountByte(geometry.refcountBits, entry);
    await store.write(this.block(index).offset + from, block.bytes.subarray(from, from + Math.max(1, geometry.refcountBits / 8)));
  }

  private async load(index: number): Promise<Block | undefined> {
    const known = this.blocks.get(index);
    if (known) return known;
    const { offset } = this.block(index);
    if (offset % this.context.clusterSize !== 0) return undefined;
    const view = await this.context.read(offset, this.context.clusterSize).catch(() => undefined);
    if (!view) return undefined;
    const block = { bytes: new Uint8Array(view.buffer), view };
    if (this.blocks.size >= MOST_BLOCKS) this.blocks.delete(this.blocks.keys().next().value!);
    this.blocks.set(index, block);
    return block;
  }
}
