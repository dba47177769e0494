// The header of a qcow2 image: what it says, and what is refused. Source: qemu, docs/interop/qcow2.rst, "Header" and the sections after it.
// Not done: encryption, which is refused by name.
import { strFromU8 } from "fflate";
import { BlockError, type Store } from "../store.js";
import { getU64, viewOf } from "./big-endian.js";
import { geometryOf, l1EntriesFor } from "./geometry.js";

export const MAGIC = 0x5146_49fb;
export const V2_HEADER_LENGTH = 72;
export const V3_HEADER_LENGTH = 104;
/** With the compression type and its padding: what is written. */
export const HEADER_LENGTH = 112;
export const MIN_CLUSTER_BITS = 9;
export const MAX_CLUSTER_BITS = 21;
export const MIN_EXTENDED_CLUSTER_BITS = 14;
export const MAX_BACKING_NAME = 1023;
/** QEMU's limits: bytes of the L1 table and of the refcount table, number of snapshots. */
export const MAX_L1_BYTES = 32 << 20;
export const MAX_REFCOUNT_TABLE_BYTES = 8 << 20;
export const MAX_SNAPSHOTS = 65536;

export const INCOMPATIBLE = { dirty: 1n, corrupt: 2n, dataFile: 4n, compressionType: 8n, extendedL2: 16n } as const;
export const COMPATIBLE = { lazyRefcounts: 1n } as const;
export const AUTOCLEAR = { bitmaps: 1n, rawDataFile: 2n } as const;
export const EXTENSION = {
  end: 0,
  backingFormat: 0xe279_2aca,
  featureNames: 0x6803_f857,
  bitmaps: 0x2385_2875,
  encryption: 0x0537_be77,
  dataFile: 0x4441_5441,
} as const;

/** Offsets of the fields. */
export const FIELD = {
  magic: 0,
  version: 4,
  backingOffset: 8,
  backingSize: 16,
  clusterBits: 20,
  size: 24,
  cryptMethod: 32,
  l1Size: 36,
  l1Offset: 40,
  refcountTableOffset: 48,
  refcountTableClusters: 56,
  snapshotCount: 60,
  snapshotsOffset: 64,
  incompatible: 72,
  compatible: 80,
  autoclear: 88,
  refcountOrder: 96,
  headerLength: 100,
  compressionType: 104,
} as const;

export interface HeaderExtension {
  readonly type: number;
  readonly data: Uint8Array;
}

export type CompressionType = "zlib" | "zstd";

/** Offsets and sizes are bytes of the store unless a name says otherwise. */
export interface Qcow2Header {
  readonly version: 2 | 3;
  readonly clusterBits: number;
  /** Of the disk. */
  readonly size: number;
  readonly l1Size: number;
  readonly l1Offset: number;
  readonly refcountTableOffset: number;
  readonly refcountTableClusters: number;
  readonly snapshotCount: number;
  readonly snapshotsOffset: number;
  readonly incompatible: bigint;
  readonly compatible: bigint;
  readonly autoclear: bigint;
  readonly refcountOrder: number;
  readonly headerLength: number;
  readonly compressionType: CompressionType;
  readonly extendedL2: boolean;
  /** In the order in which they lie there, without the end mark. */
  readonly extensions: readonly HeaderExtension[];
  readonly backingName?: string;
  readonly backingFormat?: string;
  /** Present, and perhaps empty, if guest data lies in a file of its own. */
  readonly dataFileName?: string;
}

/** Of an image's first bytes: whether it says that it is qcow2. */
export function isQcow2(start: Uint8Array): boolean {
  return start.length >= 8 && viewOf(start).getUint32(FIELD.magic) === MAGIC && viewOf(start).getUint32(FIELD.version) >= 2;
}

/** Read the first cluster and what it says. Rejects with a BlockError for what is no qcow2 image, is absurd or can not be served. */
export async function readHeader(store: Store): Promise<{ header: Qcow2Header; cluster: Uint8Array }> {
  const start = new Uint8Array(HEADER_LENGTH);
  await store.read(0, start);
  const view = viewOf(start);
  if (view.getUint32(FIELD.magic) !== MAGIC) throw refusal(store, "is no qcow2 image");
  const version = view.getUint32(FIELD.version);
  if (version !== 2 && version !== 3) throw refusal(store, `is of version ${version} of qcow2; 2 and 3 are known`);
  const clusterBits = view.getUint32(FIELD.clusterBits);
  if (clusterBits < MIN_CLUSTER_BITS || clusterBits > MAX_CLUSTER_BITS) {
    throw absurd(store, `the cluster size is 2^${clusterBits} bytes; from 2^${MIN_CLUSTER_BITS} to 2^${MAX_CLUSTER_BITS} are possible`);
  }
  const cluster = new Uint8Array(2 ** clusterBits);
  await store.read(0, cluster);
  return { header: parseHeader(store, cluster), cluster };
}

