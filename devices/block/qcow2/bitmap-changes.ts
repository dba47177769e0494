// Persistent bitmaps added, removed and changed. Source: qcow2.rst, "Bitmaps".
//
// Order on the store: what is new is written beside what is there, then one write of the header leads to it, and what was there goes. The header does not
// vouch for bitmaps meanwhile. So a crash leaves bitmaps that do not count, and leaks.
import { strToU8 } from "fflate";
import { BlockError } from "../store.js";
import { viewOf } from "./big-endian.js";
import { clustersOf, mergeBits, readBits, tableEntriesFor, writeBits } from "./bitmap-bits.js";
import {
  type BitmapEntry,
  type DirectoryPlace,
  directoryExtension,
  encodeDirectory,
  LONGEST_NAME,
  MAX_BITMAPS,
  readDirectory,
} from "./bitmaps.js";
import { AUTOCLEAR, EXTENSION, FIELD } from "./header.js";
import { changeHeader } from "./header-write.js";
import type { Qcow2Image } from "./qcow2-image.js";

const LEAST_GRANULARITY = 512;
const MOST_GRANULARITY = 2 ** 31;
/** QEMU's bounds for the granularity that nobody chose: that of clusters, between these. */
const USUAL_LEAST = 4096;
const USUAL_MOST = 65536;
/** QEMU's limit: bytes of a bitmap. */
const MAX_BYTES = 0x2000_0000;

export interface NewBitmap {
  readonly name: string;
  /** Bytes; a power of two. */
  readonly granularity?: number | undefined;
}

export class Bitmaps {
  private constructor(
    private readonly image: Qcow2Image,
    private entries: readonly BitmapEntry[],
  ) {}

  /** Rejects with a BlockError. */
  static async open(image: Qcow2Image): Promise<Bitmaps> {
    return new Bitmaps(image, (await readDirectory(image.file.store, image.file.header)).entries);
  }

  /** An image of version 2 can have none. */
  get canHaveSome(): boolean {
    return this.image.file.header.version === 3;
  }

  get list(): readonly BitmapEntry[] {
    return this.entries;
  }

  /** It records what is written from now on: for who keeps bitmaps up to date. Rejects with a BlockError. */
  async add({ name, granularity = this.usualGranularity }: NewBitmap): Promise<void> {
    const { file } = this.image;
    if (name === "") throw refusal("Bitmap name cannot be empty");
    if (!Number.isInteger(Math.log2(granularity)) || granularity < LEAST_GRANULARITY || granularity > MOST_GRANULARITY)
      throw refusal("Granularity must be power of 2 and at least 512");
    if (this.entries.some((entry) => entry.name === name)) throw refusal(`Bitmap already exists: ${name}`);
    const problem = this.problemWith(name, granularity);
    if (problem !== undefined) throw refusal(`Can't make bitmap '${name}' persistent in '${file.name}': ${problem}`);
    const tableEntries = tableEntriesFor(file.size, granularity, file.geometry.clusterSize);
    const entry = { name, granularity, inUse: false, auto: true, tableOffset: 0, tableEntries, extra: new Uint8Array(0), otherFlags: 0 };
    await this.change(async (write) => [...this.entries, { ...entry, tableOffset: await write(new Uint8Array(8 * tableEntries)) }]);
  }

  async remove(name: string): Promise<void> {
    const entry = this.found(name);
    await this.change(async () => this.entries.filter((other) => other !== entry));
  }

  /** None of its bits is set. */
  async clear(name: string): Promise<void> {
    const entry = this.usable(name);
    await this.replace(entry, async (write) => ({ tableOffset: await write(new Uint8Array(8 * entry.tableEntries)) }));
  }

  /** Whether it records what is written. */
  async enable(name: string, auto: boolean): Promise<void> {
    const entry = this.usable(name);
    if (entry.auto !== auto) await this.replace(entry, async () => ({ auto }));
  }

  /** What is set in a bitmap of `source` is set in this one too. */
  async merge(name: string, source: Bitmaps, sourceName: string): Promise<void> {
    const { file } = this.image;
    const entry = this.usable(name);
    const other = source.usable(sourceName);
    const { file: from } = source.image;
    if (from.size !== file.size) {
      const sizes = `(destination size is ${file.size}, source size is ${from.size})`;
      throw refusal(`Bitmaps are of different sizes ${sizes} and can't be merged`);
    }
    const bits = await readBits(file, entry);
    mergeBits(file.size, bits, entry.granularity, await readBits(from, other), other.granularity);
    await this.replace(entry, (write) => writeBits(file, bits, write));
  }

