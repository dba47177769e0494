// Internal snapshots: an L1 table each, which shares L2 tables and data with the active one until those are written to. Source: qcow2.rst, "Snapshots".
//
// Order on the store: to make and to delete one changes refcounts between 1 and 2, and COPIED flags with them, so these get new places and one write of the
// header leads to all of them (NextRefcounts). To go back to one, what it refers to is counted before the header leads to it, and what was there is counted
// down after that; flags stay as they are. So a crash leaks clusters at worst.
//
// Not done: snapshots of an image with a data file, which can have none.
import { BlockError } from "../store.js";
import { viewOf } from "./big-endian.js";
import { l1EntriesFor } from "./geometry.js";
import { MAX_L1_BYTES, MAX_SNAPSHOTS } from "./header.js";
import { OffsetTable } from "./image-file.js";
import { COPIED, OFFSET_HIGH } from "./l2-entry.js";
import { NextRefcounts } from "./next-refcounts.js";
import type { Qcow2Image } from "./qcow2-image.js";
import { countReferences, inOneBlock, moveFlagged, refreshCopiedFlags, releaseReferences } from "./shared-tables.js";
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
    const id = String(Math.max(0, ...snapshots.map((other) => (/^\d{1,15}$/.test(other.id) ? Number(other.id) : 0))) + 1);
    const known = { vmClock: 0n, vmStateSize: 0, instructions: undefined, ...wanted, id };
    return changeShared(image, async (next) => {
      await countAll(image, next, new OffsetTable(0, mapping.l1Bytes, OFFSET_HIGH), 1);
      const { l1, isDone } = await moveFlagged(image, next, 2);
      const own = withoutFlags(l1);
      const l1Offset = await next.write(own);
      const snapshot = { ...known, l1Offset, l1Size: own.length / 8, diskSize: file.size, unknownExtra: new Uint8Array(0) };
      return { l1, isDone, snapshots: [...snapshots, snapshot], result: snapshot };
    });
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
    bytes.set(withoutFlags(there.bytes));
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
    await changeShared(image, async (next) => {
      await countAll(image, next, l1, -1);
      next.release(l1.offset, l1.bytes.length);
      const flagged = await moveFlagged(image, next, 1);
      return { ...flagged, snapshots: snapshots.filter((other) => other !== snapshot), result: undefined };
    });
  });
  await image.flush();
}

function refuseDataFile({ file, name }: Qcow2Image): void {
  if (file.externalData) throw new BlockError(`${name} keeps its data in another file, and can have no snapshots`, "unsupported");
}

/** A copy of an L1 table that another one shares. */
function withoutFlags(l1: Uint8Array): Uint8Array {
  const bytes = l1.slice();
  const view = viewOf(bytes);
  for (let at = 0; at < bytes.length; at += 8) view.setUint32(at, (view.getUint32(at) & ~COPIED) >>> 0);
  return bytes;
}

/** Rejects with a BlockError for one that can not be. */
export async function readL1({ file, name }: Qcow2Image, { id, l1Offset, l1Size }: Snapshot): Promise<OffsetTable> {
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

/** One reference more, or one less, to all that an L1 table leads to. */
async function countAll(image: Qcow2Image, next: NextRefcounts, l1: OffsetTable, delta: 1 | -1): Promise<void> {
  for await (const { offset, length } of inOneBlock(image, l1)) await next.add(offset, length, delta);
}

interface Change<T> {
  /** The active L1 table. */
  readonly l1: Uint8Array;
  /** False: COPIED flags are to be looked at once more. */
  readonly isDone: boolean;
  readonly snapshots: readonly Snapshot[];
  readonly result: T;
}

/** Other refcounts, another L1 table and another snapshot table, all at once. Where `prepare` rejects, nothing has changed. */
async function changeShared<T>(image: Qcow2Image, prepare: (next: NextRefcounts) => Promise<Change<T>>): Promise<T> {
  const { file, mapping, refcounts } = image;
  const { l1Offset: oldL1, l1Size: oldL1Size, snapshotsOffset: oldTable, snapshotCount, size } = file.header;
  const old = await readSnapshotTable(file.store, oldTable, snapshotCount, size);
  const next = new NextRefcounts(file, refcounts);
  try {
    const { l1, isDone, snapshots, result } = await prepare(next);
    const l1Offset = await next.write(l1);
    const snapshotsOffset = await next.write(encodeSnapshotTable(snapshots));
    next.release(oldL1, oldL1Size * 8);
    next.release(
      oldTable,
      old.reduce((sum, { length }) => sum + length, 0),
    );
    await next.commit({ l1Offset, l1Size: l1.length / 8, snapshotsOffset, snapshotCount: snapshots.length });
    mapping.useL1(l1Offset, l1);
    await image.settleNow();
    if (!isDone) await refreshCopiedFlags(image);
    return result;
  } catch (error) {
    await next.abandon();
    throw error;
  }
}
