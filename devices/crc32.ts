/** x^32 + x^26 + ... + 1, bits reversed: the CRC-32 of Ethernet, ZIP and PNG. */
const POLYNOMIAL = 0xedb88320;

/** Bytes that are taken in one step. */
const STEP = 8;

/** TABLES[256 * n + byte]: what a byte makes of the register when n more bytes of zeros have come behind it. */
const TABLES = makeTables();

function makeTables(): Uint32Array {
  const tables = new Uint32Array(256 * STEP);
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
  let c = 0xffffffff;
  let at = 0;
  for (; at + STEP <= bytes.length; at += STEP) {
    const first = c ^ (bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24));
    c =
      TABLES[1792 + (first & 0xff)]! ^
      TABLES[1536 + ((first >>> 8) & 0xff)]! ^
      TABLES[1280 + ((first >>> 16) & 0xff)]! ^
      TABLES[1024 + (first >>> 24)]! ^
      TABLES[768 + bytes[at + 4]!]! ^
      TABLES[512 + bytes[at + 5]!]! ^
      TABLES[256 + bytes[at + 6]!]! ^
      TABLES[bytes[at + 7]!]!;
  }
  for (; at < bytes.length; at++) c = TABLES[(c ^ bytes[at]!) & 0xff]! ^ (c >>> 8);
  return ~c >>> 0;
}
