// What all parts of an open qcow2 image share: its store, the order of what is written there, its first cluster, and what happens when it proves corrupt.
import type { CacheMode } from "../cache-mode.js";
import { BlockError, type Store } from "../store.js";
import { maskedOffset, setU64, viewOf } from "./big-endian.js";
import { type Geometry, geometryOf } from "./geometry.js";
import { FIELD, INCOMPATIBLE, parseHeader, type Qcow2Header } from "./header.js";

/** Where the header leads. Lengths are in entries, clusters, snapshots. */
export type HeaderTables = Pick<
  Qcow2Header,
  "l1Size" | "l1Offset" | "refcountTableOffset" | "refcountTableClusters" | "snapshotCount" | "snapshotsOffset"
>;

export class ImageFile {
  readonly geometry: Geometry;
  /** Why nothing may be written any more. */
  private broken: string | undefined;
  /** Stores that were written to since they were last flushed. */
  private readonly unflushed = new Set<Store>();
  private syncing: Promise<void> | undefined;
  private readonly watched: { readonly tables: { has(offset: number): boolean }; readonly what: string }[] = [];
  private parsed: Qcow2Header;
  /** Bytes of the disk: the header's, or while it grows already what that will say. */
  size: number;

  /** `cluster`: the first one, as readHeader() gives it. `dataStore`: where guest data lies, if not in `store`. */
  constructor(
    readonly store: Store,
    readonly dataStore: Store,
    readonly readOnly: boolean,
    private readonly cacheMode: CacheMode,
    header: Qcow2Header,
    private readonly cluster: Uint8Array,
  ) {
    this.parsed = header;
    this.size = header.size;
    this.geometry = geometryOf(header);
  }

  get name(): string {
    return this.store.name;
  }

  get header(): Qcow2Header {
    return this.parsed;
  }

  get externalData(): boolean {
    return this.dataStore !== this.store;
  }

  /** Metadata. */
  async write(at: number, bytes: Uint8Array): Promise<void> {
    this.mustBeWritable();
    await this.changing(this.store, () => this.store.write(at, bytes));
  }

  /** Guest data, at an offset of the data store. */
  async writeData(at: number, bytes: Uint8Array): Promise<void> {
    this.mustBeWritable();
    if (!this.externalData) this.refuseMetadata(at, bytes.length);
    await this.changing(this.dataStore, () => this.dataStore.write(at, bytes));
  }

  /** The same at once, if the store can do that: true if it was done. */
  writeDataNow(at: number, bytes: Uint8Array): boolean {
    this.mustBeWritable();
    if (!this.externalData) this.refuseMetadata(at, bytes.length);
    this.unflushed.add(this.dataStore);
    return this.dataStore.writeNow?.(at, bytes) ?? false;
  }

  /** Make guest data's place read as zeros, if the data store can have holes. */
  async punchData(at: number, length: number): Promise<boolean> {
    const { dataStore } = this;
    if (dataStore.punch === undefined) return false;
    this.mustBeWritable();
    await this.changing(dataStore, async () => dataStore.punch?.(at, length));
    return true;
  }

  /** What was written before is on the host's storage before what is written from now on. */
  async barrier(): Promise<void> {
    if (this.cacheMode !== "unsafe") await this.sync();
  }

  /** Change the header's fields in one write, and what `header` says. Bytes that have no field stay as they are. */
  async patchHeader(from: number, to: number, change: (view: DataView) => void): Promise<void> {
    const cluster = this.cluster.slice();
    change(viewOf(cluster));
    parseHeader(this.store, cluster);
    await this.write(from, cluster.subarray(from, to));
    // Other fields may have been changed meanwhile.
    change(viewOf(this.cluster));
    this.parsed = parseHeader(this.store, this.cluster);
  }

  /** Make another first cluster from this one. The header in it is of the same geometry. */
  async replaceHeader(change: (cluster: Uint8Array) => Uint8Array): Promise<void> {
    const cluster = change(this.cluster);
    const header = parseHeader(this.store, cluster);
    await this.write(0, cluster);
    this.cluster.set(cluster);
    this.parsed = header;
  }

  async setIncompatible(bit: bigint, on: boolean): Promise<void> {
    if (((this.header.incompatible & bit) !== 0n) === on) return;
    await this.patchHeader(FIELD.incompatible, FIELD.compatible, (view) => {
      const now = view.getBigUint64(FIELD.incompatible);
      view.setBigUint64(FIELD.incompatible, on ? now | bit : now & ~bit);
    });
    await this.barrier();
  }

  /** Another active L1 table, and perhaps another size of the disk with it. */
  async setL1(entries: number, offset: number, diskSize: number): Promise<void> {
    this.size = diskSize;
    await this.patchHeader(FIELD.size, FIELD.refcountTableOffset, (view) => {
      setU64(view, FIELD.size, diskSize);
      view.setUint32(FIELD.l1Size, entries);
      setU64(view, FIELD.l1Offset, offset);
    });
  }

  async setRefcountTable(offset: number, clusters: number): Promise<void> {
    await this.patchHeader(FIELD.refcountTableOffset, FIELD.snapshotCount, (view) => {
      setU64(view, FIELD.refcountTableOffset, offset);
      view.setUint32(FIELD.refcountTableClusters, clusters);
    });
  }

