// Names of files on the command line, and what the host says of them in the words that qemu-img has them from (those of the C library).
import { stat } from "node:fs/promises";
import { ImgError } from "./errors.js";

const WORDS: Readonly<Record<string, string>> = {
  ENOENT: "No such file or directory",
  EACCES: "Permission denied",
  EPERM: "Operation not permitted",
  EISDIR: "Is a directory",
  ENOTDIR: "Not a directory",
  ENOSPC: "No space left on device",
  EROFS: "Read-only file system",
  EMFILE: "Too many open files",
  EFBIG: "File too large",
  EIO: "Input/output error",
  ENAMETOOLONG: "File name too long",
  ELOOP: "Too many levels of symbolic links",
};

/** Why the host refused; undefined for errors that are not the host's. */
export function hostReason(error: unknown): string | undefined {
  const code = (error as NodeJS.ErrnoException).code;
  return code === undefined || !/^E[A-Z]+$/.test(code) ? undefined : (WORDS[code] ?? code);
}

/** A name without "file:". Throws ImgError for other protocols. */
export function localPath(name: string): string {
  if (name.startsWith("file:")) return name.slice(5);
  const protocol = /^([^/:]*):/.exec(name);
  if (protocol) throw new ImgError(`Unknown protocol '${protocol[1]}'`);
  return name;
}

/** Rejects with an ImgError, which does not name the file, if there is no file that can hold an image. */
export async function mustBeFile(path: string): Promise<void> {
  if (path === "") throw new ImgError("The 'file' block driver requires a file name");
  let found: Awaited<ReturnType<typeof stat>>;
  try {
    found = await stat(path);
  } catch (error) {
    throw new ImgError(`Could not open '${path}': ${hostReason(error) ?? String(error)}`);
  }
  if (found.isDirectory()) throw new ImgError(`'file' driver requires '${path}' to be a regular file`);
}
