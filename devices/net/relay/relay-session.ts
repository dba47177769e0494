// One client of a relay: streams that it asks for, as Wisp has it (wisp.ts), become connections of this host, where the policy lets them. Whatever comes from
// the client that is no packet, or more than it was told to send, ends its connection.
import { type Ipv4, parseIpv4 } from "../gateway/address.js";
import type { Outside } from "../gateway/outside.js";
import type { Policy } from "../gateway/policy.js";
import type { WebSocketLike } from "../links/message-link.js";
import { RelayedDatagrams, type RelayedStream, RelayedTcp, type StreamHost } from "./relayed-streams.js";
import { ALL_STREAMS, closePacket, continuePacket, FLOW_CONTROL, LONGEST_HOST, type Packet, parsePacket, REASON, WINDOW } from "./wisp.js";

/** A WebSocket that can be told to wait, and tells when what was sent is out. */
export interface RelaySocket extends WebSocketLike {
  ondrain: (() => void) | null;
  /** Hear nothing more until resume(). */
  pause(): void;
  resume(): void;
}

export interface RelayLimits {
  /** Streams of one client, those that end included. */
  readonly streams: number;
  /** Packets of one stream that the client may send before it is told to go on. */
  readonly packets: number;
  /** Bytes from one client that their destinations have not taken. */
  readonly held: number;
  /** Bytes to one client that it has not taken. */
  readonly backlog: number;
}

export const RELAY_LIMITS: RelayLimits = { streams: 256, packets: 128, held: 16 << 20, backlog: 1 << 20 };

export interface RelayCounters {
  streams: number;
  /** By the policy, for want of room, or because there is no such host. */
  refused: number;
  /** Bytes of the clients, and for them. */
  sent: number;
  received: number;
}

export interface RelaySessionOptions {
  readonly socket: RelaySocket;
  /** It has asked for what stands at FLOW_CONTROL. */
  readonly asksForFlowControl: boolean;
  readonly outside: Pick<Outside, "connect" | "datagrams">;
  readonly policy: Pick<Policy, "route">;
  /** The address of a name; undefined if it has none. Never rejects. */
  readonly lookUp: (name: string) => Promise<Ipv4 | undefined>;
  readonly limits?: Partial<RelayLimits>;
  readonly counters: RelayCounters;
  readonly closed: () => void;
}

/** RFC 6455 "Defined Status Codes" */
const PROTOCOL_ERROR = 1002;
const TOO_MUCH = "data that the relay has not said it takes";
const HOST = /^[A-Za-z0-9_]([A-Za-z0-9._-]*[A-Za-z0-9_.])?$/;

export class RelaySession {
  private readonly limits: RelayLimits;
  private readonly streams = new Map<number, RelayedStream>();
  /** Over for the client; what it sent last is on its way. */
  private readonly ending = new Set<RelayedStream>();
  /** Of streams whose host is looked up. */
  private readonly pending = new Map<number, Uint8Array[]>();
  private readonly host: StreamHost;
  private held = 0;
  private isWaiting = false;
  private isCongested = false;
  private flowControl = false;
  private isOver = false;

  constructor(private readonly options: RelaySessionOptions) {
    this.limits = { ...RELAY_LIMITS, ...options.limits };
    const { socket, counters } = options;
    this.host = {
      packets: this.limits.packets,
      send: (bytes) => this.send(bytes),
      hold: (bytes) => this.hold(bytes),
      received: (bytes) => {
        counters.received += bytes;
      },
      isCongested: () => this.isCongested,
      closed: (stream, reason) => this.streamClosed(stream, reason),
      over: (stream) => {
        this.ending.delete(stream);
      },
    };
    socket.binaryType = "arraybuffer";
    socket.onmessage = ({ data }) => this.receive(data);
    socket.onerror = () => {};
    socket.onclose = () => this.close();
    socket.ondrain = () => this.drained();
    this.send(continuePacket(ALL_STREAMS, this.limits.packets));
    if (options.asksForFlowControl) this.send(continuePacket(FLOW_CONTROL, WINDOW));
  }

  /** End everything. */
  close(): void {
    if (this.isOver) return;
    this.isOver = true;
    for (const stream of [...this.streams.values(), ...this.ending]) stream.destroy();
    this.streams.clear();
    this.ending.clear();
    this.pending.clear();
    this.options.closed();
  }

  private fail(why: string): void {
    this.options.socket.close(PROTOCOL_ERROR, why);
    this.close();
  }

  private send(bytes: Uint8Array): void {
    const { socket } = this.options;
    if (this.isOver) return;
    socket.send(bytes);
    if (this.isCongested || socket.bufferedAmount < this.limits.backlog) return;
    this.isCongested = true;
    for (const stream of this.streams.values()) stream.flowChanged();
  }

