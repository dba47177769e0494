// How large a file an image will need: what `qemu-img measure` tells. Sizes are bytes.
import { strToU8 } from "fflate";
import type { Image } from "../image.js";
import { extents } from "./extents.js";

export interface Qcow2Layout {
  readonly clusterSize: number;
  readonly refcountBits: number;
  readonly extendedL2: boolean;
}

export interface Bitmap {
  readonly name: string;
  readonly granularity: number;
}

const ceil = (value: number, step: number) => Math.ceil(value / step) * step;

/** Of the first-level table: what the format's specification and QEMU allow. */
const MAX_L1_BYTES = 32 * 2 ** 20;

/** Refcount blocks and their table, for `clusters` others and themselves. */
function refcountBytes(clusters: number, { clusterSize, refcountBits }: Qcow2Layout): number {
  const perBlock = (clusterSize * 8) / refcountBits;
  const perTableCluster = clusterSize / 8;
  let [blocks, table] = [0, 0];
  for (;;) {
    const needed = Math.ceil((clusters + blocks + table) / perBlock);
    const tableNeeded = Math.ceil(needed / perTableCluster);
    if (needed === blocks && tableNeeded === table) return (blocks + table) * clusterSize;
    [blocks, table] = [needed, tableNeeded];
  }
}

const l2EntryBytes = ({ extendedL2 }: Qcow2Layout) => (extendedL2 ? 16 : 8);

/** A disk of `size` bytes with all of its clusters allocated; undefined: its tables would be larger than the format can have. */
export function qcow2Size(size: number, layout: Qcow2Layout): number | undefined {
  const { clusterSize } = layout;
  const data = ceil(size, clusterSize);
  const l2 = ceil((data / clusterSize) * l2EntryBytes(layout), clusterSize);
  const l1 = ceil((l2 / clusterSize) * 8, clusterSize);
  if ((l2 / clusterSize) * 8 > MAX_L1_BYTES) return undefined;
  const others = clusterSize + l2 + l1 + data;
  return others + refcountBytes(others / clusterSize, layout);
}

/** Of the clusters that a copy of `image` needs. */
export async function allocatedClusters(image: Image, clusterSize: number): Promise<number> {
  let bytes = 0;
  /** End of the last cluster that was counted. */
  let counted = 0;
  for await (const { at, length, zero, data } of extents(image)) {
    if (zero || !data) continue;
    const start = Math.max(counted, at - (at % clusterSize));
    const end = ceil(at + length, clusterSize);
    bytes += Math.max(0, end - start);
    counted = Math.max(counted, end);
  }
  return bytes;
}

/** Bitmaps of a disk of `size` bytes: directory, tables, and bits, as if all were stored. */
export function bitmapBytes(bitmaps: readonly Bitmap[], size: number, clusterSize: number): number {
  if (bitmaps.length === 0) return 0;
  let [bytes, directory] = [0, 0];
  for (const { name, granularity } of bitmaps) {
    const clusters = Math.ceil(Math.ceil(Math.ceil(size / granularity) / 8) / clusterSize);
    bytes += clusters * clusterSize + ceil(clusters * 8, clusterSize);
    // An entry of the directory: 24 bytes and the name, padded to 8.
    directory += ceil(24 + strToU8(name).length, 8);
  }
  return bytes + ceil(directory, clusterSize);
}
