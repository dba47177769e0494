// Writing what images hold into one that is behind them: what `qemu-img commit` does.
import type { Image } from "../image.js";
import { extents, type Located } from "./extents.js";

export interface CommitOptions {
  /** The base is so many images behind the top; 1: next to it. */
  readonly depth: number;
  /** `done` of `total` bytes of the disk. */
  progress(done: number, total: number): void;
  /** Waits until so many bytes more may be written. */
  limit?(bytes: number): Promise<void>;
}

const BUFFER = 2 ** 20;

/** Whether what the disk shows there comes from above the base. */
function isAbove(extent: Located, depth: number): boolean {
  // The end of an image hides what those behind it hold.
  return extent.depth < depth && (extent.present || extent.depth < depth - 1);
}

/**
 * Writes into `base`, which is opened on its own, what `top` and the images between have. The base grows to the top's size if it is smaller.
 * Rejects with a BlockError.
 */
export async function commit(top: Image, base: Image, options: CommitOptions): Promise<void> {
  if (base.size < top.size) await base.resize(top.size);
  options.progress(0, top.size);
  for await (const extent of extents(top)) {
    if (isAbove(extent, options.depth)) await write(top, base, extent, options);
    options.progress(extent.at + extent.length, top.size);
  }
  await base.flush();
}

async function write(top: Image, base: Image, { at, length, zero }: Located, options: CommitOptions): Promise<void> {
  if (zero) {
    await base.zero(at, length, true);
    return;
  }
  for (let done = 0; done < length; done += BUFFER) {
    const bytes = new Uint8Array(Math.min(BUFFER, length - done));
    await options.limit?.(bytes.length);
    await top.read(at + done, bytes);
    await base.write(at + done, bytes);
  }
}