  private drained(): void {
    this.isCongested = false;
    for (const stream of this.streams.values()) stream.flowChanged();
  }

  /** So many bytes more, or less, wait for their destinations. */
  private hold(bytes: number): void {
    this.held += bytes;
    const shallWait = this.held > (this.isWaiting ? this.limits.held / 2 : this.limits.held);
    if (shallWait === this.isWaiting) return;
    this.isWaiting = shallWait;
    if (shallWait) this.options.socket.pause();
    else this.options.socket.resume();
  }

  private receive(data: unknown): void {
    if (this.isOver) return;
    const bytes = data instanceof ArrayBuffer ? new Uint8Array(data) : data;
    const packet = bytes instanceof Uint8Array ? parsePacket(bytes) : undefined;
    if (!packet) this.fail("a message that is no packet");
    else this.take(packet);
  }

  private take(packet: Packet): void {
    const stream = this.streams.get(packet.stream);
    switch (packet.type) {
      case "connect":
        this.connect(packet);
        break;
      case "data":
        this.options.counters.sent += packet.bytes.length;
        if (!stream) this.takeEarly(packet.stream, packet.bytes);
        else if (!stream.data(packet.bytes)) this.fail(TOO_MUCH);
        break;
      case "continue":
        if (packet.stream === FLOW_CONTROL) this.flowControl = this.options.asksForFlowControl;
        else stream?.grant(packet.count);
        break;
      case "close":
        this.pending.delete(packet.stream);
        if (!stream) return;
        this.streams.delete(packet.stream);
        this.ending.add(stream);
        stream.end(packet.reason === REASON.VOLUNTARY);
    }
  }

  /** A client does not wait for its connection to stand. What is for none, has been closed here. */
  private takeEarly(stream: number, bytes: Uint8Array): void {
    const early = this.pending.get(stream);
    if (!early) return;
    if (early.length >= 2 * this.limits.packets) {
      this.fail(TOO_MUCH);
      return;
    }
    early.push(bytes);
    this.hold(bytes.length);
  }

  private connect(packet: Packet & { readonly type: "connect" }): void {
    const { stream, protocol, port, host } = packet;
    const isTaken = this.streams.has(stream) || this.pending.has(stream);
    if (stream === ALL_STREAMS || stream === FLOW_CONTROL || isTaken) this.fail("a stream is begun that is there already");
    else if (!protocol || port === 0 || host.length > LONGEST_HOST || !HOST.test(host)) this.refuse(stream, REASON.INVALID);
    else if (this.count >= this.limits.streams && !this.makeRoom()) this.refuse(stream, REASON.THROTTLED);
    else {
      this.pending.set(stream, []);
      void this.open(stream, protocol, host, port);
    }
  }

  private get count(): number {
    return this.streams.size + this.pending.size + this.ending.size;
  }

  /** One that is over for the client gives way. */
  private makeRoom(): boolean {
    const [oldest] = this.ending;
    oldest?.destroy();
    return oldest !== undefined && this.ending.delete(oldest);
  }

  private refuse(stream: number, reason: number): void {
    this.options.counters.refused++;
    this.send(closePacket(stream, reason));
  }

  private async open(stream: number, protocol: "tcp" | "udp", host: string, port: number): Promise<void> {
    const early = this.pending.get(stream);
    const { flowControl } = this;
    const address = parseIpv4(host) ?? (await this.options.lookUp(host));
    // Meanwhile the client may have closed it, and begun another under its number.
    const isWanted = early !== undefined && this.pending.get(stream) === early;
    for (const bytes of early ?? []) this.hold(-bytes.length);
    if (!isWanted || this.isOver) return;
    this.pending.delete(stream);
    if (address === undefined) {
      this.refuse(stream, REASON.UNREACHABLE);
      return;
    }
    const route = this.options.policy.route(protocol, { address, port });
    if (route.kind !== "outside") {
      this.refuse(stream, route.kind === "nowhere" ? REASON.INVALID : REASON.BLOCKED);
      return;
    }
    this.options.counters.streams++;
    const { outside } = this.options;
    const relayed =
      protocol === "tcp"
        ? new RelayedTcp(stream, this.host, flowControl, (events) => outside.connect(route.to, events))
        : new RelayedDatagrams(stream, this.host, route.to, (receive) => outside.datagrams(receive, route.toHost));
    this.streams.set(stream, relayed);
    if (!early.every((bytes) => relayed.data(bytes))) this.fail(TOO_MUCH);
  }

  /** From outside. `stream` still sends what the client has sent, if it has anything. */
  private streamClosed(stream: RelayedStream, reason: number): void {
    if (this.streams.get(stream.id) !== stream) return;
    this.streams.delete(stream.id);
    this.ending.add(stream);
    this.send(closePacket(stream.id, reason));
  }
}
