// A first cluster made anew: for a new image, and where extensions or the backing file's name change. Extensions that are not known are kept as they are.
import { strToU8 } from "fflate";
import { BlockError } from "../store.js";
import { setU64, viewOf } from "./big-endian.js";
import { EXTENSION, FIELD, type HeaderExtension, MAX_BACKING_NAME } from "./header.js";
import type { ImageFile } from "./image-file.js";

interface Backing {
  readonly name: string;
  readonly format?: string | undefined;
}

/**
 * `fields`: the header, header_length bytes of it. `extensions`: without that for the backing format. Throws a BlockError if not all of it goes into
 * one cluster. The feature names, which are there for other programs' messages only, go if that makes room.
 */
export function layOutHeader(
  fields: Uint8Array,
  extensions: readonly HeaderExtension[],
  backing: Backing | undefined,
  clusterSize: number,
): Uint8Array {
  const name = strToU8(backing?.name ?? "");
  if (name.length > MAX_BACKING_NAME) {
    throw new BlockError(`the backing file's name has ${name.length} bytes; ${MAX_BACKING_NAME} are the most`, "unsupported");
  }
  const format = backing?.format === undefined ? [] : [{ type: EXTENSION.backingFormat, data: strToU8(backing.format) }];
  const all = [...format, ...extensions];
  const room = clusterSize - fields.length - name.length;
  const chosen = bytesOf(all) <= room ? all : all.filter(({ type }) => type !== EXTENSION.featureNames);
  if (bytesOf(chosen) > room) throw new BlockError(`the header does not go into a cluster of ${clusterSize} bytes`, "unsupported");

  const cluster = new Uint8Array(clusterSize);
  const view = viewOf(cluster);
  cluster.set(fields);
  let at = fields.length;
  for (const { type, data } of chosen) {
    view.setUint32(at, type);
    view.setUint32(at + 4, data.length);
    cluster.set(data, at + 8);
    at += extensionBytes(data);
  }
  at += END_BYTES;
  cluster.set(name, at);
  setU64(view, FIELD.backingOffset, name.length > 0 ? at : 0);
  view.setUint32(FIELD.backingSize, name.length);
  return cluster;
}

/** Another backing file, or none, for an open image. Its clusters stay as they are. */
export async function changeBacking(file: ImageFile, backing: Backing | undefined): Promise<void> {
  const { header, geometry } = file;
  const extensions = header.extensions.filter(({ type }) => type !== EXTENSION.backingFormat);
  await file.replaceHeader((cluster) => layOutHeader(cluster.slice(0, header.headerLength), extensions, backing, geometry.clusterSize));
}

/** Other fields and extensions; the backing file's name and format stay. `fields` gets a copy of those at hand. */
export async function changeHeader(
  file: ImageFile,
  fields: (now: Uint8Array) => Uint8Array,
  extensions: readonly HeaderExtension[],
): Promise<void> {
  const { backingName, backingFormat, headerLength } = file.header;
  const backing = backingName === undefined ? undefined : { name: backingName, format: backingFormat };
  const others = extensions.filter(({ type }) => type !== EXTENSION.backingFormat);
  await file.replaceHeader((cluster) => layOutHeader(fields(cluster.slice(0, headerLength)), others, backing, file.geometry.clusterSize));
}

const END_BYTES = 8;

function extensionBytes(data: Uint8Array): number {
  return 8 + Math.ceil(data.length / 8) * 8;
}

function bytesOf(extensions: readonly HeaderExtension[]): number {
  return extensions.reduce((sum, { data }) => sum + extensionBytes(data), END_BYTES);
}
