// Where an image's bytes lie: a host file, memory, a web server, a browser's private files. Offsets and lengths are bytes, whole numbers below 2^53.

/** What a store or an image refuses, or can not do: one sentence that says what and where. */
export class BlockError extends Error {
  override readonly name = "BlockError";

  /** `code`: what a device tells its guest. */
  constructor(
    message: string,
    readonly code: "io" | "full" | "read-only" | "corrupt" | "unsupported" | "in-use" | "not-found" = "io",
  ) {
    super(message);
  }
}

/**
 * Random-access bytes. Calls may be under way side by side; those that overlap have no order among them. Every method rejects with a
 * BlockError.
 */
export interface Store {
  /** For messages: a path, an address. */
  readonly name: string;
  readonly readOnly: boolean;
  /** Bytes now. */
  readonly size: number;
  /** Fill `into`; what lies behind the end reads as zeros. */
  read(at: number, into: Uint8Array): Promise<void>;
  /** Grows the store if need be. */
  write(at: number, from: Uint8Array): Promise<void>;
  /**
   * As read() and write(), but at once: true if it was done. False where that would keep the caller for long, or its event loop from its turn. Throw a
   * BlockError.
   */
  readNow?(at: number, into: Uint8Array): boolean;
  writeNow?(at: number, from: Uint8Array): boolean;
  /** Make the store this long: what is new reads as zeros. */
  truncate(size: number): Promise<void>;
  /** What was written before survives a crash of the host. */
  flush(): Promise<void>;
  /** These bytes read as zeros from now on, and take no room if the store can have holes. */
  punch?(at: number, length: number): Promise<void>;
  /** Bytes of the host's storage that it takes, where that is known. */
  readonly allocated?: Promise<number>;
  close(): Promise<void>;
}
