// The 256 words that IDENTIFY DEVICE gives. ATA/ATAPI-6 "IDENTIFY DEVICE data"; the same abilities as QEMU's disk has, so that guests choose alike.

export interface Geometry {
  readonly cylinders: number;
  readonly heads: number;
  readonly sectors: number;
}

/** The most sectors that a READ MULTIPLE block can have. */
export const MOST_MULTIPLE = 16;

export interface AtaIdentity {
  readonly sectors: number;
  readonly serial: string;
  readonly model: string;
  readonly firmware: string;
  /** As it was born, and as INITIALIZE DEVICE PARAMETERS has set it. */
  readonly natural: Geometry;
  readonly current: Geometry;
  readonly multiple: number;
  readonly writeCache: boolean;
  readonly smart: boolean;
  /** Words 62, 63 and 88: what can be done, in the high byte what is chosen. */
  readonly dmaModes: readonly [single: number, multi: number, ultra: number];
}

/** Text in words: the first character in the high byte. */
export function putText(words: Uint16Array, from: number, count: number, text: string): void {
  const padded = text.padEnd(count * 2).slice(0, count * 2);
  for (let i = 0; i < count; i++) words[from + i] = ((padded.charCodeAt(2 * i) & 0x7f) << 8) | (padded.charCodeAt(2 * i + 1) & 0x7f);
}

/** Checksum in word 255: the sum of all 512 bytes is 0. */
export function wordsToBytes(words: Uint16Array): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(512);
  const view = new DataView(bytes.buffer);
  words.forEach((word, n) => {
    view.setUint16(n * 2, word, true);
  });
  bytes[510] = 0xa5;
  bytes[511] = -bytes.subarray(0, 511).reduce((sum, byte) => sum + byte, 0) & 0xff;
  return bytes;
}

/** The geometry that a BIOS expects of a disk: 16 heads, 63 sectors, at most 16383 cylinders. */
export function naturalGeometry(sectors: number): Geometry {
  return { cylinders: Math.max(1, Math.min(16383, Math.floor(sectors / (16 * 63)))), heads: 16, sectors: 63 };
}

export function identifyDisk(id: AtaIdentity): Uint8Array<ArrayBuffer> {
  const words = new Uint16Array(256);
  const { natural, current } = id;
  const set = (from: number, ...values: readonly number[]) => words.set(values, from);
  const wide = (value: number) => [value & 0xffff, Math.floor(value / 2 ** 16) & 0xffff];
  set(0, 0x0040, natural.cylinders, 0, natural.heads, 512 * natural.sectors, 512, natural.sectors);
  putText(words, 10, 10, id.serial);
  set(20, 3, 512, 4);
  putText(words, 23, 4, id.firmware);
  putText(words, 27, 20, id.model);
  // Dword I/O; IORDY, LBA and DMA; PIO and DMA timing mode 2; words 54-58, 64-70 and 88 are valid.
  set(47, 0x8000 | MOST_MULTIPLE, 1, 0x0b00, 0, 0x0200, 0x0200, 7);
  const capacity = current.cylinders * current.heads * current.sectors;
  set(54, current.cylinders, current.heads, current.sectors, ...wide(capacity), id.multiple === 0 ? 0 : 0x100 | id.multiple);
  set(60, ...wide(Math.min(id.sectors, 0xfff_ffff)), id.dmaModes[0], id.dmaModes[1]);
  // PIO modes 3 and 4; cycle times of 120 ns.
  set(64, 3, 120, 120, 120, 120);
  set(80, 0x00f0, 0x0016);
  const commands = [0x4021, 0x7400, 0x4000];
  set(82, ...commands, 0x4000 | (id.writeCache ? 0x20 : 0) | (id.smart ? 1 : 0), 0x3400, 0x4000, id.dmaModes[2]);
  set(93, 0x6003);
  set(100, ...wide(id.sectors), ...wide(Math.floor(id.sectors / 2 ** 32)));
  return wordsToBytes(words);
}
