// Links over TCP and Unix sockets, with QEMU's framing: `-netdev stream,...` and `-netdev socket,connect=...|listen=...` are the other side.
// Not here: `-netdev dgram` and `socket,mcast=` and `udp=`, TLS, file descriptors.
import { lstatSync, rmSync } from "node:fs";
import { connect, createServer, type ListenOptions, type NetConnectOpts, type Server, type Socket } from "node:net";
import type { Scheduler } from "../../core/bus/clock.js";
import { Reconnector } from "../../devices/net/links/reconnector.js";
import { type ByteStream, StreamLink } from "../../devices/net/links/stream-link.js";
import { parseTcpAddress } from "../tcp-address.js";
import { describeSystemError, UserError } from "../user-error.js";

export type SocketAddress = { readonly host: string; readonly port: number } | { readonly path: string };

/** "unix:PATH", or what parseTcpAddress() takes; `whose` is named where it is not understood. Throws UserError. */
export function parseSocketAddress(text: string, whose = "switch's"): SocketAddress {
  const path = /^unix:(.+)$/.exec(text)?.[1];
  return path === undefined ? parseTcpAddress(text, whose) : { path };
}

export function describeAddress(address: SocketAddress): string {
  if ("path" in address) return `unix:${address.path}`;
  return address.host.includes(":") ? `[${address.host}]:${address.port}` : `${address.host}:${address.port}`;
}

/** A socket as what a link writes to: all that is written in one turn goes out together. */
function streamOver(socket: Socket, refused: (reason: string) => void): ByteStream {
  return {
    write: (bytes) => {
      if (socket.writableCorked === 0) {
        socket.cork();
        process.nextTick(() => socket.uncork());
      }
      socket.write(bytes);
    },
    get backlog() {
      return socket.writableLength;
    },
    close: (reason) => {
      refused(reason);
      socket.destroy();
    },
  };
}

function carry(link: StreamLink, socket: Socket, refused: (reason: string) => void): void {
  socket.setNoDelay(true);
  socket.on("data", (bytes) => link.push(bytes));
  link.connected(streamOver(socket, refused));
}

/** Words for the user: each once, when something has changed. */
export type Tell = (line: string) => void;

/** A link to who listens, which is made again when it is lost. */
export class SocketConnection {
  readonly link = new StreamLink();
  private socket: Socket | undefined;
  private readonly reconnector: Reconnector;
  private told = "";

  constructor(
    private readonly address: SocketAddress,
    scheduler: Scheduler,
    private readonly tell: Tell,
  ) {
    this.reconnector = new Reconnector(scheduler, () => this.attempt());
    this.attempt();
  }

  private attempt(): void {
    const socket = connect(this.address as NetConnectOpts);
    this.socket = socket;
    let reason = "the other side has closed it";
    socket.on("connect", () => {
      this.reconnector.succeeded();
      if (this.told) this.say("there again");
      carry(this.link, socket, (why) => {
        reason = why;
      });
    });
    socket.on("error", (error) => {
      reason = describeConnectionError(error);
    });
    socket.on("close", () => {
      if (this.socket !== socket) return;
      this.link.disconnected();
      this.say(`not there: ${reason}`);
      this.reconnector.lost();
    });
  }

  private say(what: string): void {
    if (this.told === what) return;
    this.told = what;
    this.tell(`the link to ${describeAddress(this.address)} is ${what}`);
  }

  close(): void {
    this.reconnector.stop();
    const { socket } = this;
    this.socket = undefined;
    this.link.disconnected();
    // What was sent is on its way.
    socket?.end();
    socket?.unref();
  }
}

/** Who comes gets a link. What accept() returns is called when the peer has gone; undefined sends it away. */
export type AcceptPeer<Link = StreamLink> = (link: Link, peer: string) => (() => void) | undefined;

/** Who can be connected to one listener. */
export const PEERS_MOST = 128;

/** Listens, and makes a link for each who connects. */
export class SocketListener {
  private readonly sockets = new Set<Socket>();
  private peers = 0;

  private constructor(
    private readonly server: Server,
    /** Where it listens: the port that was chosen if 0 was asked for. */
    readonly address: SocketAddress,
    private readonly accept: AcceptPeer,
    private readonly tell: Tell,
  ) {
    server.on("connection", (socket) => this.connected(socket));
    server.on("error", (error) => tell(`nobody can connect to ${describeAddress(address)}: ${describeSystemError(error)}`));
  }

  /** Throws UserError if nobody can listen there. */
  static async open(address: SocketAddress, accept: AcceptPeer, tell: Tell): Promise<SocketListener> {
    const { server, address: at } = await listenAt(address);
    return new SocketListener(server, at, accept, tell);
  }

  private connected(socket: Socket): void {
    const peer = `${describeAddress(this.address)}#${++this.peers}`;
    const link = new StreamLink();
    const gone = this.sockets.size < PEERS_MOST ? this.accept(link, peer) : undefined;
    socket.on("error", () => {});
    if (!gone) {
      socket.destroy();
      return;
    }
    this.sockets.add(socket);
    socket.on("close", () => {
      this.sockets.delete(socket);
      link.disconnected();
      gone();
    });
    carry(link, socket, (reason) => this.tell(`${peer} was sent away: ${reason}`));
  }

  close(): void {
    this.server.close();
    for (const socket of this.sockets) socket.destroy();
  }
}

/** Who listens, and where: at the port that was chosen if 0 was asked for. Throws UserError if nobody can listen there. */
export async function listenAt(address: SocketAddress): Promise<{ readonly server: Server; readonly address: SocketAddress }> {
  const server = createServer();
  if ("path" in address) await removeDeadSocket(address.path);
  await new Promise<void>((resolve, reject) => {
    server.once("error", (error) =>
      reject(new UserError(`${describeAddress(address)} can not be listened at: ${describeConnectionError(error)}`)),
    );
    server.listen(address as ListenOptions, resolve);
  });
  server.removeAllListeners("error");
  const bound = server.address();
  const isPort = typeof bound === "object" && bound && "host" in address;
  return { server, address: isPort ? { host: address.host, port: bound.port } : address };
}

/** A socket in the file system whose owner has gone stands in the way of the next. */
async function removeDeadSocket(path: string): Promise<void> {
  if (!lstatSync(path, { throwIfNoEntry: false })?.isSocket()) return;
  const isDead = await new Promise<boolean>((resolve) => {
    const probe = connect({ path });
    probe.on("connect", () => resolve(false)).on("error", (error) => resolve((error as NodeJS.ErrnoException).code === "ECONNREFUSED"));
    probe.on("connect", () => probe.destroy());
  });
  if (isDead) rmSync(path, { force: true });
}

export function describeConnectionError(error: Error): string {
  const words: Readonly<Record<string, string>> = {
    EADDRINUSE: "the address is taken",
    EADDRNOTAVAIL: "this host has no such address",
    ECONNREFUSED: "nobody listens there",
    ECONNRESET: "the other side has broken it off",
    ENOTFOUND: "there is no such host",
    ETIMEDOUT: "nobody answers",
  };
  return words[(error as NodeJS.ErrnoException).code ?? ""] ?? describeSystemError(error);
}
