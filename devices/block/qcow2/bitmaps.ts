// The list of persistent bitmaps, to be shown. Source: qcow2.rst, "Bitmaps extension" and "Bitmap directory".
// Not done: their contents, and to change them.
import { strFromU8 } from "fflate";
import { BlockError, type Store } from "../store.js";
import { getU64, viewOf } from "./big-endian.js";
import { AUTOCLEAR, EXTENSION, type Qcow2Header } from "./header.js";

export interface BitmapEntry {
  readonly name: string;
  /** Bytes of the disk that a bit stands for. */
  readonly granularity: number;
  /** It was not written back: its contents do not count. */
  readonly inUse: boolean;
  /** It records what is written. */
  readonly auto: boolean;
}

const FIXED = 24;
const IN_USE = 1;
const AUTO = 2;
/** QEMU's limits. */
const MAX_BITMAPS = 65535;
const MAX_DIRECTORY = MAX_BITMAPS * (FIXED + 1024);

/** None where the header does not vouch for them. Rejects with a BlockError for a directory that can not be. */
export async function readBitmaps(store: Store, header: Qcow2Header): Promise<BitmapEntry[]> {
  const extension = header.extensions.find(({ type }) => type === EXTENSION.bitmaps);
  if (!extension || (header.autoclear & AUTOCLEAR.bitmaps) === 0n) return [];
  if (extension.data.length < FIXED) throw absurd(store, "its header extension is too short");
  const fields = viewOf(extension.data);
  const count = fields.getUint32(0);
  const size = getU64(fields, 8);
  if (count > MAX_BITMAPS || size > Math.min(MAX_DIRECTORY, store.size)) throw absurd(store, `it has ${count} entries in ${size} bytes`);
  const directory = new Uint8Array(size);
  await store.read(getU64(fields, 16), directory);
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
      inUse: (flags & IN_USE) !== 0,
      auto: (flags & AUTO) !== 0,
    });
    at = Math.ceil(end / 8) * 8;
  }
  return entries;
}

function absurd(store: Store, what: string): BlockError {
  return new BlockError(`${store.name} has a bad bitmap directory: ${what}`, "corrupt");
}
