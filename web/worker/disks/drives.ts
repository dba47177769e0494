// The drives of a machine in the page, with their images open.

import { BlockError } from "../../../devices/block/store.js";
import { type DriveOptions, type DrivesOptions, IDE_PLACES } from "../../../devices/machine/drives.js";
import type { Cabinet } from "./cabinet.js";
import { openDriveImage } from "./images.js";
import type { DriveSpec } from "./protocol.js";
import { toldImage } from "./told-image.js";

/** Where QEMU puts its first CD-ROM drive: the secondary channel's first. */
const CDROM_PLACE = 2;

export interface OpenDrives {
  readonly forMachine: DrivesOptions;
  /** Names of the kept disks that are open for it. */
  readonly kept: ReadonlySet<string>;
  /** What was written is there, should the page go away now. */
  flush(): Promise<void>;
  /** Flushes and closes the images. Nothing may be under way. */
  close(): Promise<void>;
}

/** `tell`: what goes wrong with an image later. Rejects with a BlockError; what was opened is closed then. */
export async function openDrives(
  specs: readonly DriveSpec[],
  bootOrder: DrivesOptions["bootOrder"],
  cabinet: Cabinet,
  tell: (sentence: string) => void,
): Promise<OpenDrives> {
  const places = placesOf(specs);
  const drives: DriveOptions[] = [];
  const close = async () => {
    for (const { image } of drives.splice(0)) await image?.close();
  };
  try {
    for (const [i, { kind, image }] of specs.entries()) {
      drives.push({
        interface: kind === "virtio" ? "virtio" : "ide",
        media: kind === "cdrom" ? "cdrom" : "disk",
        index: places[i]!,
        image: toldImage(await openDriveImage(image, (name) => cabinet.store(name)), tell),
      });
    }
  } catch (error) {
    await close();
    throw error;
  }
  const kept = new Set(specs.flatMap(({ image }) => (image.kind === "kept" ? [image.name] : [])));
  const flush = async () => {
    for (const { image } of drives) await image?.flush();
  };
  return { forMachine: { drives: [...drives], bootOrder }, kept, flush, close };
}

/** Of each drive its place on its interface: the next that is free, CDs from the secondary channel on. */
function placesOf(specs: readonly DriveSpec[]): number[] {
  const taken = new Set<number>();
  let virtio = 0;
  return specs.map(({ kind }) => {
    if (kind === "virtio") return virtio++;
    const order = kind === "cdrom" ? [CDROM_PLACE, 3, 0, 1] : [0, 1, 3, CDROM_PLACE];
    const place = order.find((candidate) => !taken.has(candidate));
    if (place === undefined) throw new BlockError(`a machine has ${IDE_PLACES} IDE disks and CD-ROM drives at most`, "unsupported");
    taken.add(place);
    return place;
  });
}
