// The client's half of one TCP stream of a relay.
import type { Nanoseconds, Scheduler, Timer } from "../../../core/bus/clock.js";
import type { Failure, Stream, StreamEvents } from "../gateway/outside.js";
import { closePacket, connectPacket, continuePacket, dataPacket, type Packet, REASON, WINDOW } from "./wisp.js";

export interface ClientHost {
  readonly scheduler: Scheduler;
  send(packet: Uint8Array): void;
  /** Nothing more is heard of it. */
  over(stream: ClientStream): void;
  /** What a person should know. */
  tell(line: string): void;
}

const FAILURES: Readonly<Record<number, Failure>> = {
  [REASON.INVALID]: "denied",
  [REASON.UNREACHABLE]: "unreachable",
  [REASON.TIMEOUT]: "timeout",
  [REASON.REFUSED]: "refused",
  [REASON.BLOCKED]: "denied",
  [REASON.THROTTLED]: "denied",
};
/** Where a relay ends both directions at once: how long nothing comes before a guest's end is told. */
const QUIET: Nanoseconds = 5e9;
/** Bytes of a stream that wait for a guest, where the relay can not be held back. */
const HELD_MOST = 32 << 20;

export class ClientStream implements Stream {
  private readonly outgoing: Uint8Array[] = [];
  private readonly incoming: Uint8Array[] = [];
  private incomingBytes = 0;
  /** Packets that the relay takes. */
  private credit = 0;
  /** Packets that were handed on since the relay was last told so. */
  private handedOn = 0;
  private flowControl = false;
  private hasBegun = false;
  private isOpen = false;
  private isPaused = false;
  private isEnding = false;
  private isEndSent = false;
  /** The relay sends no more; and has closed the stream. */
  private hasRemoteEnded = false;
  private isRemoteClosed = false;
  private isEndedTold = false;
  private isOver = false;
  private readonly quiet: Timer;

  constructor(
    readonly id: number,
    private readonly name: string,
    private readonly port: number,
    private readonly host: ClientHost,
    private readonly events: StreamEvents,
  ) {
    this.quiet = host.scheduler.timer("relay stream", () => this.closeInOrder());
  }

  /** The relay is there: it takes so many packets. */
  start(packets: number, flowControl: boolean): void {
    this.credit = packets;
    this.flowControl = flowControl;
    this.hasBegun = true;
    this.host.send(connectPacket(this.id, "tcp", this.name, this.port));
    if (!flowControl) this.opened();
    this.flush();
  }

  private opened(): void {
    if (this.isOpen || this.isOver) return;
    this.isOpen = true;
    this.events.opened();
  }

  packet(packet: Packet): void {
    switch (packet.type) {
      case "continue":
        this.credit = packet.count;
        this.opened();
        this.flush();
        break;
      case "data":
        this.opened();
        this.received(packet.bytes);
        break;
      case "close":
        this.closed(packet.reason);
        break;
    }
  }

  private received(bytes: Uint8Array): void {
    if (this.hasRemoteEnded) return;
    if (bytes.length === 0) {
      if (this.flowControl) this.hasRemoteEnded = true;
    } else {
      this.incoming.push(bytes);
      this.incomingBytes += bytes.length;
    }
    if (this.quiet.deadline !== undefined) this.quiet.at(this.host.scheduler.now() + QUIET);
    this.handOn();
    if (this.incomingBytes <= HELD_MOST) return;
    this.host.send(closePacket(this.id, REASON.CLIENT_ERROR));
    this.host.tell(
      `${this.name}:${this.port} sent more than the guest takes, and the relay can not be held back: the connection was given up`,
    );
    this.fail("reset");
  }

  private handOn(): void {
    while (!this.isPaused && !this.isOver) {
      const bytes = this.incoming.shift();
      if (!bytes) break;
      this.incomingBytes -= bytes.length;
      this.handedOn++;
      this.events.data(bytes);
    }
    if (this.isOver) return;
    if (this.flowControl && this.handedOn >= WINDOW / 2 && !this.isRemoteClosed) {
      this.host.send(continuePacket(this.id, this.handedOn));
      this.handedOn = 0;
    }
    if (this.incoming.length > 0) return;
    if (this.hasRemoteEnded && !this.isEndedTold) {
      this.isEndedTold = true;
      this.events.ended();
    }
    if (this.isRemoteClosed) this.finish(() => this.events.closed());
  }

  private closed(reason: number): void {
    if (reason !== REASON.VOLUNTARY) {
      this.fail(this.isOpen ? "reset" : (FAILURES[reason] ?? "reset"));
      return;
    }
    this.hasRemoteEnded = true;
    this.isRemoteClosed = true;
    this.handOn();
  }

  private finish(tell: () => void): void {
    if (this.isOver) return;
    this.isOver = true;
    this.quiet.cancel();
    this.host.over(this);
    tell();
  }

  private fail(why: Failure): void {
    this.finish(() => this.events.failed(why));
  }

  /** The relay has gone. */
  lost(): void {
    this.fail(this.isOpen ? "reset" : "unreachable");
  }

  write(bytes: Uint8Array): boolean {
    if (this.isOver || this.isRemoteClosed) return true;
    this.outgoing.push(bytes);
    this.send();
    return this.outgoing.length === 0;
  }

  private send(): void {
    while (this.hasBegun && this.credit > 0) {
      const bytes = this.outgoing.shift();
      if (!bytes) break;
      this.credit--;
      this.host.send(dataPacket(this.id, bytes));
    }
  }

  private flush(): void {
    if (this.isOver) return;
    const waited = this.outgoing.length > 0;
    this.send();
    if (this.outgoing.length > 0) return;
    this.sendEnd();
    if (waited) this.events.drained();
  }

  end(): void {
    this.isEnding = true;
    this.sendEnd();
  }

  private sendEnd(): void {
    if (!this.isEnding || this.isEndSent || !this.hasBegun || this.outgoing.length > 0 || this.isOver) return;
    this.isEndSent = true;
    if (this.flowControl) this.host.send(dataPacket(this.id, new Uint8Array()));
    else this.quiet.at(this.host.scheduler.now() + QUIET);
  }

  private closeInOrder(): void {
    this.host.send(closePacket(this.id, REASON.VOLUNTARY));
    this.closed(REASON.VOLUNTARY);
  }

  pause(): void {
    this.isPaused = true;
  }

  resume(): void {
    this.isPaused = false;
    this.handOn();
  }

  destroy(): void {
    this.finish(() => {
      if (this.hasBegun) this.host.send(closePacket(this.id, REASON.CLIENT_ERROR));
    });
  }
}
