// Whether two images hold the same: what `qemu-img compare` does.
import type { Extent, Image } from "../image.js";
import { readPadded } from "./extents.js";
import { equalUpTo, zeroUpTo } from "./zeros.js";

export interface CompareOptions {
  /** Sizes and allocation count, too. */
  readonly strict: boolean;
  /** `done` of `total` bytes have been compared. */
  progress(done: number, total: number): void;
  /** What both have is the same, and one has more: that alone does not matter. */
  sizesDiffer(): void;
}

/** `at`: bytes of the disk. */
export type Comparison =
  | { readonly result: "identical" }
  | { readonly result: "size" }
  | { readonly result: "allocation"; readonly at: number }
  | { readonly result: "content"; readonly at: number };

/** An image could not be compared: `step` says at what. */
export class CompareFailure extends Error {
  constructor(
    readonly step: "status" | "read",
    readonly image: Image,
    readonly at: number,
    reason: unknown,
  ) {
    super(reason instanceof Error ? reason.message : String(reason));
  }
}

const CHUNK = 2 ** 20;
/** Differences are told to the sector. */
const SECTOR = 512;

async function status(image: Image, at: number): Promise<Extent> {
  try {
    return await image.extent(at);
  } catch (error) {
    throw new CompareFailure("status", image, at, error);
  }
}

async function read(image: Image, at: number, into: Uint8Array): Promise<void> {
  try {
    await readPadded(image, at, into);
  } catch (error) {
    throw new CompareFailure("read", image, at, error);
  }
}

const sameAllocation = (a: Extent, b: Extent) => a.data === b.data && a.zero === b.zero && a.present === b.present;

/** Where within `length` bytes two images differ, or one has anything but zeros; undefined if nowhere. */
async function differenceIn(readers: readonly Image[], at: number, length: number): Promise<number | undefined> {
  for (let done = 0; done < length && readers.length > 0; done += CHUNK) {
    const buffers = readers.map(() => new Uint8Array(Math.min(CHUNK, length - done)));
    await Promise.all(readers.map((image, i) => read(image, at + done, buffers[i]!)));
    const [first, second] = buffers;
    const equal = second ? equalUpTo(first!, second, SECTOR) : zeroUpTo(first!, SECTOR);
    if (equal < first!.length) return at + done + equal;
  }
  return undefined;
}

/** Rejects with a CompareFailure. */
export async function compare(a: Image, b: Image, options: CompareOptions): Promise<Comparison> {
  const common = Math.min(a.size, b.size);
  const total = Math.max(a.size, b.size);
  if (a.size !== b.size && options.strict) return { result: "size" };
  for (let at = 0; at < common; ) {
    const [one, other] = await Promise.all([status(a, at), status(b, at)]);
    if (options.strict && !sameAllocation(one, other)) return { result: "allocation", at };
    const length = Math.min(one.length, other.length, common - at);
    const difference = await differenceIn([...(one.zero ? [] : [a]), ...(other.zero ? [] : [b])], at, length);
    if (difference !== undefined) return { result: "content", at: difference };
    at += length;
    options.progress(at, total);
  }
  if (a.size !== b.size) options.sizesDiffer();
  const longer = a.size > b.size ? a : b;
  for (let at = common; at < total; ) {
    const extent = await status(longer, at);
    const length = Math.min(extent.length, total - at);
    const difference = await differenceIn(extent.zero ? [] : [longer], at, length);
    if (difference !== undefined) return { result: "content", at: difference };
    at += length;
    options.progress(at, total);
  }
  return { result: "identical" };
}
