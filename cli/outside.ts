// The host's sockets, for the gateway of a virtual network (devices/net/gateway/outside.ts). Not here: ICMP echo, for which Node has no sockets.
import { createSocket, type RemoteInfo, type Socket as UdpSocket } from "node:dgram";
import { connect, createServer, type Socket, type TcpNetConnectOpts } from "node:net";
import { networkInterfaces } from "node:os";
import { type Endpoint, formatEndpoint, formatIpv4, type Ipv4, LOCALHOST, parseIpv4 } from "../devices/net/gateway/address.js";
import type { DatagramReceiver, Datagrams, Failure, Listener, Outside, Stream, StreamEvents } from "../devices/net/gateway/outside.js";
import { hostTime } from "./host.js";
import { askNameServers, hostNameServers } from "./name-servers.js";

/** Milliseconds until a connection that nobody answers is given up. */
const CONNECT_TIMEOUT = 30_000;
/** Bytes and pieces that are written to one socket before its flow has to wait. */
const HIGH_WATER = 64 << 10;
const PIECES = 256;
/** Datagrams of one socket that the system has not taken. */
const DATAGRAMS = 256;
/** Milliseconds for which the host's own addresses are taken as known. */
const INTERFACES_KNOWN = 5_000;

const FAILURES: Readonly<Record<string, Failure>> = {
  ECONNREFUSED: "refused",
  EHOSTUNREACH: "unreachable",
  ENETUNREACH: "unreachable",
  EHOSTDOWN: "unreachable",
  ENETDOWN: "unreachable",
  EADDRNOTAVAIL: "unreachable",
  EINVAL: "unreachable",
  ETIMEDOUT: "timeout",
  EACCES: "denied",
  EPERM: "denied",
};

class SocketStream implements Stream {
  private pieces = 0;
  private isCorked = false;
  private isBlocked = false;
  private isOver = false;

  constructor(private readonly socket: Socket) {}

  /** From now on `events` hears. */
  listen(events: StreamEvents): void {
    const { socket } = this;
    const hear = (tell: () => void) => () => {
      if (!this.isOver) tell();
    };
    this.drained = hear(() => events.drained());
    socket.on("data", (bytes: Uint8Array) => {
      if (!this.isOver) events.data(bytes);
    });
    socket.on(
      "end",
      hear(() => events.ended()),
    );
    socket.on("error", (error: NodeJS.ErrnoException) => this.over(() => events.failed(FAILURES[error.code ?? ""] ?? "reset")));
    socket.on("close", () => this.over(() => events.closed()));
    if (!socket.connecting) return;
    socket.setTimeout(CONNECT_TIMEOUT, () => {
      this.over(() => events.failed("timeout"));
      socket.destroy();
    });
    socket.on("connect", () => {
      socket.setTimeout(0);
      hear(() => events.opened())();
    });
  }

  private drained: () => void = () => {};

  private over(tell: () => void): void {
    if (this.isOver) return;
    this.isOver = true;
    tell();
  }

  /** What is written in one turn goes out in one call of the system. */
  write(bytes: Uint8Array): boolean {
    const { socket } = this;
    if (!this.isCorked) {
      this.isCorked = true;
      socket.cork();
      process.nextTick(() => {
        this.isCorked = false;
        socket.uncork();
      });
    }
    this.pieces++;
    const more = socket.write(bytes, () => this.written());
    this.isBlocked ||= !more || this.pieces >= PIECES;
    return !this.isBlocked;
  }

  private written(): void {
    if (--this.pieces > 0 || !this.isBlocked) return;
    this.isBlocked = false;
    this.drained();
  }

  end(): void {
    this.socket.end();
  }

  pause(): void {
    this.socket.pause();
  }

  resume(): void {
    this.socket.resume();
  }

  destroy(): void {
    this.isOver = true;
    if (this.socket.connecting) this.socket.destroy();
    else this.socket.resetAndDestroy();
  }
}

function datagramsOf(socket: UdpSocket): Datagrams {
  let waiting = 0;
  let isClosed = false;
  return {
    send: ({ address, port }, payload) => {
      if (isClosed || waiting >= DATAGRAMS) return;
      waiting++;
      // A datagram that can not be sent is lost, as on any way.
      socket.send(payload, port, formatIpv4(address), () => waiting--);
    },
    close: () => {
      if (!isClosed) socket.close();
      isClosed = true;
    },
  };
}

