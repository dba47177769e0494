import { BlockError } from "../../devices/block/store.js";

/** What ends a command of `ringside img`: printed as "ringside: " and the message, as qemu-img does with its own name. */
export class ImgError extends Error {
  override readonly name = "ImgError";

  constructor(
    message: string,
    readonly code = 1,
    /** Printed behind the message. */
    readonly hint?: string,
  ) {
    super(message);
  }
}

/** The command was not understood. */
export function usage(message: string): ImgError {
  return new ImgError(message, 1, "Try 'ringside img --help' for more information");
}

/** The same with a beginning that says what it is about; faults of our own stay as they are. */
export function prefixed(beginning: string, error: unknown): unknown {
  if (error instanceof ImgError) return new ImgError(`${beginning}${error.message}`, error.code, error.hint);
  return error instanceof BlockError ? new ImgError(`${beginning}${error.message}`) : error;
}
