// What every format asks of a request before it looks at it.
import type { Image } from "./image.js";
import { BlockError } from "./store.js";

/** Throws a BlockError for a range that is not within the image, or a change of one that is read-only. */
export function checkRange(image: Image, at: number, length: number, use: "read" | "write" = "read"): void {
  if (!Number.isSafeInteger(at) || at < 0 || !Number.isSafeInteger(length) || length < 0 || at + length > image.size) {
    throw new BlockError(`${image.name}: ${length} bytes at ${at} are not within its ${image.size} bytes`);
  }
  if (use === "write" && image.readOnly) throw new BlockError(`${image.name} is read-only`, "read-only");
}
