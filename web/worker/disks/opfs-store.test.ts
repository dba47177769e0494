import { describe, expect, test } from "vitest";
import { type AccessHandle, OpfsStore } from "./opfs-store.js";

/** An access handle that moves a few bytes at a time, and has so much room. */
class FakeHandle implements AccessHandle {
  bytes = new Uint8Array(0);
  flushes = 0;

  constructor(
    private readonly piece = 3,
    private readonly room = 1000,
  ) {}

  read(into: Uint8Array, { at = 0 }: { at?: number } = {}): number {
    const part = this.bytes.subarray(at, at + Math.min(this.piece, into.length));
    into.set(part);
    return part.length;
  }

  write(from: Uint8Array, { at = 0 }: { at?: number } = {}): number {
    const part = from.subarray(0, this.piece);
    if (at + part.length > this.room) throw new DOMException("no room", "QuotaExceededError");
    if (at + part.length > this.bytes.length) this.truncate(at + part.length);
    this.bytes.set(part, at);
    return part.length;
  }

  truncate(size: number): void {
    const bytes = new Uint8Array(size);
    bytes.set(this.bytes.subarray(0, size));
    this.bytes = bytes;
  }

  getSize(): number {
    return this.bytes.length;
  }

  flush(): void {
    this.flushes++;
  }

  close(): void {}
}

const fileOf = (make: () => AccessHandle) =>
  ({ name: "a.img", createSyncAccessHandle: async () => make() }) as unknown as FileSystemFileHandle;

describe("a store in the browser's private file system", () => {
  test("reads and writes whole where the handle does it in parts; what lies behind the end is zeros", async () => {
    const store = new OpfsStore("a.img", new FakeHandle());
    await store.write(
      5,
      Uint8Array.from({ length: 10 }, (_, i) => i + 1),
    );
    expect(store.size).toBe(15);
    const into = new Uint8Array(20).fill(0xff);
    await store.read(0, into);
    expect([...into]).toEqual([0, 0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 0, 0, 0, 0, 0]);
  });

  test("a flush reaches the handle, and a new size does", async () => {
    const handle = new FakeHandle();
    const store = new OpfsStore("a.img", handle);
    await store.truncate(7);
    await store.flush();
    expect([handle.bytes.length, handle.flushes, store.size]).toEqual([7, 1, 7]);
  });

  test("no more room is a full disk, which the guest is told", async () => {
    const store = new OpfsStore("a.img", new FakeHandle(8, 16));
    await expect(store.write(0, new Uint8Array(17))).rejects.toMatchObject({ code: "full", message: /no more room/ });
    // Where the browser says it by writing nothing.
    await expect(new OpfsStore("a.img", new FakeHandle(0)).write(0, new Uint8Array(1))).rejects.toMatchObject({ code: "full" });
  });

  test("a file that is open elsewhere is refused in one sentence", async () => {
    const open = OpfsStore.open(
      fileOf(() => {
        throw new DOMException("locked", "NoModificationAllowedError");
      }),
    );
    await expect(open).rejects.toMatchObject({
      code: "in-use",
      message: /^the disk a\.img is in use by a machine, here or in another tab/,
    });
  });
});
