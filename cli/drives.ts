// The drives of `ringside run`: --hda and its like, --cdrom, --disk with the words of QEMU's -drive, --boot.
import { CACHE_MODES } from "../devices/block/cache-mode.js";
import type { Image } from "../devices/block/image.js";
import { keptRaw } from "../devices/block/probed-image.js";
import type { BootDevice } from "../devices/cmos.js";
import { formatOf } from "../devices/floppy/floppy-drive.js";
import { type DriveOptions, type DrivesOptions, FLOPPY_PLACES, IDE_PLACES, USUAL_BOOT_ORDER } from "../devices/machine/drives.js";
import { openImageFile } from "./image-files.js";
import { UserError } from "./user-error.js";

export interface DriveChoices {
  readonly hda?: string;
  readonly hdb?: string;
  readonly hdc?: string;
  readonly hdd?: string;
  readonly cdrom?: string;
  readonly fda?: string;
  readonly fdb?: string;
  readonly disk?: readonly string[];
  readonly boot?: string;
}

/** What an option says of a drive, before its image is opened and its place is known. */
interface DriveWords {
  readonly file: string | undefined;
  readonly interface: DriveOptions["interface"];
  readonly media: DriveOptions["media"];
  readonly index: number | undefined;
  readonly format: string | undefined;
  readonly cache: (typeof CACHE_MODES)[number];
  readonly readOnly: boolean;
  readonly serial: string | undefined;
  readonly bootIndex: number | undefined;
}

const WORDS = ["file", "if", "media", "index", "format", "cache", "readonly", "serial", "bootindex"];
/** Where QEMU puts --cdrom: the secondary channel's first drive. */
const CDROM_PLACE = 2;
const PLACES = { ide: IDE_PLACES, floppy: FLOPPY_PLACES, virtio: 16 } as const;
const LONGEST_SERIAL = 20;
const BOOT_LETTERS: Readonly<Record<string, BootDevice>> = { a: "floppy", c: "disk", d: "cdrom", n: "network" };

/** "dc": from CD, then from disk. Throws UserError. */
export function parseBootOrder(text: string | undefined): readonly BootDevice[] {
  if (text === undefined) return USUAL_BOOT_ORDER;
  const letters = text.replace(/^order=/, "");
  if (!/^[acdn]{1,3}$/.test(letters) || new Set(letters).size !== letters.length)
    throw new UserError(`the boot order "${text}" is not understood; write up to three of a (floppy), c (disk), d (CD-ROM), n (network)`);
  return Array.from(letters, (letter) => BOOT_LETTERS[letter]!);
}

function choice<T extends string>(option: string, word: string, text: string, known: readonly T[]): T {
  const found = known.find((name) => name === text);
  if (!found) throw new UserError(`--disk ${option}: ${word}=${text} is not known; there are ${known.join(", ")}`);
  return found;
}

function number(option: string, word: string, text: string | undefined, most: number): number | undefined {
  if (text === undefined) return undefined;
  if (/^\d{1,5}$/.test(text) && Number(text) <= most) return Number(text);
  throw new UserError(`--disk ${option}: ${word} is a number up to ${most}, not "${text}"`);
}

/** "file=a.img,format=raw"; a comma in a value is written twice. */
function splitWords(option: string): Map<string, string> {
  const words = new Map<string, string>();
  for (const part of option.replaceAll(",,", "\0").split(",")) {
    const [word = "", ...value] = part.replaceAll("\0", ",").split("=");
    if (!WORDS.includes(word) || value.length === 0)
      throw new UserError(
        `--disk ${option}: "${part.replaceAll("\0", ",")}" is not understood; there are ${WORDS.map((known) => `${known}=`).join(" ")}`,
      );
    if (words.has(word)) throw new UserError(`--disk ${option}: ${word}= is given twice`);
    words.set(word, value.join("="));
  }
  return words;
}

function parseDisk(option: string): DriveWords {
  const words = splitWords(option);
  const kind = choice(option, "if", words.get("if") ?? "ide", ["ide", "virtio", "floppy"] as const);
  const media = choice(option, "media", words.get("media") ?? "disk", ["disk", "cdrom"] as const);
  const serial = words.get("serial");
  if (serial !== undefined && (serial.length > LONGEST_SERIAL || !/^[\x20-\x7e]*$/.test(serial)))
    throw new UserError(`--disk ${option}: a serial number has at most ${LONGEST_SERIAL} printable characters`);
  if (media === "disk" && kind !== "floppy" && !words.has("file")) throw new UserError(`--disk ${option}: a disk needs file=`);
  if (kind !== "ide" && media === "cdrom") throw new UserError(`--disk ${option}: a CD-ROM drive is an IDE drive (if=ide)`);
  return {
    file: words.get("file"),
    interface: kind,
    media,
    index: number(option, "index", words.get("index"), PLACES[kind] - 1),
    format: words.get("format"),
    cache: choice(option, "cache", words.get("cache") ?? "writeback", CACHE_MODES),
    readOnly: media === "cdrom" || choice(option, "readonly", words.get("readonly") ?? "off", ["on", "off"] as const) === "on",
    serial,
    bootIndex: number(option, "bootindex", words.get("bootindex"), 0xffff),
  };
}

