// Opens images for the commands, and does to them what only their format can.
import type { CacheMode } from "../../devices/block/cache-mode.js";
import type { Image } from "../../devices/block/image.js";
import { lent } from "../../devices/block/lent-store.js";
import { type Format, formatNamed, probeFormat, type ReferredUse } from "../../devices/block/open.js";
import { Bitmaps } from "../../devices/block/qcow2/bitmap-changes.js";
import { type BitmapEntry, readBitmaps } from "../../devices/block/qcow2/bitmaps.js";
import { preallocate } from "../../devices/block/qcow2/create.js";
import { changeBacking as writeBacking } from "../../devices/block/qcow2/header-write.js";
import { Qcow2Image } from "../../devices/block/qcow2/qcow2-image.js";
import type { Snapshot } from "../../devices/block/qcow2/snapshot-table.js";
import { viewSnapshot } from "../../devices/block/qcow2/snapshot-view.js";
import { listSnapshots } from "../../devices/block/qcow2/snapshots.js";
import { RawImage } from "../../devices/block/raw.js";
import { BlockError, type Store } from "../../devices/block/store.js";
import { openNamed } from "../image-files.js";
import { referredName } from "../referred-name.js";
import { parseKeyValues } from "./arguments.js";
import type { Context } from "./console.js";
import type { Preallocation } from "./create-options.js";
import { describe } from "./describe.js";
import { ImgError } from "./errors.js";
import { type FileUse, hostReason } from "./host-files.js";
import type { ImageInfo } from "./info-text.js";

export interface Opened {
  /** As the user or the image in front names it. */
  readonly path: string;
  readonly format: Format;
  readonly image: Image;
}

export interface OpenOptions extends FileUse {
  readonly format?: string | undefined;
  /** False: leave the image behind this one alone. */
  readonly backing?: boolean;
  /** For writing; as -t has it. */
  readonly cache?: string | undefined;
  /** Exit code if it can not be opened. */
  readonly code?: number;
}

export const PROBED_RAW = (path: string) =>
  `WARNING: Image format was not specified for '${path}' and probing guessed raw.\n` +
  "         Automatically detecting the format is dangerous for raw images, write operations on block 0 will be restricted.\n" +
  "         Specify the 'raw' format explicitly to remove the restrictions.\n";

/** QEMU's names for cache modes, by what they promise. */
function cacheModeOf(name: string | undefined): CacheMode {
  if (name === "off") return "none";
  if (name === "directsync") return "writethrough";
  return (name as CacheMode | undefined) ?? "writeback";
}

/** Why something failed, as far as it is the user's or the image's doing. */
function reasonOf(error: unknown): string {
  if (error instanceof ImgError || error instanceof BlockError) return error.message;
  const reason = hostReason(error);
  if (reason === undefined) throw error;
  return reason;
}

/** Throws an ImgError for what was refused. */
async function named<T>(path: string, code: number, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw new ImgError(`Could not open '${path}': ${reasonOf(error)}`, code, error instanceof ImgError ? error.hint : undefined);
  }
}

/** A file, and the format of what is in it. Rejects with an ImgError that does not name the file, or a BlockError. */
async function openFile(
  name: string,
  wanted: string | undefined,
  use: FileUse,
  context: Context,
): Promise<{ store: Store; format: Format }> {
  const named = wanted === undefined ? undefined : formatNamed(wanted);
  if (wanted !== undefined && named === undefined) throw new ImgError(`Unknown driver '${wanted}'`);
  const store = await context.files.open(name, use);
  try {
    const found = await probeFormat(store);
    if (named === "qcow2" && found !== "qcow2") throw new ImgError("Image is not in qcow2 format");
    return { store, format: named ?? found };
  } catch (error) {
    await store.close();
    throw error;
  }
}

/** Rejects with an ImgError. */
export async function openImage(path: string, options: OpenOptions, context: Context): Promise<Opened> {
  const { write = false, code = 1 } = options;
  return named(path, code, async () => {
    const { store, format } = await openFile(path, options.format, options, context);
    if (write && format === "raw" && options.format === undefined) context.err(PROBED_RAW(path));
    const image = await openNamed(
      store,
      { format, readOnly: !write, cacheMode: cacheModeOf(options.cache), backing: options.backing !== false },
      (name, use) => openReferred(name, use, options.share === true, context),
    );
    return { path, format, image };
  });
}

async function openReferred(name: string, { kind, readOnly }: ReferredUse, share: boolean, context: Context): Promise<Store> {
  try {
    return await context.files.open(name, { write: !readOnly, share });
  } catch (error) {
    throw new ImgError(kind === "data" ? reasonOf(error) : `Could not open backing file: ${reasonOf(error)}`);
  }
}

/** The image in a file that openStore() gave, for writing; the file stays open when it is closed. Rejects with an ImgError. */
export async function openAgain(path: string, store: Store, format: Format, cache: string | undefined, context: Context): Promise<Opened> {
  return named(path, 1, async () => {
    const image = await openNamed(lent(store), { format, cacheMode: cacheModeOf(cache) }, (name, use) =>
      openReferred(name, use, false, context),
    );
    return { path, format, image };
  });
}

/** A file that holds an image, not opened as one. Rejects with an ImgError. */
export function openStore(path: string, options: OpenOptions, context: Context): Promise<{ store: Store; format: Format }> {
  return named(path, options.code ?? 1, () => openFile(path, options.format, options, context));
}

