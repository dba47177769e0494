// A floppy drive: where its head is, what is in it, and whether that was changed. The format of a floppy is known by its size.
import type { Disk, Medium } from "../block/disk.js";
import { SECTOR } from "../block/image-disk.js";
import type { FloppyType } from "../cmos.js";

export interface FloppyFormat {
  readonly cylinders: number;
  readonly heads: number;
  readonly sectors: number;
  /** Data rate as DSR and CCR select it: 0 is 500 kbit/s, 1 300, 2 250, 3 1000. */
  readonly rate: number;
}

/** 82077AA data sheet "Data Rate Select Register"; the rates are those of the drive that belongs to the format. */
const FORMATS: readonly FloppyFormat[] = [
  { cylinders: 80, heads: 2, sectors: 18, rate: 0 },
  { cylinders: 80, heads: 2, sectors: 36, rate: 3 },
  { cylinders: 80, heads: 2, sectors: 21, rate: 0 },
  { cylinders: 80, heads: 2, sectors: 15, rate: 0 },
  { cylinders: 80, heads: 2, sectors: 9, rate: 2 },
  { cylinders: 40, heads: 2, sectors: 9, rate: 2 },
  { cylinders: 40, heads: 1, sectors: 9, rate: 2 },
  { cylinders: 40, heads: 2, sectors: 8, rate: 2 },
  { cylinders: 40, heads: 1, sectors: 8, rate: 2 },
];

/** Undefined: no floppy has this size. */
export function formatOf(bytes: number): FloppyFormat | undefined {
  return FORMATS.find(({ cylinders, heads, sectors }) => cylinders * heads * sectors * SECTOR === bytes);
}

/** The drive that reads a floppy of this size. */
export function driveTypeFor(bytes: number | undefined): FloppyType {
  return bytes !== undefined && formatOf(bytes)?.sectors === 36 ? "2.88M" : "1.44M";
}

/** The outermost cylinder that a head can be moved to. */
export const LAST_CYLINDER = 83;

export class FloppyDrive {
  cylinder = 0;
  /** The disk change line: up from a change (or power-on) to the first step with a medium in the drive. */
  changed = true;

  /** `medium` undefined: there is no drive. */
  constructor(private readonly medium: Medium | undefined) {
    medium?.onChange(() => {
      this.changed = true;
    });
  }

  get isPresent(): boolean {
    return this.medium !== undefined;
  }

  /** The line as the controller sees it. */
  get isChanged(): boolean {
    return this.isPresent && this.changed;
  }

  powerOn(): void {
    this.cylinder = 0;
    this.changed = true;
  }

  get disk(): Disk | undefined {
    return this.medium?.disk;
  }

  get format(): FloppyFormat | undefined {
    return this.disk && formatOf(this.disk.size);
  }

  moveTo(cylinder: number): void {
    const to = Math.min(cylinder, LAST_CYLINDER);
    if (to !== this.cylinder && this.disk) this.changed = false;
    this.cylinder = to;
  }
}
