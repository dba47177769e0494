// A host without a network: tests say what happens to each connection, and see what came.
import { type Endpoint, formatEndpoint, formatIpv4 } from "../address.js";
import type { DatagramReceiver, Datagrams, Failure, Listener, Outside, Stream, StreamEvents } from "../outside.js";
import { ascii, textOf } from "./packets.js";

export class FakeStream implements Stream {
  readonly received: Uint8Array[] = [];
  receivedBytes = 0;
  ended = false;
  paused = false;
  destroyed = false;
  /** Bytes that it takes before it says to wait. */
  room = Number.POSITIVE_INFINITY;

  constructor(
    readonly to: string,
    public events: StreamEvents,
  ) {}

  write(bytes: Uint8Array): boolean {
    if (this.ended || this.destroyed) throw new Error("written to after its end");
    this.received.push(bytes);
    this.receivedBytes += bytes.length;
    this.room -= bytes.length;
    return this.room > 0;
  }

  /** Take more. */
  drain(bytes: number): void {
    this.room = bytes;
    this.events.drained();
  }

  end(): void {
    if (this.ended) throw new Error("ended twice");
    this.ended = true;
  }

  pause(): void {
    this.paused = true;
  }

  resume(): void {
    this.paused = false;
  }

  destroy(): void {
    this.destroyed = true;
  }

  get bytes(): Uint8Array {
    return Uint8Array.from(this.received.flatMap((part) => Array.from(part)));
  }

  get text(): string {
    return textOf(this.bytes);
  }

  say(text: string): void {
    this.events.data(ascii(text));
  }
}

export interface FakeSocket {
  readonly toHost: boolean;
  readonly sent: { readonly to: string; readonly payload: Uint8Array }[];
  readonly receive: DatagramReceiver;
  closed: boolean;
}

type Decision = "open" | "wait" | Failure;

export class FakeOutside implements Outside {
  readonly streams: FakeStream[] = [];
  readonly sockets: FakeSocket[] = [];
  readonly queries: Uint8Array[] = [];
  readonly own = new Set<string>(["198.51.100.7"]);
  readonly accepts = new Map<string, (from: Endpoint, stream: Stream) => StreamEvents | undefined>();
  /** What becomes of a connection. */
  decide: (to: string) => Decision = () => "open";
  answer: (query: Uint8Array) => Uint8Array | undefined = () => undefined;
  /** What a stream to `to` does with its opening: on the next turn of the test. */
  private readonly later: (() => void)[] = [];

  connect(to: Endpoint, events: StreamEvents): Stream {
    const stream = new FakeStream(formatEndpoint(to), events);
    this.streams.push(stream);
    const decision = this.decide(stream.to);
    if (decision === "open") this.later.push(() => events.opened());
    else if (decision !== "wait") this.later.push(() => events.failed(decision));
    return stream;
  }

  /** What the host has to tell by now. */
  settle(): void {
    for (const work of this.later.splice(0)) work();
  }

  datagrams(receive: DatagramReceiver, toHost: boolean): Datagrams {
    const socket: FakeSocket = { toHost, sent: [], receive, closed: false };
    this.sockets.push(socket);
    return {
      send: (to, payload) => {
        socket.sent.push({ to: formatEndpoint(to), payload: payload.slice() });
      },
      close: () => {
        socket.closed = true;
      },
    };
  }

  async listen(at: Endpoint, accept: (from: Endpoint, stream: Stream) => StreamEvents | undefined): Promise<Listener> {
    if (at.port === 1) throw new Error("can not listen there");
    this.accepts.set(formatEndpoint(at), accept);
    return { at, close: () => this.accepts.delete(formatEndpoint(at)) };
  }

  /** Somebody connects to a port that is listened at; undefined if it is refused. */
  arrive(at: string, from: Endpoint): FakeStream | undefined {
    const stream = new FakeStream(at, undefined as unknown as StreamEvents);
    const events = this.accepts.get(at)?.(from, stream);
    if (events) stream.events = events;
    return events && stream;
  }

  async listenDatagrams(at: Endpoint, receive: DatagramReceiver): Promise<Listener & Datagrams> {
    return { at, ...this.datagrams(receive, false) };
  }

  async resolve(query: Uint8Array): Promise<Uint8Array | undefined> {
    this.queries.push(query);
    return this.answer(query);
  }

  isOwn(address: number): boolean {
    return this.own.has(formatIpv4(address));
  }
}
