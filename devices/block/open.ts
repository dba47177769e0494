// An image from its store: which format it has, and what lies behind it.
import type { CacheMode } from "./cache-mode.js";
import type { Image } from "./image.js";
import { checkQcow2 } from "./qcow2/check/check.js";
import { INCOMPATIBLE, isQcow2, type Qcow2Header, readHeader } from "./qcow2/header.js";
import { ImageFile } from "./qcow2/image-file.js";
import { type MetadataCacheSizes, Qcow2Image } from "./qcow2/qcow2-image.js";
import { RawImage } from "./raw.js";
import { BlockError, type Store } from "./store.js";

export const FORMATS = ["raw", "qcow2"] as const;
export type Format = (typeof FORMATS)[number];

export function formatNamed(name: string): Format | undefined {
  return FORMATS.find((known) => known === name);
}

export type ReferredKind = "backing" | "data";

/** A backing file is only read; a data file is as writable as its image. */
export interface ReferredUse {
  readonly kind: ReferredKind;
  readonly readOnly: boolean;
}

/** Finds the store that the image in `from` calls `name`. */
export type Resolve = (name: string, from: Store, use: ReferredUse) => Promise<Store>;

export interface OpenOptions extends MetadataCacheSizes {
  /** Else the first bytes say it. */
  readonly format?: Format;
  readonly readOnly?: boolean;
  readonly cacheMode?: CacheMode;
  /** Needed for images that refer to others. */
  readonly resolve?: Resolve;
  /** False: leave the image behind this one alone; what is not mapped reads as zeros. */
  readonly backing?: boolean;
  /** Open for writing what is marked dirty or corrupt, as it is. */
  readonly damaged?: boolean;
}

/** More images behind each other are a mistake. */
const MAX_CHAIN = 200;

/** The format that a store's first bytes show; raw if none. */
export async function probeFormat(store: Store): Promise<Format> {
  const start = new Uint8Array(Math.min(512, store.size));
  await store.read(0, start);
  return isQcow2(start) ? "qcow2" : "raw";
}

/** Open an image and those behind it. Rejects with a BlockError; the store stays open then, and those that were opened for it are closed. */
export async function openImage(store: Store, options: OpenOptions = {}): Promise<Image> {
  return openInChain(store, options, []);
}

/** The same where it must be qcow2. */
export async function openQcow2(store: Store, options: OpenOptions = {}): Promise<Qcow2Image> {
  return openQcow2InChain(store, options, []);
}

async function openInChain(store: Store, options: OpenOptions, above: readonly string[]): Promise<Image> {
  const format = options.format ?? (await probeFormat(store));
  if (format === "raw") return new RawImage(store, options.cacheMode, options.readOnly === true || store.readOnly);
  return openQcow2InChain(store, options, above);
}

async function openQcow2InChain(store: Store, options: OpenOptions, above: readonly string[]): Promise<Qcow2Image> {
  const readOnly = options.readOnly === true || store.readOnly;
  const cacheMode = options.cacheMode ?? "writeback";
  const { header, cluster } = await (readOnly || options.damaged === true ? readHeader(store) : readSoundHeader(store));
  const opened: { close(): Promise<void> }[] = [];
  try {
    const dataStore = await openDataFile(store, header, readOnly, options);
    if (dataStore !== store) opened.push(dataStore);
    const backing = await openBacking(store, header, options, [...above, store.name]);
    if (backing !== undefined) opened.push(backing);
    const file = new ImageFile(store, dataStore, readOnly, cacheMode, header, cluster);
    return await Qcow2Image.open(file, backing, cacheMode, options);
  } catch (error) {
    for (const part of opened) await part.close();
    throw error;
  }
}

/** The header of an image that may be written to. Where refcounts wait to be made anew, because it was not closed, that is done. */
async function readSoundHeader(store: Store): Promise<Awaited<ReturnType<typeof readHeader>>> {
  const found = await readHeader(store);
  const { incompatible } = found.header;
  if ((incompatible & INCOMPATIBLE.corrupt) !== 0n) {
    throw new BlockError(`${store.name} is marked corrupt: it can be read, or repaired`, "corrupt");
  }
  if ((incompatible & INCOMPATIBLE.dirty) === 0n) return found;
  const { corruptions, checkErrors } = await checkQcow2(store, "all");
  if (corruptions + checkErrors === 0) return readHeader(store);
  throw new BlockError(`${store.name} was not closed, and is too broken to be repaired at once: it can be read, or checked`, "corrupt");
}

async function openDataFile(store: Store, header: Qcow2Header, readOnly: boolean, options: OpenOptions): Promise<Store> {
  if (header.dataFileName === undefined) return store;
  if (header.dataFileName === "")
    throw new BlockError(`${store.name} keeps its data in another file, and does not say in which`, "unsupported");
  return resolved(header.dataFileName, store, { kind: "data", readOnly }, options);
}

async function openBacking(store: Store, header: Qcow2Header, options: OpenOptions, chain: readonly string[]): Promise<Image | undefined> {
  const { backingName, backingFormat } = header;
  if (backingName === undefined || backingName === "" || options.backing === false) return undefined;
  if (chain.length > MAX_CHAIN) throw new BlockError(`more than ${MAX_CHAIN} images lie behind ${chain[0]}`, "unsupported");
  const format = backingFormat === undefined ? undefined : formatNamed(backingFormat);
  if (backingFormat !== undefined && format === undefined) {
    throw new BlockError(`${store.name} lies on ${backingName}, whose format ${backingFormat} is not known`, "unsupported");
  }
  const behind = await resolved(backingName, store, { kind: "backing", readOnly: true }, options);
  try {
    if (chain.includes(behind.name)) throw new BlockError(`${store.name} lies on ${behind.name}, which lies on it again`, "corrupt");
    const { resolve, l2Cache, refcountCache } = options;
    const kept = { resolve, l2Cache, refcountCache };
    const given = Object.fromEntries(Object.entries(kept).filter(([, value]) => value !== undefined));
    return await openInChain(behind, { ...given, readOnly: true, ...(format === undefined ? {} : { format }) }, chain);
  } catch (error) {
    await behind.close();
    throw error;
  }
}

async function resolved(name: string, from: Store, use: ReferredUse, { resolve }: OpenOptions): Promise<Store> {
  if (resolve === undefined) throw new BlockError(`${from.name} refers to ${name}, which can not be found from here`, "not-found");
  return resolve(name, from, use);
}
