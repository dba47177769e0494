// Zeros and discards: entries that say so in the place of data. Source: qcow2.rst, "Cluster mapping". A discarded cluster reads as zeros where the version
// can say that, so that nothing of the backing image shows again.

import { writeZeros } from "../raw.js";
import { AUTOCLEAR } from "./header.js";
import type { ImageFile } from "./image-file.js";
import { isUnallocated, type L2Entry, type StandardEntry, UNALLOCATED } from "./l2-entry.js";
import type { Mapping } from "./mapping.js";
import type { Reader } from "./reader.js";
import { hasOwnCluster, subclusterMask, type Writer } from "./writer.js";

/** Zeros that have to be written are written in pieces of at most this many bytes. */
const PIECE = 1 << 20;

type Change = (old: L2Entry, cluster: number) => Promise<L2Entry | undefined>;

/** All calls come from one that holds the image's lock for changes. */
export class Zeroing {
  constructor(
    private readonly file: ImageFile,
    private readonly mapping: Mapping,
    private readonly reader: Reader,
    private readonly writer: Writer,
  ) {}

  /** `unmap`: give host clusters back. */
  async zero(at: number, length: number, unmap: boolean): Promise<void> {
    const { clusterSize, subclusterSize } = this.file.geometry;
    const unit = this.file.header.version === 2 ? clusterSize : subclusterSize;
    const end = at + length;
    const from = Math.ceil(at / unit) * unit;
    const to = end === this.file.size ? Math.ceil(end / unit) * unit : Math.floor(end / unit) * unit;
    if (from >= to) return this.writeZeros(at, end);
    await this.writeZeros(at, from);
    if (this.rawData) await this.zeroDataFile(from, Math.min(to, end));
    if (this.file.header.version === 2) await this.change(from, to, (old, cluster) => this.zeroed2(old, cluster, unmap));
    else await this.change(from, to, (old, cluster) => this.zeroed3(old, cluster, from, to, unmap && !this.rawData));
    await this.writeZeros(to, end);
  }

  /** Whole clusters only: the rest stays as it is. */
  async discard(at: number, length: number): Promise<void> {
    const { clusterSize } = this.file.geometry;
    const end = at + length;
    const from = Math.ceil(at / clusterSize) * clusterSize;
    const to = end === this.file.size ? Math.ceil(end / clusterSize) * clusterSize : Math.floor(end / clusterSize) * clusterSize;
    if (from >= to) return;
    if (this.rawData) return this.zero(from, Math.min(to, end) - from, false);
    await this.change(from, to, async (old, cluster) => this.discarded(old, cluster));
  }

  /** Clusters of a range are the backing image's again, or nothing: for what lies beyond the disk's end. */
  async unmap(from: number, to: number): Promise<void> {
    await this.change(from, to, async (old, cluster) => {
      if (isUnallocated(old)) return undefined;
      await this.giveBack(old, cluster);
      return UNALLOCATED;
    });
  }

  private get rawData(): boolean {
    return this.file.externalData && (this.file.header.autoclear & AUTOCLEAR.rawDataFile) !== 0n;
  }

  /** Give the clusters of a range other entries, table by table. Undefined: it stays as it is. */
  private async change(from: number, to: number, next: Change): Promise<void> {
    const { clusterSize, l2Entries, l2Reach } = this.file.geometry;
    const last = Math.ceil(to / clusterSize);
    for (let first = Math.floor(from / clusterSize); first < last; ) {
      const end = Math.min(last, (Math.floor(first / l2Entries) + 1) * l2Entries);
      const table = this.mapping.l1Entry(Math.floor(first / l2Entries)).offset;
      if (table !== 0 || this.reader.backingLength(Math.floor((first * clusterSize) / l2Reach) * l2Reach) > 0) {
        await this.changeTable(first, end, next);
      }
      first = end;
    }
  }

