// A disk image: a format that lies on a store and gives a guest's disk. What QEMU calls a block driver.

/** What a stretch of an image is: a row of `qemu-img map --output=json`. */
export interface Extent {
  /** Bytes from the place that was asked for on. */
  readonly length: number;
  /** Bytes are stored for it, here or in a backing image. */
  readonly data: boolean;
  /** It reads as zeros. */
  readonly zero: boolean;
  /** This image or one behind it has an entry for it. */
  readonly present: boolean;
  /** 0: this image; n: the n-th one behind it. */
  readonly depth: number;
  readonly compressed?: boolean;
  /** In the store that has it, where it lies there as it is. */
  readonly offset?: number;
  /** Name of that store. */
  readonly file?: string;
}

/**
 * A disk of `size` bytes. Offsets and lengths are bytes of the disk, of any alignment; beyond the end all methods reject. Requests may be under way
 * side by side; one that was completed is seen by those that begin after it. Every method rejects with a BlockError.
 */
export interface Image {
  /** As qemu-img names it. */
  readonly format: string;
  /** Of its store. */
  readonly name: string;
  readonly readOnly: boolean;
  readonly size: number;
  /** zero() costs less than a write of as many zeros does. Absent: it does not. */
  zeroIsFast?(unmap: boolean): boolean;
  read(at: number, into: Uint8Array): Promise<void>;
  write(at: number, from: Uint8Array): Promise<void>;
  /**
   * As read() and write(), but at once, if nothing else has to be done for it: true if it was done. Throw a BlockError. Requests that touch the same bytes may
   * not be under way.
   */
  readNow?(at: number, into: Uint8Array): boolean;
  writeNow?(at: number, from: Uint8Array): boolean;
  /** Reads as zeros afterwards. `unmap`: give room back where possible. */
  zero(at: number, length: number, unmap: boolean): Promise<void>;
  /** The contents do not matter any more. */
  discard(at: number, length: number): Promise<void>;
  /** Everything that was completed before survives a crash of the host. */
  flush(): Promise<void>;
  /** What lies at an offset, for as far as it is the same. */
  extent(at: number): Promise<Extent>;
  resize(size: number): Promise<void>;
  /** Flushes, and gives up the store and those behind it. */
  close(): Promise<void>;
}
