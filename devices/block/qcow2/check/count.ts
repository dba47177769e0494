// Counts what the image refers to: header, tables, snapshots, bitmaps, refcount structures. qemu, docs/interop/qcow2.rst, "Bitmaps", "Snapshots".
import { getU64 } from "../big-endian.js";
import { AUTOCLEAR, EXTENSION, MAX_L1_BYTES } from "../header.js";
import type { SnapshotEntry } from "../snapshot-table.js";
import { type CheckContext, hex, offsetOf } from "./context.js";
import { TableCounter } from "./count-tables.js";
import type { References } from "./references.js";
import type { StoredRefcounts } from "./stored-refcounts.js";

/** Of the high and the low half of an entry. */
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
  private readonly tables: TableCounter;

  constructor(
    private readonly context: CheckContext,
    private readonly references: References,
    private readonly stored: StoredRefcounts,
    private readonly snapshots: readonly SnapshotEntry[],
  ) {
    this.tables = new TableCounter(context, references, stored);
  }

  async run(): Promise<void> {
    const { context, references } = this;
    const { header, clusterSize } = context;
    references.add(0, clusterSize);
    await this.tables.addL1(header.l1Offset, header.l1Size, true);
    await this.addSnapshots();
    await this.tables.count();
    references.add(this.stored.offset, this.stored.clusters * clusterSize);
    await this.bitmaps();
    await this.refcountBlocks();
  }

  private async addSnapshots(): Promise<void> {
    const { context } = this;
    if (context.hasDataFile && this.snapshots.length > 0) context.corruption("there are snapshots in an image with a data file");
    for (const [i, { l1Offset, l1Size }] of this.snapshots.entries()) {
      if (l1Offset % context.clusterSize !== 0) context.corruption(`snapshot ${i}: the L1 table is not cluster aligned`);
      else if (l1Size * 8 > MAX_L1_BYTES) context.corruption(`snapshot ${i}: the L1 table is too large`);
      else await this.tables.addL1(l1Offset, l1Size, false);
    }
    const bytes = this.snapshots.reduce((sum, { length }) => sum + length, 0);
    this.references.add(context.header.snapshotsOffset, bytes);
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
    const directory = await context.attempt("the bitmap directory", offset, () => context.read(offset, size));
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
    const table = await context.attempt("a bitmap's table", offset, () => context.readEntries(offset, entries));
    for (let i = 0; table && 8 * i < table.byteLength; i++) {
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
