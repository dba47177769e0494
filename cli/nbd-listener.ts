// NBD over sockets: each connection gets a server of its own (devices/block/nbd).
import { createServer, type Server, type Socket } from "node:net";
import type { ByteStream } from "../devices/block/nbd/byte-stream.js";
import type { NbdExport } from "../devices/block/nbd/export.js";
import { serveNbd } from "../devices/block/nbd/server.js";
import { describeSystemError, UserError } from "./user-error.js";

/** Where to listen: an address and port (0: any free one), or the path of a Unix socket. */
export type NbdAddress = { readonly host: string; readonly port: number } | { readonly path: string };

export interface NbdListenerOptions {
  readonly address: NbdAddress;
  readonly exports: readonly NbdExport[];
  /** Clients at the same time; more are sent away. */
  readonly clients: number;
  /** Something is wrong with a client. */
  tell(line: string): void;
}

/** Milliseconds that a client may stay silent until it has an export: strangers must not take all places. */
const HANDSHAKE_PATIENCE = 30_000;

function asStream(socket: Socket): ByteStream {
  return {
    incoming: socket,
    write: (bytes) => new Promise((resolve, reject) => socket.write(bytes, (error) => (error ? reject(error) : resolve()))),
    abort: () => socket.destroy(),
  };
}

export class NbdListener {
  private readonly connections = new Map<Socket, Promise<void>>();
  /** A fault of our own in a connection. */
  private failed: (error: unknown) => void = () => {};
  readonly failure = new Promise<never>((_, reject) => {
    this.failed = reject;
  });

  private constructor(
    private readonly listener: Server,
    private readonly options: NbdListenerOptions,
  ) {
    listener.on("connection", (socket) => this.connected(socket));
    listener.on("error", (error) => options.tell(`a client could not connect: ${describeSystemError(error)}`));
  }

  /** Throws UserError if it is not possible to listen. */
  static async open(options: NbdListenerOptions): Promise<NbdListener> {
    const { address } = options;
    const listener = createServer({ noDelay: true });
    await new Promise<void>((resolve, reject) => {
      const where = "path" in address ? address.path : `${address.host}:${address.port}`;
      listener.once("error", (error) => reject(new UserError(`it is not possible to listen on ${where}: ${reasonOf(error)}`)));
      listener.listen(address, resolve);
    });
    listener.removeAllListeners("error");
    return new NbdListener(listener, options);
  }

  /** As clients write it, for an export; the default one's has no name. */
  uri(name: string): string {
    const at = this.listener.address();
    const path = encodeURIComponent(name);
    if (typeof at === "string" || at === null) return `nbd+unix:///${path}?socket=${at}`;
    return `nbd://${at.family === "IPv6" ? `[${at.address}]` : at.address}:${at.port}/${path}`;
  }

  private connected(socket: Socket): void {
    // What goes wrong with it, reading and writing say as well.
    socket.on("error", () => {});
    if (this.connections.size >= this.options.clients) {
      socket.destroy();
      return;
    }
    socket.setTimeout(HANDSHAKE_PATIENCE, () => socket.destroy());
    const served = this.serve(socket)
      .catch(this.failed)
      .finally(() => this.connections.delete(socket));
    this.connections.set(socket, served);
  }

  private async serve(socket: Socket): Promise<void> {
    const trouble = await serveNbd(asStream(socket), this.options.exports, { agreed: () => socket.setTimeout(0) });
    if (trouble !== undefined) this.options.tell(trouble);
    // What was sent is on its way.
    socket.end();
    socket.destroySoon();
  }

  /** No more clients; those that are there are cut off, and what they asked for is done. */
  async close(): Promise<void> {
    this.listener.close();
    const served = [...this.connections.values()];
    for (const socket of this.connections.keys()) socket.destroy();
    await Promise.all(served);
  }
}

function reasonOf(error: Error): string {
  const code = (error as NodeJS.ErrnoException).code;
  if (code === "EADDRINUSE") return "it is taken";
  if (code === "EADDRNOTAVAIL" || code === "ENOTFOUND") return "this host has no such address";
  return describeSystemError(error);
}
