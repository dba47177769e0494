// New qcow2 images. Options are those of `qemu-img create -f qcow2 -o`, with its defaults.
//
// Not done: encryption (refused); stores can not reserve room, so preallocation=falloc writes zeros as full does.
import { strToU8 } from "fflate";
import { writeZeros } from "../raw.js";
import { BlockError, type Store } from "../store.js";
import { setU64, viewOf } from "./big-endian.js";
import { type Geometry, geometryOf, l1EntriesFor } from "./geometry.js";
import * as format from "./header.js";
import { layOutHeader } from "./header-write.js";
import { ImageFile } from "./image-file.js";
import type { StandardEntry } from "./l2-entry.js";
import { Qcow2Image } from "./qcow2-image.js";
import { setRefcount } from "./refcount-entries.js";

export type Preallocation = "off" | "metadata" | "falloc" | "full";

export interface CreateOptions {
  /** Bytes; rounded up to whole sectors of 512. */
  readonly size: number;
  readonly backing_file?: string;
  readonly backing_fmt?: string;
  readonly cluster_size?: number;
  readonly compat?: "v2" | "v3" | "0.10" | "1.1";
  readonly compression_type?: format.CompressionType;
  /** The store that it names is given to createQcow2(). */
  readonly data_file?: string;
  readonly data_file_raw?: boolean;
  readonly extended_l2?: boolean;
  readonly lazy_refcounts?: boolean;
  readonly preallocation?: Preallocation;
  readonly refcount_bits?: number;
  readonly encryption?: boolean;
  readonly "encrypt.format"?: string;
}

const SECTOR = 512;
const DEFAULT_CLUSTER_SIZE = 65536;

/** Make `store` a qcow2 image. Whatever it holds is lost. Rejects with a BlockError for options that do not go together. */
export async function createQcow2(store: Store, options: CreateOptions, dataStore?: Store): Promise<void> {
  const shape = checkedShape(options, dataStore !== undefined);
  const geometry = geometryOf(shape);
  await store.truncate(0);
  await store.write(0, firstClusters(options, shape, geometry));
  const { header, cluster } = await format.readHeader(store);
  const file = new ImageFile(store, dataStore ?? store, false, "unsafe", header, cluster);
  const image = await Qcow2Image.open(file, undefined, "unsafe");
  await image.alone(async () => {
    await image.mapping.growL1(l1EntriesFor(shape.size, geometry));
    await file.setSize(shape.size);
    if (dataStore !== undefined) await dataStore.truncate(shape.size);
    await preallocate(image, 0, shape.size, shape.preallocation, options.backing_file !== undefined);
  });
  await image.finish();
  await store.flush();
  await dataStore?.flush();
}

/** Give clusters to a range of the disk that has none. `showBacking`: it goes on showing the backing image. The caller lets nothing else run. */
export async function preallocate(image: Qcow2Image, from: number, to: number, mode: Preallocation, showBacking = false): Promise<void> {
  if (mode === "off") return;
  const { file, mapping, refcounts } = image;
  const { clusterSize, l2Entries, allSubclusters } = file.geometry;
  const last = Math.ceil(to / clusterSize);
  for (let cluster = Math.ceil(from / clusterSize); cluster < last; ) {
    const wanted = Math.min(last, (Math.floor(cluster / l2Entries) + 1) * l2Entries) - cluster;
    const place = file.externalData ? { offset: cluster * clusterSize, count: wanted } : await refcounts.allocate(wanted, 1);
    const entries = Array.from(
      { length: place.count },
      (_, index): StandardEntry => ({
        kind: "standard",
        host: place.offset + index * clusterSize,
        copied: true,
        allocated: showBacking ? 0 : allSubclusters,
        zero: 0,
      }),
    );
    await occupy(file, place.offset, place.count * clusterSize, mode);
    await mapping.set(cluster, entries);
    cluster += place.count;
  }
}

/** New clusters read as zeros: by lying behind the store's end, or by being written. */
async function occupy(file: ImageFile, offset: number, length: number, mode: Preallocation): Promise<void> {
  const stop = file.externalData ? Math.min(offset + length, file.size) : offset + length;
  if (mode !== "metadata") return writeZeros((at, bytes) => file.writeData(at, bytes), offset, stop - offset);
  const end = file.dataStore.size;
  if (offset < end) await writeZeros((at, bytes) => file.writeData(at, bytes), offset, Math.min(end, stop) - offset);
  if (stop > end) await file.dataStore.truncate(stop);
}

interface Shape {
  readonly version: 2 | 3;
  readonly size: number;
  readonly clusterBits: number;
  readonly refcountOrder: number;
  readonly extendedL2: boolean;
  readonly preallocation: Preallocation;
}

