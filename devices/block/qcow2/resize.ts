// Another size for the disk. Growing: what is new reads as zeros, whatever lay in the last cluster or in a larger backing image. Shrinking: the header
// says so first, then clusters and tables go.
import { BlockError } from "../store.js";
import { l1EntriesFor } from "./geometry.js";
import { MAX_L1_BYTES } from "./header.js";
import type { Qcow2Image } from "./qcow2-image.js";

/** The caller lets nothing else run. */
export async function resize(image: Qcow2Image, size: number): Promise<void> {
  const { file } = image;
  const { header } = file;
  if (!Number.isSafeInteger(size) || size < 0) throw new BlockError(`${image.name}: a disk can not have ${size} bytes`, "unsupported");
  if (header.snapshotCount > 0 && header.version === 2) {
    throw new BlockError(`${image.name} has snapshots, and those of version 2 do not say their size: it can not be resized`, "unsupported");
  }
  if (l1EntriesFor(size, file.geometry) * 8 > MAX_L1_BYTES) {
    throw new BlockError(`${image.name}: ${size} bytes are too many for clusters of ${file.geometry.clusterSize} bytes`, "unsupported");
  }
  if (size > header.size) await grow(image, header.size, size);
  else if (size < header.size) await shrink(image, header.size, size);
}

async function grow(image: Qcow2Image, from: number, to: number): Promise<void> {
  const { file, mapping, zeroing } = image;
  const { clusterSize, l2Reach } = file.geometry;
  const lastCluster = Math.ceil(from / clusterSize) * clusterSize;
  // A saved machine's state may lie behind the disk.
  await zeroing.unmap(lastCluster, Math.min(to, mapping.l1Length * l2Reach));
  await mapping.growL1(l1EntriesFor(to, file.geometry));
  const shown = Math.min(to, Math.max(lastCluster, image.backing?.size ?? 0));
  // As long as the header does not say so, nobody sees the bytes; then they are zeros.
  file.size = to;
  try {
    if (shown > from) await zeroing.zero(from, shown - from, true);
    await mapping.flush();
    await file.barrier();
  } catch (error) {
    file.size = from;
    throw error;
  }
  await file.setSize(to);
  if (file.externalData && file.dataStore.size < to) await file.dataStore.truncate(to);
}

async function shrink(image: Qcow2Image, from: number, to: number): Promise<void> {
  const { file, mapping, zeroing } = image;
  const { clusterSize, l2Reach } = file.geometry;
  await file.setSize(to);
  await file.barrier();
  await zeroing.unmap(Math.ceil(to / clusterSize) * clusterSize, Math.ceil(from / clusterSize) * clusterSize);
  await mapping.flush();
  await file.barrier();
  for (let index = Math.ceil(to / l2Reach); index < Math.ceil(from / l2Reach); index++) await mapping.dropTable(index);
  if (file.externalData) await file.dataStore.truncate(to);
}

/** Give the host what lies behind the last cluster in use. The caller lets nothing else run, and everything was given back. */
export async function trim({ file, refcounts }: Qcow2Image): Promise<void> {
  const end = await refcounts.endOfUse();
  if (end < file.store.size) await file.store.truncate(end);
}
