// What PC firmware and kernels expect in the CMOS memory of the real-time clock: the IBM AT's layout, and the memory-size bytes beyond
// it that SeaBIOS and Linux read. Only contents: the memory itself is part of rtc-mc146818.ts.

const CMOS_SHUTDOWN = 0x0f;
const FLOPPY_TYPES = 0x10;
const DISK_TYPES = 0x12;
const EQUIPMENT = 0x14;
const BASE_MEMORY = 0x15;
const EXTENDED_MEMORY = 0x17;
const CHECKSUM = 0x2e;
const EXTENDED_MEMORY_FOUND = 0x30;
const MEMORY_ABOVE_16M = 0x34;
const BOOT_THIRD = 0x38;
const IDE_TRANSLATION = 0x39;
const BOOT_ORDER = 0x3d;
const MEMORY_ABOVE_4G = 0x5b;
const PROCESSORS_MINUS_1 = 0x5f;

/** First and last byte of the AT's checksum. */
const SUMMED = [0x10, 0x2d] as const;

const KIB = 1024;
const MIB = 1024 * KIB;
const UNIT_64K = 64 * KIB;

export type BootDevice = "floppy" | "disk" | "cdrom" | "network";
const BOOT_CODES: Record<BootDevice, number> = { floppy: 1, disk: 2, cdrom: 3, network: 4 };

export type FloppyType = "none" | "360K" | "1.2M" | "720K" | "1.44M" | "2.88M";
const FLOPPY_CODES: Record<FloppyType, number> = { none: 0, "360K": 1, "1.2M": 2, "720K": 3, "1.44M": 4, "2.88M": 5 };

export interface CmosContents {
  /** RAM from address 0 up to the hole below 4 GiB, in bytes. */
  readonly memoryBelow4G: number;
  /** RAM from 4 GiB on, in bytes. */
  readonly memoryAbove4G?: number;
  readonly processors?: number;
  /** First to third choice. */
  readonly bootOrder?: readonly BootDevice[];
  readonly floppies?: readonly FloppyType[];
  /** Cylinders that the disk of each IDE place says it has; undefined: no disk. */
  readonly ideCylinders?: readonly (number | undefined)[];
  /** Fixed disks (0 to 2) that the AT's disk type byte announces. */
  readonly disks?: number;
}

/** Hand each byte of the layout to `fill(index, value)`, checksum included. */
export function fillCmos(contents: CmosContents, fill: (index: number, value: number) => void): void {
  const bytes = new Uint8Array(128);
  describeEquipment(bytes, contents);
  describeMemory(bytes, contents);
  const order = (contents.bootOrder ?? []).map((device) => BOOT_CODES[device]);
  bytes[BOOT_ORDER] = (order[0] ?? 0) | ((order[1] ?? 0) << 4);
  // Bit 0: do not look for a signature on floppies.
  bytes[BOOT_THIRD] = ((order[2] ?? 0) << 4) | 1;
  bytes[IDE_TRANSLATION] = ideTranslations(contents.ideCylinders ?? []);
  bytes[PROCESSORS_MINUS_1] = (contents.processors ?? 1) - 1;
  let sum = 0;
  for (let index: number = SUMMED[0]; index <= SUMMED[1]; index++) sum += bytes[index]!;
  // The checksum is the one word with its high byte first.
  bytes[CHECKSUM] = sum >> 8;
  bytes[CHECKSUM + 1] = sum & 0xff;
  for (const index of WRITTEN) fill(index, bytes[index]!);
}

const WRITTEN = [CMOS_SHUTDOWN, ...range(FLOPPY_TYPES, CHECKSUM + 1), ...range(EXTENDED_MEMORY_FOUND, EXTENDED_MEMORY_FOUND + 1)].concat(
  range(MEMORY_ABOVE_16M, MEMORY_ABOVE_16M + 1),
  [BOOT_THIRD, IDE_TRANSLATION, BOOT_ORDER],
  range(MEMORY_ABOVE_4G, MEMORY_ABOVE_4G + 2),
  [PROCESSORS_MINUS_1],
);

/** For SeaBIOS, two bits a disk: how INT 13h makes more than 1024 cylinders of it into fewer. 0: not at all, 1: by its size (LBA). */
function ideTranslations(cylinders: readonly (number | undefined)[]): number {
  return cylinders.reduce<number>((bits, count, n) => bits | ((count ?? 0) > 1024 ? 1 << (2 * n) : 0), 0);
}

// Equipment byte: 0 floppy present, 1 coprocessor, 2 pointing device, 4-5 display (0: with its own BIOS), 6-7 floppies less one.
function describeEquipment(bytes: Uint8Array, contents: CmosContents): void {
  const floppies = (contents.floppies ?? []).map((type) => FLOPPY_CODES[type]);
  const present = floppies.filter((code) => code !== 0).length;
  bytes[FLOPPY_TYPES] = ((floppies[0] ?? 0) << 4) | (floppies[1] ?? 0);
  bytes[EQUIPMENT] = 0x06 | (present > 0 ? 0x01 | ((present - 1) << 6) : 0);
  const disks = contents.disks ?? 0;
  bytes[DISK_TYPES] = (disks > 0 ? 0xf0 : 0) | (disks > 1 ? 0x0f : 0);
}

function describeMemory(bytes: Uint8Array, contents: CmosContents): void {
  const below = contents.memoryBelow4G;
  const extended = Math.max(0, below - MIB) / KIB;
  put(bytes, BASE_MEMORY, Math.min(640, below / KIB), 2);
  put(bytes, EXTENDED_MEMORY, extended, 2);
  put(bytes, EXTENDED_MEMORY_FOUND, extended, 2);
  put(bytes, MEMORY_ABOVE_16M, Math.max(0, below - 16 * MIB) / UNIT_64K, 2);
  put(bytes, MEMORY_ABOVE_4G, (contents.memoryAbove4G ?? 0) / UNIT_64K, 3);
}

/** Low byte first; what does not fit is shown as the largest number. */
function put(bytes: Uint8Array, index: number, value: number, length: number): void {
  const shown = Math.min(Math.floor(value), 256 ** length - 1);
  for (let i = 0; i < length; i++) bytes[index + i] = Math.floor(shown / 256 ** i) & 0xff;
}

function range(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, i) => first + i);
}
