// The host that the guest of `npm run bench:exits` moves data to and from, behind a gateway and in this process, so that every run is the same. TCP only.
// A connection begins with a line from the guest, a number of bytes: port 9 takes as many and answers with an empty line, port 19 sends as many.
import type { Scheduler } from "../../core/bus/clock.js";
import type { Endpoint } from "../../devices/net/gateway/address.js";
import type { Outside, Stream, StreamEvents } from "../../devices/net/gateway/outside.js";

/** As the services discard and character generator. */
const TAKES = 9;
const GIVES = 19;
const NEW_LINE = 10;
const PIECE = 16 << 10;

export class IoHost implements Outside {
  /** Bytes that the guest has sent to port 9, and got from port 19. */
  taken = 0;
  given = 0;
  private readonly work: (() => void)[] = [];
  private readonly timer;

  constructor(private readonly scheduler: Scheduler) {
    this.timer = scheduler.timer("io-host", () => {
      for (const work of this.work.splice(0)) work();
    });
  }

  /** Not before the call that is being made has returned. */
  later(work: () => void): void {
    this.work.push(work);
    this.timer.at(this.scheduler.now());
  }

  connect({ port }: Endpoint, events: StreamEvents): Stream {
    const isKnown = port === TAKES || port === GIVES;
    this.later(() => (isKnown ? events.opened() : events.failed("refused")));
    return port === GIVES ? new Giver(this, events) : new Taker(this, events);
  }

  datagrams(): { send(): void; close(): void } {
    return { send: () => {}, close: () => {} };
  }

  listen(): Promise<never> {
    return Promise.reject(new Error("nobody listens here"));
  }

  listenDatagrams(): Promise<never> {
    return this.listen();
  }

  resolve(): Promise<undefined> {
    return Promise.resolve(undefined);
  }

  isOwn(): boolean {
    return false;
  }
}

/** A connection that begins with a line: a number of bytes. */
abstract class Conversation implements Stream {
  protected left: number | undefined;
  private line = "";
  private hasEnded = false;
  private guestHasEnded = false;

  constructor(
    protected readonly host: IoHost,
    protected readonly events: StreamEvents,
  ) {}

  /** The number is known, or more has come. */
  protected abstract take(bytes: Uint8Array): void;

  write(bytes: Uint8Array): boolean {
    let at = 0;
    while (this.left === undefined && at < bytes.length) {
      const character = String.fromCharCode(bytes[at++]!);
      if (character === "\n") this.left = Number(this.line);
      else this.line += character;
    }
    if (this.left !== undefined) this.take(bytes.subarray(at));
    return true;
  }

  end(): void {
    this.guestHasEnded = true;
    this.host.later(() => this.finish());
  }

  destroy(): void {
    this.hasEnded = true;
  }

  abstract pause(): void;
  abstract resume(): void;

  protected sayEnd(): void {
    if (this.hasEnded) return;
    this.hasEnded = true;
    this.events.ended();
    this.finish();
  }

  private finish(): void {
    if (this.guestHasEnded && this.hasEnded) this.events.closed();
  }
}

class Taker extends Conversation {
  protected override take(bytes: Uint8Array): void {
    this.host.taken += bytes.length;
    this.left! -= bytes.length;
    if (this.left === 0)
      this.host.later(() => {
        this.events.data(Uint8Array.of(NEW_LINE));
        this.sayEnd();
      });
  }

  override pause(): void {}
  override resume(): void {}
}

class Giver extends Conversation {
  private isPaused = false;

  protected override take(): void {
    this.host.later(() => this.give());
  }

  override pause(): void {
    this.isPaused = true;
  }

  override resume(): void {
    this.isPaused = false;
    this.host.later(() => this.give());
  }

  private give(): void {
    while (this.left! > 0 && !this.isPaused) {
      const length = Math.min(PIECE, this.left!);
      this.left! -= length;
      this.host.given += length;
      this.events.data(new Uint8Array(length));
    }
    if (this.left === 0 && !this.isPaused) this.sayEnd();
  }
}
