// Counts what L1 tables lead to: L2 tables and data. An L2 table is looked at once, however many entries lead to it: so the work is bounded by the store's
// size, whatever is in the tables. qemu, docs/interop/qcow2.rst, "Cluster mapping".
import { viewOf } from "../big-endian.js";
import { COPIED, type CompressedEntry, readL2Entry, type StandardEntry, UNALLOCATED, writeL2Entry } from "../l2-entry.js";
import { type CheckContext, hex, offsetOf } from "./context.js";
import type { References } from "./references.js";
import type { StoredRefcounts } from "./stored-refcounts.js";

/** Of the high and the low half of an entry. */
const L1_RESERVED = [0x7f00_0000, 0x1ff] as const;
const L2_RESERVED = [0x3f00_0000, 0x1fe] as const;

/** L1 entries that lead to an L2 table: all of them, and those of the active table. */
interface Uses {
  all: number;
  active: number;
}

export class TableCounter {
  private readonly tables = new Map<number, Uses>();

  constructor(
    private readonly context: CheckContext,
    private readonly references: References,
    private readonly stored: StoredRefcounts,
  ) {}

  /** An L1 table, and the L2 tables that it leads to. */
  async addL1(offset: number, entries: number, active: boolean): Promise<void> {
    const { context } = this;
    if (entries === 0) return;
    this.references.add(offset, entries * 8);
    const table = await context.attempt("an L1 table", offset, () => context.readEntries(offset, entries));
    for (let i = 0; table && 8 * i < table.byteLength; i++) {
      const high = table.getUint32(8 * i);
      const low = table.getUint32(8 * i + 4);
      if (high === 0 && low === 0) continue;
      if (high & L1_RESERVED[0] || low & L1_RESERVED[1]) context.corruption(`L1 entry ${i} has reserved bits set`);
      const l2 = offsetOf(high, low);
      this.references.add(l2, context.clusterSize);
      if (l2 % context.clusterSize !== 0) context.corruption(`the L2 table at ${hex(l2)} is not cluster aligned`);
      // Behind the store's end it is all zeros, which lead nowhere.
      if (l2 < context.store.size) this.use(l2, active);
    }
  }

  private use(l2: number, active: boolean): void {
    const uses = this.tables.get(l2) ?? { all: 0, active: 0 };
    uses.all++;
    if (active) uses.active++;
    this.tables.set(l2, uses);
  }

  /** What the L2 tables lead to. */
  async count(): Promise<void> {
    for (const [offset, uses] of this.tables) await this.countL2(offset, uses);
  }

  private async countL2(offset: number, uses: Uses): Promise<void> {
    const { context } = this;
    const { geometry, result } = context;
    const table = await context.attempt("an L2 table", offset, () => context.read(offset, context.clusterSize));
    if (!table) return;
    const mayRepair = context.fixesErrors && context.mayBeL2(offset, this.stored);
    const active = context.hasDataFile ? 0 : uses.active;
    let next = 0;
    for (let i = 0; i < geometry.l2Entries; i++) {
      const entry = readL2Entry(table, i, geometry, context.hasDataFile);
      const where = offset + i * geometry.l2EntrySize;
      const high = table.getUint32(i * geometry.l2EntrySize);
      if (entry.kind === "compressed") {
        this.compressed(entry, (high & COPIED) !== 0, where, uses.all);
        result.allocatedClusters += active;
        result.compressedClusters += active;
        // Neighbours share sectors, which are read twice.
        result.fragmentedClusters += active;
        continue;
      }
      if (high & L2_RESERVED[0] || table.getUint32(i * geometry.l2EntrySize + 4) & L2_RESERVED[1]) {
        context.corruption(`the L2 entry at ${hex(where)} has reserved bits set`, uses.all);
      }
      if (!this.standard(entry, where, mayRepair, uses.all)) {
        await this.makeZero(where);
        continue;
      }
      if (entry.host === undefined) continue;
      result.allocatedClusters += uses.active;
      if (next > 0 && entry.host !== next) result.fragmentedClusters += uses.active;
      next = entry.host + context.clusterSize;
    }
  }

  private compressed({ host, length }: CompressedEntry, copied: boolean, where: number, times: number): void {
    const { context } = this;
    if (copied) context.corruption(`the compressed cluster of the L2 entry at ${hex(where)} has the COPIED flag`, times);
    if (context.hasDataFile) context.corruption(`the L2 entry at ${hex(where)} has a compressed cluster, with a data file`, times);
    else this.references.add(host, length, times);
  }

  /** False: its cluster can not be, and holds nothing; it is to become zeros. */
  private standard({ host, zero, allocated }: StandardEntry, where: number, mayRepair: boolean, times: number): boolean {
    const { context } = this;
    if (host === undefined) {
      if (allocated !== 0) context.corruption(`the L2 entry at ${hex(where)} has no cluster, and subclusters in it`, times);
      return true;
    }
    if (zero & allocated) context.corruption(`subclusters of the cluster at ${hex(host)} are data and zeros at once`, times);
    if (host % context.clusterSize !== 0) {
      const text = `the ${allocated !== 0 ? "data" : "preallocated"} cluster at ${hex(host)} is not aligned`;
      if (allocated === 0 && mayRepair) {
        context.repaired(text);
        return false;
      }
      context.corruption(text, times);
    }
    if (!context.hasDataFile) this.references.add(host, context.clusterSize, times);
    return true;
  }

  /** The entry says that its cluster reads as zeros, and lies nowhere. */
  private async makeZero(where: number): Promise<void> {
    const { geometry, store } = this.context;
    const bytes = new Uint8Array(geometry.l2EntrySize);
    writeL2Entry(viewOf(bytes), 0, geometry, { ...UNALLOCATED, zero: geometry.allSubclusters });
    await store.write(where, bytes);
  }
}