  /** All in one write, which no crash divides: a disk writes sectors whole. */
  async setTables(to: HeaderTables): Promise<void> {
    await this.patchHeader(FIELD.l1Size, FIELD.incompatible, (view) => {
      view.setUint32(FIELD.l1Size, to.l1Size);
      setU64(view, FIELD.l1Offset, to.l1Offset);
      setU64(view, FIELD.refcountTableOffset, to.refcountTableOffset);
      view.setUint32(FIELD.refcountTableClusters, to.refcountTableClusters);
      view.setUint32(FIELD.snapshotCount, to.snapshotCount);
      setU64(view, FIELD.snapshotsOffset, to.snapshotsOffset);
    });
  }

  async setSize(size: number): Promise<void> {
    await this.patchHeader(FIELD.size, FIELD.cryptMethod, (view) => setU64(view, FIELD.size, size));
    this.size = size;
  }

  /** Mark the image corrupt, so that nobody writes to it any more, and give what to throw. */
  async corrupt(what: string): Promise<BlockError> {
    const first = this.broken === undefined;
    if (first && !this.readOnly && this.header.version === 3) {
      // The mark is all that can still be saved: if it can not be written, what is thrown says the same.
      await this.setIncompatible(INCOMPATIBLE.corrupt, true).catch(() => {});
    }
    this.broken ??= what;
    return new BlockError(`${this.name} is corrupt: ${what}`, "corrupt");
  }

  mustBeWritable(): void {
    if (this.readOnly) throw new BlockError(`${this.name} is read-only`, "read-only");
    if (this.broken !== undefined) throw new BlockError(`${this.name} is corrupt and not written to: ${this.broken}`, "corrupt");
  }

  /** A cluster that metadata points to: throws for one that can not be there. */
  async mustBeCluster(offset: number, what: string): Promise<void> {
    const good = Number.isSafeInteger(offset) && offset > 0 && offset % this.geometry.clusterSize === 0 && offset < this.store.size;
    if (!good) throw await this.corrupt(`${what} should lie at ${offset}, where no cluster is`);
    const hit = this.metadataAt(offset, this.geometry.clusterSize);
    if (hit !== undefined) throw await this.corrupt(`${what} should lie at ${offset}, where ${hit} is`);
  }

  /** What of the metadata that is always there lies in a range of the store. */
  metadataAt(at: number, length: number): string | undefined {
    const { l1Offset, l1Size, refcountTableOffset, refcountTableClusters } = this.header;
    const { clusterSize } = this.geometry;
    const meets = (offset: number, size: number) => at < offset + size && offset < at + length;
    if (meets(0, clusterSize)) return "the header";
    if (meets(l1Offset, l1Size * 8)) return "the L1 table";
    return meets(refcountTableOffset, refcountTableClusters * clusterSize) ? "the refcount table" : undefined;
  }

  /** What holds clusters of metadata in memory: guest data is not written over those. */
  watch(tables: { has(offset: number): boolean }, what: string): void {
    this.watched.push({ tables, what });
  }

  private refuseMetadata(at: number, length: number): void {
    const hit = this.metadataAt(at, length) ?? this.watchedAt(at, length);
    if (hit === undefined) return;
    this.broken = `guest data would be written over ${hit}`;
    this.mustBeWritable();
  }

  /** Until it has ended, a flush of the store may miss it. */
  private async changing(store: Store, change: () => Promise<void>): Promise<void> {
    try {
      await change();
    } finally {
      this.unflushed.add(store);
    }
  }

  private watchedAt(at: number, length: number): string | undefined {
    const { clusterSize } = this.geometry;
    for (let offset = Math.floor(at / clusterSize) * clusterSize; offset < at + length; offset += clusterSize) {
      for (const { tables, what } of this.watched) if (tables.has(offset)) return what;
    }
    return undefined;
  }

  /** Everything written so far survives a crash of the host. What another flush has under way is waited for. */
  private async sync(): Promise<void> {
    while (this.syncing !== undefined) await this.syncing.catch(() => {});
    if (this.unflushed.size === 0) return;
    this.syncing = this.flushStores().finally(() => {
      this.syncing = undefined;
    });
    await this.syncing;
  }

  private async flushStores(): Promise<void> {
    const stores = [...this.unflushed];
    this.unflushed.clear();
    try {
      await Promise.all(stores.map((store) => store.flush()));
    } catch (error) {
      for (const store of stores) this.unflushed.add(store);
      throw error;
    }
  }
}

/** An array of offsets of 64 bits that lies in a store, held in memory: the L1 table, the refcount table. */
export class OffsetTable {
  readonly view: DataView;

  constructor(
    readonly offset: number,
    readonly bytes: Uint8Array,
    /** Bits of an entry's high half that are of its offset. */
    private readonly highMask = 0xffff_ffff,
  ) {
    this.view = viewOf(bytes);
  }

  get length(): number {
    return this.bytes.length / 8;
  }

  /** Bits 9 and up: the rest is reserved. */
  get(index: number): number {
    return maskedOffset(this.view.getUint32(index * 8), this.view.getUint32(index * 8 + 4), this.highMask, 9);
  }

  /** Change one entry, in the store and then here. */
  async set(file: ImageFile, index: number, offset: number, flags = 0): Promise<void> {
    const entry = new Uint8Array(8);
    setU64(viewOf(entry), 0, offset);
    viewOf(entry).setUint32(0, (viewOf(entry).getUint32(0) | flags) >>> 0);
    await file.write(this.offset + index * 8, entry);
    this.bytes.set(entry, index * 8);
  }
}
