// A host file as a store: positional reads and writes, fdatasync.
//
// What lies in the host's page cache is there in a microsecond or two, and asking another thread for it takes twenty. So short requests are done at once,
// as long as they prove short in time, too; every so often one is not, so that the event loop gets its turn.
//
// Not done, because Node has no call for it: holes are not punched (and so there is no punch(): what is discarded keeps its room until it is used anew),
// the page cache is not bypassed.
import { readSync, writeSync } from "node:fs";
import { constants, type FileHandle, open } from "node:fs/promises";
import { BlockError, type Store } from "../devices/block/store.js";
import { type ImageLock, lockImage } from "./image-lock.js";
import { describeSystemError } from "./user-error.js";

const BLOCK = 512;
/** Bytes of a request that may be done at once; ms in which that should be over; requests that are not done at once if it was not. */
const SHORT = 512 << 10;
const SOON = 0.5;
const WARY = 100;
/** Requests one after the other that are done at once. */
const STREAK = 64;
const UNREADABLE = "can not be read";
const UNWRITABLE = "can not be written";

export interface FileStoreOptions {
  readonly readOnly?: boolean;
  /** Make the file; an old one of that name is emptied. */
  readonly create?: boolean;
  /** False: do not look whether others use it (`qemu-img -U`), and do not tell them. */
  readonly lock?: boolean;
}

export class FileStore implements Store {
  private streak = 0;
  private wary = 0;

  private constructor(
    readonly name: string,
    readonly readOnly: boolean,
    private readonly file: FileHandle,
    private readonly lock: ImageLock | undefined,
    private length: number,
  ) {}

  /** Rejects with a BlockError for what can not be opened, or is open for writing elsewhere. */
  static async open(path: string, options: FileStoreOptions = {}): Promise<FileStore> {
    const readOnly = options.readOnly === true;
    // The lock comes before an old file is emptied.
    const flags = readOnly ? constants.O_RDONLY : constants.O_RDWR | (options.create === true ? constants.O_CREAT : 0);
    const file = await attempt(path, "can not be opened", () => open(path, flags, 0o644));
    let lock: ImageLock | undefined;
    try {
      const status = await attempt(path, "can not be opened", () => file.stat());
      if (!status.isFile() && !status.isBlockDevice()) throw new BlockError(`${path} is neither a file nor a block device`);
      lock = options.lock === false ? undefined : await lockImage(path, file, readOnly);
      if (options.create === true && status.isFile()) await attempt(path, "can not be emptied", () => file.truncate(0));
      const size = options.create === true && status.isFile() ? 0 : await sizeOf(file, status);
      return new FileStore(path, readOnly, file, lock, size);
    } catch (error) {
      await lock?.release();
      await file.close();
      throw error;
    }
  }

  get size(): number {
    return this.length;
  }

  get allocated(): Promise<number> {
    return this.attempt("can not be looked at", async () => (await this.file.stat()).blocks * BLOCK);
  }

  async read(at: number, into: Uint8Array): Promise<void> {
    await this.turn(into.length);
    if (this.readNow(at, into)) return;
    for (let done = 0; done < into.length; ) {
      const { bytesRead } = await this.attempt(UNREADABLE, () => this.file.read(into, done, into.length - done, at + done));
      if (bytesRead === 0) return void into.fill(0, done);
      done += bytesRead;
    }
  }

  async write(at: number, from: Uint8Array): Promise<void> {
    await this.turn(from.length);
    if (this.writeNow(at, from)) return;
    for (let done = 0; done < from.length; ) {
      done += (await this.attempt(UNWRITABLE, () => this.file.write(from, done, from.length - done, at + done))).bytesWritten;
      this.length = Math.max(this.length, at + done);
    }
  }

  readNow(at: number, into: Uint8Array): boolean {
    if (!this.mayBeNow(into.length)) return false;
    return this.timed(UNREADABLE, () => {
      for (let done = 0; done < into.length; ) {
        const read = readSync(this.file.fd, into, done, into.length - done, at + done);
        if (read === 0) return void into.fill(0, done);
        done += read;
      }
    });
  }

  writeNow(at: number, from: Uint8Array): boolean {
    this.writable();
    if (!this.mayBeNow(from.length)) return false;
    return this.timed(UNWRITABLE, () => {
      for (let done = 0; done < from.length; ) {
        done += writeSync(this.file.fd, from, done, from.length - done, at + done);
        this.length = Math.max(this.length, at + done);
      }
    });
  }

  async truncate(size: number): Promise<void> {
    this.writable();
    await this.attempt("can not get another size", () => this.file.truncate(size));
    this.length = size;
  }

  async flush(): Promise<void> {
    if (!this.readOnly) await this.attempt("can not be written to the disk", () => this.file.datasync());
  }

  async close(): Promise<void> {
    try {
      await this.file.close();
    } finally {
      await this.lock?.release();
    }
  }

  /** Whether a request of so many bytes is done at once, as long as the event loop gets its turn. */
  private isShort(length: number): boolean {
    return length <= SHORT && this.wary === 0;
  }

  private mayBeNow(length: number): boolean {
    return this.isShort(length) && this.streak < STREAK;
  }

  /** Let the event loop have its turn, if that is due; a request that is not done at once gives it one anyway. */
  private async turn(length: number): Promise<void> {
    if (this.isShort(length) && this.streak < STREAK) return;
    if (this.isShort(length)) await new Promise((resolve) => setImmediate(resolve));
    else this.wary = Math.max(0, this.wary - 1);
    this.streak = 0;
  }

  private timed(what: string, call: () => void): true {
    const began = performance.now();
    try {
      call();
    } catch (error) {
      throw failure(this.name, what, error);
    }
    this.streak++;
    if (performance.now() - began > SOON) this.wary = WARY;
    return true;
  }

  private writable(): void {
    if (this.readOnly) throw new BlockError(`${this.name} is read-only`, "read-only");
  }

  private attempt<T>(what: string, call: () => Promise<T>): Promise<T> {
    return attempt(this.name, what, call);
  }
}

/** Bytes; a block device's are where its end is. */
async function sizeOf(file: FileHandle, status: { isFile(): boolean; readonly size: number }): Promise<number> {
  if (status.isFile()) return status.size;
  const probe = new Uint8Array(1);
  const readable = async (at: number) => (await file.read(probe, 0, 1, at)).bytesRead === 1;
  let end = 1;
  while (end < Number.MAX_SAFE_INTEGER / 2 && (await readable(end))) end *= 2;
  let low = end / 2;
  for (let high = end; high - low > 1; ) {
    const middle = Math.floor((low + high) / 2);
    if (await readable(middle)) low = middle;
    else high = middle;
  }
  return Math.floor(low) + 1;
}

async function attempt<T>(path: string, what: string, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    throw failure(path, what, error);
  }
}

function failure(path: string, what: string, error: unknown): BlockError {
  const { code } = error as NodeJS.ErrnoException;
  const kind = code === "ENOSPC" || code === "EDQUOT" ? "full" : code === "ENOENT" ? "not-found" : "io";
  return new BlockError(`${path} ${what}: ${describeSystemError(error)}`, kind);
}