  private async changeTable(first: number, end: number, next: Change): Promise<void> {
    let run: L2Entry[] = [];
    for (let cluster = first; cluster < end; cluster++) {
      const entry = await next(await this.mapping.entry(cluster), cluster);
      if (entry !== undefined) run.push(entry);
      if (run.length > 0 && (entry === undefined || cluster === end - 1)) {
        await this.mapping.set(cluster + (entry === undefined ? 0 : 1) - run.length, run);
        run = [];
      }
    }
  }

  private async zeroed3(old: L2Entry, cluster: number, from: number, to: number, unmap: boolean): Promise<L2Entry | undefined> {
    const { clusterSize, subclusterSize, allSubclusters } = this.file.geometry;
    const start = cluster * clusterSize;
    if (isUnallocated(old) && this.reader.backingLength(start) === 0) return undefined;
    const first = Math.max(0, from - start) / subclusterSize;
    const mask = subclusterMask(first, Math.min(clusterSize, to - start) / subclusterSize);
    if (old.kind === "compressed" && mask !== allSubclusters) {
      await this.writeZeros(Math.max(from, start), Math.min(to, start + clusterSize, this.file.size));
      return undefined;
    }
    const before = old.kind === "compressed" ? UNALLOCATED : old;
    const allocated = (before.allocated & ~mask) >>> 0;
    const zero = (before.zero | mask) >>> 0;
    const drops = old.kind === "compressed" || (old.host !== undefined && allocated === 0 && (unmap || !old.copied));
    if (!drops) return before.allocated === allocated && before.zero === zero ? undefined : { ...before, allocated, zero };
    await this.giveBack(old, cluster);
    return { ...UNALLOCATED, zero };
  }

  private async zeroed2(old: L2Entry, cluster: number, unmap: boolean): Promise<L2Entry | undefined> {
    const { clusterSize } = this.file.geometry;
    const start = cluster * clusterSize;
    const showsBacking = this.reader.backingLength(start) > 0;
    if (isUnallocated(old) && !showsBacking) return undefined;
    if (showsBacking || (!unmap && hasOwnCluster(old))) {
      await this.writeZeros(start, Math.min(start + clusterSize, this.file.size));
      return undefined;
    }
    await this.giveBack(old, cluster);
    return UNALLOCATED;
  }

  private async discarded(old: L2Entry, cluster: number): Promise<L2Entry | undefined> {
    const { clusterSize, allSubclusters } = this.file.geometry;
    const discarded: StandardEntry = { ...UNALLOCATED, zero: this.file.header.version === 2 ? 0 : allSubclusters };
    if (old.kind === "standard" && old.host === undefined) {
      if (old.zero === discarded.zero || this.reader.backingLength(cluster * clusterSize) === 0) return undefined;
    }
    await this.giveBack(old, cluster);
    return discarded;
  }

  /** A reference goes; data in a file of its own makes room at once. */
  private async giveBack(old: L2Entry, cluster: number): Promise<void> {
    const { clusterSize } = this.file.geometry;
    this.writer.releaseEntry(old);
    if (this.file.externalData && !isUnallocated(old)) await this.file.punchData(cluster * clusterSize, clusterSize);
  }

  /** Write zeros where something else may be. */
  private async writeZeros(from: number, to: number): Promise<void> {
    for (let at = from; at < to; ) {
      const run = await this.mapping.run(at, Math.min(PIECE, to - at));
      const zero = run.kind === "zero" || (run.kind === "unallocated" && this.reader.backingLength(at) === 0);
      if (!zero || this.rawData) await this.writer.writeAnywhere(at, new Uint8Array(run.length));
      at += run.length;
    }
  }

  private async zeroDataFile(from: number, to: number): Promise<void> {
    if (from < to && !(await this.file.punchData(from, to - from))) {
      await writeZeros((at, bytes) => this.file.writeData(at, bytes), from, to - from);
    }
  }
}
