// An image from one end to the other, in stretches that are the same throughout.
import type { Extent, Image } from "../image.js";

/** Bytes of the disk. */
export interface Located extends Extent {
  readonly at: number;
}

/** From `start` up to `end`, each as long as the image says, cut where the asked-for part ends. */
export async function* extents(image: Image, start = 0, end = image.size): AsyncGenerator<Located> {
  for (let at = start; at < end; ) {
    const extent = await image.extent(at);
    const length = Math.min(extent.length, end - at);
    yield { ...extent, at, length };
    at += length;
  }
}

/** Reads `image` from `at` on; what lies behind its end, and all of an image that there is not, is zeros. */
export async function readPadded(image: Image | undefined, at: number, into: Uint8Array): Promise<void> {
  const there = image ? Math.max(0, Math.min(into.length, image.size - at)) : 0;
  if (image && there > 0) await image.read(at, into.subarray(0, there));
  into.fill(0, there);
}

/** One that follows the other in the same store, too, or has no place in any. */
function continues(a: Located, b: Located): boolean {
  return (
    a.depth === b.depth &&
    a.data === b.data &&
    a.zero === b.zero &&
    a.present === b.present &&
    (a.offset === undefined ? b.offset === undefined : a.file === b.file && b.offset === a.offset + a.length)
  );
}

/** As extents(), with those put together that only lie in different tables of the format. */
export async function* mapEntries(image: Image, start: number, end: number): AsyncGenerator<Located> {
  let current: Located | undefined;
  for await (const extent of extents(image, start, end)) {
    if (current && continues(current, extent)) current = { ...current, length: current.length + extent.length };
    else {
      if (current) yield current;
      current = extent;
    }
  }
  if (current) yield current;
}
