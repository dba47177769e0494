// The names that images have of other files, as QEMU takes them. A backing file's is relative to the folder, on a web server too, of the image that says it
// (qemu-img(1), "create", -b); one with a protocol ("file:" among them) and a data file's are relative to the folder that the program was started in.
import type { ReferredKind } from "../devices/block/open.js";

export const isWebAddress = (name: string) => /^https?:\/\//.test(name);

/** The protocol that a name begins with, without its colon. */
export const protocolOf = (name: string): string | undefined => /^([^/:]*):/.exec(name)?.[1];

/** What the image `from` calls `name`, as seen from where this process is. An image on a web server can not name files of this host. */
export function referredName(kind: ReferredKind, from: string, name: string): string {
  if (isWebAddress(name)) return name;
  if (isWebAddress(from)) return new URL(name.replace(/^file:/, ""), from).href;
  return kind === "data" || name.startsWith("/") || protocolOf(name) !== undefined ? name : from.slice(0, from.lastIndexOf("/") + 1) + name;
}
