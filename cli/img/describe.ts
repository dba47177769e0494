// What an image says of itself, without those behind it and without its data file.
import { readBitmaps } from "../../devices/block/qcow2/bitmaps.js";
import { AUTOCLEAR, COMPATIBLE, INCOMPATIBLE, type Qcow2Header, readHeader } from "../../devices/block/qcow2/header.js";
import { readSnapshotTable, type Snapshot } from "../../devices/block/qcow2/snapshot-table.js";
import type { Store } from "../../devices/block/store.js";
import { referredName } from "../referred-name.js";
import type { ImageInfo, SnapshotInfo } from "./info-text.js";
import type { Json } from "./json.js";

const SECTOR = 512;

export function snapshotInfo(snapshot: Snapshot): SnapshotInfo {
  return {
    id: snapshot.id,
    name: snapshot.name,
    vmStateSize: snapshot.vmStateSize,
    dateSeconds: snapshot.seconds,
    dateNanoseconds: snapshot.nanoseconds,
    clockSeconds: Number(snapshot.vmClock / 1_000_000_000n),
    clockNanoseconds: Number(snapshot.vmClock % 1_000_000_000n),
    ...(snapshot.instructions === undefined ? {} : { icount: Number(snapshot.instructions) }),
  };
}

async function specificOf(store: Store, header: Qcow2Header): Promise<{ [key: string]: Json | undefined }> {
  const refcountBits = 2 ** header.refcountOrder;
  if (header.version === 2) return { compat: "0.10", "compression-type": "zlib", "refcount-bits": refcountBits };
  const bitmaps = await readBitmaps(store, header);
  const hasData = header.dataFileName !== undefined;
  return {
    compat: "1.1",
    "compression-type": header.compressionType,
    "lazy-refcounts": (header.compatible & COMPATIBLE.lazyRefcounts) !== 0n,
    bitmaps:
      bitmaps.length === 0
        ? undefined
        : bitmaps.map(({ name, granularity, inUse, auto }) => ({
            flags: [...(inUse ? ["in-use"] : []), ...(auto ? ["auto"] : [])],
            name,
            granularity,
          })),
    "refcount-bits": refcountBits,
    "data-file": header.dataFileName,
    "data-file-raw": hasData ? (header.autoclear & AUTOCLEAR.rawDataFile) !== 0n : undefined,
    corrupt: (header.incompatible & INCOMPATIBLE.corrupt) !== 0n,
    "extended-l2": header.extendedL2,
  };
}

/** Rejects with a BlockError. */
export async function describe(store: Store, format: string): Promise<ImageInfo> {
  const allocated = await store.allocated;
  const common = { filename: store.name, format, ...(allocated === undefined ? {} : { actualSize: allocated }) };
  if (format !== "qcow2") {
    return { ...common, virtualSize: Math.ceil(store.size / SECTOR) * SECTOR, dirty: false, snapshots: [] };
  }
  const { header } = await readHeader(store);
  const snapshots =
    header.snapshotCount === 0 ? [] : await readSnapshotTable(store, header.snapshotsOffset, header.snapshotCount, header.size);
  const { backingName, backingFormat } = header;
  return {
    ...common,
    virtualSize: header.size,
    clusterSize: 2 ** header.clusterBits,
    dirty: (header.incompatible & INCOMPATIBLE.dirty) !== 0n,
    ...(backingName ? { backingFile: backingName, fullBackingFile: referredName("backing", store.name, backingName) } : {}),
    ...(backingName && backingFormat ? { backingFormat } : {}),
    snapshots: snapshots.map(snapshotInfo),
    specific: await specificOf(store, header),
  };
}
