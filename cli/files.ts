import { closeSync, fsyncSync, openSync, readFileSync, realpathSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { EXIT_HOST } from "./exit-codes.js";
import { describeSystemError, UserError } from "./user-error.js";

/** Read a file the user named; `what` says what it was to be. */
export function readUserFile(what: string, path: string): Uint8Array {
  try {
    // A terminal or /dev/zero would never end.
    if (statSync(path).isCharacterDevice()) throw new Error("it is a device");
    return readFileSync(path);
  } catch (error) {
    throw new UserError(`the ${what} ${path} can not be read: ${describeSystemError(error)}`);
  }
}

function writeThrough(path: string, bytes: Uint8Array): void {
  const fd = openSync(path, "w");
  try {
    writeFileSync(fd, bytes);
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

/** A snapshot to be: written whole or not at all, so that an older one of that name stays until the new one is complete. */
export class SnapshotFile {
  /** Where the bytes go first; undefined for what is no regular file (a pipe, a device), which is written as it is. */
  private readonly temporary: string | undefined;
  private readonly target: string;

  /** Throws UserError if nothing can be written there: better before the run than after it. */
  constructor(private readonly path: string) {
    const there = statSync(path, { throwIfNoEntry: false });
    if (there?.isDirectory()) throw this.error("it is a directory");
    this.target = there ? realpathSync(path) : path;
    this.temporary = there && !there.isFile() ? undefined : `${this.target}.part`;
    if (this.temporary) this.tryOut(this.temporary);
  }

  private tryOut(temporary: string): void {
    try {
      writeFileSync(temporary, "");
      rmSync(temporary);
    } catch (error) {
      throw this.error(describeSystemError(error));
    }
  }

  private error(why: string): UserError {
    return new UserError(`the snapshot ${this.path} can not be written: ${why}`, EXIT_HOST);
  }

  /** Throws UserError. */
  write(bytes: Uint8Array): void {
    try {
      if (this.temporary) {
        writeThrough(this.temporary, bytes);
        renameSync(this.temporary, this.target);
      } else writeFileSync(this.target, bytes);
    } catch (error) {
      if (this.temporary) rmSync(this.temporary, { force: true });
      throw this.error(describeSystemError(error));
    }
  }
}
