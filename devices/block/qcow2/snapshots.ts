// Internal snapshots: an L1 table each, which shares L2 tables and data with the active one until those are written to. Source: qcow2.rst, "Snapshots".
//
// Order on the store: what a snapshot refers to is counted before the snapshot table or the header leads to it, and counted down after they do not. So
// a crash leaks clusters, or leaves COPIED flags that do not fit the refcounts, and loses nothing.
//
// Not done: snapshots of an image with a data file, which can have none.
import { BlockError } from "../store.js";
import { viewOf } from "./big-endian.js";
import { l1EntriesFor } from "./geometry.js";
import { MAX_L1_BYTES, MAX_SNAPSHOTS } from "./header.js";
import { OffsetTable } from "./image-file.js";
import { COPIED } from "./l2-entry.js";
import type { Qcow2Image } from "./qcow2-image.js";
import { countReferences, refreshCopiedFlags, releaseReferences } from "./shared-tables.js";
import { encodeSnapshotTable, readSnapshotTable, type Snapshot } from "./snapshot-table.js";

export type { Snapshot } from "./snapshot-table.js";

/** What a new snapshot is to say of itself. */
export interface NewSnapshot extends Pick<Snapshot, "name" | "seconds" | "nanoseconds"> {
  readonly vmClock?: bigint;
  /** Bytes of machine state that were written behind the disk's end. */
  readonly vmStateSize?: number;
  readonly instructions?: bigint;
}

/** In the order of the table. */
export async function listSnapshots({ file }: Qcow2Image): Promise<readonly Snapshot[]> {
  const { snapshotsOffset, snapshotCount, size } = file.header;
  return readSnapshotTable(file.store, snapshotsOffset, snapshotCount, size);
}

/** By id, else by name. Throws a BlockError where there is none. */
export function findSnapshot(snapshots: readonly Snapshot[], idOrName: string): Snapshot {
  const found = snapshots.find(({ id }) => id === idOrName) ?? snapshots.find(({ name }) => name === idOrName);
  if (!found) throw new BlockError(`there is no snapshot "${idOrName}"`, "not-found");
  return found;
}

/** The disk as it is now. Rejects with a BlockError; nothing has changed then. */
export async function createSnapshot(image: Qcow2Image, wanted: NewSnapshot): Promise<Snapshot> {
  refuseDataFile(image);
  const created = await image.alone(async () => {
    const { file, mapping } = image;
    const snapshots = await listSnapshots(image);
    if (snapshots.length >= MAX_SNAPSHOTS) throw new BlockError(`${image.name} has as many snapshots as it can have`, "unsupported");
    const l1 = withoutFlags(mapping.l1Bytes);
    await countReferences(image, l1);
    const l1Offset = await place(image, l1.bytes);
    const snapshot: Snapshot = {
      vmClock: 0n,
      vmStateSize: 0,
      instructions: undefined,
      ...wanted,
      id: String(Math.max(0, ...snapshots.map(({ id }) => (/^\d{1,15}$/.test(id) ? Number(id) : 0))) + 1),
      l1Offset,
      l1Size: l1.length,
      diskSize: file.size,
      unknownExtra: new Uint8Array(0),
    };
    await image.settleNow();
    await refreshCopiedFlags(image);
    await replaceTable(image, [...snapshots, snapshot]);
    return snapshot;
  });
  await image.flush();
  return created;
}

