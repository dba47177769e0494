// Compressed clusters. Source: qcow2.rst, "Additional fields" (compression type): raw deflate, or one zstd frame after the other. What follows the
// compressed data in its last sector is not looked at.
//
// Deflate distances are 4096 bytes at most, as in QEMU's own ("a window of 12 bits").
import { inflateSync } from "fflate";
import { BlockError } from "../store.js";
import { deflate } from "./deflate.js";
import type { CompressionType } from "./header.js";
import { zstdCompress, zstdDecompress } from "./zstd.js";

/** A cluster's contents. Rejects with a BlockError if `bytes` do not give it. */
export async function decompressCluster(type: CompressionType, bytes: Uint8Array, clusterSize: number, name: string): Promise<Uint8Array> {
  const contents = await attempt(type, bytes, clusterSize);
  if (contents?.length === clusterSize) return contents;
  throw new BlockError(`${name}: a compressed cluster (${type}) can not be decompressed`);
}

/** `undefined` if it does not become smaller. */
export async function compressCluster(type: CompressionType, contents: Uint8Array): Promise<Uint8Array | undefined> {
  const bytes = type === "zlib" ? deflate(contents) : await zstdCompress(contents);
  return bytes.length < contents.length ? bytes : undefined;
}

async function attempt(type: CompressionType, bytes: Uint8Array, clusterSize: number): Promise<Uint8Array | undefined> {
  try {
    return type === "zlib" ? inflateSync(bytes, { out: new Uint8Array(clusterSize) }) : await zstdDecompress(bytes, clusterSize);
  } catch {
    return undefined;
  }
}
