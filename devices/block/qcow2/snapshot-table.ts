// The table of internal snapshots. Source: qcow2.rst, "Snapshots".
import { strFromU8, strToU8 } from "fflate";
import { BlockError, type Store } from "../store.js";
import { getU64, setU64, viewOf } from "./big-endian.js";

export interface Snapshot {
  /** Unique, by custom a number. */
  readonly id: string;
  readonly name: string;
  readonly l1Offset: number;
  /** Entries. */
  readonly l1Size: number;
  /** Seconds since 1970, and the rest. */
  readonly seconds: number;
  readonly nanoseconds: number;
  /** Guest time since power-on. */
  readonly vmClock: bigint;
  /** Bytes of the machine's state, which lies behind the end of the disk; 0: there is none. */
  readonly vmStateSize: number;
  /** Bytes; of the disk then. */
  readonly diskSize: number;
  /** Instructions executed; undefined: not counted. */
  readonly instructions: bigint | undefined;
  /** Extra data that is not known here: kept. */
  readonly unknownExtra: Uint8Array;
}

/** A snapshot as it lies in a table. */
export interface SnapshotEntry extends Snapshot {
  /** Bytes in the table, padded. */
  readonly length: number;
  /** Bytes of extra data. */
  readonly extraSize: number;
}

const FIXED = 40;
/** vmStateSize, diskSize; instructions come behind them. */
export const NEEDED_EXTRA = 16;
const KNOWN_EXTRA = 24;
/** qemu's limits: bytes of a snapshot's extra data, and of a whole table. */
export const MAX_EXTRA = 1024;
export const MAX_TABLE = 64 << 20;
const NO_COUNT = 2n ** 64n - 1n;
const ALIGNMENT = 8;

const pad = (length: number) => Math.ceil(length / ALIGNMENT) * ALIGNMENT;

/**
 * Read `count` entries. `diskSize`: of the disk now, for old entries that do not say theirs. Rejects with a BlockError for a table that is
 * absurdly long; what lies behind the store's end is zeros.
 */
export async function readSnapshotTable(store: Store, offset: number, count: number, diskSize: number): Promise<SnapshotEntry[]> {
  const entries: SnapshotEntry[] = [];
  let at = 0;
  for (let i = 0; i < count; i++) {
    const entry = await readEntry(store, offset + at, diskSize);
    at += entry.length;
    if (at > MAX_TABLE) throw new BlockError(`${store.name}: the snapshot table is too long, after ${i} of ${count} entries`, "corrupt");
    entries.push(entry);
  }
  return entries;
}

async function readEntry(store: Store, at: number, diskSize: number): Promise<SnapshotEntry> {
  const fixed = viewOf(new Uint8Array(FIXED));
  await store.read(at, new Uint8Array(fixed.buffer));
  const idSize = fixed.getUint16(12);
  const nameSize = fixed.getUint16(14);
  const extraSize = fixed.getUint32(36);
  const kept = Math.min(extraSize, MAX_EXTRA);
  const extra = viewOf(new Uint8Array(kept));
  await store.read(at + FIXED, new Uint8Array(extra.buffer));
  const text = new Uint8Array(idSize + nameSize);
  await store.read(at + FIXED + extraSize, text);
  const instructions = kept >= KNOWN_EXTRA ? extra.getBigUint64(16) : NO_COUNT;
  return {
    id: strFromU8(text.subarray(0, idSize)),
    name: strFromU8(text.subarray(idSize)),
    l1Offset: getU64(fixed, 0),
    l1Size: fixed.getUint32(8),
    seconds: fixed.getUint32(16),
    nanoseconds: fixed.getUint32(20),
    vmClock: fixed.getBigUint64(24),
    vmStateSize: kept >= 8 ? getU64(extra, 0) : fixed.getUint32(32),
    diskSize: kept >= NEEDED_EXTRA ? getU64(extra, 8) : diskSize,
    instructions: instructions === NO_COUNT ? undefined : instructions,
    unknownExtra: new Uint8Array(extra.buffer).slice(KNOWN_EXTRA),
    length: pad(FIXED + extraSize + idSize + nameSize),
    extraSize,
  };
}

/** The bytes of a table. */
export function encodeSnapshotTable(snapshots: readonly Snapshot[]): Uint8Array {
  const parts = snapshots.map(encodeEntry);
  const bytes = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

function encodeEntry(snapshot: Snapshot): Uint8Array {
  const id = strToU8(snapshot.id);
  const name = strToU8(snapshot.name);
  const extraSize = KNOWN_EXTRA + snapshot.unknownExtra.length;
  const bytes = new Uint8Array(pad(FIXED + extraSize + id.length + name.length));
  const view = viewOf(bytes);
  setU64(view, 0, snapshot.l1Offset);
  view.setUint32(8, snapshot.l1Size);
  view.setUint16(12, id.length);
  view.setUint16(14, name.length);
  view.setUint32(16, snapshot.seconds);
  view.setUint32(20, snapshot.nanoseconds);
  view.setBigUint64(24, snapshot.vmClock);
  // Who knows only this field shall see no state rather than a part of one.
  view.setUint32(32, snapshot.vmStateSize <= 0xffff_ffff ? snapshot.vmStateSize : 0);
  view.setUint32(36, extraSize);
  setU64(view, FIXED, snapshot.vmStateSize);
  setU64(view, FIXED + 8, snapshot.diskSize);
  view.setBigUint64(FIXED + 16, snapshot.instructions ?? NO_COUNT);
  bytes.set(snapshot.unknownExtra, FIXED + KNOWN_EXTRA);
  bytes.set(id, FIXED + extraSize);
  bytes.set(name, FIXED + extraSize + id.length);
  return bytes;
}
