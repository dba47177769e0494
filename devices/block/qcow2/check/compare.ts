// Holds the refcounts that the image has against what was counted.
import type { CheckContext, Repair } from "./context.js";
import type { References } from "./references.js";
import type { StoredRefcounts } from "./stored-refcounts.js";

export interface Comparison {
  /** Clusters are in use whose refcount is 0, perhaps for want of a block: nothing may be allocated. */
  readonly needsRebuild: boolean;
  /** Bytes up to the end of the last cluster that is in use, or counted so. */
  readonly endOffset: number;
}

const none = () => 0;

/** A refcount too high is a leak, one too low a corruption. */
export async function compare(context: CheckContext, references: References, stored: StoredRefcounts, repair: Repair): Promise<Comparison> {
  const { result } = context;
  const { blockEntries } = stored;
  const end = Math.max(context.storeClusters, references.end);
  let needsRebuild = false;
  let highest = 0;
  for (let first = 0; first < end; first += blockEntries) {
    const index = first / blockEntries;
    const has = stored.hasBlock(index);
    if (!has && !references.touches(first, blockEntries)) continue;
    const counts = has ? await stored.counts(index) : none;
    const last = Math.min(end, first + blockEntries);
    if (!counts) {
      result.checkErrors += last - first;
      context.tell(`ERROR refcount block ${index} can not be read`);
      continue;
    }
    for (let cluster = first; cluster < last; cluster++) {
      const refcount = counts(cluster - first);
      const reference = references.get(cluster);
      if (refcount > 0 || reference > 0) highest = cluster;
      if (refcount === reference) continue;
      if (refcount === 0) needsRebuild = true;
      const isLeak = refcount > reference;
      const text = `cluster ${cluster} refcount=${refcount} reference=${reference}`;
      if (refcount > 0 && (repair === "all" || (repair === "leaks" && isLeak))) {
        await stored.set(cluster, reference);
        context.tell(`Repairing ${text}`);
        if (isLeak) result.leaksFixed++;
        else result.corruptionsFixed++;
      } else if (isLeak) {
        result.leaks++;
        context.tell(`Leaked ${text}`);
      } else context.corruption(text);
    }
  }
  return { needsRebuild, endOffset: (highest + 1) * context.clusterSize };
}
