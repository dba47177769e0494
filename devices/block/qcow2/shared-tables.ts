// L2 tables and data that several L1 tables refer to: each L1 table counts once for all that it leads to. The caller lets nothing else run.

import { setU64, viewOf } from "./big-endian.js";
import { OffsetTable } from "./image-file.js";
import { COPIED, type L2Entry, OFFSET_HIGH, readL2Entry, setCopied } from "./l2-entry.js";
import type { NextRefcounts } from "./next-refcounts.js";
import type { Qcow2Image } from "./qcow2-image.js";

interface Range {
  readonly offset: number;
  readonly length: number;
}

/** All that an L1 table leads to: L2 tables, data, compressed data; a range again for each reference to it. Rejects with a BlockError. */
async function* references({ file, mapping }: Qcow2Image, l1: OffsetTable): AsyncGenerator<Range> {
  const { clusterSize, l2Entries } = file.geometry;
  for (let i = 0; i < l1.length; i++) {
    const offset = l1.get(i);
    if (offset === 0) continue;
    const ranges = await mapping.tables.use(offset, ({ view }) => {
      const found: { offset: number; length: number }[] = [];
      for (let entry = 0; entry < l2Entries; entry++) {
        const range = rangeOf(readL2Entry(view, entry, file.geometry, file.externalData), clusterSize);
        const last = found.at(-1);
        if (!range) continue;
        if (last && isWhole(last, clusterSize) && isWhole(range, clusterSize) && last.offset + last.length === range.offset) {
          last.length += range.length;
        } else found.push(range);
      }
      return found;
    });
    yield { offset, length: clusterSize };
    yield* ranges;
  }
}

const isWhole = ({ offset, length }: Range, clusterSize: number) => offset % clusterSize === 0 && length % clusterSize === 0;

function rangeOf(entry: L2Entry, clusterSize: number): { offset: number; length: number } | undefined {
  if (entry.kind === "compressed") return { offset: entry.host, length: entry.length };
  return entry.host === undefined ? undefined : { offset: entry.host, length: clusterSize };
}

/** One more for all that an L1 table leads to. Rejects with a BlockError where a refcount can not be so high; none is changed then. */
export async function countReferences(image: Qcow2Image, l1: OffsetTable): Promise<void> {
  const { refcounts } = image;
  let done = 0;
  try {
    for await (const { offset, length } of inOneBlock(image, l1)) {
      await refcounts.adjust(offset, length, 1);
      done++;
    }
  } catch (error) {
    for await (const { offset, length } of inOneBlock(image, l1)) {
      if (done-- === 0) break;
      await refcounts.adjust(offset, length, -1);
    }
    throw error;
  }
}

/** The references of an L1 table as ranges that one refcount block counts. Rejects with a BlockError for what lies behind the store's end. */
export async function* inOneBlock(image: Qcow2Image, l1: OffsetTable): AsyncGenerator<Range> {
  const { clusterSize, refcountBlockEntries } = image.file.geometry;
  const reach = clusterSize * refcountBlockEntries;
  for await (const { offset, length } of references(image, l1)) {
    const end = offset + length;
    if (end >= image.file.store.size + clusterSize) throw await image.file.corrupt(`tables lead to ${offset}, behind its end`);
    for (let at = offset; at < end; ) {
      const stop = Math.min(end, (Math.floor(at / reach) + 1) * reach);
      yield { offset: at, length: stop - at };
      at = stop;
    }
  }
}

/** An L1 table has gone, or will: one less for all that it leads to, when the image settles. */
export async function releaseReferences(image: Qcow2Image, l1: OffsetTable): Promise<void> {
  for await (const { offset, length } of references(image, l1)) image.refcounts.release(offset, length);
}

interface Flagged {
  /** Of the active L1 table, whose L2 tables have new places where their flags changed. */
  readonly l1: Uint8Array;
  /** Flags that are wrong are left, in tables that others refer to. */
  readonly isDone: boolean;
}

/**
 * COPIED flags of the active tables as `next` wants them. What changes is written to new clusters; `uses`: how many L1 tables are to refer to these, the
 * active one among them.
 */
export async function moveFlagged({ file, mapping }: Qcow2Image, next: NextRefcounts, uses: number): Promise<Flagged> {
  const { clusterSize } = file.geometry;
  const l1 = new OffsetTable(0, mapping.l1Bytes.slice(), OFFSET_HIGH);
  let isDone = true;
  for (let i = 0; i < l1.length; i++) {
    let offset = l1.get(i);
    if (offset === 0) continue;
    const refcount = await next.at(offset / clusterSize);
    const wrong = await wrongFlags({ file, mapping }, offset, (cluster) => next.at(cluster));
    if (wrong.size > 0 && refcount === uses) {
      const bytes = await mapping.tables.use(offset, (table) => table.bytes.slice());
      for (const [index, copied] of wrong) setCopied(viewOf(bytes), index, file.geometry, copied);
      await next.set(offset / clusterSize, 1);
      next.release(offset, clusterSize);
      offset = await next.write(bytes);
      await next.set(offset / clusterSize, uses);
    } else if (wrong.size > 0) isDone = false;
    setU64(l1.view, 8 * i, offset);
    if (refcount === 1) l1.view.setUint32(8 * i, (l1.view.getUint32(8 * i) | COPIED) >>> 0);
  }
  return { l1: l1.bytes, isDone };
}

type RefcountOf = (cluster: number) => number | Promise<number>;

/** What the COPIED flags of an L2 table's entries are to be, where they are not. */
async function wrongFlags(
  { file, mapping }: Pick<Qcow2Image, "file" | "mapping">,
  offset: number,
  refcountOf: RefcountOf,
): Promise<Map<number, boolean>> {
  const { clusterSize, l2Entries } = file.geometry;
  const entries = await mapping.tables.use(offset, ({ view }) =>
    Array.from({ length: l2Entries }, (_, index) => readL2Entry(view, index, file.geometry, file.externalData)),
  );
  const wrong = new Map<number, boolean>();
  for (const [index, entry] of entries.entries()) {
    if (entry.kind === "compressed" || entry.host === undefined) continue;
    const refcount = refcountOf(Math.floor(entry.host / clusterSize));
    const isOwn = (typeof refcount === "number" ? refcount : await refcount) === 1;
    if (isOwn !== entry.copied) wrong.set(index, isOwn);
  }
  return wrong;
}

/** COPIED flags of the active tables where, and only where, a refcount is 1. */
export async function refreshCopiedFlags({ file, mapping, refcounts }: Qcow2Image): Promise<void> {
  const { clusterSize } = file.geometry;
  for (let i = 0; i < mapping.l1Length; i++) {
    const { offset, copied } = mapping.l1Entry(i);
    if (offset === 0) continue;
    const isAlone = (await refcounts.get(offset / clusterSize)) === 1;
    if (isAlone !== copied) await mapping.setL1Copied(i, isAlone);
    const wrong = await wrongFlags({ file, mapping }, offset, (cluster) => refcounts.at(cluster));
    if (wrong.size > 0) await mapping.setCopied(offset, wrong);
  }
}
