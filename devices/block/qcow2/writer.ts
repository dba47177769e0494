// Guest writes. What lies in clusters of its own is written there, side by side; the rest gets clusters first, one request at a time: data, then the
// refcounts and the tables that lead to it, so that a crash leaves the old contents or the new.
import type { Mutex } from "../request-gate.js";
import { compressCluster } from "./compression.js";
import type { ImageFile } from "./image-file.js";
import { compressedLimit, type L2Entry, type StandardEntry } from "./l2-entry.js";
import type { Mapping, Run } from "./mapping.js";
import { Parts } from "./parts.js";
import type { Reader } from "./reader.js";
import type { Refcounts } from "./refcounts.js";

export class Writer {
  /** Where compressed data may go on in a cluster that has some; 0: nowhere. */
  private compressedEnd = 0;

  /** `changes`: held by whoever changes metadata. */
  constructor(
    private readonly file: ImageFile,
    private readonly refcounts: Refcounts,
    private readonly mapping: Mapping,
    private readonly reader: Reader,
    private readonly changes: Mutex,
  ) {}

  async write(at: number, from: Uint8Array): Promise<void> {
    const first = await this.mapping.run(at, from.length);
    if (isOwn(first) && first.length === from.length) return this.file.writeData(first.host!, from);
    const parts = new Parts();
    try {
      for (let done = 0; done < from.length; ) {
        const run = await this.mapping.run(at + done, from.length - done);
        const bytes = from.subarray(done, done + run.length);
        if (isOwn(run)) parts.add(this.file.writeData(run.host!, bytes));
        else await this.changes.run(() => this.writeAnywhere(at + done, bytes));
        done += run.length;
      }
    } finally {
      await parts.ended();
    }
  }

  /** Write at once, if it is data in one piece that may be written where it lies: true if it was. */
  writeNow(at: number, from: Uint8Array): boolean {
    const run = this.mapping.runNow(at, from.length);
    return run !== undefined && isOwn(run) && run.length === from.length && this.file.writeDataNow(run.host!, from);
  }

  /** Write bytes wherever they have to go. The caller holds `changes`. */
  async writeAnywhere(at: number, from: Uint8Array): Promise<void> {
    for (let done = 0; done < from.length; ) {
      const run = await this.mapping.run(at + done, from.length - done);
      if (isOwn(run)) {
        await this.file.writeData(run.host!, from.subarray(done, done + run.length));
        done += run.length;
      } else done += await this.writePlaced(at + done, from.subarray(done));
    }
  }

  /** Write a whole cluster, or the disk's last bytes, compressed; as it is if it does not become smaller. The caller holds `changes`. */
  async writeCompressed(at: number, from: Uint8Array): Promise<void> {
    const { clusterSize } = this.file.geometry;
    const contents = from.length === clusterSize ? from : new Uint8Array(clusterSize);
    if (contents !== from) contents.set(from);
    const bytes = await compressCluster(this.file.header.compressionType, contents);
    if (bytes === undefined) return this.writeAnywhere(at, from);
    const cluster = at / clusterSize;
    const old = await this.mapping.entry(cluster);
    const host = await this.placeCompressed(bytes.length);
    if (host + bytes.length > compressedLimit(this.file.geometry)) {
      await this.refcounts.adjust(host, bytes.length, -1);
      return this.writeAnywhere(at, from);
    }
    try {
      await this.file.writeData(host, bytes);
    } catch (error) {
      await this.refcounts.adjust(host, bytes.length, -1);
      this.forget();
      throw error;
    }
    await this.mapping.set(cluster, [{ kind: "compressed", host, length: bytes.length }]);
    this.releaseEntry(old);
  }

  /** The reference that an entry was is gone, or will be. */
  releaseEntry(entry: L2Entry): void {
    if (entry.kind === "compressed") this.refcounts.release(entry.host, entry.length);
    else if (entry.host !== undefined && !this.file.externalData) this.refcounts.release(entry.host, this.file.geometry.clusterSize);
  }

  /** Clusters may have been given back: begin a new one for compressed data. */
  forget(): void {
    this.compressedEnd = 0;
  }

  /** Write as much as goes into one stretch of host clusters, and map it. Returns the bytes that were written. */
  private async writePlaced(at: number, from: Uint8Array): Promise<number> {
    const { clusterSize } = this.file.geometry;
    const first = Math.floor(at / clusterSize);
    const place = await this.place(first, Math.floor((at + from.length - 1) / clusterSize));
    const length = Math.min(from.length, (first + place.entries.length) * clusterSize - at);
    const span = this.filledSpan(at, at + length, place);
    try {
      const hole = this.fillsWithHole(place, span);
      const bytes = hole ? from.subarray(0, length) : await this.filled(at, from.subarray(0, length), span);
      await this.file.writeData(place.host + (hole ? at : span.start) - first * clusterSize, bytes);
    } catch (error) {
      if (place.allocated) await this.refcounts.abandon(place.host, place.entries.length);
      throw error;
    }
    const entries = place.entries.map((old, index) =>
      this.writtenEntry(old, place.host + index * clusterSize, (first + index) * clusterSize, span),
    );
    await this.mapping.set(first, entries);
    if (place.moved) for (const old of place.entries) this.releaseEntry(old);
    return length;
  }