function receiveAt(socket: UdpSocket, receive: DatagramReceiver): void {
  socket.on("message", (payload: Uint8Array, from: RemoteInfo) => {
    const address = parseIpv4(from.address);
    if (address !== undefined) receive({ address, port: from.port }, payload);
  });
}

export interface OutsideOptions {
  /** "192.0.2.1" or "192.0.2.1:53": whom names are asked of; the host's own resolvers if not given. */
  readonly nameServers?: readonly string[];
}

export function createOutside({ nameServers }: OutsideOptions = {}): Outside {
  let own = new Set<Ipv4>();
  let ownUntil = Number.NEGATIVE_INFINITY;
  return {
    connect: ({ address, port }, events) => {
      const options: TcpNetConnectOpts & { readonly writableHighWaterMark: number } = {
        host: formatIpv4(address),
        port,
        allowHalfOpen: true,
        noDelay: true,
        writableHighWaterMark: HIGH_WATER,
      };
      const stream = new SocketStream(connect(options));
      stream.listen(events);
      return stream;
    },
    datagrams: (receive, toHost) => {
      const socket = createSocket("udp4");
      const datagrams = datagramsOf(socket);
      socket.on("error", () => datagrams.close());
      receiveAt(socket, receive);
      socket.bind(0, toHost ? formatIpv4(LOCALHOST) : undefined);
      return datagrams;
    },
    listen: (at, accept) => listenTcp(at, accept),
    listenDatagrams: (at, receive) => listenUdp(at, receive),
    resolve: (query, whole) => askNameServers(nameServers ?? hostNameServers(), query, whole),
    isOwn: (address) => {
      if (hostTime() > ownUntil) {
        own = ownAddresses();
        ownUntil = hostTime() + INTERFACES_KNOWN;
      }
      return own.has(address);
    },
  };
}

function ownAddresses(): Set<Ipv4> {
  const all = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
  return new Set(all.flatMap(({ address }) => parseIpv4(address) ?? []));
}

function listenTcp(at: Endpoint, accept: Parameters<Outside["listen"]>[1]): Promise<Listener> {
  const server = createServer({ allowHalfOpen: true, noDelay: true, highWaterMark: HIGH_WATER }, (socket) => {
    const stream = new SocketStream(socket);
    // Until somebody hears of it.
    socket.on("error", () => {});
    const from = { address: parseIpv4(socket.remoteAddress ?? "") ?? 0, port: socket.remotePort ?? 0 };
    const events = accept(from, stream);
    if (events) stream.listen(events);
    else stream.destroy();
  });
  return new Promise((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => reject(cannotListen(at, "TCP", error)));
    server.listen(at.port, formatIpv4(at.address), () => {
      // A connection that was gone before it could be accepted is none.
      server.on("error", () => {});
      const { port } = server.address() as { port: number };
      resolve({ at: { address: at.address, port }, close: () => server.close() });
    });
  });
}

function listenUdp(at: Endpoint, receive: DatagramReceiver): Promise<Listener & Datagrams> {
  const socket = createSocket("udp4");
  receiveAt(socket, receive);
  return new Promise((resolve, reject) => {
    socket.once("error", (error: NodeJS.ErrnoException) => reject(cannotListen(at, "UDP", error)));
    socket.bind(at.port, formatIpv4(at.address), () => {
      socket.on("error", () => {});
      resolve({ at: { address: at.address, port: socket.address().port }, ...datagramsOf(socket) });
    });
  });
}

const REASONS: Readonly<Record<string, string>> = {
  EADDRINUSE: "it is in use",
  EACCES: "ports below 1024 need privileges",
  EADDRNOTAVAIL: "this host has no such address",
};

function cannotListen(at: Endpoint, protocol: string, error: NodeJS.ErrnoException): Error {
  return new Error(`can not listen at ${formatEndpoint(at)} (${protocol}): ${REASONS[error.code ?? ""] ?? error.message}`);
}
