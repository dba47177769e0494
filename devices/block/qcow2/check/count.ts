// Counts what the image refers to: header, L1 and L2 tables, data, snapshots, bitmaps, refcount structures. qemu, docs/interop/qcow2.rst, "Cluster mapping",
// "Bitmaps", "Snapshots".
import { getU64, viewOf } from "../big-endian.js";
import { AUTOCLEAR, EXTENSION, MAX_L1_BYTES } from "../header.js";
import { COPIED, type CompressedEntry, readL2Entry, type StandardEntry, UNALLOCATED, writeL2Entry } from "../l2-entry.js";
import type { SnapshotEntry } from "../snapshot-table.js";
import { type CheckContext, hex, offsetOf } from "./context.js";
import type { References } from "./references.js";
import type { StoredRefcounts } from "./stored-refcounts.js";

/** Of the high and the low half of an entry. */
const L1_RESERVED = [0x7f00_0000, 0x1ff] as const;
const L2_RESERVED = [0x3f00_0000, 0x1fe] as const;
const BITMAP_RESERVED = [0xff00_0000, 0x1fe] as const;
/** Bytes of a bitmap's entry in the directory, without its name. */
const BITMAP_ENTRY = 24;
/** qemu's limits: bitmaps, bytes of a bitmap's name, bytes of its table. */
const MOST_BITMAPS = 65535;
const LONGEST_BITMAP_NAME = 1023;
const MOST_BITMAP_TABLE = 64 << 20;

export class Counter {
  /** A refcount structure is so broken that a new one has to be made. */
  needsRebuild = false;

  constructor(
    private readonly context: CheckContext,
    private readonly references: References,
    private readonly stored: StoredRefcounts,
    private readonly snapshots: readonly SnapshotEntry[],
  ) {}

  async run(): Promise<void> {
    const { context, references } = this;
    const { header, clusterSize } = context;
    references.add(0, clusterSize);
    await this.l1(header.l1Offset, header.l1Size, true);
    await this.countSnapshots();
    references.add(this.stored.offset, this.stored.clusters * clusterSize);
    await this.bitmaps();
    await this.refcountBlocks();
  }

  private async countSnapshots(): Promise<void> {
    const { context } = this;
    if (context.hasDataFile && this.snapshots.length > 0) context.corruption("there are snapshots in an image with a data file");
    for (const [i, { l1Offset, l1Size }] of this.snapshots.entries()) {
      if (l1Offset % context.clusterSize !== 0) context.corruption(`snapshot ${i}: the L1 table is not cluster aligned`);
      else if (l1Size * 8 > MAX_L1_BYTES) context.corruption(`snapshot ${i}: the L1 table is too large`);
      else await this.l1(l1Offset, l1Size, false);
    }
    const bytes = this.snapshots.reduce((sum, { length }) => sum + length, 0);
    this.references.add(context.header.snapshotsOffset, bytes);
  }

  private async l1(offset: number, entries: number, active: boolean): Promise<void> {
    const { context } = this;
    if (entries === 0) return;
    this.references.add(offset, entries * 8);
    const table = await this.attempt(offset, entries * 8, "an L1 table");
    if (!table) return;
    for (let i = 0; i < entries; i++) {
      const high = table.getUint32(8 * i);
      const low = table.getUint32(8 * i + 4);
      if (high === 0 && low === 0) continue;
      if (high & L1_RESERVED[0] || low & L1_RESERVED[1]) context.corruption(`L1 entry ${i} has reserved bits set`);
      const l2 = offsetOf(high, low);
      this.references.add(l2, context.clusterSize);
      if (l2 % context.clusterSize !== 0) context.corruption(`the L2 table at ${hex(l2)} is not cluster aligned`);
      await this.l2(l2, active);
    }
  }

  private async attempt(offset: number, length: number, what: string): Promise<DataView | undefined> {
    try {
      return await this.context.read(offset, length);
    } catch (error) {
      this.context.result.checkErrors++;
      this.context.tell(`ERROR ${what} at ${hex(offset)} can not be read: ${error instanceof Error ? error.message : error}`);
      return undefined;
    }
  }

  private async l2(offset: number, active: boolean): Promise<void> {
    const { context } = this;
    const { geometry, result } = context;
    const table = await this.attempt(offset, context.clusterSize, "an L2 table");
    if (!table) return;
    const mayRepair = context.fixesErrors && context.mayBeL2(offset, this.stored);
    let next = 0;
    for (let i = 0; i < geometry.l2Entries; i++) {
      const entry = readL2Entry(table, i, geometry, context.hasDataFile);
      const where = offset + i * geometry.l2EntrySize;
      const high = table.getUint32(i * geometry.l2EntrySize);
      if (entry.kind === "compressed") {
        this.compressed(entry, (high & COPIED) !== 0, where);
        if (!active || context.hasDataFile) continue;
        result.allocatedClusters++;
        result.compressedClusters++;
        // Neighbours share sectors, which are read twice.
        result.fragmentedClusters++;
        continue;
      }
      if (high & L2_RESERVED[0] || table.getUint32(i * geometry.l2EntrySize + 4) & L2_RESERVED[1]) {
        context.corruption(`the L2 entry at ${hex(where)} has reserved bits set`);
      }
      if (!this.standard(entry, where, mayRepair)) {
        await this.makeZero(where);
        continue;
      }
      if (!active || entry.host === undefined) continue;
      result.allocatedClusters++;
      if (next > 0 && entry.host !== next) result.fragmentedClusters++;
      next = entry.host + context.clusterSize;
    }
  }