function checkedShape(options: CreateOptions, hasDataStore: boolean): Shape {
  const { compat = "v3", cluster_size = DEFAULT_CLUSTER_SIZE, refcount_bits = 16, extended_l2 = false, preallocation = "off" } = options;
  const version = compat === "v2" || compat === "0.10" ? 2 : 3;
  const clusterBits = Math.log2(cluster_size);
  const size = Math.ceil(options.size / SECTOR) * SECTOR;
  refuseIf(options.encryption === true || options["encrypt.format"] !== undefined, "encrypted images can not be made");
  refuseIf(!Number.isSafeInteger(size) || size < 0, `a disk can not have ${options.size} bytes`);
  const goodCluster = Number.isInteger(clusterBits) && clusterBits >= format.MIN_CLUSTER_BITS && clusterBits <= format.MAX_CLUSTER_BITS;
  refuseIf(!goodCluster, `cluster_size is a power of two from 512 bytes to 2 MiB, not ${cluster_size}`);
  const refcountOrder = Math.log2(refcount_bits);
  refuseIf(![0, 1, 2, 3, 4, 5, 6].includes(refcountOrder), `refcount_bits is a power of two from 1 to 64, not ${refcount_bits}`);
  if (version === 2) {
    refuseIf(refcountOrder !== 4, "refcounts are 16 bits wide with compat=v2");
    refuseIf(options.lazy_refcounts === true, "lazy_refcounts needs compat=v3");
    refuseIf(extended_l2, "extended_l2 needs compat=v3");
    refuseIf(options.data_file !== undefined, "data_file needs compat=v3");
    refuseIf((options.compression_type ?? "zlib") !== "zlib", "compression_type needs compat=v3");
  }
  refuseIf(extended_l2 && clusterBits < format.MIN_EXTENDED_CLUSTER_BITS, "extended_l2 needs a cluster_size of 16 KiB or more");
  refuseIf((options.data_file !== undefined) !== hasDataStore, "data_file goes with a store for it");
  refuseIf(options.data_file_raw === true && !hasDataStore, "data_file_raw needs data_file");
  refuseIf(options.data_file_raw === true && options.backing_file !== undefined, "data_file_raw and backing_file exclude each other");
  refuseIf(options.backing_fmt !== undefined && options.backing_file === undefined, "backing_fmt needs backing_file");
  const hides = preallocation !== "off" && options.backing_file !== undefined && !extended_l2;
  refuseIf(hides, "preallocation with backing_file needs extended_l2");
  const shape = { version, clusterBits, refcountOrder, extendedL2: extended_l2 } as const;
  const tooLarge = l1EntriesFor(size, geometryOf(shape)) * 8 > format.MAX_L1_BYTES;
  refuseIf(tooLarge, `${size} bytes are too many for clusters of ${cluster_size} bytes`);
  return { ...shape, size, preallocation: options.data_file_raw === true && preallocation === "off" ? "metadata" : preallocation };
}

function refuseIf(condition: boolean, why: string): void {
  if (condition) throw new BlockError(why, "unsupported");
}

/** Header, refcount table and the first refcount block: an image of no bytes. */
function firstClusters(options: CreateOptions, shape: Shape, { clusterSize, refcountBits }: Geometry): Uint8Array {
  const backing = options.backing_file === undefined ? undefined : { name: options.backing_file, format: options.backing_fmt };
  const bytes = new Uint8Array(3 * clusterSize);
  bytes.set(layOutHeader(headerFields(options, shape, clusterSize), extensionsFor(options, shape), backing, clusterSize));
  setU64(viewOf(bytes), clusterSize, 2 * clusterSize);
  const block = bytes.subarray(2 * clusterSize);
  for (let cluster = 0; cluster < 3; cluster++) setRefcount({ bytes: block, view: viewOf(block) }, refcountBits, cluster, 1);
  return bytes;
}

function headerFields(options: CreateOptions, shape: Shape, clusterSize: number): Uint8Array {
  const fields = new Uint8Array(shape.version === 2 ? format.V2_HEADER_LENGTH : format.HEADER_LENGTH);
  const view = viewOf(fields);
  const { FIELD, INCOMPATIBLE } = format;
  view.setUint32(FIELD.magic, format.MAGIC);
  view.setUint32(FIELD.version, shape.version);
  view.setUint32(FIELD.clusterBits, shape.clusterBits);
  setU64(view, FIELD.refcountTableOffset, clusterSize);
  view.setUint32(FIELD.refcountTableClusters, 1);
  if (shape.version === 2) return fields;
  const zstd = options.compression_type === "zstd";
  view.setBigUint64(
    FIELD.incompatible,
    (options.data_file === undefined ? 0n : INCOMPATIBLE.dataFile) |
      (zstd ? INCOMPATIBLE.compressionType : 0n) |
      (shape.extendedL2 ? INCOMPATIBLE.extendedL2 : 0n),
  );
  view.setBigUint64(FIELD.compatible, options.lazy_refcounts === true ? format.COMPATIBLE.lazyRefcounts : 0n);
  view.setBigUint64(FIELD.autoclear, options.data_file_raw === true ? format.AUTOCLEAR.rawDataFile : 0n);
  view.setUint32(FIELD.refcountOrder, shape.refcountOrder);
  view.setUint32(FIELD.headerLength, fields.length);
  view.setUint8(FIELD.compressionType, zstd ? 1 : 0);
  return fields;
}

function extensionsFor(options: CreateOptions, { version }: Shape): format.HeaderExtension[] {
  const data = options.data_file === undefined ? [] : [{ type: format.EXTENSION.dataFile, data: strToU8(options.data_file) }];
  return version === 2 ? data : [...data, { type: format.EXTENSION.featureNames, data: featureNames() }];
}

/** Kind of feature, bit, and what messages call it. */
const FEATURE_NAMES: readonly (readonly [number, number, string])[] = [
  [0, 0, "dirty bit"],
  [0, 1, "corrupt bit"],
  [0, 2, "external data file"],
  [0, 3, "compression type"],
  [0, 4, "extended L2 entries"],
  [1, 0, "lazy refcounts"],
  [2, 0, "bitmaps"],
  [2, 1, "raw external data"],
];

/** The header extension that names what this format can have. */
export function featureNames(): Uint8Array {
  const table = new Uint8Array(FEATURE_NAMES.length * format.FEATURE_NAME_ENTRY);
  for (const [index, [kind, bit, name]] of FEATURE_NAMES.entries()) {
    table.set([kind, bit, ...strToU8(name)], index * format.FEATURE_NAME_ENTRY);
  }
  return table;
}
