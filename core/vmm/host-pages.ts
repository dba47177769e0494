// The host's memory, handed out in pages of 4 KiB.

/** The host has no memory left. */
export class HostMemoryError extends Error {
  override readonly name = "HostMemoryError";
}

/** Addresses are host-physical. */
export class HostPages {
  private readonly free: number[] = [];
  private next = 0;

  /** Pages of [0, bytes). */
  constructor(private readonly bytes: number) {}

  /** Pages that are left. */
  get available(): number {
    return this.free.length + Math.floor((this.bytes - this.next) / 4096);
  }

  /** Address of a page; its contents are what they were. Throws HostMemoryError. */
  allocate(): number {
    const page = this.free.pop();
    return page ?? this.allocateRange(4096);
  }

  /** Address of `length` bytes in one piece, a multiple of 4 KiB; such pieces are never given back. Throws HostMemoryError. */
  allocateRange(length: number): number {
    const at = this.next;
    if (at + length > this.bytes)
      throw new HostMemoryError(`the host has ${this.bytes >> 10} KiB of memory, and ${(at + length) >> 10} KiB are wanted`);
    this.next = at + length;
    return at;
  }

  release(page: number): void {
    this.free.push(page);
  }
}
