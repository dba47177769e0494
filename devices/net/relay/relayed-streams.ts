// The relay's half of one stream: a TCP connection of the host, or its datagrams with one other.
import { type Endpoint, formatEndpoint } from "../gateway/address.js";
import type { DatagramReceiver, Datagrams, Failure, Stream, StreamEvents } from "../gateway/outside.js";
import { continuePacket, dataPacket, REASON, WINDOW } from "./wisp.js";

/** What a stream asks of its session. */
export interface StreamHost {
  /** Packets that a client may send before it is told to go on. */
  readonly packets: number;
  send(packet: Uint8Array): void;
  /** So many bytes more, or less, wait here. */
  hold(bytes: number): void;
  /** Bytes came from outside. */
  received(bytes: number): void;
  /** The client takes too little. */
  isCongested(): boolean;
  /** It is over, and why: the client is to hear of it. */
  closed(stream: RelayedStream, reason: number): void;
  /** Nothing is left of it. */
  over(stream: RelayedStream): void;
}

export interface RelayedStream {
  readonly id: number;
  /** From the client. False: it has sent more than it may. */
  data(bytes: Uint8Array): boolean;
  /** The client takes so many packets more. */
  grant(count: number): void;
  /** The client has closed it: what it has sent still goes out if that was `inOrder`. */
  end(inOrder: boolean): void;
  /** It may be that more, or less, can be sent to the client now. */
  flowChanged(): void;
  destroy(): void;
}

const REASONS: Readonly<Record<Failure, number>> = {
  refused: REASON.REFUSED,
  unreachable: REASON.UNREACHABLE,
  timeout: REASON.TIMEOUT,
  denied: REASON.BLOCKED,
  reset: REASON.NETWORK_ERROR,
};

export class RelayedTcp implements RelayedStream {
  private readonly stream: Stream;
  private readonly waiting: Uint8Array[] = [];
  /** Packets since the client was last told to go on. */
  private taken = 0;
  /** Packets that may still come: a client can have sent all that it was told before it hears of more. At most twice `host.packets`. */
  private allowed: number;
  private window = WINDOW;
  private isOpen = false;
  private isBlocked = false;
  private isPaused = false;
  /** The client sends no more. */
  private hasEnded = false;
  private isEndSent = false;
  /** The client has closed it. */
  private isClosed = false;
  private isOver = false;

  constructor(
    readonly id: number,
    private readonly host: StreamHost,
    /** As wisp.ts has it under FLOW_CONTROL. */
    private readonly flowControl: boolean,
    connect: (events: StreamEvents) => Stream,
  ) {
    this.allowed = host.packets;
    this.stream = connect(this.events());
  }

  private events(): StreamEvents {
    return {
      opened: () => {
        this.isOpen = true;
        if (this.flowControl) this.goOn();
        this.flush();
      },
      data: (bytes) => this.fromOutside(bytes),
      ended: () => {
        if (this.isClosed) return;
        if (this.flowControl) this.host.send(dataPacket(this.id, new Uint8Array()));
        else this.closeFromOutside();
      },
      drained: () => {
        this.isBlocked = false;
        this.flush();
      },
      closed: () => this.finished(REASON.VOLUNTARY),
      failed: (why) => this.finished(REASONS[why]),
    };
  }

  /** In version 1 a stream is open for both sides or for none. */
  private closeFromOutside(): void {
    this.isClosed = true;
    this.host.closed(this, REASON.VOLUNTARY);
    this.hasEnded = true;
    this.isBlocked = false;
    this.flush();
  }

  private fromOutside(bytes: Uint8Array): void {
    if (this.isClosed) {
      // Nobody wants it any more.
      this.destroy();
      this.host.over(this);
      return;
    }
    this.host.received(bytes.length);
    this.window--;
    this.host.send(dataPacket(this.id, bytes));
    this.flowChanged();
  }

  data(bytes: Uint8Array): boolean {
    if (this.hasEnded) return false;
    if (bytes.length === 0 && this.flowControl) this.hasEnded = true;
    else if (this.allowed === 0) return false;
    else this.take(bytes);
    this.flush();
    return true;
  }

  private take(bytes: Uint8Array): void {
    this.allowed--;
    this.taken++;
    if (bytes.length === 0) return;
    this.waiting.push(bytes);
    this.host.hold(bytes.length);
  }

  private flush(): void {
    if (!this.isOpen || this.isOver) return;
    while (!this.isBlocked) {
      const bytes = this.waiting.shift();
      if (!bytes) break;
      this.host.hold(-bytes.length);
      this.isBlocked = !this.stream.write(bytes);
    }
    if (this.waiting.length > 0) return;
    if (this.hasEnded && !this.isEndSent) {
      this.isEndSent = true;
      this.stream.end();
    }
    const { packets } = this.host;
    if (!this.hasEnded && !this.isBlocked && this.taken >= packets / 2 && this.allowed <= packets) this.goOn();
  }

  /** What the client is told takes the place of what it was told before. */
  private goOn(): void {
    // What waits has not made room yet.
    this.taken = this.waiting.length;
    const more = Math.max(0, this.host.packets - this.waiting.length);
    this.allowed += more;
    this.host.send(continuePacket(this.id, more));
  }

  grant(count: number): void {
    if (!this.flowControl) return;
    this.window = Math.min(this.window + count, WINDOW);
    this.flowChanged();
  }

  flowChanged(): void {
    const shallPause = !this.isClosed && (this.host.isCongested() || (this.flowControl && this.window <= 0));
    if (shallPause === this.isPaused || this.isOver) return;
    this.isPaused = shallPause;
    if (shallPause) this.stream.pause();
    else this.stream.resume();
  }

  end(inOrder: boolean): void {
    this.isClosed = true;
    if (!inOrder) {
      this.destroy();
      this.host.over(this);
      return;
    }
    this.hasEnded = true;
    this.flush();
    // So that its end is heard.
    this.flowChanged();
  }

  private finished(reason: number): void {
    this.isOver = true;
    this.drop();
    if (!this.isClosed) this.host.closed(this, reason);
    this.host.over(this);
  }

  private drop(): void {
    for (const bytes of this.waiting.splice(0)) this.host.hold(-bytes.length);
  }

  destroy(): void {
    this.drop();
    if (!this.isOver) this.stream.destroy();
    this.isOver = true;
  }
}

export class RelayedDatagrams implements RelayedStream {
  private readonly socket: Datagrams;

  constructor(
    readonly id: number,
    private readonly host: StreamHost,
    private readonly to: Endpoint,
    bind: (receive: DatagramReceiver) => Datagrams,
  ) {
    const from = formatEndpoint(to);
    this.socket = bind((sender, payload) => {
      // What the client does not take is lost, as on any way.
      if (formatEndpoint(sender) !== from || host.isCongested()) return;
      host.received(payload.length);
      host.send(dataPacket(id, payload));
    });
  }

  data(bytes: Uint8Array): boolean {
    this.socket.send(this.to, bytes);
    return true;
  }

  grant(): void {}

  end(): void {
    this.destroy();
    this.host.over(this);
  }

  flowChanged(): void {}

  destroy(): void {
    this.socket.close();
  }
}
