// The way outside through a relay (wisp.ts): what the gateway's Outside is where the host has no sockets. One WebSocket, which is opened again when it is lost;
// streams end with it. Names are the relay's to look up (name-addresses.ts). Nobody outside can connect to here, so there are no forwards.
//
// A relay that knows version 1 alone can not be held back: what comes for guests that do not take it waits here, and a stream that has too much of it is given
// up. It does not tell when a connection stands, so guests find all of them open, and lose those that are none; and it ends both directions at once, so a
// guest's end is told when nothing has come for a while.
import type { Nanoseconds, Scheduler, Timer } from "../../../core/bus/clock.js";
import { type Endpoint, formatEndpoint } from "../gateway/address.js";
import type { DatagramReceiver, Datagrams, Outside, Stream, StreamEvents } from "../gateway/outside.js";
import type { WebSocketLike } from "../links/message-link.js";
import { Reconnector } from "../links/reconnector.js";
import { type ClientHost, ClientStream } from "./client-stream.js";
import type { NameAddresses } from "./name-addresses.js";
import {
  ALL_STREAMS,
  closePacket,
  connectPacket,
  continuePacket,
  dataPacket,
  FLOW_CONTROL,
  type Packet,
  parsePacket,
  REASON,
} from "./wisp.js";

export interface RelayClientOptions {
  /** Begin to open the WebSocket. */
  readonly open: () => WebSocketLike;
  readonly scheduler: Scheduler;
  readonly names: NameAddresses;
  /** What a person should know: each once, when something has changed. */
  readonly tell: (line: string) => void;
}

/** Others whom one socket of a guest talks to. */
const PEERS = 64;
const PROTOCOL_ERROR = 1002;
/** How long is waited for a relay to say that it controls the flow. */
const PATIENCE: Nanoseconds = 1e8;

type Receiver = { packet(packet: Packet): void; lost(): void };

export class RelayClient implements Outside {
  private socket: WebSocketLike | undefined;
  /** Packets of a stream that the relay holds; undefined until it has said it. */
  private packets: number | undefined;
  private flowControl = false;
  private readonly streams = new Map<number, Receiver>();
  /** What begins when the relay is there. */
  private readonly waiting = new Set<ClientStream>();
  private nextStream = 1;
  private readonly reconnector: Reconnector;
  private readonly ready: Timer;
  private isClosed = false;
  private told = "";
  private readonly host: ClientHost;

  constructor(private readonly options: RelayClientOptions) {
    this.host = {
      scheduler: options.scheduler,
      send: (packet) => this.socket?.send(packet),
      over: (stream) => {
        this.streams.delete(stream.id);
        this.waiting.delete(stream);
      },
      tell: options.tell,
    };
    this.ready = options.scheduler.timer("relay", () => this.startWaiting());
    this.reconnector = new Reconnector(options.scheduler, () => this.attempt());
    this.attempt();
  }

  get isUp(): boolean {
    return this.packets !== undefined;
  }

  private attempt(): void {
    const socket = this.options.open();
    this.socket = socket;
    socket.binaryType = "arraybuffer";
    socket.onmessage = ({ data }) => this.receive(socket, data);
    socket.onerror = () => {};
    socket.onclose = () => {
      if (this.socket === socket) this.lost();
    };
  }

  private lost(): void {
    const wasUp = this.isUp;
    this.ready.cancel();
    this.socket = undefined;
    this.packets = undefined;
    this.flowControl = false;
    for (const stream of [...this.streams.values(), ...this.waiting]) stream.lost();
    this.streams.clear();
    this.waiting.clear();
    if (this.isClosed) return;
    this.say(wasUp ? "the relay has closed the connection" : "the relay is not there, or does not let this page in");
    this.reconnector.lost();
  }

  private say(what: string): void {
    if (this.told !== what) this.options.tell(what);
    this.told = what;
  }

