// Options that several commands share.
import type { Arguments, OptionKinds } from "./arguments.js";
import { ImgError, usage } from "./errors.js";
import { parseNamedSize } from "./sizes.js";

/** Known in order to be refused in a sentence. */
export const REFUSED_KINDS = { object: "value", "image-opts": "flag" } as const satisfies OptionKinds;
export const SHARE_KINDS = { ...REFUSED_KINDS, "force-share": "flag" } as const satisfies OptionKinds;
export const SHARE_LETTERS = { U: "force-share" } as const;
export const SOURCE_KINDS = { ...SHARE_KINDS, format: "value" } as const satisfies OptionKinds;
export const SOURCE_LETTERS = { ...SHARE_LETTERS, f: "format" } as const;

/** Throws ImgError for what describes images in QEMU's own way. */
export function refuseObjects(args: Arguments): void {
  if (args.has("object")) throw new ImgError("--object is not supported: there is no encryption, and nothing else that needs objects");
  if (args.has("image-opts") || args.has("target-image-opts")) {
    throw new ImgError("--image-opts is not supported: name the image's file, and its format with -f");
  }
}

/** The only file that the command takes. Throws ImgError. */
export function onlyFile(args: Arguments): string {
  const [file, ...more] = args.files;
  if (file === undefined || more.length > 0) throw usage("Expecting one image file name");
  return file;
}

/** `--output`. Throws ImgError. */
export function wantsJson(args: Arguments): boolean {
  const output = args.value("output") ?? "human";
  if (output !== "human" && output !== "json") throw new ImgError("--output must be used with human or json as argument.");
  return output === "json";
}

export const CACHE_MODES = ["none", "off", "directsync", "writeback", "unsafe", "writethrough"];

/** Throws ImgError, with `code`. */
export function checkCache(args: Arguments, name: "t" | "T", code = 1): string | undefined {
  const mode = args.value(name);
  if (mode === undefined || CACHE_MODES.includes(mode)) return mode;
  throw new ImgError(`Invalid ${name === "T" ? "source " : ""}cache option: ${mode}`, code);
}

/** Bytes a second; undefined: no limit. Throws ImgError. */
export function rateLimit(args: Arguments): number | undefined {
  const text = args.value("r");
  return text === undefined ? undefined : parseNamedSize("rate limit", text);
}

/** `-o`: each list must be something, and not begin or end with a comma. Throws ImgError. */
export function checkOptionLists(lists: readonly string[]): void {
  for (const list of lists) {
    if (list === "" || list.startsWith(",") || /(?:^|[^,])(?:,,)*,$/.test(list)) throw new ImgError(`Invalid option list: ${list}`);
  }
}