/** The disk becomes what it was, its size too. Rejects with a BlockError. */
export async function applySnapshot(image: Qcow2Image, idOrName: string): Promise<void> {
  refuseDataFile(image);
  await image.alone(async () => {
    const { file, mapping } = image;
    const snapshot = findSnapshot(await listSnapshots(image), idOrName);
    const there = await readL1(image, snapshot);
    const entries = l1EntriesFor(snapshot.diskSize, file.geometry);
    if (entries * 8 > MAX_L1_BYTES) {
      throw new BlockError(
        `${image.name}: snapshot ${snapshot.id} says that its disk has ${snapshot.diskSize} bytes, which is too many`,
        "corrupt",
      );
    }
    const bytes = new Uint8Array(8 * Math.max(there.length, entries));
    bytes.set(there.bytes);
    await countReferences(image, there);
    const offset = await place(image, bytes);
    const old = new OffsetTable(file.header.l1Offset, mapping.l1Bytes, OFFSET_HIGH);
    await image.settleNow();
    await mapping.replaceL1(offset, bytes, snapshot.diskSize);
    await releaseReferences(image, old);
    if (old.length > 0) image.refcounts.release(old.offset, old.bytes.length);
    await image.settleNow();
    await refreshCopiedFlags(image);
  });
  await image.flush();
}

/** Rejects with a BlockError. */
export async function deleteSnapshot(image: Qcow2Image, idOrName: string): Promise<void> {
  refuseDataFile(image);
  await image.alone(async () => {
    const snapshots = await listSnapshots(image);
    const snapshot = findSnapshot(snapshots, idOrName);
    const l1 = await readL1(image, snapshot);
    await replaceTable(
      image,
      snapshots.filter((other) => other !== snapshot),
    );
    await releaseReferences(image, l1);
    if (l1.length > 0) image.refcounts.release(l1.offset, l1.bytes.length);
    await image.settleNow();
    await refreshCopiedFlags(image);
  });
  await image.flush();
}

/** Of an L1 entry: the rest are flags. */
const OFFSET_HIGH = 0x00ff_ffff;

function refuseDataFile({ file, name }: Qcow2Image): void {
  if (file.externalData) throw new BlockError(`${name} keeps its data in another file, and can have no snapshots`, "unsupported");
}

/** A copy of an L1 table, for a snapshot. */
function withoutFlags(active: Uint8Array): OffsetTable {
  const bytes = active.slice();
  const view = viewOf(bytes);
  for (let at = 0; at < bytes.length; at += 8) view.setUint32(at, (view.getUint32(at) & ~COPIED) >>> 0);
  return new OffsetTable(0, bytes, OFFSET_HIGH);
}

async function readL1({ file, name }: Qcow2Image, { id, l1Offset, l1Size }: Snapshot): Promise<OffsetTable> {
  if (l1Size * 8 > MAX_L1_BYTES)
    throw new BlockError(`${name}: snapshot ${id} has an L1 table of ${l1Size} entries, which is too many`, "corrupt");
  if (l1Size > 0) await file.mustBeCluster(l1Offset, `the L1 table of snapshot ${id}`);
  const bytes = new Uint8Array(8 * l1Size);
  await file.store.read(l1Offset, bytes);
  return new OffsetTable(l1Offset, bytes, OFFSET_HIGH);
}

/** Write bytes to new clusters. */
async function place({ file, refcounts }: Qcow2Image, bytes: Uint8Array): Promise<number> {
  const { clusterSize } = file.geometry;
  if (bytes.length === 0) return 0;
  const count = Math.ceil(bytes.length / clusterSize);
  const { offset } = await refcounts.allocate(count);
  const whole = new Uint8Array(count * clusterSize);
  whole.set(bytes);
  await file.write(offset, whole);
  return offset;
}

/** Another snapshot table, once all that it leads to is on the store. */
async function replaceTable(image: Qcow2Image, snapshots: readonly Snapshot[]): Promise<void> {
  const { file } = image;
  const { snapshotsOffset, snapshotCount, size } = file.header;
  const old = await readSnapshotTable(file.store, snapshotsOffset, snapshotCount, size);
  const offset = await place(image, encodeSnapshotTable(snapshots));
  await image.settleNow();
  await file.barrier();
  await file.setSnapshots(snapshots.length, offset);
  await file.barrier();
  const length = old.reduce((sum, entry) => sum + entry.length, 0);
  if (length > 0) image.refcounts.release(snapshotsOffset, length);
}
