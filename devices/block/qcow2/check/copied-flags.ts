// The COPIED flags of the active tables: set where, and only where, a refcount is 1. qemu, docs/interop/qcow2.rst, "Cluster mapping".
import { COPIED, readL2Entry } from "../l2-entry.js";
import { type CheckContext, hex, offsetOf } from "./context.js";
import type { StoredRefcounts } from "./stored-refcounts.js";

export async function checkCopiedFlags(context: CheckContext, refcounts: StoredRefcounts): Promise<void> {
  const { header, repair, result } = context;
  // They follow from the refcounts: whoever repairs leaks alone gets them right as well, if these are.
  const repairs = repair === "all" || (repair === "leaks" && result.checkErrors + result.corruptions + result.leaks === 0);
  const l1 = await context.readEntries(header.l1Offset, header.l1Size);
  /** How many entries lead to a table. */
  const tables = new Map<number, number>();
  for (let i = 0; 8 * i < l1.byteLength; i++) {
    const offset = offsetOf(l1.getUint32(8 * i), l1.getUint32(8 * i + 4));
    if (offset === 0) continue;
    const refcount = await refcounts.get(Math.floor(offset / context.clusterSize));
    if (refcount === undefined) continue;
    if (putRight(context, l1, 8 * i, refcount, repairs, `of the L2 table at ${hex(offset)}`)) {
      await context.store.write(header.l1Offset + 8 * i, new Uint8Array(l1.buffer, 8 * i, 8));
    }
    if (offset < context.store.size) tables.set(offset, (tables.get(offset) ?? 0) + 1);
  }
  for (const [offset, times] of tables) await checkTable(context, refcounts, offset, times, repairs && context.mayBeL2(offset, refcounts));
}

async function checkTable(
  context: CheckContext,
  refcounts: StoredRefcounts,
  offset: number,
  times: number,
  repairs: boolean,
): Promise<void> {
  const { geometry, store } = context;
  const table = await context.read(offset, context.clusterSize);
  let isChanged = false;
  for (let i = 0; i < geometry.l2Entries; i++) {
    const entry = readL2Entry(table, i, geometry, context.hasDataFile);
    if (entry.kind === "compressed" || entry.host === undefined) continue;
    const found = context.hasDataFile ? 1 : refcounts.at(Math.floor(entry.host / context.clusterSize));
    const refcount = found instanceof Promise ? await found : found;
    if (refcount === undefined) continue;
    const what = `of the data cluster at ${hex(entry.host)}`;
    isChanged = putRight(context, table, i * geometry.l2EntrySize, refcount, repairs, what, times) || isChanged;
  }
  if (isChanged) await store.write(offset, new Uint8Array(table.buffer));
}

/** True: the entry in memory was repaired. */
function putRight(
  context: CheckContext,
  table: DataView,
  at: number,
  refcount: number,
  repairs: boolean,
  what: string,
  times = 1,
): boolean {
  const high = table.getUint32(at);
  if (((high & COPIED) !== 0) === (refcount === 1)) return false;
  const text = `the COPIED flag ${what}: refcount=${refcount}`;
  if (!repairs) {
    context.corruption(text, times);
    return false;
  }
  table.setUint32(at, (high ^ COPIED) >>> 0);
  context.repaired(text);
  return true;
}
