// Refcounts of 1 to 64 bits within a refcount block. Source: qcow2.rst, "Host cluster management": within a byte the first is in the lowest bits.
import { getU64, setU64 } from "./big-endian.js";
import type { Table } from "./table-cache.js";

type Block = Pick<Table, "bytes" | "view">;

export function getRefcount({ bytes, view }: Block, bits: number, index: number): number {
  if (bits === 16) return view.getUint16(index * 2);
  if (bits === 8) return bytes[index]!;
  if (bits === 32) return view.getUint32(index * 4);
  if (bits === 64) return getU64(view, index * 8);
  const perByte = 8 / bits;
  return (bytes[Math.floor(index / perByte)]! >> ((index % perByte) * bits)) & (2 ** bits - 1);
}

/** `value` fits. */
export function setRefcount({ bytes, view }: Block, bits: number, index: number, value: number): void {
  if (bits === 16) view.setUint16(index * 2, value);
  else if (bits === 8) bytes[index] = value;
  else if (bits === 32) view.setUint32(index * 4, value);
  else if (bits === 64) setU64(view, index * 8, value);
  else {
    const perByte = 8 / bits;
    const at = Math.floor(index / perByte);
    const shift = (index % perByte) * bits;
    bytes[at] = (bytes[at]! & ~((2 ** bits - 1) << shift)) | (value << shift);
  }
}

/** Byte of a block where a refcount begins. */
export function refcountByte(bits: number, index: number): number {
  return Math.floor((index * bits) / 8);
}

/** The largest value; above 2^53 nothing is counted. */
export function maxRefcount(bits: number): number {
  return bits === 64 ? Number.MAX_SAFE_INTEGER : 2 ** bits - 1;
}
