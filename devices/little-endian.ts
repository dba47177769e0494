import type { AccessSize } from "../core/bus/device.js";

/** Bytes put together, the first one lowest. */
export function littleEndian(size: AccessSize, byteAt: (index: number) => number): number {
  let value = 0;
  for (let index = size - 1; index >= 0; index--) value = value * 256 + byteAt(index);
  return value;
}

/** A value taken apart, the lowest byte first. */
export function bytesOf(value: number, size: AccessSize): Uint8Array {
  return Uint8Array.from({ length: size }, (_, index) => (value >>> (8 * index)) & 0xff);
}
