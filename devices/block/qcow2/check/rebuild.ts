// New refcount structures, behind all that is in use. The header leads to them once they are on the store: so a crash leaves the old ones or the new.
import { BlockError } from "../../store.js";
import { setU64, viewOf } from "../big-endian.js";
import { FIELD, MAX_REFCOUNT_TABLE_BYTES } from "../header.js";
import { setRefcount } from "../refcount-entries.js";
import type { CheckContext } from "./context.js";
import type { References } from "./references.js";
import { StoredRefcounts } from "./stored-refcounts.js";

interface Plan {
  /** First cluster of the new structures: blocks, then the table. */
  readonly start: number;
  /** Numbers of the blocks that there have to be. */
  readonly blocks: readonly number[];
  readonly tableClusters: number;
}

export async function rebuildRefcounts(context: CheckContext, references: References): Promise<StoredRefcounts> {
  const { clusterSize, geometry, store } = context;
  const { start, blocks, tableClusters } = plan(context, references);
  const tableOffset = (start + blocks.length) * clusterSize;
  const end = start + blocks.length + tableClusters;
  const table = viewOf(new Uint8Array(tableClusters * clusterSize));
  for (const [i, block] of blocks.entries()) {
    const bytes = new Uint8Array(clusterSize);
    const counts = { bytes, view: viewOf(bytes) };
    for (let entry = 0; entry < geometry.refcountBlockEntries; entry++) {
      const cluster = block * geometry.refcountBlockEntries + entry;
      const count = cluster >= start && cluster < end ? 1 : references.get(cluster);
      if (count > 0) setRefcount(counts, geometry.refcountBits, entry, count);
    }
    const offset = (start + i) * clusterSize;
    setU64(table, 8 * block, offset);
    await store.write(offset, bytes);
  }
  await store.write(tableOffset, new Uint8Array(table.buffer));
  await store.flush();
  await store.write(FIELD.refcountTableOffset, await fieldsFor(context, tableOffset, tableClusters));
  await store.flush();
  return StoredRefcounts.read(context, tableOffset, tableClusters);
}

/** What the header is to say, from the refcount table's offset on: all in one write, which no crash divides. */
async function fieldsFor({ store, header }: CheckContext, tableOffset: number, tableClusters: number): Promise<Uint8Array> {
  const bytes = new Uint8Array((header.version === 2 ? FIELD.snapshotCount : FIELD.headerLength) - FIELD.refcountTableOffset);
  await store.read(FIELD.refcountTableOffset, bytes);
  const view = viewOf(bytes);
  setU64(view, 0, tableOffset);
  view.setUint32(FIELD.refcountTableClusters - FIELD.refcountTableOffset, tableClusters);
  if (header.version === 3) view.setUint32(FIELD.refcountOrder - FIELD.refcountTableOffset, header.refcountOrder);
  return bytes;
}

/** The new structures count themselves, so that their number depends on itself. */
function plan(context: CheckContext, references: References): Plan {
  const { refcountBlockEntries: entries } = context.geometry;
  const blocks = new Set<number>();
  for (const cluster of references.used()) blocks.add(Math.floor(cluster / entries));
  const start = references.end;
  for (let size = 0; ; ) {
    for (let cluster = start; cluster < start + size; cluster++) blocks.add(Math.floor(cluster / entries));
    const sorted = [...blocks].sort((a, b) => a - b);
    const tableBytes = ((sorted.at(-1) ?? 0) + 1) * 8;
    if (tableBytes > MAX_REFCOUNT_TABLE_BYTES)
      throw new BlockError(`${context.store.name} is too large for a refcount table`, "unsupported");
    const tableClusters = Math.ceil(tableBytes / context.clusterSize);
    if (sorted.length + tableClusters === size) return { start, blocks: sorted, tableClusters };
    size = sorted.length + tableClusters;
  }
}
