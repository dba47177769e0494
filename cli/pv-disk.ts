// --pv-disk: a raw image as the disk of a paravirtual guest. Sectors are read and written where they lie; a flush reaches the host's storage.
import { closeSync, fstatSync, fsyncSync, openSync, readSync, writeSync } from "node:fs";
import { SECTOR_SIZE } from "../core/vmm/pv/abi.js";
import type { PvDisk } from "../core/vmm/pv/paravirtual.js";
import { describeSystemError, UserError } from "./user-error.js";

export class RawDiskFile implements PvDisk {
  readonly sectors: number;
  private readonly file: number;

  /** Throws UserError for what is no disk image that can be written to. */
  constructor(path: string) {
    try {
      this.file = openSync(path, "r+");
    } catch (error) {
      throw new UserError(`the disk ${path} can not be opened: ${describeSystemError(error)}`);
    }
    const status = fstatSync(this.file);
    if (status.isFile() && status.size > 0 && status.size % SECTOR_SIZE === 0) {
      this.sectors = status.size / SECTOR_SIZE;
      return;
    }
    this.close();
    throw new UserError(`the disk ${path} is no raw image: a file of a whole number of sectors of ${SECTOR_SIZE} bytes`);
  }

  read(sector: number, count: number): Uint8Array | undefined {
    const bytes = new Uint8Array(count * SECTOR_SIZE);
    const read = attempt(() => readSync(this.file, bytes, 0, bytes.length, sector * SECTOR_SIZE));
    return read === bytes.length ? bytes : undefined;
  }

  write(sector: number, bytes: Uint8Array): boolean {
    return attempt(() => writeSync(this.file, bytes, 0, bytes.length, sector * SECTOR_SIZE)) === bytes.length;
  }

  flush(): boolean {
    return (
      attempt(() => {
        fsyncSync(this.file);
        return 0;
      }) === 0
    );
  }

  close(): void {
    closeSync(this.file);
  }
}

/** What the call returns, or undefined: the guest is told of a host's failure as of a disk's. */
function attempt(call: () => number): number | undefined {
  try {
    return call();
  } catch {
    return undefined;
  }
}

/** Throws UserError. */
export function openPvDisk({ pvDisk, road }: { readonly pvDisk?: string; readonly road: string }): RawDiskFile | undefined {
  if (pvDisk === undefined) return undefined;
  if (road !== "pv") throw new UserError(`--pv-disk is for the road pv only, not for ${road}`);
  return new RawDiskFile(pvDisk);
}
