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
