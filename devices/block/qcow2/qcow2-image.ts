// An open qcow2 image. Requests run side by side (`gate`, shared); those that change metadata take turns (`changes`); what moves clusters under others'
// feet (freeing, resize, snapshots, repair) runs alone (`gate`, exclusive).
//
// Not done: persistent bitmaps are not kept up to date, so the bit that says they are is cleared before the first write.
import type { CacheMode } from "../cache-mode.js";
import type { Extent, Image } from "../image.js";
import { checkRange } from "../range.js";
import { Mutex, RequestGate } from "../request-gate.js";
import { BlockError } from "../store.js";
import { AUTOCLEAR, COMPATIBLE, FIELD, INCOMPATIBLE } from "./header.js";
import type { ImageFile } from "./image-file.js";
import { Mapping } from "./mapping.js";
import { Reader } from "./reader.js";
import { Refcounts } from "./refcounts.js";
import { resize, trim } from "./resize.js";
import { Writer } from "./writer.js";
import { Zeroing } from "./zeroing.js";

/** Bytes of L2 tables and of refcount blocks to keep in memory; a few of each are kept in any case. */
export interface MetadataCacheSizes {
  readonly l2Cache?: number;
  readonly refcountCache?: number;
}

const L2_CACHE = 32 << 20;
const REFCOUNT_CACHE = 8 << 20;
const LEAST_TABLES = 4;
/** Released clusters are given back when there are this many bytes of them, if no flush comes first. */
const SETTLE_AT = 64 << 20;
const SETTLE_AT_CLUSTERS = 4096;

export class Qcow2Image implements Image {
  readonly format = "qcow2";
  readonly gate = new RequestGate();
  readonly changes: Mutex;
  readonly zeroing: Zeroing;
  private prepared: Promise<void> | undefined;
  private isPrepared = false;
  private closed = false;

  private constructor(
    readonly file: ImageFile,
    readonly refcounts: Refcounts,
    readonly mapping: Mapping,
    readonly reader: Reader,
    readonly writer: Writer,
    changes: Mutex,
    private readonly cacheMode: CacheMode,
  ) {
    this.changes = changes;
    this.zeroing = new Zeroing(file, mapping, reader, writer);
  }

  /** `backing`: the image behind this one; it is closed with it. */
  static async open(
    file: ImageFile,
    backing: Image | undefined,
    cacheMode: CacheMode,
    sizes: MetadataCacheSizes = {},
  ): Promise<Qcow2Image> {
    const tables = (bytes: number) => Math.max(LEAST_TABLES, Math.floor(bytes / file.geometry.clusterSize));
    const refcounts = await Refcounts.open(file, tables(sizes.refcountCache ?? REFCOUNT_CACHE));
    const mapping = await Mapping.open(file, refcounts, tables(sizes.l2Cache ?? L2_CACHE));
    const reader = new Reader(file, mapping, backing);
    const changes = new Mutex();
    const writer = new Writer(file, refcounts, mapping, reader, changes);
    return new Qcow2Image(file, refcounts, mapping, reader, writer, changes, cacheMode);
  }

  get name(): string {
    return this.file.name;
  }

  get readOnly(): boolean {
    return this.file.readOnly;
  }

  get size(): number {
    return this.file.size;
  }

  get backing(): Image | undefined {
    return this.reader.backing;
  }

  async read(at: number, into: Uint8Array): Promise<void> {
    this.mustBeOpen();
    checkRange(this, at, into.length);
    await this.gate.shared(() => this.reader.read(at, into));
  }

  async write(at: number, from: Uint8Array): Promise<void> {
    await this.request(at, from.length, () => this.writer.write(at, from));
  }

  readNow(at: number, into: Uint8Array): boolean {
    this.mustBeOpen();
    checkRange(this, at, into.length);
    return this.gate.isOpen && this.reader.readNow(at, into);
  }

  writeNow(at: number, from: Uint8Array): boolean {
    this.mustBeOpen();
    checkRange(this, at, from.length, "write");
    this.file.mustBeWritable();
    return this.isPrepared && this.cacheMode !== "writethrough" && this.gate.isOpen && this.writer.writeNow(at, from);
  }

  /** Write one whole cluster, or the disk's last bytes, in compressed form. */
  async writeCompressed(at: number, from: Uint8Array): Promise<void> {
    const { clusterSize } = this.file.geometry;
    if (at % clusterSize !== 0 || from.length !== Math.min(clusterSize, this.size - at)) {
      throw new BlockError(`${this.name}: only whole clusters can be written in compressed form`, "unsupported");
    }
    if (this.file.externalData) throw new BlockError(`${this.name}: a data file can not hold compressed clusters`, "unsupported");
    await this.request(at, from.length, () => this.changes.run(() => this.writer.writeCompressed(at, from)));
  }

  async zero(at: number, length: number, unmap: boolean): Promise<void> {
    await this.request(at, length, () => this.changes.run(() => this.zeroing.zero(at, length, unmap)));
  }

  /** By an entry alone, in version 3; a raw data file has to have the zeros itself. */
  zeroIsFast(): boolean {
    return this.file.header.version === 3 && (this.file.header.autoclear & AUTOCLEAR.rawDataFile) === 0n;
  }

