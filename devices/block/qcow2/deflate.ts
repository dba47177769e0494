// Raw deflate with distances of at most 4096 bytes. The library knows windows of 32 KiB only, so it is given pieces that reach half as far, each with
// the piece before it as its dictionary. That costs a set of Huffman codes a piece.
import { Deflate } from "fflate";

const PIECE = 2048;

export function deflate(bytes: Uint8Array): Uint8Array {
  const parts: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; at += PIECE) {
    const last = at + PIECE >= bytes.length;
    const stream = new Deflate({ level: 6, ...(at > 0 ? { dictionary: bytes.subarray(at - PIECE, at) } : {}) }, (part) => parts.push(part));
    stream.push(bytes.subarray(at, at + PIECE), last);
    if (!last) stream.flush();
  }
  return joined(parts);
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