/** What a file says of its image, without those behind it and without its data file. Rejects with an ImgError. */
export async function describeFile(path: string, { code = 1, ...options }: OpenOptions, context: Context): Promise<ImageInfo> {
  return named(path, code, async () => {
    const { store, format } = await openFile(path, options.format, options, context);
    try {
      return await describe(store, format);
    } finally {
      await store.close();
    }
  });
}

export interface Behind {
  /** From where this process is. */
  readonly file: string;
  readonly format: string | undefined;
}

/** The images behind one that was opened with them, the next one first. */
export function backingChain({ path, image }: Opened): Behind[] {
  const chain: Behind[] = [];
  let above = path;
  for (let current: Image | undefined = image; current instanceof Qcow2Image && current.backing; current = current.backing) {
    const { backingName, backingFormat } = current.file.header;
    above = referredName("backing", above, backingName!);
    chain.push({ file: above, format: backingFormat });
  }
  return chain;
}

/** Bytes of the disk behind an image's; undefined: there is none. */
export function backingSize({ image }: Opened): number | undefined {
  return image instanceof Qcow2Image ? image.backing?.size : undefined;
}

/** What only qcow2 can do. Throws ImgError. */
function mustBeQcow2(image: Image, sentence: string): Qcow2Image {
  if (image instanceof Qcow2Image) return image;
  throw new ImgError(sentence);
}

/** Rejects with an ImgError for formats without compression. */
export function compressedWriter({ image }: Opened): { cluster: number; write(at: number, from: Uint8Array): Promise<void> } {
  const qcow2 = mustBeQcow2(image, "Compression not supported for this file format");
  return { cluster: qcow2.file.geometry.clusterSize, write: (at, from) => qcow2.writeCompressed(at, from) };
}

/** All of the disk is what is behind it. */
export async function emptyImage({ image }: Opened): Promise<void> {
  const qcow2 = mustBeQcow2(image, "this image can not be emptied");
  const { clusterSize } = qcow2.file.geometry;
  await qcow2.alone(() => qcow2.zeroing.unmap(0, Math.ceil(qcow2.size / clusterSize) * clusterSize));
  await qcow2.flush();
}

/** Persistent bitmaps; undefined for formats that have none. */
export async function bitmapsOf({ image }: Opened): Promise<readonly BitmapEntry[] | undefined> {
  if (!(image instanceof Qcow2Image) || image.file.header.version === 2) return undefined;
  return readBitmaps(image.file.store, image.file.header);
}

/** Of an image that can have persistent bitmaps: undefined for other formats. */
export async function bitmapChanges({ image }: Opened): Promise<Bitmaps | undefined> {
  return image instanceof Qcow2Image ? Bitmaps.open(image) : undefined;
}

/** `wanted`: "ID", "NAME", or "snapshot.id=ID,snapshot.name=NAME". Throws ImgError. */
function findSnapshot(snapshots: readonly Snapshot[], wanted: string): Snapshot | undefined {
  if (!wanted.startsWith("snapshot.")) return snapshots.find(({ id }) => id === wanted) ?? snapshots.find(({ name }) => name === wanted);
  const given = new Map(parseKeyValues(wanted));
  const unknown = [...given.keys()].find((key) => key !== "snapshot.id" && key !== "snapshot.name");
  if (unknown !== undefined) {
    throw new ImgError(`Invalid parameter '${unknown}'`, 1, `ringside: Failed in parsing snapshot param '${wanted}'`);
  }
  const [id, name] = [given.get("snapshot.id"), given.get("snapshot.name")];
  return snapshots.find((snapshot) => (id ?? snapshot.id) === snapshot.id && (name ?? snapshot.name) === snapshot.name);
}

/** What a snapshot shows, in the place of the image that has it. Rejects with an ImgError, and has closed the image then. */
export async function openSnapshot(opened: Opened, wanted: string): Promise<Opened> {
  const { image } = opened;
  try {
    const snapshots = image instanceof Qcow2Image ? await listSnapshots(image) : [];
    const snapshot = findSnapshot(snapshots, wanted);
    if (!snapshot || !(image instanceof Qcow2Image)) throw new ImgError("Failed to load snapshot: Can't find snapshot");
    return { ...opened, image: await viewSnapshot(image, snapshot) };
  } catch (error) {
    await image.close();
    throw error;
  }
}

/** Undefined for other formats. */
export const asQcow2 = ({ image }: Opened): Qcow2Image | undefined => (image instanceof Qcow2Image ? image : undefined);

/** Names another image, or none, behind this one. Rejects with an ImgError for formats that have none. */
export async function changeBacking({ image }: Opened, name: string | undefined, format: string | undefined): Promise<void> {
  const qcow2 = mustBeQcow2(image, `Could not change the backing file to '${name ?? ""}': Operation not supported`);
  await qcow2.alone(() => writeBacking(qcow2.file, name === undefined ? undefined : { name, format }));
  await qcow2.flush();
}

/** `preallocation`: of what is new. Rejects with an ImgError. */
export async function resizeImage({ image }: Opened, size: number, preallocation: Preallocation): Promise<void> {
  const before = image.size;
  if (image instanceof RawImage && preallocation === "metadata") throw new ImgError("Unsupported preallocation mode: metadata");
  if (image instanceof Qcow2Image && size % 512 !== 0) throw new ImgError("The new size must be a multiple of 512");
  await image.resize(size);
  if (preallocation === "off" || size <= before) return;
  if (image instanceof Qcow2Image) await image.alone(() => preallocate(image, before, size, preallocation, image.backing !== undefined));
  else await image.zero(before, size - before, false);
}
