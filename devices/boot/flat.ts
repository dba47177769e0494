// Raw images: a boot sector (or a longer image whose first sector is one) at 0000:7C00 in real mode, with drive 0x80 in DL.
// There is no BIOS behind it: INT 10h and the like are not there. For those, start a BIOS image instead.
import { BootError } from "./boot-error.js";
import type { Entry } from "./entry.js";

const LOAD_AT = 0x7c00;
const ROOM = 0xa0000 - LOAD_AT;

/** Load a raw image. Throws BootError if it does not fit below the video memory. */
export function loadFlat(image: Uint8Array, ram: Uint8Array): Entry {
  if (image.length === 0) throw new BootError("the image is empty");
  if (image.length > ROOM)
    throw new BootError(`the flat image has ${image.length} bytes; at most ${ROOM} fit between 0x7c00 and the video memory`);
  ram.set(image, LOAD_AT);
  return { mode: "real", cs: 0, ip: LOAD_AT, sp: LOAD_AT, dl: 0x80 };
}
