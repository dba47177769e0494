// What a data command of the 82077AA asks for: which sectors, or why not, and where the heads are said to be afterwards. 82077AA data sheet "Command Set
// Descriptions", "Status Register Encoding".
import type { FloppyDrive } from "./floppy-drive.js";

export const ST0_ABNORMAL = 0x40;
export const ST0_INVALID = 0x80;
export const ST0_SEEK_END = 0x20;
export const ST0_EQUIPMENT_CHECK = 0x10;

export const ST1_END_OF_CYLINDER = 0x80;
export const ST1_DATA_ERROR = 0x20;
export const ST1_OVERRUN = 0x10;
export const ST1_NO_DATA = 0x04;
export const ST1_NOT_WRITABLE = 0x02;
export const ST1_MISSING_ADDRESS_MARK = 0x01;
export const ST2_WRONG_CYLINDER = 0x10;

export const KINDS = ["read", "write", "verify", "format"] as const;

export interface FdcTransfer {
  readonly kind: (typeof KINDS)[number];
  readonly drive: number;
  readonly cylinder: number;
  readonly head: number;
  readonly sector: number;
  /** Bytes of a sector, as a power of two above 128. */
  readonly size: number;
  /** End of track: the last sector of it to move. */
  readonly last: number;
  /** Goes on on the other side. */
  readonly multiTrack: boolean;
  /** What FORMAT TRACK fills sectors with. */
  readonly fill: number;
}

/** Bytes of a command, by its low five bits; undefined: there is no such command. */
export function commandLength(code: number): number | undefined {
  return LENGTHS.get(code & 0x1f);
}

const LENGTHS = new Map([
  ...[0x05, 0x06, 0x09, 0x0c, 0x16].map((code) => [code, 9] as const),
  ...([
    [0x03, 3],
    [0x04, 2],
    [0x07, 2],
    [0x08, 1],
    [0x0a, 2],
    [0x0d, 6],
    [0x0e, 1],
    [0x0f, 3],
    [0x10, 1],
    [0x12, 2],
    [0x13, 4],
    [0x14, 1],
  ] as const),
]);

const SECTOR_SIZE_512 = 2;

export interface Plan {
  /** First sector on the disk, and how many there are up to the end of the track, or of the cylinder. */
  readonly first: number;
  readonly count: number;
}
export interface Refusal {
  readonly st1: number;
  readonly st2: number;
}

const refusal = (st1: number, st2 = 0): Refusal => ({ st1, st2 });

/** What the transfer moves at most, with the data rate that is selected. */
export function plan(transfer: FdcTransfer, drive: FloppyDrive, rate: number): Plan | Refusal {
  const { cylinder, head, sector, size, last, multiTrack } = transfer;
  const { format } = drive;
  // Without a medium, or at another data rate, no address mark is ever found.
  if (!format || format.rate !== rate || head >= format.heads || drive.cylinder >= format.cylinders)
    return refusal(ST1_MISSING_ADDRESS_MARK);
  if (cylinder !== drive.cylinder) return refusal(ST1_NO_DATA, ST2_WRONG_CYLINDER);
  if (size !== SECTOR_SIZE_512 || sector === 0 || sector > format.sectors) return refusal(ST1_NO_DATA);
  const toEnd = Math.max(1, Math.min(last, format.sectors) - sector + 1);
  const otherSide = multiTrack && head === 0 && format.heads === 2 && last === format.sectors ? format.sectors : 0;
  return { first: (cylinder * format.heads + head) * format.sectors + sector - 1, count: toEnd + otherSide };
}

/** Cylinder, head, sector and size that the result names after `count` sectors. */
export function addressAfter(
  { cylinder, head, sector, size, last, multiTrack }: FdcTransfer,
  count: number,
): [number, number, number, number] {
  const onTrack = Math.max(1, last - sector + 1);
  if (count < onTrack) return [cylinder, head, sector + count, size];
  if (!multiTrack) return [cylinder + 1, head, 1, size];
  if (head === 1) return [cylinder + 1, 0, 1, size];
  return count - onTrack < last ? [cylinder, 1, count - onTrack + 1, size] : [cylinder + 1, 0, 1, size];
}
