// What `qemu-img check` finds in a qcow2 image, and repairs: qemu-img(1), "check". Works on the store alone: no image may be open on it for writing.
// Not checked: the contents of bitmaps, and compressed data.
import { BlockError, type Store } from "../../store.js";
import { viewOf } from "../big-endian.js";
import { FIELD, INCOMPATIBLE, readHeader } from "../header.js";
import { encodeSnapshotTable, MAX_EXTRA, NEEDED_EXTRA, readSnapshotTable, type SnapshotEntry } from "../snapshot-table.js";
import { compare } from "./compare.js";
import { CheckContext, type CheckResult, newResult, type Repair } from "./context.js";
import { checkCopiedFlags } from "./copied-flags.js";
import { Counter } from "./count.js";
import { rebuildRefcounts } from "./rebuild.js";
import { References } from "./references.js";
import { StoredRefcounts } from "./stored-refcounts.js";

/** qemu's limit. */
const MOST_CLUSTERS = 2 ** 31 - 1;

/**
 * `tell` gets a sentence for each thing that is wrong or was repaired. What was repaired is not counted as wrong any more; as with qemu-img, who
 * repaired should check once more. Rejects with a BlockError if the header or the snapshot table can not be used, or the store fails.
 */
export async function checkQcow2(store: Store, repair: Repair = "none", tell: (line: string) => void = () => {}): Promise<CheckResult> {
  const { header } = await readHeader(store);
  const context = new CheckContext(store, header, newResult(store.name), repair, tell);
  const { result } = context;
  if (context.storeClusters > MOST_CLUSTERS) throw new BlockError(`${store.name} has too many clusters to be checked`, "unsupported");
  result.totalClusters = Math.ceil(header.size / context.clusterSize);
  const snapshots = await readSnapshots(context);
  const refcounts = await checkRefcounts(context, snapshots);
  await checkCopiedFlags(context, refcounts);
  await repairSnapshotTable(context, snapshots);
  if (repair !== "none") {
    if (result.checkErrors === 0 && result.corruptions === 0) await markConsistent(context);
    await store.flush();
  }
  return result;
}

async function readSnapshots({ header, store, fixesErrors }: CheckContext): Promise<readonly SnapshotEntry[]> {
  const snapshots = await readSnapshotTable(store, header.snapshotsOffset, header.snapshotCount, header.size);
  const tooMuch = snapshots.findIndex(({ extraSize }) => extraSize > MAX_EXTRA);
  if (tooMuch < 0 || fixesErrors) return snapshots;
  throw new BlockError(`${store.name}: snapshot ${tooMuch} has too much extra data, which a repair of all discards`, "corrupt");
}

/** The refcounts as they are afterwards. */
async function checkRefcounts(context: CheckContext, snapshots: readonly SnapshotEntry[]): Promise<StoredRefcounts> {
  const { header, result, repair, store } = context;
  const stored = await StoredRefcounts.read(context, header.refcountTableOffset, header.refcountTableClusters);
  const references = new References(context);
  const counter = new Counter(context, references, stored, snapshots);
  await counter.run();
  const counted = { ...result };
  const { needsRebuild, endOffset } = await compare(context, references, stored, "none");
  result.imageEndOffset = endOffset;
  if ((needsRebuild || counter.needsRebuild) && repair !== "none") {
    if (!context.fixesErrors) {
      throw new BlockError(`${store.name}: the refcounts have to be made anew, which a repair of all does`, "corrupt");
    }
    return rebuild(context, references, snapshots);
  }
  if (repair !== "none" && (result.leaks > 0 || result.corruptions > 0)) {
    Object.assign(result, counted);
    result.imageEndOffset = (await compare(context, references, stored, repair)).endOffset;
  }
  return stored;
}

async function rebuild(context: CheckContext, references: References, snapshots: readonly SnapshotEntry[]): Promise<StoredRefcounts> {
  const { header, result, store, repair } = context;
  context.tell("The refcounts are made anew");
  const stored = await rebuildRefcounts(context, references);
  const table = { refcountTableOffset: stored.offset, refcountTableClusters: stored.clusters };
  // What is wrong still was told already; what the old structures took is free now, and was nobody's loss.
  const again = new CheckContext(store, { ...header, ...table }, newResult(store.name), repair, () => {});
  const counts = new References(again);
  const counter = new Counter(again, counts, stored, snapshots);
  await counter.run();
  const { needsRebuild, endOffset } = await compare(again, counts, stored, "leaks");
  const left = again.result.corruptions;
  if (needsRebuild || counter.needsRebuild) context.tell("ERROR the new refcounts are wrong as well");
  result.corruptionsFixed += Math.max(0, result.corruptions - left);
  result.leaksFixed += result.leaks;
  Object.assign(result, { corruptions: left, leaks: 0, imageEndOffset: endOffset });
  return stored;
}

/** Entries without what version 3 asks for, or with more than is kept, are written anew; in their place, and only if they fit there. */
async function repairSnapshotTable(context: CheckContext, snapshots: readonly SnapshotEntry[]): Promise<void> {
  const { header, store } = context;
  const isBad = ({ extraSize }: SnapshotEntry) => extraSize > MAX_EXTRA || (header.version === 3 && extraSize < NEEDED_EXTRA);
  const bad = snapshots.filter(isBad);
  if (bad.length === 0) return;
  const bytes = encodeSnapshotTable(snapshots);
  const there = snapshots.reduce((sum, { length }) => sum + length, 0);
  const fits = Math.ceil(bytes.length / context.clusterSize) <= Math.ceil(there / context.clusterSize);
  const repairs = context.fixesErrors && fits;
  if (repairs) await store.write(header.snapshotsOffset, bytes);
  for (const snapshot of bad) {
    const text = `entry ${snapshots.indexOf(snapshot)} of the snapshot table is incomplete, or has too much in it`;
    if (repairs) context.repaired(text);
    else context.corruption(text);
  }
}

/** Neither dirty nor corrupt any more. */
async function markConsistent({ header, store }: CheckContext): Promise<void> {
  const flags = header.incompatible & ~(INCOMPATIBLE.dirty | INCOMPATIBLE.corrupt);
  if (header.version === 2 || flags === header.incompatible) return;
  await store.flush();
  const bytes = viewOf(new Uint8Array(8));
  bytes.setBigUint64(0, flags);
  await store.write(FIELD.incompatible, new Uint8Array(bytes.buffer));
}
