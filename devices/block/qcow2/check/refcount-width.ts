// Refcounts of another width: made anew beside the old ones, and the header leads to them in the write that says their width.
import { BlockError, type Store } from "../../store.js";
import { readHeader } from "../header.js";
import { readSnapshotTable } from "../snapshot-table.js";
import { checkQcow2 } from "./check.js";
import { compare } from "./compare.js";
import { CheckContext, newResult } from "./context.js";
import { Counter } from "./count.js";
import { rebuildRefcounts } from "./rebuild.js";
import { References } from "./references.js";
import { StoredRefcounts } from "./stored-refcounts.js";

/** No image may be open on the store. Rejects with a BlockError for an image that is not sound, or refers to a cluster too often for such a width. */
export async function changeRefcountWidth(store: Store, bits: number): Promise<void> {
  const { header } = await readHeader(store);
  const refcountOrder = Math.log2(bits);
  if (header.refcountOrder === refcountOrder) return;
  if (header.version === 2) {
    throw new BlockError(
      "Refcount widths other than 16 bits require compatibility level 1.1 or above (use compat=1.1 or greater)",
      "unsupported",
    );
  }
  const { corruptions, checkErrors } = await checkQcow2(store);
  if (corruptions + checkErrors > 0) throw new BlockError(`${store.name} has errors, which have to be repaired first`, "corrupt");
  const snapshots = await readSnapshotTable(store, header.snapshotsOffset, header.snapshotCount, header.size);
  const old = new CheckContext(store, header, newResult(store.name), "none", () => {});
  const stored = await StoredRefcounts.read(old, header.refcountTableOffset, header.refcountTableClusters);
  const context = new CheckContext(store, { ...header, refcountOrder }, newResult(store.name), "none", () => {});
  const references = new References(context);
  await new Counter(context, references, stored, snapshots).run();
  if (context.result.corruptions > 0) {
    throw new BlockError(`${store.name}: a cluster is referred to more often than refcounts of ${bits} bits can tell`, "unsupported");
  }
  await rebuildRefcounts(context, references);
  await freeOld(store, snapshots);
}

/** What the old refcounts took is counted, and nobody's any more. */
async function freeOld(store: Store, snapshots: Awaited<ReturnType<typeof readSnapshotTable>>): Promise<void> {
  const { header } = await readHeader(store);
  const context = new CheckContext(store, header, newResult(store.name), "leaks", () => {});
  const stored = await StoredRefcounts.read(context, header.refcountTableOffset, header.refcountTableClusters);
  const references = new References(context);
  await new Counter(context, references, stored, snapshots).run();
  await compare(context, references, stored, "leaks");
  await store.flush();
}
