// The drives of a machine, as its owner names them: images, and the controller that each is plugged into.
import type { Scheduler } from "../../core/bus/clock.js";
import type { Disk } from "../block/disk.js";
import type { Image } from "../block/image.js";
import { ImageDisk, SECTOR } from "../block/image-disk.js";
import { MediaSlot } from "../block/media-slot.js";
import { FIRST_FREE_SLOT } from "../boards/memory-map.js";
import type { PcDrives, PciFunctionFactory } from "../boards/pc-options.js";
import type { BootDevice, FloppyType } from "../cmos.js";
import { driveTypeFor } from "../floppy/floppy-drive.js";
import { AtaDisk } from "../ide/ata-disk.js";
import { naturalGeometry } from "../ide/ata-identify.js";
import { AtapiCdrom } from "../ide/atapi-cdrom.js";
import type { DriveFactory } from "../ide/ide-channel.js";
import { createVirtioBlockPci } from "../virtio/block-pci.js";
import type { ClockKind } from "./guest-clock.js";

export interface DriveOptions {
  readonly interface: "ide" | "virtio" | "floppy";
  readonly media: "disk" | "cdrom";
  /** The place on the interface: of IDE primary device 0 and 1, secondary device 0 and 1; of floppies A and B. */
  readonly index: number;
  /** Undefined: nothing is in the drive, which must be one for CDs or floppies. */
  readonly image: Image | undefined;
  /** False: the image is write-through, and the guest need not flush. */
  readonly writeCache?: boolean;
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
export const FLOPPY_PLACES = 2;
export const USUAL_BOOT_ORDER: readonly BootDevice[] = ["disk", "floppy", "cdrom"];

/** Guest time of a request under the virtual clock: that of a fast disk. Under the real one it takes what it takes. */
const VIRTUAL_LATENCY = 20_000;
const VIRTUAL_NANOSECONDS_PER_BYTE = 1;

/** A disk behind each drive, and the drives for the board's controllers. */
export class Drives {
  readonly forBoard: PcDrives;
  /** Of each IDE place that is a CD-ROM drive. */
  readonly cdroms = new Map<number, MediaSlot>();
  /** Of each of those, its tray. */
  readonly trays = new Map<number, Pick<AtapiCdrom, "isLocked" | "isOpen" | "eject">>();
  /** Of each floppy drive. */
  readonly floppies = new Map<number, MediaSlot>();
  private readonly disks: ImageDisk[] = [];

  constructor(
    { drives, bootOrder }: DrivesOptions,
    private readonly clock: ClockKind,
    private readonly scheduler: Scheduler,
  ) {
    const ide = new Array<DriveFactory | undefined>(IDE_PLACES).fill(undefined);
    const ideCylinders = new Array<number | undefined>(IDE_PLACES).fill(undefined);
    const floppyTypes: FloppyType[] = ["none", "none"];
    const functions: PciFunctionFactory[] = [];
    for (const drive of drives) {
      if (drive.interface === "virtio") {
        functions.push(this.virtioDrive(drive));
        continue;
      }
      if (drive.interface === "floppy") {
        this.floppies.set(drive.index, new MediaSlot(this.createDisk(drive)));
        floppyTypes[drive.index] = driveTypeFor(drive.image?.size);
        continue;
      }
      ide[drive.index] = this.ideDrive(drive);
      if (drive.media === "disk" && drive.image)
        ideCylinders[drive.index] = naturalGeometry(Math.floor(drive.image.size / SECTOR)).cylinders;
    }
    const floppies = [0, 1].map((index) => this.floppies.get(index));
    this.forBoard = { ide, ideCylinders, floppies, floppyTypes, functions, bootOrder, bootPaths: bootPaths(drives) };
  }

  private virtioDrive(drive: DriveOptions): PciFunctionFactory {
    const disk = this.createDisk(drive);
    if (!disk) throw new RangeError("a virtio disk needs an image");
    return (board) => createVirtioBlockPci(`virtio-disk-${drive.index}`, { disk }, board);
  }

  private ideDrive(drive: DriveOptions): DriveFactory {
    const disk = this.createDisk(drive);
    if (drive.media === "cdrom") {
      const slot = new MediaSlot(disk);
      this.cdroms.set(drive.index, slot);
      return (host) => {
        const cdrom = new AtapiCdrom(host, slot, serialOf(drive));
        this.trays.set(drive.index, cdrom);
        return cdrom;
      };
    }
    if (!disk) throw new RangeError("a disk drive needs an image");
    return (host) => new AtaDisk(host, disk);
  }

  /** A disk over the drive's image, to be in the drive from the start or to be put into it later. */
  createDisk(drive: DriveOptions): ImageDisk | undefined {
    if (!drive.image) return undefined;
    const disk = new ImageDisk(`disk ${drive.interface} ${drive.index}`, drive.image, this.scheduler, {
      writeCache: drive.writeCache ?? true,
      readOnly: drive.readOnly === true || drive.media === "cdrom",
      serial: serialOf(drive),
      latency: this.clock === "virtual" ? (bytes) => VIRTUAL_LATENCY + bytes * VIRTUAL_NANOSECONDS_PER_BYTE : () => 0,
    });
    this.disks.push(disk);
    return disk;
  }

  /** A disk that was taken out, when its image works on nothing any more: that can be closed. */
  async forget(disk: Disk): Promise<void> {
    const index = this.disks.indexOf(disk as ImageDisk);
    if (index >= 0) await this.disks.splice(index, 1)[0]!.settled();
  }

  /** When the images work on nothing any more, and can be closed. */
  async settled(): Promise<void> {
    for (const disk of this.disks) await disk.settled();
  }
}

/** As QEMU numbers them. */
function serialOf({ serial, index }: DriveOptions): string {
  return serial ?? `RS${String(index + 1).padStart(5, "0")}`;
}

/** SeaBIOS finds drives by such paths (its documentation, "Boot order"). */
function bootPaths(drives: readonly DriveOptions[]): string[] {
  const virtio = drives.filter((drive) => drive.interface === "virtio");
  const pathOf = (drive: DriveOptions) =>
    drive.interface === "floppy"
      ? `/pci@i0cf8/isa@1/fdc@03f0/floppy@${drive.index}`
      : drive.interface === "virtio"
        ? `/pci@i0cf8/scsi@${(FIRST_FREE_SLOT + virtio.indexOf(drive)).toString(16)}/disk@0,0`
        : `/pci@i0cf8/ide@1,1/drive@${drive.index >> 1}/disk@${drive.index & 1}`;
  const wanted = drives.filter(({ bootIndex }) => bootIndex !== undefined);
  return wanted.sort((a, b) => a.bootIndex! - b.bootIndex!).map(pathOf);
}