/** `cluster`: the whole first cluster. Throws a BlockError. */
export function parseHeader(store: Pick<Store, "name">, cluster: Uint8Array): Qcow2Header {
  const view = viewOf(cluster);
  const version = view.getUint32(FIELD.version) as 2 | 3;
  const clusterBits = view.getUint32(FIELD.clusterBits);
  const headerLength = version === 2 ? V2_HEADER_LENGTH : view.getUint32(FIELD.headerLength);
  if (version === 3 && (headerLength < V3_HEADER_LENGTH || headerLength % 8 !== 0 || headerLength > cluster.length)) {
    throw absurd(store, `the header has a length of ${headerLength} bytes`);
  }
  const features = (at: number) => (version === 2 ? 0n : view.getBigUint64(at));
  const incompatible = features(FIELD.incompatible);
  const backing = backingNameOf(store, view, cluster, headerLength);
  const extensions = readExtensions(store, view, cluster, headerLength, backing?.at ?? cluster.length);
  refuseUnknownFeatures(store, incompatible, extensions);
  refuseEncryption(store, view.getUint32(FIELD.cryptMethod));
  const text = (type: number) => {
    const found = extensions.find((extension) => extension.type === type);
    return found === undefined ? undefined : strFromU8(found.data);
  };
  const backingFormat = text(EXTENSION.backingFormat);
  const header: Qcow2Header = {
    version,
    clusterBits,
    size: getU64(view, FIELD.size),
    l1Size: view.getUint32(FIELD.l1Size),
    l1Offset: getU64(view, FIELD.l1Offset),
    refcountTableOffset: getU64(view, FIELD.refcountTableOffset),
    refcountTableClusters: view.getUint32(FIELD.refcountTableClusters),
    snapshotCount: view.getUint32(FIELD.snapshotCount),
    snapshotsOffset: getU64(view, FIELD.snapshotsOffset),
    incompatible,
    compatible: features(FIELD.compatible),
    autoclear: features(FIELD.autoclear),
    refcountOrder: version === 2 ? 4 : view.getUint32(FIELD.refcountOrder),
    headerLength,
    compressionType: compressionTypeOf(store, view, headerLength, incompatible),
    extendedL2: (incompatible & INCOMPATIBLE.extendedL2) !== 0n,
    extensions,
    ...(backing === undefined ? {} : { backingName: backing.name }),
    ...(backing === undefined || backingFormat === undefined ? {} : { backingFormat }),
    ...((incompatible & INCOMPATIBLE.dataFile) === 0n ? {} : { dataFileName: text(EXTENSION.dataFile) ?? "" }),
  };
  checkSizes(store, header);
  return header;
}

function checkSizes(store: Pick<Store, "name">, header: Qcow2Header): void {
  if (header.refcountOrder > 6) throw absurd(store, `refcounts are 2^${header.refcountOrder} bits wide; 64 bits are the most`);
  if (header.extendedL2 && header.clusterBits < MIN_EXTENDED_CLUSTER_BITS) {
    throw absurd(store, "extended L2 entries need clusters of 16 KiB or more");
  }
  if (!Number.isSafeInteger(header.size)) throw absurd(store, "the disk's size is beyond 2^53 bytes");
  const needed = l1EntriesFor(header.size, geometryOf(header));
  if (header.l1Size < needed) throw absurd(store, `the L1 table has ${header.l1Size} entries, and the disk's size needs ${needed}`);
  if (header.l1Size * 8 > MAX_L1_BYTES) throw absurd(store, `the L1 table has ${header.l1Size} entries, which is too many`);
  if (header.refcountTableClusters === 0) throw absurd(store, "there is no refcount table");
  if (header.refcountTableClusters * 2 ** header.clusterBits > MAX_REFCOUNT_TABLE_BYTES) {
    throw absurd(store, `the refcount table has ${header.refcountTableClusters} clusters, which is too many`);
  }
  if (header.snapshotCount > MAX_SNAPSHOTS) throw absurd(store, `there are ${header.snapshotCount} snapshots, which is too many`);
  checkOffset(store, header, header.l1Offset, "the L1 table", header.l1Size === 0);
  checkOffset(store, header, header.refcountTableOffset, "the refcount table", false);
  checkOffset(store, header, header.snapshotsOffset, "the snapshot table", header.snapshotCount === 0);
}

