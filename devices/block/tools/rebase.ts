// Moving an overlay from one image behind it to another without a change of what it shows: the safe mode of `qemu-img rebase`.
import type { Image } from "../image.js";
import { extents, readPadded } from "./extents.js";
import { equalUpTo } from "./zeros.js";

const BUFFER = 2 ** 20;
const SECTOR = 512;

export interface RebaseOptions {
  /** `done` of `total` bytes of the disk. */
  progress(done: number, total: number): void;
}

/** Whether all of a stretch reads as zeros; what lies behind an image's end does. */
async function isZeroExtent(image: Image | undefined, at: number, length: number): Promise<boolean> {
  const end = Math.min(at + length, image?.size ?? 0);
  if (!image || at >= end) return true;
  for await (const extent of extents(image, at, end)) if (!extent.zero) return false;
  return true;
}

/** First stretches that differ are written to the overlay. */
async function adopt(overlay: Image, at: number, before: Uint8Array, after: Uint8Array): Promise<void> {
  for (let start = 0; start < before.length; ) {
    start += equalUpTo(before.subarray(start), after.subarray(start), SECTOR);
    let end = start;
    while (end < before.length && equalUpTo(before.subarray(end, end + SECTOR), after.subarray(end, end + SECTOR), SECTOR) === 0)
      end += SECTOR;
    end = Math.min(end, before.length);
    if (end > start) await overlay.write(at + start, before.subarray(start, end));
    start = end;
  }
}

/**
 * Writes to `overlay` what it shows of `before`, the image behind it now, where `after` (none: zeros) holds something else. Both are opened beside
 * the overlay. To name `after` in the overlay is the caller's. Rejects with a BlockError.
 */
export async function rebase(overlay: Image, before: Image | undefined, after: Image | undefined, options: RebaseOptions): Promise<void> {
  options.progress(0, overlay.size);
  for await (const { at, length, depth, present } of extents(overlay)) {
    const own = depth === 0 && present;
    if (!own && !((await isZeroExtent(before, at, length)) && (await isZeroExtent(after, at, length)))) {
      for (let done = 0; done < length; done += BUFFER) {
        const size = Math.min(BUFFER, length - done);
        const [old, other] = [new Uint8Array(size), new Uint8Array(size)];
        await Promise.all([readPadded(before, at + done, old), readPadded(after, at + done, other)]);
        await adopt(overlay, at + done, old, other);
        options.progress(at + done + size, overlay.size);
      }
    }
    options.progress(at + length, overlay.size);
  }
}
