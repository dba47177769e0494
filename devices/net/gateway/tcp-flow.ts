// A TCP connection of a guest, tied to a stream of the host: what one has to say goes to the other, no faster than it is taken.
import type { Nanoseconds, Timer } from "../../../core/bus/clock.js";
import type { Endpoint } from "./address.js";
import { ByteQueue } from "./byte-queue.js";
import type { Connection } from "./connection.js";
import type { Failure, Stream, StreamEvents } from "./outside.js";
import { TcpConnection, type TcpOptions, type TcpUser } from "./tcp-connection.js";
import { SECOND } from "./timers.js";

/** How long the host may take for the rest, once the guest's connection is over. */
const DRAINING: Nanoseconds = 60 * SECOND;
/** Bytes that a piece may keep alive beside its own before it is copied. */
const SLACK = 256;

export interface FlowOptions extends Omit<TcpOptions, "ends" | "user"> {
  readonly direction: "out" | "in";
  readonly guest: Endpoint;
  readonly remote: Endpoint;
  readonly outside: Endpoint;
  /** Do something that comes from outside. */
  readonly enter: (work: () => void) => void;
  readonly established: () => void;
  /** Before it was established: the host could not reach the other side. */
  readonly unreachable: (why: Failure) => void;
  /** Both halves are over. */
  readonly over: () => void;
}

export class TcpFlow implements TcpUser {
  readonly tcp: TcpConnection;
  private stream: Stream | undefined;
  /** From the guest, while the host takes nothing. */
  private readonly waiting = new ByteQueue();
  private isBlocked = false;
  private isPaused = false;
  /** The guest has ended. */
  private isEnding = false;
  private streamIsOver = false;
  private isOver = false;
  private sent = 0;
  private received = 0;
  private readonly begun: Nanoseconds;
  private readonly patience: Timer;

  constructor(private readonly options: FlowOptions) {
    const { guest, remote, timers } = options;
    this.begun = timers.now();
    this.patience = timers.timer(() => this.abandon());
    const ends = { local: remote.address, localPort: remote.port, remote: guest.address, remotePort: guest.port };
    this.tcp = new TcpConnection({ ...options, ends, user: this });
  }

  get guest(): Endpoint {
    return this.options.guest;
  }

  get remote(): Endpoint {
    return this.options.remote;
  }

  /** The host's half. */
  attach(stream: Stream): void {
    this.stream = stream;
  }

  /** What the host's half is to tell. */
  readonly events: StreamEvents = {
    opened: () => this.fromOutside(() => this.tcp.accept()),
    data: (bytes) => this.fromOutside(() => this.fromHost(bytes)),
    ended: () => this.fromOutside(() => this.tcp.end()),
    drained: () =>
      this.fromOutside(() => {
        this.isBlocked = false;
        this.flush();
        this.tcp.taken();
      }),
    closed: () => this.fromOutside(() => this.streamOver()),
    failed: (why) =>
      this.fromOutside(() => {
        this.streamIsOver = true;
        if (this.tcp.state !== "CONNECTING") this.tcp.abort();
        else if (why === "refused" || why === "reset") this.tcp.refuse();
        else {
          this.options.unreachable(why);
          this.tcp.abort();
        }
        this.checkOver();
      }),
  };

  private fromOutside(work: () => void): void {
    this.options.enter(() => {
      if (!this.streamIsOver) work();
    });
  }

  private fromHost(bytes: Uint8Array): void {
    this.received += bytes.length;
    this.tcp.write(bytes);
    if (!this.isPaused && this.tcp.queued >= this.options.capacity()) {
      this.isPaused = true;
      this.stream?.pause();
    }
  }

  private streamOver(): void {
    this.streamIsOver = true;
    this.tcp.orphan();
    this.checkOver();
  }

  get held(): number {
    return this.waiting.length;
  }

  established(): void {
    this.options.established();
  }

  data(bytes: Uint8Array): void {
    this.sent += bytes.length;
    if (this.isBlocked) this.waiting.append(bytes);
    else this.write(bytes.buffer.byteLength > 2 * bytes.length + SLACK ? bytes.slice() : bytes);
  }

  private write(bytes: Uint8Array): void {
    if (this.streamIsOver || !this.stream) return;
    this.isBlocked = !this.stream.write(bytes);
  }

  private flush(): void {
    while (!this.isBlocked) {
      const bytes = this.waiting.shift();
      if (!bytes) break;
      this.write(bytes);
    }
    if (this.isEnding && this.waiting.length === 0 && !this.streamIsOver) {
      this.isEnding = false;
      this.stream?.end();
    }
  }

  ended(): void {
    this.isEnding = true;
    this.flush();
  }

  acknowledged(): void {
    if (!this.isPaused || this.tcp.queued > this.options.capacity() / 2) return;
    this.isPaused = false;
    if (!this.streamIsOver) this.stream?.resume();
  }

  /** Of the guest's half. One that did not end as it should takes the other with it. */
  closed(why: Failure | undefined): void {
    if (why !== undefined) this.abandon();
    else if (!this.streamIsOver) this.patience.at(this.options.timers.now() + DRAINING);
    this.checkOver();
  }

  /** End both halves at once. */
  abort(): void {
    this.tcp.abort();
    this.abandon();
  }

  private abandon(): void {
    if (!this.streamIsOver) this.stream?.destroy();
    this.streamIsOver = true;
    this.checkOver();
  }

  private checkOver(): void {
    if (this.isOver || this.tcp.state !== "CLOSED" || !this.streamIsOver) return;
    this.isOver = true;
    this.patience.cancel();
    this.options.over();
  }

  describe(): Connection {
    const { direction, guest, remote, outside } = this.options;
    const { begun, sent, received } = this;
    const state = this.tcp.state === "CLOSED" ? "DRAINING" : this.tcp.state;
    const expires = this.tcp.deadline ?? this.patience.deadline;
    return { protocol: "tcp", direction, guest, remote, outside, state, begun, expires, sent, received };
  }
}