function plain(file: string, media: DriveOptions["media"], index: number, kind: DriveOptions["interface"] = "ide"): DriveWords {
  const rest = { format: media === "cdrom" ? "raw" : undefined, serial: undefined, bootIndex: undefined };
  return { file, interface: kind, media, index, cache: "writeback", readOnly: media === "cdrom", ...rest };
}

function describedDrives(choices: DriveChoices): readonly DriveWords[] {
  const named = [choices.hda, choices.hdb, choices.hdc, choices.hdd].flatMap((file, n) =>
    file === undefined ? [] : plain(file, "disk", n),
  );
  const cdrom = choices.cdrom === undefined ? [] : [plain(choices.cdrom, "cdrom", CDROM_PLACE)];
  const floppies = [choices.fda, choices.fdb].flatMap((file, n) => (file === undefined ? [] : plain(file, "disk", n, "floppy")));
  return [...named, ...cdrom, ...floppies, ...(choices.disk ?? []).map(parseDisk)];
}

/** Those without a place get the next free one, as QEMU gives them. */
function placed(drives: readonly DriveWords[]): (DriveWords & { readonly index: number })[] {
  const taken = new Set<string>();
  const key = (drive: DriveWords, index: number) => `${drive.interface} ${index}`;
  for (const drive of drives) {
    if (drive.index === undefined) continue;
    if (taken.has(key(drive, drive.index))) throw new UserError(`two drives are to be number ${drive.index} of ${drive.interface}`);
    taken.add(key(drive, drive.index));
  }
  return drives.map((drive) => {
    let index = drive.index ?? 0;
    if (drive.index === undefined) while (taken.has(key(drive, index))) index++;
    const most = PLACES[drive.interface];
    if (index >= most) throw new UserError(`there are ${most} ${drive.interface} drives at most`);
    taken.add(key(drive, index));
    return { ...drive, index };
  });
}

/** What an image is opened as, to be in a drive. */
export type ImageWords = Pick<DriveWords, "file" | "format" | "cache" | "readOnly">;

/** A drive of the machine, and the image in it. */
export class OpenDrive {
  constructor(
    private readonly place: Omit<DriveOptions, "image" | "writeCache" | "readOnly">,
    private current: ImageWords,
    private inside: Image | undefined,
  ) {}

  /** As QEMU names it. */
  get name(): string {
    const { interface: kind, media, index } = this.place;
    return kind === "ide" ? `ide${index >> 1}-${media === "cdrom" ? "cd" : "hd"}${index & 1}` : `${kind}${index}`;
  }

  get words(): ImageWords {
    return this.current;
  }

  get image(): Image | undefined {
    return this.inside;
  }

  get options(): DriveOptions {
    const { cache, readOnly } = this.current;
    return { ...this.place, image: this.inside, writeCache: cache !== "writethrough", readOnly };
  }

  /** Another image, or none, is in it from now on. */
  hold(words: ImageWords, image: Image | undefined): void {
    this.current = words;
    this.inside = image;
  }
}

/** Rejects with a UserError that says why the image can not be opened, or not be in such a drive. */
export async function openDriveImage(
  { file, format, readOnly, cache }: ImageWords & { readonly file: string },
  kind: DriveOptions["interface"],
): Promise<Image> {
  const image = await openImageFile(file, { format, readOnly, cacheMode: cache });
  if (kind === "floppy" && !formatOf(image.size)) {
    await image.close();
    throw new UserError(`${file} is no floppy: no format has ${image.size} bytes`);
  }
  return image.format === "raw" && format === undefined ? keptRaw(image) : image;
}

/** Drives whose images are open. */
export interface OpenDrives {
  readonly drives: readonly OpenDrive[];
  /** Undefined: there are none. */
  readonly forMachine: DrivesOptions | undefined;
  /** Flushes and closes the images; a second call does nothing. Nothing may be under way. */
  close(): Promise<void>;
}

/** Rejects with a UserError; what was opened is closed then. */
export async function openDrives(choices: DriveChoices): Promise<OpenDrives> {
  const bootOrder = parseBootOrder(choices.boot);
  const drives: OpenDrive[] = [];
  const close = async () => {
    for (const { image } of drives.splice(0)) await image?.close();
  };
  try {
    for (const { interface: kind, media, index, serial, bootIndex, ...words } of placed(describedDrives(choices))) {
      const { file } = words;
      const image = file === undefined ? undefined : await openDriveImage({ ...words, file }, kind);
      const optional = { ...(serial === undefined ? {} : { serial }), ...(bootIndex === undefined ? {} : { bootIndex }) };
      drives.push(new OpenDrive({ interface: kind, media, index, ...optional }, words, image));
    }
  } catch (error) {
    await close();
    throw error;
  }
  const given = drives.length > 0 || choices.boot !== undefined;
  return { drives, forMachine: given ? { drives: drives.map(({ options }) => options), bootOrder } : undefined, close };
}
