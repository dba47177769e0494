// Answers to requests. NBD protocol, "Simple reply message", "Structured reply chunk message".
import { BlockError } from "../store.js";
import type { Connection } from "./byte-stream.js";
import { CHUNK, CHUNK_DONE, ERRNO, type Errno, encode, type Field, MAGIC } from "./protocol.js";

/** What a request is refused with. */
export class Refusal extends Error {
  override readonly name = "Refusal";

  constructor(
    readonly errno: Errno,
    message: string,
  ) {
    super(message);
  }
}

const BLOCK_ERRNO: Readonly<Record<BlockError["code"], Errno>> = {
  io: ERRNO.EIO,
  full: ERRNO.ENOSPC,
  "read-only": ERRNO.EPERM,
  corrupt: ERRNO.EIO,
  unsupported: ERRNO.ENOTSUP,
  "in-use": ERRNO.EIO,
  "not-found": ERRNO.EIO,
};

/** The refusal that an error is; undefined for what is a fault of our own. */
export function refusalOf(error: unknown): Refusal | undefined {
  if (error instanceof Refusal) return error;
  return error instanceof BlockError ? new Refusal(BLOCK_ERRNO[error.code], error.message) : undefined;
}

/** Characters of an error's sentence. */
const LONGEST_MESSAGE = 1000;

/** A part of a structured reply. */
export interface Chunk {
  readonly type: number;
  readonly head: readonly Field[];
  readonly payload?: Uint8Array;
}

export class Replies {
  constructor(
    private readonly connection: Connection,
    private readonly structured: boolean,
  ) {}

  async simple(cookie: bigint, errno: Errno | 0, payload?: Uint8Array): Promise<void> {
    const head = encode(["u32", MAGIC.simpleReply], ["u32", errno], ["u64", cookie]);
    await (payload ? this.connection.send(head, payload) : this.connection.send(head));
  }

  /** Chunks of different requests may mix: each is sent whole. */
  async chunks(cookie: bigint, chunks: readonly Chunk[]): Promise<void> {
    const pieces = chunks.flatMap(({ type, head, payload }, i) => {
      const data = encode(...head);
      const flags = i === chunks.length - 1 ? CHUNK_DONE : 0;
      const length = data.length + (payload?.length ?? 0);
      const start = encode(["u32", MAGIC.structuredReply], ["u16", flags], ["u16", type], ["u64", cookie], ["u32", length], data);
      return payload ? [start, payload] : [start];
    });
    await this.connection.send(...pieces);
  }

  refuse(cookie: bigint, { errno, message }: Refusal): Promise<void> {
    if (!this.structured) return this.simple(cookie, errno);
    const text = message.replace(/[^ -~]/g, "?").slice(0, LONGEST_MESSAGE);
    return this.chunks(cookie, [{ type: CHUNK.error, head: [["u32", errno], ["u16", text.length], text] }]);
  }
}
