// Counts who refers to an image's clusters and compares that with its refcounts, from the store's bytes alone: a judge for tests that shares nothing but
// the header's parser and the entries' layouts with what it judges. Internal snapshots are not looked at.
import { getU64, viewOf } from "../qcow2/big-endian.js";
import { geometryOf } from "../qcow2/geometry.js";
import { readHeader } from "../qcow2/header.js";
import { readL2Entry } from "../qcow2/l2-entry.js";
import { getRefcount } from "../qcow2/refcount-entries.js";
import type { Store } from "../store.js";

export interface ReferenceCount {
  /** Clusters that are used more often than counted, or marked as used once and are not. */
  readonly corruptions: string[];
  /** Clusters that are counted more often than used. */
  readonly leaks: number;
}

export async function countReferences(store: Store): Promise<ReferenceCount> {
  const { header } = await readHeader(store);
  const geometry = geometryOf(header);
  const { clusterSize, refcountBlockEntries, refcountBits } = geometry;
  const bytes = new Uint8Array(Math.ceil(store.size / clusterSize + 1) * clusterSize);
  await store.read(0, bytes);
  const references = new Map<number, number>();
  const corruptions: string[] = [];
  const refer = (offset: number, length: number, what: string) => {
    if (offset >= bytes.length) corruptions.push(`${what} at ${offset} is beyond the end`);
    for (let cluster = Math.floor(offset / clusterSize); cluster * clusterSize < offset + length; cluster++) {
      references.set(cluster, (references.get(cluster) ?? 0) + 1);
    }
  };
  const table = (offset: number) => viewOf(bytes.subarray(offset, offset + clusterSize));

  refer(0, clusterSize, "the header");
  refer(header.l1Offset, header.l1Size * 8, "the L1 table");
  refer(header.refcountTableOffset, header.refcountTableClusters * clusterSize, "the refcount table");
  const blocks: number[] = [];
  for (let index = 0; index < (header.refcountTableClusters * clusterSize) / 8; index++) {
    const offset = getU64(viewOf(bytes), header.refcountTableOffset + index * 8);
    blocks.push(offset);
    if (offset !== 0) refer(offset, clusterSize, "a refcount block");
  }
  const copied: number[] = [];
  for (let index = 0; index < header.l1Size; index++) {
    const high = viewOf(bytes).getUint32(header.l1Offset + index * 8);
    const offset = (high & 0xff_ffff) * 2 ** 32 + viewOf(bytes).getUint32(header.l1Offset + index * 8 + 4);
    if (offset === 0) continue;
    refer(offset, clusterSize, "an L2 table");
    if (high >= 0x8000_0000) copied.push(offset / clusterSize);
    for (let entry = 0; entry < geometry.l2Entries && offset < bytes.length; entry++) {
      const { host, kind, ...rest } = readL2Entry(table(offset), entry, geometry, header.dataFileName !== undefined);
      if (host === undefined || header.dataFileName !== undefined) continue;
      refer(host, "length" in rest ? rest.length : clusterSize, `a cluster that is ${kind}`);
      if ("copied" in rest && rest.copied) copied.push(host / clusterSize);
    }
  }
  const counted = (cluster: number) => {
    const block = blocks[Math.floor(cluster / refcountBlockEntries)] ?? 0;
    if (block === 0) return 0;
    const view = table(block);
    return getRefcount(
      { bytes: new Uint8Array(view.buffer, view.byteOffset, clusterSize), view },
      refcountBits,
      cluster % refcountBlockEntries,
    );
  };
  let leaks = 0;
  for (let cluster = 0; cluster < bytes.length / clusterSize; cluster++) {
    const used = references.get(cluster) ?? 0;
    if (counted(cluster) < used) corruptions.push(`cluster ${cluster} is used ${used} times and counted ${counted(cluster)} times`);
    else if (counted(cluster) > used) leaks++;
  }
  for (const cluster of copied) if (references.get(cluster) !== 1) corruptions.push(`cluster ${cluster} is marked as used once and is not`);
  return { corruptions, leaks };
}