  private compressed({ host, length }: CompressedEntry, copied: boolean, where: number): void {
    const { context } = this;
    if (copied) context.corruption(`the compressed cluster of the L2 entry at ${hex(where)} has the COPIED flag`);
    if (context.hasDataFile) context.corruption(`the L2 entry at ${hex(where)} has a compressed cluster, with a data file`);
    else this.references.add(host, length);
  }

  /** False: its cluster can not be, and holds nothing; it is to become zeros. */
  private standard({ host, zero, allocated }: StandardEntry, where: number, mayRepair: boolean): boolean {
    const { context } = this;
    if (host === undefined) {
      if (allocated !== 0) context.corruption(`the L2 entry at ${hex(where)} has no cluster, and subclusters in it`);
      return true;
    }
    if (zero & allocated) context.corruption(`subclusters of the cluster at ${hex(host)} are data and zeros at once`);
    if (host % context.clusterSize !== 0) {
      const text = `the ${allocated !== 0 ? "data" : "preallocated"} cluster at ${hex(host)} is not aligned`;
      if (allocated === 0 && mayRepair) {
        context.repaired(text);
        return false;
      }
      context.corruption(text);
    }
    if (!context.hasDataFile) this.references.add(host, context.clusterSize);
    return true;
  }

  /** The entry says that its cluster reads as zeros, and lies nowhere. */
  private async makeZero(where: number): Promise<void> {
    const { geometry, store } = this.context;
    const bytes = new Uint8Array(geometry.l2EntrySize);
    writeL2Entry(viewOf(bytes), 0, geometry, { ...UNALLOCATED, zero: geometry.allSubclusters });
    await store.write(where, bytes);
  }

  private async bitmaps(): Promise<void> {
    const { context } = this;
    const data = context.header.extensions.find(({ type }) => type === EXTENSION.bitmaps)?.data;
    if (!data || data.length < BITMAP_ENTRY || (context.header.autoclear & AUTOCLEAR.bitmaps) === 0n) return;
    const extension = new DataView(data.buffer, data.byteOffset, data.length);
    const count = extension.getUint32(0);
    const size = getU64(extension, 8);
    const offset = getU64(extension, 16);
    if (count === 0) return;
    if (size > MOST_BITMAPS * (BITMAP_ENTRY + LONGEST_BITMAP_NAME + 1)) {
      context.result.checkErrors++;
      context.tell(`ERROR the bitmap directory has ${size} bytes, which is too many`);
      return;
    }
    this.references.add(offset, size);
    const directory = await this.attempt(offset, size, "the bitmap directory");
    for (let at = 0, i = 0; directory && i < count; i++) {
      const length = at + BITMAP_ENTRY <= size ? BITMAP_ENTRY + directory.getUint16(at + 18) + directory.getUint32(at + 20) : Infinity;
      if (at + length > size) {
        context.result.checkErrors++;
        context.tell("ERROR the bitmap directory ends in the midst of an entry");
        return;
      }
      await this.bitmapTable(getU64(directory, at), directory.getUint32(at + 8));
      at += Math.ceil(length / 8) * 8;
    }
  }

  private async bitmapTable(offset: number, entries: number): Promise<void> {
    const { context } = this;
    if (entries * 8 > MOST_BITMAP_TABLE || offset % context.clusterSize !== 0) {
      context.corruption(`a bitmap's table at ${hex(offset)} has ${entries} entries`);
      return;
    }
    this.references.add(offset, entries * 8);
    const table = await this.attempt(offset, entries * 8, "a bitmap's table");
    for (let i = 0; table && i < entries; i++) {
      const high = table.getUint32(8 * i);
      const low = table.getUint32(8 * i + 4);
      const cluster = offsetOf(high, low);
      if (high & BITMAP_RESERVED[0] || low & BITMAP_RESERVED[1] || (cluster > 0 && low & 1)) {
        context.corruption(`entry ${i} of the bitmap's table at ${hex(offset)} has reserved bits set`);
      } else if (cluster > 0) this.references.add(cluster, context.clusterSize);
    }
  }

  private async refcountBlocks(): Promise<void> {
    const { context, references, stored } = this;
    for (let i = 0; i < stored.tableEntries; i++) {
      const { offset, reserved } = stored.block(i);
      const cluster = Math.floor(offset / context.clusterSize);
      if (reserved || offset % context.clusterSize !== 0) {
        context.corruption(`refcount table entry ${i} ${reserved ? "has reserved bits set" : "is not cluster aligned"}`);
        this.needsRebuild = true;
      } else if (cluster >= context.storeClusters) {
        context.corruption(`refcount block ${i} lies outside the image`);
        this.needsRebuild = true;
      } else if (offset > 0) {
        references.add(offset, context.clusterSize);
        if (references.get(cluster) === 1) continue;
        context.corruption(`refcount block ${i} is referred to ${references.get(cluster)} times`);
        this.needsRebuild = true;
      }
    }
  }
}
