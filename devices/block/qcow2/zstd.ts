// zstd, by a library that is loaded when the first such cluster comes. What stands before the data says how much memory its decoder takes, so
// it is looked at first. Source: RFC 8878, "Zstandard Frames".
import type { Zstd } from "@hpcc-js/wasm-zstd";
import { viewOf } from "./big-endian.js";

const MAGIC = 0xfd2f_b528;
const LAST_BLOCK = 1;
const RLE_BLOCK = 1;
const RESERVED_BLOCK = 3;
/** Windows are not larger than the largest cluster has use for. */
const MAX_WINDOW = 8 << 20;

let library: Promise<Zstd> | undefined;

function load(): Promise<Zstd> {
  library ??= import("@hpcc-js/wasm-zstd").then((module) => module.Zstd.load());
  return library;
}

export async function zstdCompress(contents: Uint8Array): Promise<Uint8Array> {
  return (await load()).compress(contents);
}

/** The first `size` bytes of what `bytes` give. Throws if they are no zstd frames, or give less. */
export async function zstdDecompress(bytes: Uint8Array, size: number): Promise<Uint8Array> {
  const zstd = await load();
  const contents = new Uint8Array(size);
  for (let from = 0, done = 0; done < size; ) {
    const frame = bytes.subarray(from, from + frameLength(bytes.subarray(from), size));
    zstd.reset();
    const part = zstd.decompressChunk(frame, size - done);
    if (part.length === 0) throw new Error("an empty frame");
    contents.set(part.subarray(0, size - done), done);
    done += part.length;
    from += frame.length;
  }
  return contents;
}

/** Bytes of the frame with which `bytes` begin. Throws if they do not, or if it asks for more memory than `size` bytes of contents may. */
function frameLength(bytes: Uint8Array, size: number): number {
  const view = viewOf(bytes);
  if (view.getUint32(0, true) !== MAGIC) throw new Error("no zstd frame");
  const descriptor = view.getUint8(4);
  const singleSegment = (descriptor & 0x20) !== 0;
  let at = 5;
  if (!singleSegment && windowSize(view.getUint8(at++)) > MAX_WINDOW) throw new Error("a window that is too large");
  at += [0, 1, 2, 4][descriptor & 3]!;
  const sizeBytes = [singleSegment ? 1 : 0, 2, 4, 8][descriptor >> 6]!;
  if (contentSize(view, at, sizeBytes) > size) throw new Error("more than a cluster");
  at += sizeBytes;
  for (let last = false; !last; ) {
    const header = view.getUint8(at) | (view.getUint16(at + 1, true) << 8);
    const type = (header >> 1) & 3;
    if (type === RESERVED_BLOCK) throw new Error("a reserved block");
    last = (header & LAST_BLOCK) !== 0;
    at += 3 + (type === RLE_BLOCK ? 1 : header >> 3);
  }
  return at + ((descriptor & 4) !== 0 ? 4 : 0);
}

function windowSize(descriptor: number): number {
  const base = 2 ** (10 + (descriptor >> 3));
  return base + (base / 8) * (descriptor & 7);
}

function contentSize(view: DataView, at: number, bytes: number): number {
  if (bytes === 1) return view.getUint8(at);
  if (bytes === 2) return view.getUint16(at, true) + 256;
  if (bytes === 4) return view.getUint32(at, true);
  return bytes === 8 ? Number(view.getBigUint64(at, true)) : 0;
}
