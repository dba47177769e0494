// Disk images in host files, with those that lie behind them.
import { dirname, isAbsolute, join } from "node:path";
import type { CacheMode } from "../devices/block/cache-mode.js";
import type { Image } from "../devices/block/image.js";
import { FORMATS, type Format, openImage } from "../devices/block/open.js";
import { BlockError } from "../devices/block/store.js";
import { FileStore } from "./file-store.js";
import { UserError } from "./user-error.js";

export interface ImageFileOptions {
  /** Else the first bytes say it. */
  readonly format?: string | undefined;
  readonly readOnly?: boolean;
  readonly cacheMode?: CacheMode;
}

/** Throws UserError. */
export function parseFormat(text: string): Format {
  const format = FORMATS.find((known) => known === text);
  if (!format) throw new UserError(`the format "${text}" is not known; there are ${FORMATS.join(" and ")}`);
  return format;
}

/** Where a name in an image leads: relative to the image, as qemu has it. */
function besides(name: string, image: string): string {
  const path = name.startsWith("file:") ? name.slice("file:".length) : name;
  return isAbsolute(path) ? path : join(dirname(image), path);
}

/** Rejects with a UserError that says why the image can not be opened. */
export async function openImageFile(path: string, { format, readOnly = false, cacheMode = "writeback" }: ImageFileOptions): Promise<Image> {
  const known = format === undefined ? {} : { format: parseFormat(format) };
  try {
    const store = await FileStore.open(path, { readOnly });
    try {
      return await openImage(store, {
        ...known,
        readOnly,
        cacheMode,
        resolve: (name, from, use) => FileStore.open(besides(name, from.name), { readOnly: use.readOnly }),
      });
    } catch (error) {
      await store.close();
      throw error;
    }
  } catch (error) {
    if (error instanceof BlockError) throw new UserError(error.message);
    throw error;
  }
}
