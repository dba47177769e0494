// The format raw: the disk's bytes are the store's, up to a whole number of sectors. Where data and holes lie is not known to a store, so extent() says
// data everywhere.
import type { CacheMode } from "./cache-mode.js";
import type { Extent, Image } from "./image.js";
import { checkRange } from "./range.js";
import type { Store } from "./store.js";

const SECTOR = 512;
/** Zeros are written in pieces of at most this many bytes. */
const ZEROS = 1 << 20;

export class RawImage implements Image {
  readonly format = "raw";

  constructor(
    private readonly store: Store,
    private readonly cacheMode: CacheMode = "writeback",
    readonly readOnly: boolean = store.readOnly,
  ) {}

  get name(): string {
    return this.store.name;
  }

  get size(): number {
    return Math.ceil(this.store.size / SECTOR) * SECTOR;
  }

  async read(at: number, into: Uint8Array): Promise<void> {
    checkRange(this, at, into.length);
    await this.store.read(at, into);
  }

  async write(at: number, from: Uint8Array): Promise<void> {
    checkRange(this, at, from.length, "write");
    await this.store.write(at, from);
    await this.written();
  }

  readNow(at: number, into: Uint8Array): boolean {
    checkRange(this, at, into.length);
    return this.store.readNow?.(at, into) ?? false;
  }

  writeNow(at: number, from: Uint8Array): boolean {
    checkRange(this, at, from.length, "write");
    return this.cacheMode !== "writethrough" && (this.store.writeNow?.(at, from) ?? false);
  }

  async zero(at: number, length: number, unmap: boolean): Promise<void> {
    checkRange(this, at, length, "write");
    if (unmap && this.store.punch !== undefined) await this.store.punch(at, length);
    else await writeZeros((place, bytes) => this.store.write(place, bytes), at, length);
    await this.written();
  }

  zeroIsFast(unmap: boolean): boolean {
    return unmap && this.store.punch !== undefined;
  }

  async discard(at: number, length: number): Promise<void> {
    checkRange(this, at, length, "write");
    await this.store.punch?.(at, length);
    await this.written();
  }

  async flush(): Promise<void> {
    if (!this.readOnly && this.cacheMode !== "unsafe") await this.store.flush();
  }

  async extent(at: number): Promise<Extent> {
    checkRange(this, at, 1);
    const data = at < this.store.size;
    const end = data ? this.store.size : this.size;
    return { length: end - at, data, zero: !data, present: true, depth: 0, offset: at, file: this.name };
  }

  async resize(size: number): Promise<void> {
    checkRange(this, 0, 0, "write");
    await this.store.truncate(size);
  }

  async close(): Promise<void> {
    await this.flush();
    await this.store.close();
  }

  private async written(): Promise<void> {
    if (this.cacheMode === "writethrough") await this.store.flush();
  }
}

/** Write zeros, for stores without holes and where holes are not wanted. */
export async function writeZeros(write: Store["write"], at: number, length: number): Promise<void> {
  const zeros = new Uint8Array(Math.min(length, ZEROS));
  for (let done = 0; done < length; done += zeros.length) {
    await write(at + done, zeros.subarray(0, Math.min(zeros.length, length - done)));
  }
}
