// Requests of a client that has an export. NBD protocol, "Transmission", "Request types". Many may be under way side by side; they are answered in
// the order in which they are done. What they hold in memory is bounded: a client that does not take its answers is not read from any more.
import type { Connection } from "./byte-stream.js";
import { Commands } from "./commands.js";
import type { Agreement } from "./negotiation.js";
import { COMMAND, Decoder, ERRNO, MAGIC, MOST_PAYLOAD, NbdError, REQUEST_SIZE } from "./protocol.js";
import { Refusal, Replies, refusalOf } from "./replies.js";

/** Requests of one client under way. */
const MOST_REQUESTS = 64;

export interface Request {
  readonly command: number;
  readonly flags: number;
  readonly cookie: bigint;
  readonly offset: bigint;
  /** Bytes. */
  readonly length: number;
}

function parseRequest(data: Decoder): Request {
  if (data.u32() !== MAGIC.request) throw new NbdError("a request begins with a wrong number");
  const flags = data.u16();
  return { flags, command: data.u16(), cookie: data.u64(), offset: data.u64(), length: data.u32() };
}

/** Bytes of memory that a request needs. */
function memoryOf({ command, length }: Request): number {
  return command === COMMAND.read || command === COMMAND.write || command === COMMAND.cache ? Math.min(length, MOST_PAYLOAD) : 0;
}

export class Transmission {
  private readonly replies: Replies;
  private readonly commands: Commands;
  private readonly underWay = new Set<Promise<void>>();
  private memory = 0;
  /** The first thing that went wrong beside the loop. */
  private failure: unknown;

  constructor(
    private readonly connection: Connection,
    agreement: Agreement,
  ) {
    this.replies = new Replies(connection, agreement.structured);
    this.commands = new Commands(agreement, this.replies);
  }

  /** Until the client disconnects; everything is answered then. Rejects with NbdError, or with a fault of our own. */
  async run(): Promise<void> {
    try {
      await this.serve();
    } catch (error) {
      this.failure ??= error;
    }
    await Promise.all(this.underWay);
    if (this.failure !== undefined) throw this.failure;
  }

  private async serve(): Promise<void> {
    // Requests that came before the connection broke are not begun any more.
    while (this.failure === undefined) {
      const request = parseRequest(new Decoder(await this.connection.read(new Uint8Array(REQUEST_SIZE))));
      if (request.command === COMMAND.disconnect) return;
      await this.begin(request);
    }
  }

  private async begin(request: Request): Promise<void> {
    const memory = memoryOf(request);
    while (this.underWay.size >= MOST_REQUESTS || (this.memory > 0 && this.memory + memory > MOST_PAYLOAD))
      await Promise.race(this.underWay);
    this.memory += memory;
    const payload = await this.payloadOf(request);
    const done = this.answer(request, payload).then(
      () => {},
      (error: unknown) => {
        this.failure ??= error;
        this.connection.abort();
      },
    );
    const settled = done.then(() => {
      this.memory -= memory;
      this.underWay.delete(settled);
    });
    this.underWay.add(settled);
  }

  /** Undefined: there is none, or it is longer than it may be, and was skipped. */
  private async payloadOf({ command, length }: Request): Promise<Uint8Array | undefined> {
    if (command !== COMMAND.write) return undefined;
    if (length <= MOST_PAYLOAD) return this.connection.read(new Uint8Array(length));
    await this.connection.skip(length);
    return undefined;
  }

  private async answer(request: Request, payload: Uint8Array | undefined): Promise<void> {
    try {
      if (request.command === COMMAND.write && !payload)
        throw new Refusal(ERRNO.EINVAL, `at most ${MOST_PAYLOAD} bytes are written at once`);
      await this.commands.execute(request, payload);
    } catch (error) {
      const refusal = refusalOf(error);
      if (!refusal) throw error;
      await this.replies.refuse(request.cookie, refusal);
    }
  }
}
