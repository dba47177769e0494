// Frames out of common blocks of memory: one block is cheaper than forty frames each with memory of its own.

const BLOCK = 1 << 16;
/** What is longer has its own. */
const LONGEST = BLOCK / 16;
const ALIGNMENT = 8;

let block = new ArrayBuffer(BLOCK);
let used = 0;

/** So many bytes of zeros, for a frame that does not live long: while it does, so does its block. */
export function newFrame(length: number): Uint8Array<ArrayBuffer> {
  if (length > LONGEST) return new Uint8Array(length);
  if (used + length > BLOCK) {
    block = new ArrayBuffer(BLOCK);
    used = 0;
  }
  const frame = new Uint8Array(block, used, length);
  used = (used + length + ALIGNMENT - 1) & -ALIGNMENT;
  return frame;
}
