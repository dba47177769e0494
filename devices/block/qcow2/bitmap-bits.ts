// The bits of persistent bitmaps. Source: qcow2.rst, "Bitmap table" and "Bitmap data": bit n, from the lowest of the first byte on, stands for the n-th
// piece of the disk.
import { BlockError } from "../store.js";
import { maskedOffset, setU64, viewOf } from "./big-endian.js";
import type { BitmapEntry } from "./bitmaps.js";
import type { ImageFile } from "./image-file.js";
import { OFFSET_HIGH } from "./l2-entry.js";

/** Of an entry that leads nowhere: its bits are all set. */
const ALL_ONES = 1;
const OFFSET_LOW_BITS = 9;

/** Bytes that the bits of a disk take. */
export function bitmapBytes(diskSize: number, granularity: number): number {
  return Math.ceil(Math.ceil(diskSize / granularity) / 8);
}

/** Entries of a bitmap's table. */
export function tableEntriesFor(diskSize: number, granularity: number, clusterSize: number): number {
  return Math.ceil(bitmapBytes(diskSize, granularity) / clusterSize);
}

async function readTable({ store }: ImageFile, { tableOffset, tableEntries }: BitmapEntry): Promise<DataView> {
  const bytes = new Uint8Array(8 * tableEntries);
  await store.read(tableOffset, bytes);
  return viewOf(bytes);
}

const clusterAt = (table: DataView, index: number) =>
  maskedOffset(table.getUint32(8 * index), table.getUint32(8 * index + 4), OFFSET_HIGH, OFFSET_LOW_BITS);

/** Rejects with a BlockError for a table that does not fit the disk. */
export async function readBits(file: ImageFile, entry: BitmapEntry): Promise<Uint8Array> {
  const { clusterSize } = file.geometry;
  const bits = new Uint8Array(bitmapBytes(file.size, entry.granularity));
  if (entry.tableEntries !== Math.ceil(bits.length / clusterSize)) {
    throw new BlockError(`${file.name}: the bitmap '${entry.name}' is not of this disk's size`, "corrupt");
  }
  const table = await readTable(file, entry);
  for (let i = 0; i < entry.tableEntries; i++) {
    const part = bits.subarray(i * clusterSize, (i + 1) * clusterSize);
    const cluster = clusterAt(table, i);
    if (cluster !== 0) await file.store.read(cluster, part);
    else if (table.getUint32(8 * i + 4) & ALL_ONES) part.fill(0xff);
  }
  return bits;
}

/** Where a bitmap has its table and its bits. */
export async function clustersOf(file: ImageFile, entry: BitmapEntry): Promise<{ readonly offset: number; readonly length: number }[]> {
  const ranges = [{ offset: entry.tableOffset, length: 8 * entry.tableEntries }];
  const table = await readTable(file, entry);
  for (let i = 0; i < entry.tableEntries; i++) {
    const offset = clusterAt(table, i);
    if (offset !== 0) ranges.push({ offset, length: file.geometry.clusterSize });
  }
  return ranges;
}

/** Bits in new clusters, by what `write` makes of bytes; those that are all clear take none. Returns the table's place. */
export async function writeBits(
  { geometry: { clusterSize } }: ImageFile,
  bits: Uint8Array,
  write: (bytes: Uint8Array) => Promise<number>,
): Promise<Pick<BitmapEntry, "tableOffset" | "tableEntries">> {
  const tableEntries = Math.ceil(bits.length / clusterSize);
  const table = viewOf(new Uint8Array(8 * tableEntries));
  for (let i = 0; i < tableEntries; i++) {
    const part = bits.subarray(i * clusterSize, (i + 1) * clusterSize);
    if (part.some((byte) => byte !== 0)) setU64(table, 8 * i, await write(part));
  }
  return { tableOffset: await write(new Uint8Array(table.buffer)), tableEntries };
}

/** What is set in `from` is set in `into`, for as much of a disk of `diskSize` bytes as a bit of each stands for. */
export function mergeBits(diskSize: number, into: Uint8Array, granularity: number, from: Uint8Array, fromGranularity: number): void {
  const count = Math.ceil(diskSize / fromGranularity);
  for (let bit = 0; bit < count; bit++) {
    if (bit % 8 === 0 && from[bit >> 3] === 0) bit += 7;
    else if (((from[bit >> 3]! >> (bit & 7)) & 1) !== 0) {
      const end = Math.min(diskSize, (bit + 1) * fromGranularity);
      const last = Math.ceil(end / granularity);
      for (let to = Math.floor((bit * fromGranularity) / granularity); to < last; to++) into[to >> 3]! |= 1 << (to & 7);
    }
  }
}
