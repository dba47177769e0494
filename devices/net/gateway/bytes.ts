// Fields in network byte order, and the Internet checksum.
import { sum } from "../checksum.js";

export function get32(bytes: Uint8Array, at: number): number {
  return ((bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!) >>> 0;
}

export function put16(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 8;
  bytes[at + 1] = value;
}

export function put32(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 24;
  bytes[at + 1] = value >>> 16;
  bytes[at + 2] = value >>> 8;
  bytes[at + 3] = value;
}

/** RFC 1071: the ones' complement of the sum of 16-bit words of bytes `from` to `to`, an odd last byte padded with zero. 0 if a right checksum is among them. */
export function checksum(bytes: Uint8Array, from: number, to: number, initial = 0): number {
  return ~sum(bytes, from, to, initial) & 0xffff;
}

/** Sum of the pseudo header that TCP and UDP checksums begin with (RFC 9293, section 3.1). */
export function pseudoHeader(source: number, destination: number, protocol: number, length: number): number {
  return (source >>> 16) + (source & 0xffff) + (destination >>> 16) + (destination & 0xffff) + protocol + length;
}
