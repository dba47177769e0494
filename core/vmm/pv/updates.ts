// HC_UPDATE_TABLES: a batch of page-table entries to write. docs/hypercalls.md.

import { type PvError, UPDATE_SIZE } from "./abi.js";
import type { Frames } from "./frames.js";

export interface BatchResult {
  /** Requests carried out, from the first on. */
  readonly done: number;
  /** Why the next one was not. */
  readonly error?: PvError;
}

/** Carry out the requests in `bytes`, a multiple of UPDATE_SIZE, up to the first that is refused; that one changes nothing. */
export function applyUpdates(frames: Frames, bytes: Uint8Array): BatchResult {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const count = bytes.length / UPDATE_SIZE;
  for (let done = 0; done < count; done++) {
    const error = frames.update(view.getUint32(done * UPDATE_SIZE, true), view.getUint32(done * UPDATE_SIZE + 4, true));
    if (error !== undefined) return { done, error };
  }
  return { done: count };
}
