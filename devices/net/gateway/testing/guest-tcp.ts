// The TCP of a test's guest: go-back-N with a fixed window and timeout, and only what comes in order is taken. Slow and simple, so that it is right.
import type { Timer } from "../../../../core/bus/clock.js";
import type { TestGuest } from "./guest.js";
import { ascii, textOf, u16, u32 } from "./packets.js";

const RESEND = 300e6;
const [FIN, SYN, RST, ACK] = [1, 2, 4, 16];

export class GuestTcp {
  state: "closed" | "opening" | "open" | "refused" | "reset" = "closed";
  /** Whether the other side has ended. */
  ended = false;
  readonly received: Uint8Array[] = [];
  receivedBytes = 0;
  /** Called instead of keeping what is received. */
  onData: ((bytes: Uint8Array) => void) | undefined;
  onOpen: () => void = () => {};
  /** What it allows the other side; change it, then call acknowledge(). */
  window: number;
  peerMss = 536;
  /** The other side's window, in bytes. */
  peerWindow = 0;
  private peerScale = 0;
  private scales = false;
  private readonly initial: number;
  /** Everything written and not acknowledged; its first byte is number `base`. */
  private queue: Uint8Array[] = [];
  private queued = 0;
  private base: number;
  private sent = 0;
  private ending = false;
  private finSent = false;
  private finAcknowledged = false;
  private next = 0;
  private readonly timer: Timer;

  constructor(
    private readonly guest: TestGuest,
    private readonly remote: string,
    private readonly remotePort: number,
    private readonly localPort: number,
  ) {
    // Close to where numbers begin again.
    this.initial = (0xffff_f000 + localPort) >>> 0;
    this.base = (this.initial + 1) >>> 0;
    this.window = guest.options.window ?? 65_535;
    this.timer = guest.scheduler.timer("guest tcp", () => this.again());
  }

  get unacknowledged(): number {
    return this.queued + (this.ending && !this.finAcknowledged ? 1 : 0);
  }

  get text(): string {
    return textOf(this.bytes);
  }

  get bytes(): Uint8Array {
    const all = new Uint8Array(this.receivedBytes);
    let at = 0;
    for (const part of this.received) {
      all.set(part, at);
      at += part.length;
    }
    return all;
  }

  open(): void {
    this.state = "opening";
    this.sendSyn(SYN);
    this.arm();
  }

  write(data: Uint8Array | string): void {
    const bytes = typeof data === "string" ? ascii(data) : data;
    this.queue.push(bytes);
    this.queued += bytes.length;
    this.output();
  }

  end(): void {
    this.ending = true;
    this.output();
  }

  reset(): void {
    this.state = "reset";
    this.send(RST | ACK, (this.base + this.sent) >>> 0);
  }

  acknowledge(): void {
    this.send(ACK, (this.base + this.sent + (this.finSent ? 1 : 0)) >>> 0);
  }

  receive(segment: Uint8Array): void {
    const view = new DataView(segment.buffer, segment.byteOffset, segment.length);
    const flags = segment[13]!;
    const header = (segment[12]! >> 4) * 4;
    const [sequence, acknowledged] = [view.getUint32(4), view.getUint32(8)];
    if (flags & RST) {
      this.state = this.state === "opening" ? "refused" : "reset";
      this.timer.cancel();
      return;
    }
    if (flags & SYN) this.receiveSyn(segment, sequence, flags);
    if (this.state === "closed" || this.state === "refused" || this.state === "reset") return;
    if (flags & ACK) {
      this.peerWindow = view.getUint16(14) << (flags & SYN ? 0 : this.scales ? this.peerScale : 0);
      this.takeAcknowledgement(acknowledged);
    }
    if (!(flags & SYN)) this.takeData(sequence, segment.subarray(header), (flags & FIN) !== 0);
    this.output();
  }

  private receiveSyn(segment: Uint8Array, sequence: number, flags: number): void {
    if (this.next !== 0) {
      // Ours was lost.
      if (flags & ACK) this.acknowledge();
      else this.sendSyn(SYN | ACK);
      return;
    }
    this.next = (sequence + 1) >>> 0;
    for (let at = 20; at < (segment[12]! >> 4) * 4; at += segment[at] === 1 ? 1 : segment[at + 1]!) {
      if (segment[at] === 2) this.peerMss = segment[at + 2]! * 256 + segment[at + 3]!;
      if (segment[at] === 3) {
        this.peerScale = segment[at + 2]!;
        this.scales = this.guest.options.scale !== undefined;
      }
    }
    if (flags & ACK) {
      this.opened();
      this.acknowledge();
    } else {
      this.state = "opening";
      this.sendSyn(SYN | ACK);
      this.arm();
    }
  }

