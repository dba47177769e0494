// All TCP connections of the guests. One that a guest begins is answered only once the host has connected, so that it sees what is so: refused, unreachable,
// or there. Bounded for each guest and in all; who may not begin another sees its SYN lost, and tries again.
import type { Endpoint, Ipv4 } from "./address.js";
import type { Connection } from "./connection.js";
import type { Guests } from "./guests.js";
import { UNREACHABLE } from "./icmp.js";
import { IPV4_HEADER, type Packet } from "./ipv4.js";
import type { Outside, Stream, StreamEvents } from "./outside.js";
import type { Policy } from "./policy.js";
import { TcpFlow } from "./tcp-flow.js";
import { createReset, FLAG, parseSegment, type Segment, TCP_HEADER } from "./tcp-segment.js";
import type { Timers } from "./timers.js";

/** Of the gateway's own ports, for connections that it begins (RFC 6335, section 6). */
export const FIRST_DYNAMIC_PORT = 49_152;
export const DYNAMIC_PORTS = 16_384;

export interface NatOptions {
  readonly address: Ipv4;
  readonly timers: Timers;
  readonly guests: Guests;
  readonly policy: Policy;
  readonly outside: Outside | undefined;
  readonly mtu: number;
  readonly random: () => number;
  readonly send: (frame: Uint8Array, source: Ipv4, destination: Ipv4) => void;
  readonly unreachable: (code: number, about: Packet) => void;
  readonly enter: (work: () => void) => void;
  readonly dropped: (why: "malformed" | "limit" | "denied" | "unroutable") => void;
}

/** Something of the gateway's own that listens for guests. */
export type TcpService = (from: Endpoint, events: StreamEvents) => Stream;

/** An endpoint as one number of 48 bits. */
export function endpointKey({ address, port }: Endpoint): number {
  return address * 0x1_0000 + port;
}

export class TcpNat {
  /** By guest, then by the other side. */
  private readonly flows = new Map<number, Map<number, TcpFlow>>();
  private readonly services = new Map<number, TcpService>();

  constructor(private readonly options: NatOptions) {}

  serve(port: number, service: TcpService): void {
    this.services.set(port, service);
  }

  receive(packet: Packet): void {
    const segment = parseSegment(packet);
    if (!segment) {
      this.options.dropped("malformed");
      return;
    }
    const guest = { address: packet.source, port: segment.sourcePort };
    const remote = { address: packet.destination, port: segment.destinationPort };
    const flow = this.flows.get(endpointKey(guest))?.get(endpointKey(remote));
    const isSyn = (segment.flags & (FLAG.SYN | FLAG.ACK | FLAG.RST)) === FLAG.SYN;
    if (flow && !(isSyn && flow.tcp.givesWayTo(segment))) {
      flow.tcp.segment(segment);
      return;
    }
    flow?.abort();
    if (isSyn) this.begin(packet, segment, guest, remote);
    else this.reset(segment, packet);
  }

  private reset(segment: Segment, { source, destination }: Packet): void {
    if (!this.options.guests.mayGetIcmp(source)) return;
    const frame = createReset(segment, destination, source);
    if (frame) this.options.send(frame, destination, source);
  }

  private begin(packet: Packet, syn: Segment, guest: Endpoint, remote: Endpoint): void {
    const { options } = this;
    const service = remote.address === options.address ? this.services.get(remote.port) : undefined;
    const route = service ? undefined : options.policy.route("tcp", remote);
    if (route && route.kind !== "outside") {
      options.dropped(route.kind === "nowhere" ? "unroutable" : "denied");
      if (route.kind === "closed") this.reset(syn, packet);
      else if (route.kind === "denied") options.unreachable(UNREACHABLE.PROHIBITED, packet);
      return;
    }
    // Quoted once the host has given up.
    const about = { ...packet, bytes: packet.bytes.slice(0, packet.headerLength + TCP_HEADER) };
    const outside = route?.to ?? remote;
    const flow = this.createFlow("out", guest, remote, outside, () => options.unreachable(UNREACHABLE.HOST, about));
    if (!flow) return;
    flow.tcp.listen(syn);
    flow.attach(service ? service(guest, flow.events) : options.outside!.connect(outside, flow.events));
  }

  /** Somebody outside wants to talk to a guest: what hears of the stream; undefined if it can not be. */
  forward(guest: Endpoint, from: Endpoint, stream: Stream): StreamEvents | undefined {
    const remote = this.freePort(guest);
    const flow = remote && this.createFlow("in", guest, remote, from, () => {});
    if (!flow) return undefined;
    flow.attach(stream);
    this.options.enter(() => flow.tcp.connect());
    return flow.events;
  }

  private freePort(guest: Endpoint): Endpoint | undefined {
    const taken = this.flows.get(endpointKey(guest));
    const first = this.options.random();
    for (let i = 0; i < DYNAMIC_PORTS; i++) {
      const endpoint = { address: this.options.address, port: FIRST_DYNAMIC_PORT + ((first + i) % DYNAMIC_PORTS) };
      if (!taken?.has(endpointKey(endpoint))) return endpoint;
    }
    return undefined;
  }

  private createFlow(
    direction: "out" | "in",
    guest: Endpoint,
    remote: Endpoint,
    outside: Endpoint,
    unreachable: () => void,
  ): TcpFlow | undefined {
    const { guests, timers, mtu, random, send, enter, dropped } = this.options;
    if (!guests.hasRoom(guest.address, "tcp")) this.makeRoom(guest.address);
    if (!guests.begin(guest.address, "tcp")) {
      dropped("limit");
      return undefined;
    }
    guests.halfOpen(guest.address, 1);
    let isHalfOpen = true;
    const noLongerHalfOpen = () => {
      if (isHalfOpen) guests.halfOpen(guest.address, -1);
      isHalfOpen = false;
    };
    const flow = new TcpFlow({
      direction,
      guest,
      remote,
      outside,
      timers,
      send: (frame) => send(frame, remote.address, guest.address),
      capacity: () => guests.buffer(guest.address),
      largestCapacity: guests.limits.bufferPerConnection,
      mss: mtu - IPV4_HEADER - TCP_HEADER,
      initial: random() | 0,
      enter,
      established: noLongerHalfOpen,
      unreachable,
      over: () => {
        noLongerHalfOpen();
        guests.end(guest.address, "tcp");
        this.remove(flow);
      },
    });
    const key = endpointKey(guest);
    const ofGuest = this.flows.get(key) ?? new Map<number, TcpFlow>();
    this.flows.set(key, ofGuest.set(endpointKey(remote), flow));
    return flow;
  }

  private remove({ guest, remote }: TcpFlow): void {
    const ofGuest = this.flows.get(endpointKey(guest));
    ofGuest?.delete(endpointKey(remote));
    if (ofGuest?.size === 0) this.flows.delete(endpointKey(guest));
  }

  /** A connection of the guest that only waits for its last segments to die gives way. */
  private makeRoom(address: Ipv4): void {
    for (const flow of this.all()) {
      if (flow.guest.address !== address || flow.tcp.state !== "TIME_WAIT") continue;
      flow.abort();
      return;
    }
  }

  private *all(): Generator<TcpFlow> {
    for (const ofGuest of this.flows.values()) yield* ofGuest.values();
  }

  /** End those that are as asked. */
  abort(which: (flow: TcpFlow) => boolean): void {
    for (const flow of [...this.all()]) if (which(flow)) flow.abort();
  }

  connections(): Connection[] {
    return Array.from(this.all(), (flow) => flow.describe());
  }
}
