// Listens for the clients of a relay: WebSockets that speak Wisp (devices/net/relay).
import { lookup } from "node:dns/promises";
import type { Server } from "node:http";
import { type Ipv4, LOCALHOST, parseIpv4 } from "../../devices/net/gateway/address.js";
import { Policy } from "../../devices/net/gateway/policy.js";
import { type RelayCounters, RelaySession } from "../../devices/net/relay/relay-session.js";
import { asksForFlowControl } from "../../devices/net/relay/wisp.js";
import { createOutside } from "../outside.js";
import type { TcpAddress } from "../tcp-address.js";
import { acceptWebSocket } from "./web-socket/handshake.js";
import { listenForWebSockets } from "./web-socket/listen.js";

export interface RelayOptions {
  readonly address: TcpAddress;
  /** Of pages that may connect, such as "http://localhost:8080"; "*": all. */
  readonly origins: readonly string[];
  /** As a gateway's: nat keeps clients out of this host and of private networks, unless it is said otherwise; open does not. */
  readonly mode: "nat" | "open";
  readonly hostAccess: boolean;
}

/** Clients at a time. */
const CLIENTS_MOST = 32;
const KEEP_ALIVE = 60_000;
/** Bytes of a client's packet. */
const PACKET_MOST = 256 << 10;

export class RelayServer {
  readonly counters: RelayCounters = { streams: 0, refused: 0, sent: 0, received: 0 };
  private readonly sessions = new Map<RelaySession, () => void>();

  private constructor(
    private readonly server: Server,
    /** Where it listens: the port that was chosen if 0 was asked for. */
    readonly address: TcpAddress,
  ) {}

  /** Throws UserError if nobody can listen there. */
  static async open({ address, origins, mode, hostAccess }: RelayOptions): Promise<RelayServer> {
    const { server, address: bound } = await listenForWebSockets(address);
    const relay = new RelayServer(server, bound);
    const outside = createOutside();
    const nowhere = { contains: () => false };
    const policy = new Policy({ mode, network: nowhere, address: LOCALHOST, host: hostAccess, privateNetworks: false, outside });
    server.on("upgrade", (request, socket, head) => {
      if (relay.sessions.size >= CLIENTS_MOST) {
        socket.destroy();
        return;
      }
      const accepted = acceptWebSocket(request, socket, head, origins, PACKET_MOST);
      if (!accepted) return;
      // Who has gone without a word is found out.
      request.socket.setKeepAlive(true, KEEP_ALIVE);
      const session = new RelaySession({
        socket: accepted,
        asksForFlowControl: asksForFlowControl(request.url ?? "/"),
        outside,
        policy,
        lookUp,
        counters: relay.counters,
        closed: () => relay.sessions.delete(session),
      });
      relay.sessions.set(session, () => accepted.close());
    });
    return relay;
  }

  close(): void {
    this.server.close();
    for (const [session, closeSocket] of this.sessions) {
      closeSocket();
      session.close();
    }
  }
}

async function lookUp(name: string): Promise<Ipv4 | undefined> {
  try {
    return parseIpv4((await lookup(name, { family: 4 })).address);
  } catch {
    return undefined;
  }
}
