// The drives of a machine, as its owner names them: images, and the controller that each is plugged into.
import type { Scheduler } from "../../core/bus/clock.js";
import { type CacheMode, ImageDisk, SECTOR } from "../block/image-disk.js";
import type { Image } from "../block/image.js";
import { MediaSlot } from "../block/media-slot.js";
import type { PcDrives } from "../boards/pc-options.js";
import type { BootDevice } from "../cmos.js";
import { AtaDisk } from "../ide/ata-disk.js";
import { naturalGeometry } from "../ide/ata-identify.js";
import { AtapiCdrom } from "../ide/atapi-cdrom.js";
import type { DriveFactory } from "../ide/ide-channel.js";
import type { ClockKind } from "./guest-clock.js";

export interface DriveOptions {
  /** "virtio" is reserved: there is no such controller yet. */
  readonly interface: "ide" | "virtio";
  readonly media: "disk" | "cdrom";
  /** The place on the interface: of IDE primary device 0 and 1, secondary device 0 and 1. */
  readonly index: number;
  /** Undefined: nothing is in the drive, which must be one for CDs. */
  readonly image: Image | undefined;
  readonly cache?: CacheMode;
  readonly readOnly?: boolean;
  readonly serial?: string;
  /** Firmware boots from the lowest first, before what the boot order says. */
  readonly bootIndex?: number;
}

export interface DrivesOptions {
  readonly drives: readonly DriveOptions[];
  readonly bootOrder: readonly BootDevice[];
}

export const IDE_PLACES = 4;
export const USUAL_BOOT_ORDER: readonly BootDevice[] = ["disk", "floppy", "cdrom"];

/** Guest time of a request under the virtual clock: that of a fast disk. Under the real one it takes what it takes. */
const VIRTUAL_LATENCY = 20_000;
const VIRTUAL_NANOSECONDS_PER_BYTE = 1;

/** A disk behind each drive, and the drives for the board's controllers. */
export class Drives {
  readonly forBoard: PcDrives;
  /** Of each IDE place that is a CD-ROM drive. */
  readonly cdroms = new Map<number, MediaSlot>();

  constructor(
    { drives, bootOrder }: DrivesOptions,
    private readonly clock: ClockKind,
    private readonly scheduler: Scheduler,
  ) {
    const ide = new Array<DriveFactory | undefined>(IDE_PLACES).fill(undefined);
    const ideCylinders = new Array<number | undefined>(IDE_PLACES).fill(undefined);
    for (const drive of drives) {
      ide[drive.index] = this.ideDrive(drive);
      if (drive.media === "disk" && drive.image) ideCylinders[drive.index] = naturalGeometry(Math.floor(drive.image.size / SECTOR)).cylinders;
    }
    this.forBoard = { ide, ideCylinders, floppyTypes: [], bootOrder, bootPaths: bootPaths(drives) };
  }

  private ideDrive(drive: DriveOptions): DriveFactory {
    const disk = this.createDisk(drive);
    if (drive.media === "cdrom") {
      const slot = new MediaSlot(disk);
      this.cdroms.set(drive.index, slot);
      return (host) => new AtapiCdrom(host, slot, serialOf(drive));
    }
    if (!disk) throw new RangeError("a disk drive needs an image");
    return (host) => new AtaDisk(host, disk);
  }

  /** A disk over the drive's image, to be in the drive from the start or to be put into it later. */
  createDisk(drive: DriveOptions): ImageDisk | undefined {
    if (!drive.image) return undefined;
    return new ImageDisk(`disk ${drive.interface} ${drive.index}`, drive.image, this.scheduler, {
      cache: drive.cache ?? "writeback",
      readOnly: drive.readOnly === true || drive.media === "cdrom",
      serial: serialOf(drive),
      latency: this.clock === "virtual" ? (bytes) => VIRTUAL_LATENCY + bytes * VIRTUAL_NANOSECONDS_PER_BYTE : () => 0,
    });
  }
}

/** As QEMU numbers them. */
function serialOf({ serial, index }: DriveOptions): string {
  return serial ?? `RS${String(index + 1).padStart(5, "0")}`;
}

/** SeaBIOS finds drives by such paths (its documentation, "Boot order"). */
function bootPaths(drives: readonly DriveOptions[]): string[] {
  return drives
    .filter(({ bootIndex }) => bootIndex !== undefined)
    .sort((a, b) => a.bootIndex! - b.bootIndex!)
    .map(({ index }) => `/pci@i0cf8/ide@1,1/drive@${index >> 1}/disk@${index & 1}`);
}