  private get usualGranularity(): number {
    return Math.min(USUAL_MOST, Math.max(USUAL_LEAST, this.image.file.geometry.clusterSize));
  }

  /** Why there can be no such bitmap. */
  private problemWith(name: string, granularity: number): string | undefined {
    const { file } = this.image;
    if (!this.canHaveSome) return "Cannot store dirty bitmaps in qcow2 v2 files";
    if (strToU8(name).length > LONGEST_NAME) return `Name length exceeds maximum (${LONGEST_NAME} characters)`;
    if (this.entries.length >= MAX_BITMAPS) return "Maximum number of persistent bitmaps is already reached";
    return file.size / granularity / 8 > MAX_BYTES ? "Too much space will be occupied by the bitmap. Use larger granularity" : undefined;
  }

  private found(name: string): BitmapEntry {
    const entry = this.entries.find((known) => known.name === name);
    if (!entry) throw refusal(`Dirty bitmap '${name}' not found`);
    return entry;
  }

  private usable(name: string): BitmapEntry {
    const entry = this.found(name);
    if (entry.inUse) throw refusal(`Bitmap '${name}' is inconsistent and cannot be used`);
    return entry;
  }

  private async replace(entry: BitmapEntry, next: (write: Write) => Promise<Partial<BitmapEntry>>): Promise<void> {
    await this.change(async (write) => {
      const changed = { ...entry, ...(await next(write)) };
      return this.entries.map((other) => (other === entry ? changed : other));
    });
  }

  /** Other entries: what they lead to is written, then the header leads to them, and what nothing leads to any more goes. */
  private async change(next: (write: Write) => Promise<readonly BitmapEntry[]>): Promise<void> {
    const { image } = this;
    const { file, refcounts } = image;
    const { place: old } = await readDirectory(file.store, file.header);
    await image.alone(async () => {
      const { clusterSize } = file.geometry;
      const write = async (bytes: Uint8Array) => {
        if (bytes.length === 0) return 0;
        const count = Math.ceil(bytes.length / clusterSize);
        const { offset } = await refcounts.allocate(count);
        const whole = new Uint8Array(count * clusterSize);
        whole.set(bytes);
        await file.write(offset, whole);
        return offset;
      };
      const entries = await this.orAsBefore(old, () => next(write));
      const gone = this.entries.filter((entry) => !entries.some(({ tableOffset }) => tableOffset === entry.tableOffset));
      const ranges = (await Promise.all(gone.map((entry) => clustersOf(file, entry)))).flat();
      const directory = encodeDirectory(entries);
      const offset = await write(directory);
      await image.settleNow();
      await refcounts.flush();
      await file.barrier();
      await this.lead(entries, { offset, length: directory.length });
      for (const range of [...ranges, old]) if (range.length > 0) refcounts.release(range.offset, range.length);
      this.entries = entries;
    });
    await image.flush();
  }

  /** Where that fails, the header vouches for what it did. */
  private async orAsBefore<T>(old: DirectoryPlace, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (this.entries.length > 0) await this.lead(this.entries, old);
      throw error;
    }
  }

  private async lead(entries: readonly BitmapEntry[], place: DirectoryPlace): Promise<void> {
    const { file } = this.image;
    const others = file.header.extensions.filter(({ type }) => type !== EXTENSION.bitmaps);
    const vouched = entries.length === 0 ? 0n : AUTOCLEAR.bitmaps;
    const fields = (now: Uint8Array) => {
      const view = viewOf(now);
      view.setBigUint64(FIELD.autoclear, (view.getBigUint64(FIELD.autoclear) & ~AUTOCLEAR.bitmaps) | vouched);
      return now;
    };
    await changeHeader(file, fields, entries.length === 0 ? others : [directoryExtension(entries.length, place), ...others]);
    await file.barrier();
    this.image.prepareAgain();
  }
}

type Write = (bytes: Uint8Array) => Promise<number>;

function refusal(what: string): BlockError {
  return new BlockError(what, "unsupported");
}
