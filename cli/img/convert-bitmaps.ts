// `convert --bitmaps`: persistent bitmaps of the source for the target.
import type { Bitmaps } from "../../devices/block/qcow2/bitmap-changes.js";
import { BlockError } from "../../devices/block/store.js";
import type { Context } from "./console.js";
import { ImgError } from "./errors.js";
import { bitmapChanges, type Opened } from "./images.js";

/** Undefined: the image can have none. */
async function supported(opened: Opened): Promise<Bitmaps | undefined> {
  const bitmaps = await bitmapChanges(opened);
  return bitmaps?.canHaveSome ? bitmaps : undefined;
}

/** Those that are to be copied. Rejects with an ImgError where some do not count, unless they are left out. */
export async function bitmapsToCopy(sources: readonly Opened[], skipBroken: boolean): Promise<Bitmaps> {
  const [source, ...more] = sources;
  if (more.length > 0) throw new ImgError("Copying bitmaps only possible with single source");
  const bitmaps = await supported(source!);
  if (!bitmaps) throw new ImgError("Source lacks bitmap support");
  const broken = bitmaps.list.find(({ inUse }) => inUse);
  if (!broken || skipBroken) return bitmaps;
  const hint = "Try --skip-broken-bitmaps, or use 'ringside img bitmap --remove' to delete it";
  throw new ImgError(`Cannot copy inconsistent bitmap '${broken.name}'`, 1, hint);
}

/** Rejects with an ImgError for a target that can have none. */
export async function bitmapsOfTarget(target: Opened): Promise<Bitmaps> {
  const bitmaps = await supported(target);
  if (!bitmaps) throw new ImgError(`Format driver '${target.format}' does not support bitmaps`);
  return bitmaps;
}

export async function copyBitmaps(from: Bitmaps, to: Bitmaps, context: Context): Promise<void> {
  for (const { name, granularity, inUse, auto } of from.list) {
    if (inUse) {
      context.err(`ringside: warning: Skipping inconsistent bitmap '${name}'\n`);
      continue;
    }
    try {
      await to.add({ name, granularity });
    } catch (error) {
      throw error instanceof BlockError ? new ImgError(`Failed to create bitmap ${name}: ${error.message}`) : error;
    }
    await to.merge(name, from, name);
    if (!auto) await to.enable(name, false);
  }
}
