// An L2 entry, decoded. Source: qcow2.rst, "Cluster mapping", "Extended L2 Entries". An image without extended L2 entries has one subcluster in each
// cluster here: so its zero bit and the bitmaps of extended entries are one thing to everybody else.
import { maskedOffset } from "./big-endian.js";
import type { Geometry } from "./geometry.js";

/** Bits of the high half of an L1 or L2 entry. */
export const COPIED = 0x8000_0000;
const COMPRESSED = 0x4000_0000;
export const OFFSET_HIGH = 0x00ff_ffff;
const OFFSET_LOW_BITS = 9;
const ZERO = 1;
const SECTOR = 512;

export interface StandardEntry {
  readonly kind: "standard";
  /** Of the data store. */
  readonly host: number | undefined;
  /** The host cluster's refcount is one. */
  readonly copied: boolean;
  /** Subclusters whose data is in the host cluster, one bit each. */
  readonly allocated: number;
  /** Subclusters that read as zeros; the rest is the backing image's. */
  readonly zero: number;
}

export interface CompressedEntry {
  readonly kind: "compressed";
  /** Where the compressed data begins, at any byte. */
  readonly host: number;
  /** Bytes up to the end of its last sector. */
  readonly length: number;
}

export type L2Entry = StandardEntry | CompressedEntry;

export const UNALLOCATED: StandardEntry = { kind: "standard", host: undefined, copied: false, allocated: 0, zero: 0 };

export function isUnallocated(entry: L2Entry): boolean {
  return entry.kind === "standard" && entry.host === undefined && entry.zero === 0;
}

/** `externalData`: host offset 0 can hold guest data. Throws nothing: an offset that can not be is the caller's to see. */
export function readL2Entry(view: DataView, index: number, geometry: Geometry, externalData: boolean): L2Entry {
  const at = index * geometry.l2EntrySize;
  const high = view.getUint32(at);
  const low = view.getUint32(at + 4);
  if ((high & COMPRESSED) !== 0) return readCompressed(high, low, geometry);
  const copied = (high & COPIED) !== 0;
  const offset = maskedOffset(high, low, OFFSET_HIGH, OFFSET_LOW_BITS);
  const host = offset !== 0 || (copied && externalData) ? offset : undefined;
  if (geometry.subclusters > 1) {
    return { kind: "standard", host, copied, zero: view.getUint32(at + 8), allocated: view.getUint32(at + 12) };
  }
  const zero = low & ZERO;
  return { kind: "standard", host, copied, zero, allocated: host !== undefined && zero === 0 ? 1 : 0 };
}

/** Say of a standard entry whether its host cluster's refcount is one. */
export function setCopied(view: DataView, index: number, { l2EntrySize }: Geometry, copied: boolean): void {
  const high = view.getUint32(index * l2EntrySize);
  view.setUint32(index * l2EntrySize, (copied ? high | COPIED : high & ~COPIED) >>> 0);
}

export function writeL2Entry(view: DataView, index: number, geometry: Geometry, entry: L2Entry): void {
  const at = index * geometry.l2EntrySize;
  if (entry.kind === "compressed") writeCompressed(view, at, geometry, entry);
  else {
    const host = entry.host ?? 0;
    const zero = geometry.subclusters === 1 ? entry.zero : 0;
    view.setUint32(at, Math.floor(host / 2 ** 32) + (entry.copied ? COPIED : 0));
    view.setUint32(at + 4, ((host % 2 ** 32) | zero) >>> 0);
  }
  if (geometry.subclusters === 1) return;
  view.setUint32(at + 8, entry.kind === "compressed" ? 0 : entry.zero);
  view.setUint32(at + 12, entry.kind === "compressed" ? 0 : entry.allocated);
}

/** Bits of the high half that say where compressed data lies: "x = 62 - (cluster_bits - 8)". */
function compressedOffsetBits({ clusterBits }: Geometry): number {
  return 62 - (clusterBits - 8) - 32;
}

/** No compressed cluster may end behind this byte of the store. */
export function compressedLimit(geometry: Geometry): number {
  return Math.min(2 ** 53, 2 ** (compressedOffsetBits(geometry) + 32));
}

function readCompressed(high: number, low: number, geometry: Geometry): CompressedEntry {
  const bits = compressedOffsetBits(geometry);
  const descriptor = high & 0x3fff_ffff;
  const host = (descriptor & (2 ** bits - 1)) * 2 ** 32 + low;
  const sectors = (descriptor >>> bits) + 1;
  return { kind: "compressed", host, length: sectors * SECTOR - (host % SECTOR) };
}

function writeCompressed(view: DataView, at: number, geometry: Geometry, { host, length }: CompressedEntry): void {
  const sectors = Math.ceil(((host % SECTOR) + length) / SECTOR) - 1;
  view.setUint32(at, (COMPRESSED | (sectors << compressedOffsetBits(geometry)) | Math.floor(host / 2 ** 32)) >>> 0);
  view.setUint32(at + 4, host % 2 ** 32);
}
