// UDP of the guests. One port of a guest has one socket of the host, whomever it talks to (RFC 4787, REQ-1: endpoint-independent mapping); in comes only what
// is from an endpoint that the guest has sent something to (REQ-8: address and port-dependent filtering). Who comes in by a forward gets a port of the
// gateway. Not here: ICMP errors of the outside, which hosts do not tell sockets that talk to many.
import type { Nanoseconds, Timer } from "../../../core/bus/clock.js";
import type { Endpoint } from "./address.js";
import { formatEndpoint } from "./address.js";
import type { Connection } from "./connection.js";
import { UNREACHABLE } from "./icmp.js";
import type { Datagrams } from "./outside.js";
import { DYNAMIC_PORTS, endpointKey, FIRST_DYNAMIC_PORT, type NatOptions } from "./tcp-nat.js";
import { SECOND } from "./timers.js";
import { createDatagram, type Datagram, MAX_DATAGRAM } from "./udp.js";

/** RFC 4787, REQ-5: two minutes at least; less while nobody has answered, as Linux has it. */
const REPLIED_TIMEOUT: Nanoseconds = 120 * SECOND;
const UNREPLIED_TIMEOUT: Nanoseconds = 30 * SECOND;
const SWEEP: Nanoseconds = 5 * SECOND;

interface Peer {
  readonly remote: Endpoint;
  readonly outside: Endpoint;
  readonly begun: Nanoseconds;
  last: Nanoseconds;
  replied: boolean;
  sent: number;
  received: number;
}

interface Flow {
  readonly key: number | string;
  readonly direction: "out" | "in";
  readonly guest: Endpoint;
  readonly socket: Datagrams;
  /** By the endpoint outside. */
  readonly peers: Map<number, Peer>;
}

export class UdpNat {
  private readonly flows = new Map<number | string, Flow>();
  /** Flows that came in by a forward, by the gateway's port and the guest. */
  private readonly incoming = new Map<string, Flow>();
  private readonly sweep: Timer;

  constructor(private readonly options: NatOptions) {
    this.sweep = options.timers.timer(() => this.expire());
  }

  /** Of a guest, to somebody outside or to a port of the gateway where none of its services listens. */
  receive(datagram: Datagram): void {
    const { options } = this;
    const { from, to, payload } = datagram;
    const answered = to.address === options.address ? this.incoming.get(`${formatEndpoint(from)} ${to.port}`) : undefined;
    if (answered) {
      this.send(answered, answered.peers.values().next().value!, payload);
      return;
    }
    const route = options.policy.route("udp", to);
    if (route.kind !== "outside") {
      options.dropped(route.kind === "nowhere" ? "unroutable" : "denied");
      if (route.kind === "closed") options.unreachable(UNREACHABLE.PORT, datagram.packet);
      else if (route.kind === "denied") options.unreachable(UNREACHABLE.PROHIBITED, datagram.packet);
      return;
    }
    const flow = this.flowOf(from, route.toHost);
    if (flow) this.send(flow, this.peerOf(flow, to, route.to), payload);
  }

  private send(flow: Flow, peer: Peer, payload: Uint8Array): void {
    peer.last = this.options.timers.now();
    peer.sent += payload.length;
    flow.socket.send(peer.outside, payload);
  }

  private flowOf(guest: Endpoint, toHost: boolean): Flow | undefined {
    const key = endpointKey(guest) * 2 + (toHost ? 1 : 0);
    const known = this.flows.get(key);
    if (known) return known;
    if (!this.mayBegin(guest)) return undefined;
    const { outside, enter } = this.options;
    const socket = outside!.datagrams((from, payload) => enter(() => this.answered(flow, from, payload)), toHost);
    const flow: Flow = { key, direction: "out", guest, socket, peers: new Map() };
    return this.begin(flow);
  }

  private mayBegin(guest: Endpoint): boolean {
    const may = this.options.guests.begin(guest.address, "udp");
    if (!may) this.options.dropped("limit");
    return may;
  }

  private begin(flow: Flow): Flow {
    this.flows.set(flow.key, flow);
    if (this.sweep.deadline === undefined) this.sweep.at(this.options.timers.now() + SWEEP);
    return flow;
  }

