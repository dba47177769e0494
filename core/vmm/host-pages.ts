// The host's memory, handed out in pages of 4 KiB.

const PAGE = 4096;

/** The host has no memory left. */
export class HostMemoryError extends Error {
  override readonly name = "HostMemoryError";
}

/** Addresses are host-physical. */
export class HostPages {
  private readonly free: number[] = [];
  private next = 0;
  /** Pages that attempt() would give back. */
  private taken: Set<number> | undefined;

  /** Pages of [0, bytes). */
  constructor(private readonly bytes: number) {}

  /** Pages that are left. */
  get available(): number {
    return this.free.length + Math.floor((this.bytes - this.next) / PAGE);
  }

  /** Throws HostMemoryError unless so many pages are left. */
  require(pages: number): void {
    if (this.available < pages) throw this.full(pages * PAGE);
  }

  /** Address of a page; its contents are what they were. Throws HostMemoryError. */
  allocate(): number {
    const page = this.free.pop();
    if (page === undefined) return this.allocateRange(PAGE);
    this.taken?.add(page);
    return page;
  }

  /** Address of `length` bytes in one piece, a multiple of 4 KiB; such pieces are never given back. Throws HostMemoryError. */
  allocateRange(length: number): number {
    const at = this.next;
    if (at + length > this.bytes) throw this.full(length);
    this.next = at + length;
    for (let page = at; this.taken && page < at + length; page += PAGE) this.taken.add(page);
    return at;
  }

  release(page: number): void {
    this.taken?.delete(page);
    this.free.push(page);
  }

  /** What `make` has allocated is given back if it throws. */
  attempt<T>(make: () => T): T {
    const outer = this.taken;
    const taken = new Set<number>();
    this.taken = taken;
    try {
      return make();
    } catch (thrown) {
      for (const page of taken) this.free.push(page);
      taken.clear();
      throw thrown;
    } finally {
      this.taken = outer;
      for (const page of taken) outer?.add(page);
    }
  }

  private full(wanted: number): HostMemoryError {
    return new HostMemoryError(
      `the host's memory is full: ${wanted >> 10} KiB in one piece are wanted, ${(this.bytes - this.next) >> 10} KiB are left, and ${this.free.length} single pages`,
    );
  }
}