  /** Where clusters from `first` on, and not behind `last`, go: their own host cluster, or new ones for as many as lack one. */
  private async place(first: number, last: number): Promise<Place> {
    const { l2Entries, clusterSize } = this.file.geometry;
    const entry = await this.mapping.entry(first);
    if (hasOwnCluster(entry)) return { host: entry.host!, entries: [entry], moved: false, allocated: false };
    const entries: L2Entry[] = [entry];
    for (let cluster = first + 1; cluster <= last && cluster % l2Entries !== 0; cluster++) {
      const next = await this.mapping.entry(cluster);
      if (hasOwnCluster(next)) break;
      entries.push(next);
    }
    if (this.file.externalData) return { host: first * clusterSize, entries, moved: true, allocated: false };
    const { offset, count } = await this.refcounts.allocate(entries.length, 1);
    return { host: offset, entries: entries.slice(0, count), moved: true, allocated: true };
  }

  /** What has to be written so that bytes from `at` to `end` are: whole subclusters, and all of a cluster whose data moves. */
  private filledSpan(at: number, end: number, { entries, moved }: Place): Span {
    const { clusterSize, subclusterSize } = this.file.geometry;
    const unit = (entry: L2Entry) => (moved && (entry.kind === "compressed" || entry.allocated !== 0) ? clusterSize : subclusterSize);
    const first = unit(entries[0]!);
    const last = unit(entries.at(-1)!);
    return { start: Math.floor(at / first) * first, end: Math.ceil(end / last) * last };
  }

  /** What is not written in new clusters reads as zeros, and that is what the disk has there: they lie behind the store's end. */
  private fillsWithHole({ entries, host, allocated }: Place, span: Span): boolean {
    if (!allocated || host < this.file.dataStore.size || this.reader.backingLength(span.start) > 0) return false;
    return entries.every((entry) => entry.kind === "standard" && entry.allocated === 0);
  }

  /** The bytes of a span: those given, with the disk's own around them. In a data file nothing is written beyond the disk's end. */
  private async filled(at: number, from: Uint8Array, span: Span): Promise<Uint8Array> {
    const stop = this.file.externalData ? Math.min(span.end, Math.max(this.file.size, at + from.length)) : span.end;
    if (span.start === at && stop === at + from.length) return from;
    const bytes = new Uint8Array(stop - span.start);
    await this.reader.read(span.start, bytes.subarray(0, at - span.start));
    await this.reader.read(at + from.length, bytes.subarray(at - span.start + from.length));
    bytes.set(from, at - span.start);
    return bytes;
  }

  /** The entry of the cluster at `start` once a span was written to its host cluster. */
  private writtenEntry(old: L2Entry, host: number, start: number, span: Span): StandardEntry {
    const { clusterSize, subclusterSize } = this.file.geometry;
    const from = Math.max(0, span.start - start) / subclusterSize;
    const to = Math.min(clusterSize, span.end - start) / subclusterSize;
    const mask = subclusterMask(from, to);
    const before = old.kind === "standard" ? old : undefined;
    const kept = before !== undefined && hasOwnCluster(before) ? before.allocated : 0;
    return { kind: "standard", host, copied: true, allocated: (kept | mask) >>> 0, zero: ((before?.zero ?? 0) & ~mask) >>> 0 };
  }

  /** Room for compressed data: behind the last, if its cluster or the next one has it. */
  private async placeCompressed(length: number): Promise<number> {
    const { clusterSize } = this.file.geometry;
    const shared = this.compressedEnd % clusterSize === 0 ? 0 : Math.floor(this.compressedEnd / clusterSize);
    const mayShare = shared !== 0 && (await this.refcounts.canAdd(shared));
    let host = this.compressedEnd;
    if (!mayShare || (host % clusterSize) + length > clusterSize) {
      const { offset } = await this.refcounts.allocate(1);
      if (!mayShare || offset !== (shared + 1) * clusterSize) host = offset;
    }
    if (host === this.compressedEnd && mayShare) await this.refcounts.adjust(host, 1, 1);
    this.compressedEnd = host + length;
    return host;
  }
}

interface Span {
  readonly start: number;
  readonly end: number;
}

interface Place {
  readonly host: number;
  /** What the clusters' entries were. */
  readonly entries: readonly L2Entry[];
  /** The host clusters are not those that the entries say. */
  readonly moved: boolean;
  /** The host clusters were allocated for this. */
  readonly allocated: boolean;
}

/** A cluster that this image alone refers to, and not compressed. */
export function hasOwnCluster(entry: L2Entry): entry is StandardEntry {
  return entry.kind === "standard" && entry.host !== undefined && entry.copied;
}

/** Bits `from` to `to - 1`. */
export function subclusterMask(from: number, to: number): number {
  return 2 ** to - 2 ** from;
}

function isOwn(run: Run): boolean {
  return run.kind === "data" && run.copied;
}