  async discard(at: number, length: number): Promise<void> {
    await this.request(at, length, () => this.changes.run(() => this.zeroing.discard(at, length)));
  }

  async flush(): Promise<void> {
    this.mustBeOpen();
    if (this.readOnly) return;
    if (this.refcounts.unsettled > 0) await this.settle();
    await this.gate.shared(() => this.changes.run(() => this.writeBack()));
    await this.file.barrier();
  }

  async extent(at: number): Promise<Extent> {
    this.mustBeOpen();
    checkRange(this, at, 1);
    const run = await this.gate.shared(async () => this.mapping.run(at, this.size - at));
    const here = { length: run.length, depth: 0 };
    if (run.kind === "compressed") return { ...here, data: true, zero: false, present: true, compressed: true };
    const behind = this.reader.backingLength(at);
    if (run.kind === "unallocated" && behind > 0) {
      const extent = await this.backing!.extent(at);
      return { ...extent, length: Math.min(run.length, behind, extent.length), depth: extent.depth + 1 };
    }
    const place = run.host === undefined ? {} : { offset: run.host, file: this.file.dataStore.name };
    const data = run.kind === "data";
    return { ...here, data, zero: !data, present: run.kind !== "unallocated", ...place };
  }

  async resize(size: number): Promise<void> {
    this.mustBeOpen();
    checkRange(this, 0, 0, "write");
    const shrinks = size < this.size;
    await this.alone(() => resize(this, size));
    await this.flush();
    if (shrinks) await this.alone(() => trim(this));
  }

  /** Run with no request under way, everything written and given back, and the image ready to be changed: for snapshots, resize, repair. */
  async alone<T>(work: () => Promise<T>): Promise<T> {
    await this.prepare();
    return this.gate.exclusive(async () => {
      await this.settleNow();
      this.reader.forget();
      try {
        return await work();
      } finally {
        await this.settleNow();
      }
    });
  }

  async close(): Promise<void> {
    if (this.closed) return;
    try {
      if (!this.readOnly) await this.finish();
    } finally {
      this.closed = true;
      await this.file.store.close();
      if (this.file.externalData) await this.file.dataStore.close();
      await this.backing?.close();
    }
  }

  /** Write everything, and let the header say that it is: what close() does before it gives up the stores. */
  async finish(): Promise<void> {
    await this.flush();
    await this.gate.shared(() => this.changes.run(() => this.refcounts.flush()));
    await this.file.barrier();
    if (this.mapping.countLater) await this.file.setIncompatible(INCOMPATIBLE.dirty, false);
  }

  private async request(at: number, length: number, work: () => Promise<void>): Promise<void> {
    this.mustBeOpen();
    checkRange(this, at, length, "write");
    if (length === 0) return;
    this.file.mustBeWritable();
    await this.prepare();
    await this.gate.shared(work);
    if (this.cacheMode === "writethrough") await this.flush();
    else if (this.refcounts.unsettled > Math.min(SETTLE_AT_CLUSTERS, SETTLE_AT / this.file.geometry.clusterSize)) await this.settle();
  }

  /** Before the first change: what the header may not say any more. */
  private prepare(): Promise<void> {
    this.prepared ??= this.changes
      .run(() => this.prepareHeader())
      .then(() => {
        this.isPrepared = true;
      })
      .catch((error) => {
        this.prepared = undefined;
        throw error;
      });
    return this.prepared;
  }

  /** The header says again what the next change does not keep true. */
  prepareAgain(): void {
    this.prepared = undefined;
  }

  private async prepareHeader(): Promise<void> {
    const { autoclear, compatible } = this.file.header;
    const kept = this.file.externalData ? autoclear & AUTOCLEAR.rawDataFile : 0n;
    if (kept !== autoclear) {
      await this.file.patchHeader(FIELD.autoclear, FIELD.refcountOrder, (view) => view.setBigUint64(FIELD.autoclear, kept));
      await this.file.barrier();
    }
    if ((compatible & COMPATIBLE.lazyRefcounts) === 0n) return;
    await this.file.setIncompatible(INCOMPATIBLE.dirty, true);
    this.mapping.countLater = true;
  }

  /** Write the tables. The caller holds `changes`. */
  private async writeBack(): Promise<void> {
    await this.mapping.flush();
    if (!this.mapping.countLater) await this.refcounts.flush();
  }

  private settle(): Promise<void> {
    return this.gate.exclusive(() => this.settleNow());
  }

  /** Write the tables, and give back what was released. Only from within alone(): nobody may look at it. */
  async settleNow(): Promise<void> {
    await this.writeBack();
    if (this.refcounts.unsettled === 0) return;
    await this.file.barrier();
    this.reader.forget();
    this.writer.forget();
    for (const { offset, length } of await this.refcounts.settle()) {
      this.mapping.tables.forget(offset, length);
      await this.file.store.punch?.(offset, length);
    }
  }

  private mustBeOpen(): void {
    if (this.closed) throw new BlockError(`${this.name} is closed`);
  }
}
