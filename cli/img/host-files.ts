// Names of files on the command line, and what the host says of them in the words that qemu-img has them from (those of the C library).
import { open, stat } from "node:fs/promises";
import { HttpStore } from "../../devices/block/http-store.js";
import type { Store } from "../../devices/block/store.js";
import { FileStore } from "../file-store.js";
import { isWebAddress, protocolOf } from "../referred-name.js";
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

/** A name without "file:". Throws ImgError for other protocols; what is on the web can only be opened. */
export function localPath(name: string): string {
  if (name.startsWith("file:")) return name.slice(5);
  const protocol = protocolOf(name);
  if (protocol !== undefined) throw new ImgError(`Unknown protocol '${protocol}'`);
  return name;
}

/** Rejects with an ImgError, which does not name the file, if there is no file that can hold an image. */
async function mustBeFile(path: string): Promise<void> {
  if (path === "") throw new ImgError("The 'file' block driver requires a file name");
  const found = await attempt("open", path, () => stat(path));
  if (found.isDirectory()) throw new ImgError(`'file' driver requires '${path}' to be a regular file`);
}

/** FileStore tells in other words why a file can not be opened: so it is tried before. */
async function attempt<T>(what: "open" | "create", path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw new ImgError(`Could not ${what} '${path}': ${hostReason(error) ?? String(error)}`);
  }
}

export interface FileUse {
  readonly write?: boolean;
  /** It is written on purpose while it is read as what is behind another image. */
  readonly whileRead?: boolean;
  /** Do not look whether other processes use it. */
  readonly share?: boolean;
}

/** The files of one command: none is written that is read as another's source, and the other way round. */
export class HostFiles {
  private readonly read = new Set<string>();
  private readonly written = new Set<string>();

  /** `name`: of a file, or the address of one on a web server. Rejects with an ImgError that does not name the image, or a BlockError. */
  async open(name: string, use: FileUse): Promise<Store> {
    if (!isWebAddress(name)) return this.openLocal(localPath(name), use);
    if (use.write) throw new ImgError("Images on web servers can only be read");
    return HttpStore.open(name, fetch);
  }

  private async openLocal(path: string, { write = false, whileRead = false, share = false }: FileUse): Promise<FileStore> {
    await mustBeFile(path);
    const handle = await attempt("open", path, () => open(path, write ? "r+" : "r"));
    await handle.close();
    const file = await identity(path);
    if (this.written.has(file) || (write && this.read.has(file) && !whileRead)) throw inUse(path, !write);
    (write ? this.written : this.read).add(file);
    return FileStore.open(path, { readOnly: !write, lock: !share });
  }

  /** An empty file; what was in it is lost. Rejects with an ImgError that does not name the image, or a BlockError. */
  async create(path: string): Promise<FileStore> {
    const handle = await attempt("create", path, () => open(path, "a"));
    await handle.close();
    if (this.read.has(await identity(path))) throw inUse(path, false);
    return FileStore.open(path, { create: true });
  }
}

/** The same for all names of a file. */
async function identity(path: string): Promise<string> {
  const { dev, ino } = await stat(path, { bigint: true });
  return `${dev}:${ino}`;
}

function inUse(path: string, shared: boolean): ImgError {
  return new ImgError(`Failed to get ${shared ? "shared " : ""}"write" lock`, 1, `Is another process using the image [${path}]?`);
}
