import type { BootSource } from "../devices/machine/boot-source.js";
import { buildGuest, guests } from "../guests/catalog.js";
import { readUserFile } from "./files.js";
import { UserError } from "./user-error.js";

export interface SourceOptions {
  readonly kernel?: string;
  readonly initrd?: string;
  readonly append?: string;
  readonly image?: string;
  readonly bios?: string;
  readonly guest?: string;
}

function guestSource(name: string, append: string): BootSource {
  if (!guests.some((g) => g.name === name))
    throw new UserError(`there is no guest "${name}"; there are ${guests.map((g) => g.name).join(", ")}`);
  const guest = buildGuest(name);
  if (guest.kind === "multiboot") return { kind: "kernel", kernel: guest.bytes, commandLine: append };
  return { kind: "image", image: guest.bytes };
}

/** What the options say to start. Exactly one of --kernel, --image, --bios and --guest. */
export function bootSource(options: SourceOptions): BootSource {
  const given = (["kernel", "image", "bios", "guest"] as const).filter((name) => options[name] !== undefined);
  if (given.length !== 1)
    throw new UserError(
      `give one of --kernel, --image, --bios, --guest or --resume${given.length > 1 ? `, not --${given.join(" and --")}` : ""}`,
    );
  const append = options.append ?? "";
  if (options.initrd !== undefined && options.kernel === undefined) throw new UserError("--initrd needs --kernel");
  if (options.append !== undefined && options.kernel === undefined && options.guest === undefined)
    throw new UserError("--append needs --kernel or --guest");
  if (options.guest !== undefined) return guestSource(options.guest, append);
  if (options.image !== undefined) return { kind: "image", image: readUserFile("image", options.image) };
  if (options.bios !== undefined) return { kind: "bios", bios: readUserFile("BIOS image", options.bios) };
  return {
    kind: "kernel",
    kernel: readUserFile("kernel", options.kernel!),
    initrd: options.initrd === undefined ? undefined : readUserFile("initrd", options.initrd),
    commandLine: append,
  };
}
