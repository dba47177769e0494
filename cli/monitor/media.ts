// Media of drives, changed while the guest runs. The new image is open, and locked, before the old one is let go.
import type { MediaSlot } from "../../devices/block/media-slot.js";
import type { Machine } from "../../devices/machine/machine.js";
import { type OpenDrive, openDriveImage } from "../drives.js";
import { UserError } from "../user-error.js";
import type { Controls } from "./controls.js";

/** As QEMU's `info block` has it. */
export function blockText({ drives }: Machine, { name, words, image, options }: OpenDrive): string {
  const isRemovable = slotOf(drives, options) !== undefined;
  const tray = options.interface === "ide" ? drives.trays.get(options.index) : undefined;
  const what = image ? `${words.file} (${image.format}${image.readOnly || words.readOnly ? ", read-only" : ""})` : "[not inserted]";
  const removable = `    Removable device: ${tray?.isLocked ? "locked" : "not locked"}, tray ${tray?.isOpen ? "open" : "closed"}`;
  return [`${name}: ${what}`, ...(isRemovable ? [removable] : []), ...(image ? [`    Cache mode:       ${words.cache}`] : [])].join("\n");
}

function slotOf(drives: Machine["drives"], { interface: kind, index }: OpenDrive["options"]): MediaSlot | undefined {
  if (kind === "virtio") return undefined;
  return (kind === "floppy" ? drives.floppies : drives.cdroms).get(index);
}

interface Removable {
  readonly drive: OpenDrive;
  readonly slot: MediaSlot;
}

/** Throws UserError for what is no drive, or none whose medium can be changed. */
function removable({ machine, drives }: Controls, name: string | undefined, usage: string): Removable {
  if (name === undefined) throw new UserError(`write: ${usage}`);
  const drive = drives.find((known) => known.name === name);
  if (!drive) {
    const known = drives.length === 0 ? "there are none" : `there are ${drives.map((other) => other.name).join(", ")}`;
    throw new UserError(`there is no drive "${name}"; ${known}`);
  }
  const slot = slotOf(machine.drives, drive.options);
  if (!slot) throw new UserError(`what is in ${name} can not be taken out while the machine runs`);
  return { drive, slot };
}

/** Throws UserError where the guest holds the tray; it is told that somebody asked. */
function openTray({ machine }: Controls, { drive }: Removable, force: boolean): void {
  const tray = drive.options.interface === "ide" ? machine.drives.trays.get(drive.options.index) : undefined;
  if (!tray || tray.eject() || force) return;
  throw new UserError(`the guest has locked the tray of ${drive.name}, and was asked to open it: try again then, or with -f`);
}

/** Another disk in the drive, or none; the image that was there is closed when nothing works on it any more. */
async function replace(
  { machine }: Controls,
  { drive, slot }: Removable,
  words: OpenDrive["words"],
  image: OpenDrive["image"],
): Promise<void> {
  const [oldDisk, oldImage] = [slot.disk, drive.image];
  drive.hold(words, image);
  slot.insert(machine.drives.createDisk(drive.options));
  if (oldDisk) await machine.drives.forget(oldDisk);
  await oldImage?.close();
}

function takeForce(words: readonly string[]): { force: boolean; rest: readonly string[] } {
  return words[0] === "-f" ? { force: true, rest: words.slice(1) } : { force: false, rest: words };
}

export async function ejectMedium(controls: Controls, words: readonly string[]): Promise<string> {
  const { force, rest } = takeForce(words);
  const [name, ...more] = rest;
  const found = removable(controls, more.length > 0 ? undefined : name, "eject [-f] DEVICE");
  if (!found.drive.image) return "";
  openTray(controls, found, force);
  await replace(controls, found, { ...found.drive.words, file: undefined }, undefined);
  return "";
}

const MODES = ["retain", "read-only", "read-write"] as const;

export async function changeMedium(controls: Controls, words: readonly string[]): Promise<string> {
  const { force, rest } = takeForce(words);
  const [name, file, format, mode = "retain", ...more] = rest;
  const found = removable(controls, file === undefined || more.length > 0 ? undefined : name, "change [-f] DEVICE FILE [FORMAT [MODE]]");
  if (!MODES.some((known) => known === mode)) throw new UserError(`the mode "${mode}" is not known; there are ${MODES.join(", ")}`);
  const { drive } = found;
  const isCdrom = drive.options.media === "cdrom";
  const readOnly = isCdrom || (mode === "retain" ? drive.words.readOnly : mode === "read-only");
  const wanted = { ...drive.words, file: file!, format: format ?? (isCdrom ? "raw" : undefined), readOnly };
  const image = await openDriveImage(wanted, drive.options.interface);
  try {
    openTray(controls, found, force);
  } catch (error) {
    await image.close();
    throw error;
  }
  await replace(controls, found, wanted, image);
  return "";
}
