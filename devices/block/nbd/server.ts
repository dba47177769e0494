// A server of the Network Block Device protocol, for one connection of any kind: what it serves are images. It holds at most some 64 MiB for a client.
import { type ByteStream, Connection } from "./byte-stream.js";
import type { NbdExport } from "./export.js";
import { Negotiation } from "./negotiation.js";
import { NbdError } from "./protocol.js";
import { Transmission } from "./transmission.js";

export interface NbdEvents {
  /** The client has an export; until then it may be anybody. */
  agreed?(offered: NbdExport): void;
}

/**
 * Serves a client until it goes; everything it asked for is done then. Gives what went wrong with the client or the connection, if something did.
 * Rejects only with faults of our own.
 */
export async function serveNbd(stream: ByteStream, exports: readonly NbdExport[], events: NbdEvents = {}): Promise<string | undefined> {
  const connection = new Connection(stream);
  try {
    const agreement = await new Negotiation(connection, exports).run();
    if (!agreement) return undefined;
    events.agreed?.(agreement.offered);
    await new Transmission(connection, agreement).run();
    return undefined;
  } catch (error) {
    if (error instanceof NbdError) return error.message;
    throw error;
  }
}
