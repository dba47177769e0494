// A file of the browser's origin private file system (WHATWG "File System") as a store. The access handle is exclusive: who has it open keeps all others
// out, this tab's and other tabs'. What was written is there after a reload; flush() asks the browser to bring it to the disk.
//
// Not here: holes are not punched, for which there is no call; how much room a file takes is not told.
import { BlockError, type Store } from "../../../devices/block/store.js";

/** What is used of a FileSystemSyncAccessHandle. */
export type AccessHandle = Pick<FileSystemSyncAccessHandle, "read" | "write" | "truncate" | "getSize" | "flush" | "close">;

export class OpfsStore implements Store {
  readonly readOnly = false;
  private length: number;

  constructor(
    readonly name: string,
    private readonly handle: AccessHandle,
  ) {
    this.length = this.attempt("can not be opened", () => handle.getSize());
  }

  /** Rejects with a BlockError, which says so if the file is open already, here or in another tab. */
  static async open(file: FileSystemFileHandle): Promise<OpfsStore> {
    try {
      return new OpfsStore(file.name, await file.createSyncAccessHandle());
    } catch (error) {
      if (error instanceof DOMException && error.name === "NoModificationAllowedError") throw inUse(file.name);
      throw error instanceof BlockError ? error : failure(file.name, "can not be opened", error);
    }
  }

  get size(): number {
    return this.length;
  }

  async read(at: number, into: Uint8Array): Promise<void> {
    for (let done = 0; done < into.length; ) {
      const read = this.attempt("can not be read", () => this.handle.read(into.subarray(done), { at: at + done }));
      if (read === 0) return void into.fill(0, done);
      done += read;
    }
  }

  async write(at: number, from: Uint8Array): Promise<void> {
    for (let done = 0; done < from.length; ) {
      const written = this.attempt("can not be written", () => this.handle.write(from.subarray(done), { at: at + done }));
      // The file system has no room left, and says it in this way only.
      if (written === 0) throw full(this.name);
      done += written;
      this.length = Math.max(this.length, at + done);
    }
  }

  async truncate(size: number): Promise<void> {
    this.attempt("can not get another size", () => this.handle.truncate(size));
    this.length = size;
  }

  async flush(): Promise<void> {
    this.attempt("can not be written to the disk", () => this.handle.flush());
  }

  async close(): Promise<void> {
    this.handle.close();
  }

  private attempt<T>(what: string, call: () => T): T {
    try {
      return call();
    } catch (error) {
      throw error instanceof DOMException && error.name === "QuotaExceededError" ? full(this.name) : failure(this.name, what, error);
    }
  }
}

export function inUse(name: string): BlockError {
  return new BlockError(
    `the disk ${name} is in use by a machine, here or in another tab: that gives it back when another guest is started there`,
    "in-use",
  );
}

function full(name: string): BlockError {
  return new BlockError(`the disk ${name} can not grow: the browser has no more room for this page`, "full");
}

function failure(name: string, what: string, error: unknown): BlockError {
  return new BlockError(`the disk ${name} ${what}: ${error instanceof Error ? error.message : String(error)}`);
}
