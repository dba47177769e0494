// A wire to somewhere else: whatever carries frames there (a socket, a browser's channel) comes and goes, and the link is up while it is there.
import type { Frame, Wire } from "../wire.js";

/** What carries frames to the other side, while it lasts. */
export interface FrameChannel {
  send(frame: Frame): void;
  /** Bytes that were sent and have not left the host. */
  readonly backlog: number;
  /** Give up, for a reason that a person can read. */
  close(reason: string): void;
}

export interface LinkCounters {
  /** Frames that were not sent because the other side takes too few. */
  dropped: number;
  /** What came and was no frame. */
  refused: number;
}

/** Bytes that may wait to leave the host. */
export const BACKLOG_MOST = 4 << 20;

export class ChannelLink implements Wire {
  readonly counters: LinkCounters = { dropped: 0, refused: 0 };
  private channel: FrameChannel | undefined;
  private receiver: (frame: Frame) => void = () => {};
  private readonly listeners: ((up: boolean) => void)[] = [];

  constructor(private readonly backlogMost = BACKLOG_MOST) {}

  get isUp(): boolean {
    return this.channel !== undefined;
  }

  send(frame: Frame): void {
    if (!this.channel) return;
    if (this.channel.backlog + frame.length > this.backlogMost) this.counters.dropped++;
    else this.channel.send(frame);
  }

  onFrame(receiver: (frame: Frame) => void): void {
    this.receiver = receiver;
  }

  onLink(listener: (up: boolean) => void): void {
    this.listeners.push(listener);
  }

  /** The way is open. */
  attach(channel: FrameChannel): void {
    this.change(channel);
  }

  /** The way is closed. */
  detach(): void {
    this.change(undefined);
  }

  private change(channel: FrameChannel | undefined): void {
    const wasUp = this.isUp;
    this.channel = channel;
    if (this.isUp !== wasUp) for (const listener of this.listeners) listener(this.isUp);
  }

  /** A frame from the other side; nobody changes it any more. */
  receive(frame: Frame): void {
    if (this.channel) this.receiver(frame);
  }

  /** Something else came: the other side is not to be trusted any further. */
  refuse(reason: string): void {
    this.counters.refused++;
    this.channel?.close(reason);
  }
}
