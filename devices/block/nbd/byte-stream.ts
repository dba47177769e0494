// A connection as the server sees it: bytes that come, in pieces of any length, and bytes that go.
import { NbdError } from "./protocol.js";

export interface ByteStream {
  /** What the peer sends, until it ends; nothing is read ahead of who asks. Throws when the connection breaks. */
  readonly incoming: AsyncIterable<Uint8Array>;
  /** Sent in the order of the calls. Resolved when the bytes have left our memory; rejected when the connection breaks. */
  write(bytes: Uint8Array): Promise<void>;
  /** Break the connection: nothing is waited for any more. */
  abort(): void;
}

const why = (error: unknown) => new NbdError(`the connection broke: ${error instanceof Error ? error.message : error}`);

/** Whole messages out of a stream's pieces. Every method rejects with NbdError when the peer has gone. */
export class Connection {
  private readonly pieces: AsyncIterator<Uint8Array>;
  private piece = new Uint8Array(0);

  constructor(private readonly stream: ByteStream) {
    this.pieces = stream.incoming[Symbol.asyncIterator]();
  }

  async read(into: Uint8Array): Promise<Uint8Array> {
    await this.take(into.length, (part, at) => into.set(part, at));
    return into;
  }

  /** Read, and forget: costs no memory. */
  async skip(count: number): Promise<void> {
    await this.take(count, () => {});
  }

  private async take(count: number, use: (part: Uint8Array, at: number) => void): Promise<void> {
    let at = 0;
    while (at < count) {
      if (this.piece.length === 0) await this.next();
      const part = this.piece.subarray(0, count - at);
      use(part, at);
      at += part.length;
      this.piece = this.piece.subarray(part.length);
    }
  }

  private async next(): Promise<void> {
    const next = await this.pieces.next().catch((error: unknown) => {
      throw why(error);
    });
    if (next.done) throw new NbdError("the client has gone");
    this.piece = next.value as Uint8Array<ArrayBuffer>;
  }

  abort(): void {
    this.stream.abort();
  }

  async send(...pieces: readonly Uint8Array[]): Promise<void> {
    await Promise.all(pieces.map((piece) => this.stream.write(piece))).catch((error: unknown) => {
      throw why(error);
    });
  }
}
