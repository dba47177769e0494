/** Something the user can put right: printed as one sentence, and the program ends with EXIT_USAGE or `code`. */
export class UserError extends Error {
  override readonly name = "UserError";

  constructor(
    message: string,
    readonly code = 2,
  ) {
    super(message);
  }
}

/** "no such file", and so on, for a system error. */
export function describeSystemError(error: unknown): string {
  const code = (error as NodeJS.ErrnoException).code;
  const words: Readonly<Record<string, string>> = {
    ENOENT: "there is no such file or folder",
    EACCES: "permission is denied",
    EISDIR: "it is a directory",
    ENOSPC: "the disk is full",
    EROFS: "the file system is read-only",
    EMFILE: "too many files are open",
    EPIPE: "its reader has gone",
    EIO: "the device does not work",
    ENOTDIR: "a folder in its path is none",
    EFBIG: "it is too large",
  };
  return words[code ?? ""] ?? (error instanceof Error ? error.message : String(error));
}