  private receive(socket: WebSocketLike, data: unknown): void {
    if (this.socket !== socket) return;
    const bytes = data instanceof ArrayBuffer ? new Uint8Array(data) : data;
    const packet = bytes instanceof Uint8Array ? parsePacket(bytes) : undefined;
    if (!packet || (!this.isUp && packet.type !== "continue")) {
      socket.close(PROTOCOL_ERROR, "that is not Wisp");
      this.lost();
      return;
    }
    if (packet.type !== "continue" || (packet.stream !== ALL_STREAMS && packet.stream !== FLOW_CONTROL))
      this.streams.get(packet.stream)?.packet(packet);
    else if (packet.stream === ALL_STREAMS) this.begin(packet.count);
    else if (this.isUp && !this.flowControl) {
      this.flowControl = true;
      socket.send(continuePacket(FLOW_CONTROL, packet.count));
      this.startWaiting();
    }
  }

  private begin(packets: number): void {
    this.packets = packets;
    this.reconnector.succeeded();
    this.say("the relay is there");
    this.ready.at(this.options.scheduler.now() + PATIENCE);
  }

  /** The relay has said all that it says before streams begin. */
  private startWaiting(): void {
    this.ready.cancel();
    for (const stream of this.waiting) this.start(stream);
    this.waiting.clear();
  }

  private start(stream: ClientStream): void {
    if (this.packets === undefined) return;
    this.streams.set(stream.id, stream);
    stream.start(this.packets, this.flowControl);
  }

  connect(to: Endpoint, events: StreamEvents): Stream {
    const stream = new ClientStream(this.takeNumber(), this.options.names.nameOf(to.address), to.port, this.host, events);
    this.waiting.add(stream);
    // Nothing is heard before this has returned.
    if (this.isUp && this.ready.deadline === undefined) void Promise.resolve().then(() => this.startWaiting());
    return stream;
  }

  private takeNumber(): number {
    // Numbers of streams that are there yet are passed over after four thousand million others.
    do this.nextStream = this.nextStream >= FLOW_CONTROL - 1 ? 1 : this.nextStream + 1;
    while (this.streams.has(this.nextStream));
    return this.nextStream;
  }

  /** A stream of the relay for each whom the guest talks to. */
  datagrams(receive: DatagramReceiver): Datagrams {
    const peers = new Map<string, number>();
    const forget = (key: string, stream: number) => {
      if (peers.get(key) === stream) peers.delete(key);
      this.streams.delete(stream);
    };
    const begin = (to: Endpoint, key: string): number => {
      const stream = this.takeNumber();
      this.streams.set(stream, {
        packet: (packet) => {
          if (packet.type === "data") receive(to, packet.bytes);
          else if (packet.type === "close") forget(key, stream);
        },
        lost: () => forget(key, stream),
      });
      this.host.send(connectPacket(stream, "udp", this.options.names.nameOf(to.address), to.port));
      return stream;
    };
    const end = (key: string, stream: number) => {
      forget(key, stream);
      this.host.send(closePacket(stream, REASON.VOLUNTARY));
    };
    return {
      send: (to, payload) => {
        if (!this.isUp) return;
        const key = formatEndpoint(to);
        const stream = peers.get(key) ?? begin(to, key);
        // The one that was last sent to comes last.
        peers.delete(key);
        peers.set(key, stream);
        const [oldest] = peers;
        if (peers.size > PEERS) end(...oldest!);
        this.host.send(dataPacket(stream, payload));
      },
      close: () => {
        for (const [key, stream] of [...peers]) end(key, stream);
      },
    };
  }

  async listen(): Promise<never> {
    throw new Error("nobody outside can connect to a page");
  }

  async listenDatagrams(): Promise<never> {
    return this.listen();
  }

  async resolve(query: Uint8Array): Promise<Uint8Array | undefined> {
    return this.options.names.answer(query);
  }

  /** Which addresses are its own, and who may reach them, is the relay's to say. */
  isOwn(): boolean {
    return false;
  }

  close(): void {
    this.isClosed = true;
    this.reconnector.stop();
    const { socket } = this;
    this.lost();
    socket?.close();
  }
}