function checkOffset(store: Pick<Store, "name">, { clusterBits }: Qcow2Header, offset: number, what: string, mayBeZero: boolean): void {
  const good = Number.isSafeInteger(offset) && offset % 2 ** clusterBits === 0 && (offset > 0 || mayBeZero);
  if (!good) throw absurd(store, `${what} lies at ${offset}, where no cluster begins that could hold it`);
}

function backingNameOf(store: Pick<Store, "name">, view: DataView, cluster: Uint8Array, headerLength: number) {
  const at = getU64(view, FIELD.backingOffset);
  if (at === 0) return undefined;
  const size = view.getUint32(FIELD.backingSize);
  if (size > MAX_BACKING_NAME) throw absurd(store, `the backing file's name has ${size} bytes; ${MAX_BACKING_NAME} are the most`);
  if (at < headerLength || at + size > cluster.length) throw absurd(store, "the backing file's name lies outside the first cluster");
  return { at, name: strFromU8(cluster.subarray(at, at + size)) };
}

function readExtensions(store: Pick<Store, "name">, view: DataView, cluster: Uint8Array, from: number, end: number): HeaderExtension[] {
  const extensions: HeaderExtension[] = [];
  for (let at = from; at + 8 <= end; ) {
    const type = view.getUint32(at);
    if (type === EXTENSION.end) break;
    const length = view.getUint32(at + 4);
    if (at + 8 + length > end) throw absurd(store, `header extension ${hex(type)} is ${length} bytes long, beyond the header's end`);
    extensions.push({ type, data: cluster.slice(at + 8, at + 8 + length) });
    at += 8 + Math.ceil(length / 8) * 8;
  }
  return extensions;
}

function compressionTypeOf(store: Pick<Store, "name">, view: DataView, headerLength: number, incompatible: bigint): CompressionType {
  const type = headerLength > FIELD.compressionType ? view.getUint8(FIELD.compressionType) : 0;
  if (type > 1) throw refusal(store, `is compressed in a way that is not known (compression type ${type})`);
  if ((type !== 0) !== ((incompatible & INCOMPATIBLE.compressionType) !== 0n)) {
    throw absurd(store, `compression type ${type} does not go with the feature bit for it`);
  }
  return type === 0 ? "zlib" : "zstd";
}

function refuseEncryption(store: Pick<Store, "name">, method: number): void {
  if (method === 0) return;
  const name = method === 1 ? "AES" : method === 2 ? "LUKS" : `method ${method}`;
  throw refusal(store, `is encrypted (${name}); encrypted images can not be opened`);
}

function refuseUnknownFeatures(store: Pick<Store, "name">, incompatible: bigint, extensions: readonly HeaderExtension[]): void {
  const known = Object.values(INCOMPATIBLE).reduce((all, bit) => all | bit, 0n);
  const names: string[] = [];
  for (let bit = 0; bit < 64; bit++) {
    if (((incompatible & ~known) >> BigInt(bit)) % 2n === 1n) names.push(featureName(extensions, 0, bit));
  }
  if (names.length > 0) throw refusal(store, `uses features that are not known: ${names.join(", ")}`);
}

/** Bytes of an entry of the feature name table. */
export const FEATURE_NAME_ENTRY = 48;

/** What the image's own table calls a feature. `kind`: 0 incompatible, 1 compatible, 2 autoclear. */
function featureName(extensions: readonly HeaderExtension[], kind: number, bit: number): string {
  const table = extensions.find(({ type }) => type === EXTENSION.featureNames)?.data ?? new Uint8Array(0);
  for (let at = 0; at + FEATURE_NAME_ENTRY <= table.length; at += FEATURE_NAME_ENTRY) {
    if (table[at] !== kind || table[at + 1] !== bit) continue;
    const name = table.subarray(at + 2, at + FEATURE_NAME_ENTRY);
    const end = name.indexOf(0);
    return strFromU8(end < 0 ? name : name.subarray(0, end));
  }
  return `incompatible feature bit ${bit}`;
}

function refusal(store: Pick<Store, "name">, what: string): BlockError {
  return new BlockError(`${store.name} ${what}`, "unsupported");
}

function absurd(store: Pick<Store, "name">, what: string): BlockError {
  return new BlockError(`${store.name} has a bad header: ${what}`, "corrupt");
}

function hex(value: number): string {
  return `0x${value.toString(16)}`;
}
