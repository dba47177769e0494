// Sizes that follow from a header.
import type { Qcow2Header } from "./header.js";

export const SUBCLUSTERS = 32;

export interface Geometry {
  readonly clusterBits: number;
  readonly clusterSize: number;
  /** Bytes of an L2 entry: 8, or 16 with extended L2 entries. */
  readonly l2EntrySize: number;
  readonly l2Entries: number;
  /** Per cluster: 32 with extended L2 entries, else 1. */
  readonly subclusters: number;
  readonly subclusterSize: number;
  /** All of a cluster's subclusters, as a mask. */
  readonly allSubclusters: number;
  readonly refcountBits: number;
  /** Refcounts in a refcount block. */
  readonly refcountBlockEntries: number;
  /** Guest bytes that an L2 table maps. */
  readonly l2Reach: number;
}

type Shape = Pick<Qcow2Header, "clusterBits" | "extendedL2" | "refcountOrder">;

export function geometryOf({ clusterBits, extendedL2, refcountOrder }: Shape): Geometry {
  const clusterSize = 2 ** clusterBits;
  const l2EntrySize = extendedL2 ? 16 : 8;
  const l2Entries = clusterSize / l2EntrySize;
  const subclusters = extendedL2 ? SUBCLUSTERS : 1;
  return {
    clusterBits,
    clusterSize,
    l2EntrySize,
    l2Entries,
    subclusters,
    subclusterSize: clusterSize / subclusters,
    allSubclusters: extendedL2 ? 0xffff_ffff : 1,
    refcountBits: 2 ** refcountOrder,
    refcountBlockEntries: (clusterSize * 8) / 2 ** refcountOrder,
    l2Reach: l2Entries * clusterSize,
  };
}

/** Entries of the L1 table that a disk of `size` bytes needs. */
export function l1EntriesFor(size: number, geometry: Pick<Geometry, "l2Reach">): number {
  return Math.ceil(size / geometry.l2Reach);
}
