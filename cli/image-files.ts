// Disk images by name, with the files they refer to.
import type { CacheMode } from "../devices/block/cache-mode.js";
import type { Image } from "../devices/block/image.js";
import { FORMATS, type Format, formatNamed, type OpenOptions, openImage, type ReferredUse } from "../devices/block/open.js";
import { BlockError, type Store } from "../devices/block/store.js";
import { FileStore } from "./file-store.js";
import { protocolOf, referredName } from "./referred-name.js";
import { UserError } from "./user-error.js";

export interface ImageFileOptions {
  /** Else the first bytes say it. */
  readonly format?: string | undefined;
  readonly readOnly?: boolean;
  readonly cacheMode?: CacheMode;
}

/** Finds the bytes of what is called `name`, as seen from here. */
export type OpenReferred = (name: string, use: ReferredUse) => Promise<Store>;

/** Throws UserError. */
export function parseFormat(text: string): Format {
  const format = formatNamed(text);
  if (!format) throw new UserError(`the format "${text}" is not known; there are ${FORMATS.join(" and ")}`);
  return format;
}

/** The image in `store`, with those that it refers to. The store is closed if that fails: with a BlockError, or as `open` does. */
export async function openNamed(store: Store, options: Omit<OpenOptions, "resolve">, open: OpenReferred): Promise<Image> {
  try {
    return await openImage(store, { ...options, resolve: (name, from, use) => open(referredName(use.kind, from.name, name), use) });
  } catch (error) {
    await store.close();
    throw error;
  }
}

/** A file of this host that an image refers to. Not done: protocols other than "file:", which are refused. */
export const openReferredFile: OpenReferred = async (name, { readOnly }) => {
  const path = name.replace(/^file:/, "");
  if (protocolOf(path) !== undefined) throw new BlockError(`${name}, which an image refers to, is no file`, "unsupported");
  return FileStore.open(path, { readOnly });
};

/** Rejects with a UserError that says why the image can not be opened. */
export async function openImageFile(path: string, { format, readOnly = false, cacheMode = "writeback" }: ImageFileOptions): Promise<Image> {
  const known = format === undefined ? {} : { format: parseFormat(format) };
  try {
    const store = await FileStore.open(path, { readOnly });
    return await openNamed(store, { ...known, readOnly, cacheMode }, openReferredFile);
  } catch (error) {
    if (error instanceof BlockError) throw new UserError(error.message);
    throw error;
  }
}
