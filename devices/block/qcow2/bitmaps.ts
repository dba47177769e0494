// The directory of persistent bitmaps. Source: qcow2.rst, "Bitmaps extension" and "Bitmap directory". What is in them is bitmap-bits.ts's.
import { strFromU8, strToU8 } from "fflate";
import { BlockError, type Store } from "../store.js";
import { getU64, setU64, viewOf } from "./big-endian.js";
import { AUTOCLEAR, EXTENSION, type Qcow2Header } from "./header.js";

export interface BitmapEntry {
  readonly name: string;
  /** Bytes of the disk that a bit stands for. */
  readonly granularity: number;
  /** It was not written back: its contents do not count. */
  readonly inUse: boolean;
  /** It records what is written. */
  readonly auto: boolean;
  /** Its table: an offset of 64 bits for each cluster of its bits. */
  readonly tableOffset: number;
  readonly tableEntries: number;
  /** What is not known here: kept. */
  readonly extra: Uint8Array;
  readonly otherFlags: number;
}

/** Where the directory lies. Length in bytes. */
export interface DirectoryPlace {
  readonly offset: number;
  readonly length: number;
}

const FIXED = 24;
const IN_USE = 1;
const AUTO = 2;
const DIRTY_TRACKING = 1;
/** QEMU's limits. */
export const MAX_BITMAPS = 65535;
export const LONGEST_NAME = 1023;
const MAX_DIRECTORY = MAX_BITMAPS * (FIXED + 1024);

const extensionOf = (header: Qcow2Header) => header.extensions.find(({ type }) => type === EXTENSION.bitmaps);

/** None where the header does not vouch for them. Rejects with a BlockError for a directory that can not be. */
export async function readBitmaps(store: Store, header: Qcow2Header): Promise<readonly BitmapEntry[]> {
  if ((header.autoclear & AUTOCLEAR.bitmaps) === 0n) return [];
  return (await readDirectory(store, header)).entries;
}

/** All that there are, whether the header vouches for them or not: where not, none counts. Rejects with a BlockError. */
export async function readDirectory(
  store: Store,
  header: Qcow2Header,
): Promise<{ readonly place: DirectoryPlace; readonly entries: readonly BitmapEntry[] }> {
  const extension = extensionOf(header);
  if (!extension) return { place: { offset: 0, length: 0 }, entries: [] };
  if (extension.data.length < FIXED) throw absurd(store, "its header extension is too short");
  const fields = viewOf(extension.data);
  const count = fields.getUint32(0);
  const size = getU64(fields, 8);
  if (count > MAX_BITMAPS || size > Math.min(MAX_DIRECTORY, store.size)) throw absurd(store, `it has ${count} entries in ${size} bytes`);
  const offset = getU64(fields, 16);
  const directory = new Uint8Array(size);
  await store.read(offset, directory);
  const isVouchedFor = (header.autoclear & AUTOCLEAR.bitmaps) !== 0n;
  const entries: BitmapEntry[] = [];
  for (let at = 0, i = 0; i < count; i++) {
    if (at + FIXED > size) throw absurd(store, "it ends in an entry");
    const view = viewOf(directory.subarray(at, at + FIXED));
    const name = at + FIXED + view.getUint32(20);
    const end = name + view.getUint16(18);
    if (end > size) throw absurd(store, "it ends in an entry");
    const flags = view.getUint32(12);
    entries.push({
      name: strFromU8(directory.subarray(name, end)),
      granularity: 2 ** view.getUint8(17),
      inUse: (flags & IN_USE) !== 0 || !isVouchedFor,
      auto: (flags & AUTO) !== 0,
      tableOffset: getU64(view, 0),
      tableEntries: view.getUint32(8),
      extra: directory.slice(at + FIXED, name),
      otherFlags: flags & ~(IN_USE | AUTO),
    });
    at = Math.ceil(end / 8) * 8;
  }
  return { place: { offset, length: size }, entries };
}

function absurd(store: Store, what: string): BlockError {
  return new BlockError(`${store.name} has a bad bitmap directory: ${what}`, "corrupt");
}

/** The bytes of a directory. */
export function encodeDirectory(entries: readonly BitmapEntry[]): Uint8Array {
  const parts = entries.map(encodeEntry);
  const bytes = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

function encodeEntry({ name, granularity, inUse, auto, tableOffset, tableEntries, extra, otherFlags }: BitmapEntry): Uint8Array {
  const text = strToU8(name);
  const bytes = new Uint8Array(Math.ceil((FIXED + extra.length + text.length) / 8) * 8);
  const view = viewOf(bytes);
  setU64(view, 0, tableOffset);
  view.setUint32(8, tableEntries);
  view.setUint32(12, otherFlags | (inUse ? IN_USE : 0) | (auto ? AUTO : 0));
  view.setUint8(16, DIRTY_TRACKING);
  view.setUint8(17, Math.log2(granularity));
  view.setUint16(18, text.length);
  view.setUint32(20, extra.length);
  bytes.set(extra, FIXED);
  bytes.set(text, FIXED + extra.length);
  return bytes;
}

/** The header extension that leads to a directory. */
export function directoryExtension(
  count: number,
  { offset, length }: DirectoryPlace,
): { readonly type: number; readonly data: Uint8Array } {
  const data = new Uint8Array(FIXED);
  const view = viewOf(data);
  view.setUint32(0, count);
  setU64(view, 8, length);
  setU64(view, 16, offset);
  return { type: EXTENSION.bitmaps, data };
}
