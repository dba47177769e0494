// What all parts of a check share: the image, what it may repair, and what was found.
import { BlockError, type Store } from "../../store.js";
import { maskedOffset, viewOf } from "../big-endian.js";
import { type Geometry, geometryOf } from "../geometry.js";
import type { Qcow2Header } from "../header.js";

/** As `qemu-img check -r` names it. */
export type Repair = "none" | "leaks" | "all";

/** What `qemu-img check` counts; its JSON has the same names, in other letters. */
export interface CheckResult {
  readonly filename: string;
  readonly format: string;
  /** What could not be looked at. */
  checkErrors: number;
  /** Clusters that nothing refers to any more: they only take room. */
  leaks: number;
  /** What can lose data. */
  corruptions: number;
  leaksFixed: number;
  corruptionsFixed: number;
  /** Bytes of the store up to the last cluster in use. */
  imageEndOffset: number;
  /** Of the guest's disk. */
  totalClusters: number;
  allocatedClusters: number;
  fragmentedClusters: number;
  compressedClusters: number;
}

export function newResult(filename: string): CheckResult {
  return {
    filename,
    format: "qcow2",
    checkErrors: 0,
    leaks: 0,
    corruptions: 0,
    leaksFixed: 0,
    corruptionsFixed: 0,
    imageEndOffset: 0,
    totalClusters: 0,
    allocatedClusters: 0,
    fragmentedClusters: 0,
    compressedClusters: 0,
  };
}

/** Sentences about what is wrong: of a broken table each entry can be. */
const MOST_TOLD = 10_000;
/** Offsets in files have 63 bits. */
const END_OF_OFFSETS = 2 ** 63;

/** Where refcount table and blocks lie. */
export interface RefcountPlaces {
  readonly offset: number;
  readonly clusters: number;
  readonly blockOffsets: ReadonlySet<number>;
}

export class CheckContext {
  readonly geometry: Geometry;
  readonly hasDataFile: boolean;
  private told = 0;

  constructor(
    readonly store: Store,
    readonly header: Qcow2Header,
    readonly result: CheckResult,
    readonly repair: Repair,
    private readonly say: (line: string) => void,
  ) {
    this.geometry = geometryOf(header);
    this.hasDataFile = header.dataFileName !== undefined;
  }

  get clusterSize(): number {
    return this.geometry.clusterSize;
  }

  /** Clusters that the store holds, the last perhaps not wholly. */
  get storeClusters(): number {
    return Math.ceil(this.store.size / this.clusterSize);
  }

  get fixesErrors(): boolean {
    return this.repair === "all";
  }

  /** An L2 table may be written there: it is no place of another table. */
  mayBeL2(offset: number, { offset: table, clusters, blockOffsets }: RefcountPlaces): boolean {
    const { header, clusterSize, store } = this;
    const within = (start: number, length: number) => start <= offset && offset < start + length;
    const isElse =
      within(0, clusterSize) ||
      within(header.l1Offset, header.l1Size * 8) ||
      within(table, clusters * clusterSize) ||
      (header.snapshotCount > 0 && within(header.snapshotsOffset, clusterSize)) ||
      blockOffsets.has(offset);
    return !isElse && offset % clusterSize === 0 && offset < store.size;
  }

  /** A sentence for each thing that is wrong, as long as they are not too many. */
  tell(line: string): void {
    this.told++;
    if (this.told <= MOST_TOLD) this.say(line);
    else if (this.told === MOST_TOLD + 1) this.say(`There is more than these ${MOST_TOLD} lines say: the rest is only counted`);
  }

  /** `times`: it is met so often. */
  corruption(text: string, times = 1): void {
    this.result.corruptions += times;
    this.tell(times === 1 ? `ERROR ${text}` : `ERROR ${text} (${times} times)`);
  }

  /** One that has been put right. */
  repaired(text: string): void {
    this.result.corruptionsFixed++;
    this.tell(`Repairing ${text}`);
  }

  /** Undefined: it can not be read, which is counted. */
  async attempt(what: string, at: number, read: () => Promise<DataView>): Promise<DataView | undefined> {
    try {
      return await read();
    } catch (error) {
      this.result.checkErrors++;
      this.tell(`ERROR ${what} at ${hex(at)} can not be read: ${error instanceof Error ? error.message : error}`);
      return undefined;
    }
  }

  /** A table of entries of 8 bytes, without those behind the store's end, which are zeros. Rejects with a BlockError. */
  async readEntries(at: number, entries: number): Promise<DataView> {
    return this.read(at, 8 * Math.min(entries, Math.max(0, Math.ceil((this.store.size - at) / 8))));
  }

  /** Behind the store's end all is zeros, at any offset that an image can have. Rejects with a BlockError. */
  async read(at: number, length: number): Promise<DataView> {
    if (at >= END_OF_OFFSETS) throw new BlockError(`${this.store.name} has nothing at ${hex(at)}`);
    const bytes = new Uint8Array(length);
    if (at < this.store.size) await this.store.read(at, bytes);
    return viewOf(bytes);
  }
}

/** The offset in an entry of an L1 table, or of a bitmap's table. */
export const offsetOf = (high: number, low: number) => maskedOffset(high, low, 0x00ff_ffff, 9);

export const hex = (value: number | bigint) => `0x${value.toString(16)}`;
