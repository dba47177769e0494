// The files that images refer to. A backing file's name is relative to the folder of the image that says it (qemu-img(1), "create", -b); a data file's is
// relative to the folder that the program was started in, as QEMU takes it.
//
// Not done: names with a protocol ("nbd://", "json:"), which are refused; "file:" is understood.
import { dirname, resolve as resolvePath } from "node:path";
import type { Resolve } from "../devices/block/open.js";
import { BlockError } from "../devices/block/store.js";
import { FileStore } from "./file-store.js";

/** For openImage(): opens backing files for reading and data files as their image is. */
export const resolveFile: Resolve = async (name, from, { kind, readOnly }) => {
  const path = name.startsWith("file:") ? name.slice("file:".length) : name;
  if (/^[a-z][a-z0-9+.-]*:/.test(path)) throw new BlockError(`${from.name} refers to ${name}, which is no file`, "unsupported");
  return FileStore.open(kind === "data" ? path : resolvePath(dirname(from.name), path), { readOnly });
};
