// Numbers of 64 bits as qcow2 stores them. Offsets above 2^53 do not exist here: what reads one says that it is absurd.

const TWO_32 = 0x1_0000_0000;

/** As a double: exact below 2^53, near enough above to be refused. */
export function getU64(view: DataView, at: number): number {
  return view.getUint32(at) * TWO_32 + view.getUint32(at + 4);
}

/** `value`: below 2^53. */
export function setU64(view: DataView, at: number, value: number): void {
  view.setUint32(at, Math.floor(value / TWO_32));
  view.setUint32(at + 4, value % TWO_32);
}

/** Bits `from` and up of the low half and the bits of `highMask` in the high one: an offset, without the flags around it. */
export function maskedOffset(high: number, low: number, highMask: number, from: number): number {
  return ((high & highMask) >>> 0) * TWO_32 + (low >>> from) * 2 ** from;
}

export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
