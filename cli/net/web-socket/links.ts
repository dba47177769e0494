// Links over WebSocket, a frame a message: for switches in browsers, and for those behind what lets HTTP alone through.
import type { Server } from "node:http";
import type { Scheduler } from "../../../core/bus/clock.js";
import { ChannelLink } from "../../../devices/net/links/channel-link.js";
import { carryByWebSocket } from "../../../devices/net/links/message-link.js";
import { Reconnector } from "../../../devices/net/links/reconnector.js";
import type { TcpAddress } from "../../tcp-address.js";
import { type AcceptPeer, describeAddress, describeConnectionError, PEERS_MOST, type Tell } from "../sockets.js";
import type { WebSocketConnection } from "./connection.js";
import { acceptWebSocket, openWebSocket } from "./handshake.js";
import { listenForWebSockets } from "./listen.js";

/** A link to a server, which is made again when it is lost. */
export class WebSocketClient {
  readonly link = new ChannelLink();
  private socket: WebSocketConnection | undefined;
  private readonly reconnector: Reconnector;
  private told = "";
  private closed = false;

  constructor(
    private readonly url: string,
    scheduler: Scheduler,
    private readonly tell: Tell,
  ) {
    this.reconnector = new Reconnector(scheduler, () => this.attempt());
    this.attempt();
  }

  private attempt(): void {
    openWebSocket(this.url).then(
      (socket) => {
        if (this.closed) {
          socket.close();
          return;
        }
        this.socket = socket;
        this.reconnector.succeeded();
        if (this.told) this.say("there again");
        carryByWebSocket(this.link, socket, () => this.lost("the other side has closed it"), true);
      },
      (error: Error) => this.lost(describeConnectionError(error)),
    );
  }

  private lost(reason: string): void {
    if (this.closed) return;
    this.say(`not there: ${reason}`);
    this.reconnector.lost();
  }

  private say(what: string): void {
    if (this.told === what) return;
    this.told = what;
    this.tell(`the link to ${this.url} is ${what}`);
  }

  close(): void {
    this.closed = true;
    this.reconnector.stop();
    this.socket?.close();
  }
}

/** Listens for WebSockets, at any path, and makes a link for each. */
export class WebSocketListener {
  private readonly sockets = new Set<WebSocketConnection>();
  private peers = 0;

  private constructor(
    private readonly server: Server,
    /** Where it listens: the port that was chosen if 0 was asked for. */
    readonly address: TcpAddress,
  ) {}

  /** `origins`: of pages that may connect, such as "http://localhost:8080"; "*": all. Throws UserError if nobody can listen there. */
  static async open(address: TcpAddress, origins: readonly string[], accept: AcceptPeer<ChannelLink>): Promise<WebSocketListener> {
    const { server, address: bound } = await listenForWebSockets(address);
    const listener = new WebSocketListener(server, bound);
    server.on("upgrade", (request, socket, head) => {
      if (listener.sockets.size >= PEERS_MOST) {
        socket.destroy();
        return;
      }
      const accepted = acceptWebSocket(request, socket, head, origins);
      if (accepted) listener.connected(accepted, accept);
    });
    return listener;
  }

  private connected(socket: WebSocketConnection, accept: AcceptPeer<ChannelLink>): void {
    const link = new ChannelLink();
    const gone = accept(link, `ws://${describeAddress(this.address)}#${++this.peers}`);
    if (!gone) {
      socket.close();
      return;
    }
    this.sockets.add(socket);
    const closed = () => {
      this.sockets.delete(socket);
      gone();
    };
    carryByWebSocket(link, socket, closed, true);
  }

  close(): void {
    this.server.close();
    for (const socket of this.sockets) socket.close();
  }
}
