// Sizes on the command line, and what is said of those that are none.
import { type ParsedSize, parseSize } from "../../devices/block/tools/sizes.js";
import { ImgError } from "./errors.js";

export const SIZE_EXPECTED =
  "expects a non-negative number below 2^64\nOptional suffix k, M, G, T, P or E means kilo-, mega-, giga-, tera-, peta-\nand exabytes, respectively.";

const MAX_INT64 = 2n ** 63n - 1n;

/** Bytes, or why there are none. Throws ImgError for sizes that other programs may take, but this one can not count exactly. */
export function sizeOf(text: string): number | Exclude<ParsedSize, bigint> {
  const size = parseSize(text);
  if (typeof size !== "bigint") return size;
  if (size > MAX_INT64) return "range";
  if (size > BigInt(Number.MAX_SAFE_INTEGER))
    throw new ImgError(`${text} is more than 2^53 bytes, which are the most that are supported here`);
  return Number(size);
}

/** `what`: "image size". Throws ImgError. */
export function parseNamedSize(what: string, text: string, least = 0, most?: number): number {
  const size = sizeOf(text);
  if (size === "range" || (typeof size === "number" && (size < least || size > (most ?? size))))
    throw new ImgError(`Invalid ${what} specified. Must be between ${least} and ${most ?? MAX_INT64}.`);
  if (size === "invalid") {
    throw new ImgError(
      `Invalid ${what} specified. You may use k, M, G, T, P or E suffixes for`,
      1,
      "ringside: kilobytes, megabytes, gigabytes, terabytes, petabytes and exabytes.",
    );
  }
  return size;
}