  private opened(): void {
    this.state = "open";
    this.timer.cancel();
    this.onOpen();
  }

  private takeAcknowledgement(acknowledged: number): void {
    let advance = (acknowledged - this.base) | 0;
    if (this.state === "opening" && advance >= 0) this.opened();
    if (advance <= 0) return;
    if (this.finSent && advance > this.queued) {
      this.finAcknowledged = true;
      advance = this.queued;
    }
    this.base = (this.base + advance) >>> 0;
    this.sent = Math.max(0, this.sent - advance);
    this.queued -= advance;
    while (advance > 0) {
      const first = this.queue[0]!;
      if (first.length > advance) this.queue[0] = first.subarray(advance);
      else this.queue.shift();
      advance -= Math.min(advance, first.length);
    }
    this.timer.cancel();
    if (this.unacknowledged > 0) this.arm();
  }

  private takeData(sequence: number, payload: Uint8Array, fin: boolean): void {
    if (payload.length === 0 && !fin) return;
    const skip = (this.next - sequence) | 0;
    if (!this.ended && skip >= 0 && skip <= payload.length) {
      const fresh = payload.subarray(skip).slice();
      this.next = (this.next + fresh.length) >>> 0;
      this.receivedBytes += fresh.length;
      if (this.onData) this.onData(fresh);
      else this.received.push(fresh);
      if (fin) {
        this.ended = true;
        this.next = (this.next + 1) >>> 0;
      }
    }
    this.acknowledge();
  }

  private output(): void {
    if (this.state !== "open") return;
    while (this.sent < this.queued && this.sent < this.peerWindow) {
      const data = this.peek(this.sent, Math.min(this.peerMss, this.queued - this.sent, this.peerWindow - this.sent));
      const sequence = (this.base + this.sent) >>> 0;
      // The answer may come before this returns.
      this.sent += data.length;
      this.send(ACK, sequence, data);
    }
    if (this.ending && this.sent === this.queued && !this.finSent && !this.finAcknowledged) {
      this.finSent = true;
      this.send(FIN | ACK, (this.base + this.sent) >>> 0);
    }
    if (this.unacknowledged > 0 && this.timer.deadline === undefined) this.arm();
  }

  private peek(offset: number, count: number): Uint8Array {
    let skip = offset;
    for (const part of this.queue) {
      if (skip < part.length) return part.subarray(skip, skip + count);
      skip -= part.length;
    }
    return new Uint8Array(0);
  }

  private arm(): void {
    this.timer.at(this.guest.scheduler.now() + RESEND);
  }

  private again(): void {
    if (this.state !== "opening" && this.unacknowledged === 0) return;
    if (this.state === "opening") this.sendSyn(this.next === 0 ? SYN : SYN | ACK);
    else if (this.state === "open") {
      this.sent = 0;
      this.finSent = false;
      // A closed window is tried with one byte.
      if (this.peerWindow === 0 && this.queued > 0) this.send(ACK, this.base, this.peek(0, 1));
      this.output();
    }
    this.arm();
  }

  private sendSyn(flags: number): void {
    const { mss = 1460, scale } = this.guest.options;
    const options = [2, 4, ...u16(mss), ...(scale === undefined ? [] : [1, 3, 3, scale])];
    this.send(flags, this.initial, new Uint8Array(0), options);
  }

  private send(flags: number, sequence: number, data: Uint8Array = new Uint8Array(0), options: readonly number[] = []): void {
    const window = flags & SYN ? Math.min(this.window, 0xffff) : this.window >> (this.scales ? (this.guest.options.scale ?? 0) : 0);
    const header = [...u16(this.localPort), ...u16(this.remotePort), ...u32(sequence), ...u32(flags & ACK ? this.next : 0)];
    header.push((20 + options.length) << 2, flags, ...u16(window), 0, 0, 0, 0, ...options);
    const segment = new Uint8Array(header.length + data.length);
    segment.set(header);
    segment.set(data, header.length);
    this.guest.sendTcp(this.remote, segment);
  }
}