  private peerOf(flow: Flow, remote: Endpoint, outside: Endpoint): Peer {
    const { timers, guests } = this.options;
    const key = endpointKey(outside);
    const known = flow.peers.get(key);
    if (known) return known;
    if (flow.peers.size >= guests.limits.peersPerFlow) {
      const [oldest] = [...flow.peers].reduce((a, b) => (b[1].last < a[1].last ? b : a));
      flow.peers.delete(oldest);
    }
    const now = timers.now();
    const peer: Peer = { remote, outside, begun: now, last: now, replied: false, sent: 0, received: 0 };
    flow.peers.set(key, peer);
    return peer;
  }

  /** From outside, for the socket of a guest. */
  private answered(flow: Flow, from: Endpoint, payload: Uint8Array): void {
    const peer = this.flows.get(flow.key) === flow ? flow.peers.get(endpointKey(from)) : undefined;
    if (!peer) return;
    peer.replied = true;
    this.deliver(flow, peer, payload);
  }

  private deliver(flow: Flow, peer: Peer, payload: Uint8Array): void {
    if (payload.length > MAX_DATAGRAM) return;
    peer.last = this.options.timers.now();
    peer.received += payload.length;
    this.options.send(createDatagram(peer.remote, flow.guest, payload), peer.remote.address, flow.guest.address);
  }

  /** From somebody outside, who came to `socket` by a forward. */
  forward(guest: Endpoint, from: Endpoint, socket: Datagrams, payload: Uint8Array): void {
    const key = `${formatEndpoint(guest)} ${formatEndpoint(from)}`;
    const flow = this.flows.get(key) ?? this.beginIncoming(key, guest, from, socket);
    const peer = flow?.peers.values().next().value;
    if (flow && peer) this.deliver(flow, peer, payload);
  }

  private beginIncoming(key: string, guest: Endpoint, from: Endpoint, socket: Datagrams): Flow | undefined {
    const { address, random } = this.options;
    const first = random();
    let port: number | undefined;
    for (let i = 0; i < DYNAMIC_PORTS && port === undefined; i++) {
      const candidate = FIRST_DYNAMIC_PORT + ((first + i) % DYNAMIC_PORTS);
      if (!this.incoming.has(`${formatEndpoint(guest)} ${candidate}`)) port = candidate;
    }
    if (port === undefined || !this.mayBegin(guest)) return undefined;
    const flow: Flow = { key, direction: "in", guest, socket, peers: new Map() };
    // What the guest answers is the first that goes out.
    this.peerOf(flow, { address, port }, from);
    this.incoming.set(`${formatEndpoint(guest)} ${port}`, flow);
    return this.begin(flow);
  }

  private expire(): void {
    const now = this.options.timers.now();
    for (const flow of this.flows.values()) {
      for (const [key, peer] of flow.peers) if (expiry(flow, peer) <= now) flow.peers.delete(key);
      if (flow.peers.size === 0) this.end(flow);
    }
    if (this.flows.size > 0) this.sweep.at(now + SWEEP);
  }

  private end(flow: Flow): void {
    this.flows.delete(flow.key);
    for (const [key, other] of this.incoming) if (other === flow) this.incoming.delete(key);
    if (flow.direction === "out") flow.socket.close();
    this.options.guests.end(flow.guest.address, "udp");
  }

  /** End those that are as asked. */
  abort(which: (flow: { readonly guest: Endpoint; readonly socket: Datagrams }) => boolean): void {
    for (const flow of [...this.flows.values()]) if (which(flow)) this.end(flow);
  }

  connections(): Connection[] {
    return [...this.flows.values()].flatMap((flow) =>
      [...flow.peers.values()].map((peer) => {
        const { remote, outside, begun, sent, received } = peer;
        const state = hasReplied(flow, peer) ? ("REPLIED" as const) : ("UNREPLIED" as const);
        return {
          protocol: "udp",
          direction: flow.direction,
          guest: flow.guest,
          remote,
          outside,
          state,
          begun,
          expires: expiry(flow, peer),
          sent,
          received,
        };
      }),
    );
  }
}

function hasReplied({ direction }: Flow, { replied, sent }: Peer): boolean {
  return direction === "out" ? replied : sent > 0;
}

function expiry(flow: Flow, peer: Peer): Nanoseconds {
  return peer.last + (hasReplied(flow, peer) ? REPLIED_TIMEOUT : UNREPLIED_TIMEOUT);
}
