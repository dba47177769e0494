/** x^32 + x^26 + ... + 1, bits reversed: the CRC-32 of Ethernet, ZIP and PNG. */
const POLYNOMIAL = 0xedb88320;

/** Bytes that are taken in one step ("slicing"). */
const STEP = 16;

/** TABLES[256 * n + byte]: what a byte makes of the register when n more bytes of zeros have come behind it. */
const TABLES = makeTables();

function makeTables(): Int32Array {
  const tables = new Int32Array(256 * STEP);
  for (let byte = 0; byte < 256; byte++) {
    let c = byte;
    for (let bit = 0; bit < 8; bit++) c = c & 1 ? (c >>> 1) ^ POLYNOMIAL : c >>> 1;
    tables[byte] = c;
  }
  for (let at = 256; at < tables.length; at++) {
    const before = tables[at - 256]!;
    tables[at] = tables[before & 0xff]! ^ (before >>> 8);
  }
  return tables;
}

export function crc32(bytes: Uint8Array): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  let c = -1;
  let at = 0;
  for (; at + STEP <= bytes.length; at += STEP) {
    c =
      ofWord(c ^ view.getInt32(at, true), 12) ^
      ofWord(view.getInt32(at + 4, true), 8) ^
      ofWord(view.getInt32(at + 8, true), 4) ^
      ofWord(view.getInt32(at + 12, true), 0);
  }
  for (; at < bytes.length; at++) c = TABLES[(c ^ bytes[at]!) & 0xff]! ^ (c >>> 8);
  return ~c >>> 0;
}

/** What four bytes, the first the lowest, make of the register when `behind` more bytes have come behind them. */
function ofWord(word: number, behind: number): number {
  const at = 256 * behind;
  return (
    TABLES[at + 768 + (word & 0xff)]! ^
    TABLES[at + 512 + ((word >>> 8) & 0xff)]! ^
    TABLES[at + 256 + ((word >>> 16) & 0xff)]! ^
    TABLES[at + (word >>> 24)]!
  );
}
