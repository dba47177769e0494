// A file that the visitor has chosen, or one of the browser's that nobody changes, as a store. Read-only: pages may not write to visitors' files.
import { BlockError, type Store } from "../../../devices/block/store.js";

export class BlobStore implements Store {
  readonly readOnly = true;

  constructor(
    readonly name: string,
    private readonly blob: Blob,
  ) {}

  get size(): number {
    return this.blob.size;
  }

  async read(at: number, into: Uint8Array): Promise<void> {
    const bytes = await this.bytes(at, at + into.length);
    into.set(bytes);
    into.fill(0, bytes.length);
  }

  private async bytes(from: number, to: number): Promise<Uint8Array> {
    try {
      return new Uint8Array(await this.blob.slice(from, to).arrayBuffer());
    } catch (error) {
      const reason = error instanceof DOMException && error.name === "NotReadableError" ? "it has changed, or is gone" : String(error);
      throw new BlockError(`the file ${this.name} can not be read: ${reason}`);
    }
  }

  async write(): Promise<void> {
    throw this.readOnlyError();
  }

  async truncate(): Promise<void> {
    throw this.readOnlyError();
  }

  async flush(): Promise<void> {}

  async close(): Promise<void> {}

  private readOnlyError(): BlockError {
    return new BlockError(`the file ${this.name} is read-only`, "read-only");
  }
}
