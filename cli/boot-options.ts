import type { BootSource } from "../devices/machine/boot-source.js";
import { readUserFile } from "./files.js";
import { UserError } from "./user-error.js";

export interface SourceOptions {
  readonly kernel?: string;
  readonly initrd?: string;
  readonly append?: string;
  readonly image?: string;
  readonly bios?: string;
  readonly vgabios?: string;
  readonly guest?: string;
  readonly resume?: string;
}

const SOURCES = ["kernel", "image", "bios", "guest"] as const;

function checkSource(options: SourceOptions): void {
  const given = SOURCES.filter((name) => options[name] !== undefined);
  if (given.length !== 1)
    throw new UserError(
      `give one of --kernel, --image, --bios, --guest or --resume${given.length > 1 ? `, not --${given.join(" and --")}` : ""}`,
    );
  if (options.initrd !== undefined && options.kernel === undefined) throw new UserError("--initrd needs --kernel");
  if (options.append !== undefined && options.kernel === undefined && options.guest === undefined)
    throw new UserError("--append needs --kernel or --guest");
}

async function guestSource(name: string, append: string | undefined): Promise<BootSource> {
  // Loaded here because the assembler takes longer to load than all the rest.
  const { buildGuest, guests } = await import("../guests/catalog.js");
  if (!guests.some((guest) => guest.name === name))
    throw new UserError(`there is no guest "${name}"; there are ${guests.map((guest) => guest.name).join(", ")}`);
  const guest = buildGuest(name);
  if (guest.kind === "multiboot") return { kind: "kernel", kernel: guest.bytes, commandLine: append ?? "" };
  if (append !== undefined) throw new UserError(`the guest ${name} takes no command line`);
  return { kind: "image", image: guest.bytes };
}

function readInitrd(path: string): Uint8Array {
  const initrd = readUserFile("initrd", path);
  if (initrd.length === 0) throw new UserError(`the initrd ${path} is empty`);
  return initrd;
}

/** What the options say to start. Throws UserError. */
export async function bootSource(options: SourceOptions): Promise<BootSource> {
  checkSource(options);
  const { kernel, initrd, append, image, bios, guest } = options;
  if (guest !== undefined) return guestSource(guest, append);
  if (image !== undefined) return { kind: "image", image: readUserFile("image", image) };
  if (bios !== undefined) return { kind: "bios", bios: readUserFile("BIOS image", bios) };
  return {
    kind: "kernel",
    kernel: readUserFile("kernel", kernel!),
    initrd: initrd === undefined ? undefined : readInitrd(initrd),
    commandLine: append ?? "",
  };
}

/** The video BIOS for firmware to run, if there is to be one. A snapshot does not hold it. Throws UserError. */
export function readVideoBios({ vgabios, bios, resume }: SourceOptions): Uint8Array | undefined {
  if (vgabios === undefined) return undefined;
  if (bios === undefined && resume === undefined) throw new UserError("--vgabios needs --bios: only firmware runs it");
  const rom = readUserFile("video BIOS", vgabios);
  if (rom[0] !== 0x55 || rom[1] !== 0xaa) throw new UserError(`the video BIOS ${vgabios} is none: an expansion ROM begins with 55 AA`);
  return rom;
}
