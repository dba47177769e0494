// gdb's remote serial protocol: one debugger at a time, on any connection that carries bytes. GDB manual, "Remote Protocol". All-stop mode; the
// guest can not be restarted from here. Bad packets are answered, never fatal.
import type { Course, Debugger, Pause, Stop } from "../debugger.js";
import { previousHit, previousInstruction, ReverseError } from "../reverse.js";
import type { DebugVcpu } from "../target.js";
import { Commands } from "./commands.js";
import { describeHit } from "./monitor-stops.js";
import { framePacket, PacketReader, toHex } from "./packet.js";
import { Points } from "./points.js";
import { type ClientFeatures, stopReply } from "./stop-reply.js";

/** What the server's owner does for it. */
export interface ServerEvents {
  /** Bytes for the peer. */
  send(bytes: Uint8Array): void;
  /** The debugger has killed the guest. */
  killed(): void;
}

/** What a slice has come to. */
export interface SliceResult {
  /** Nothing happens for so many milliseconds, unless bytes come. */
  readonly idle: number;
  /** The guest has ended. */
  readonly ended: boolean;
}

/** How the guest is to go on. */
export type Order =
  | { readonly kind: "continue" | "step" | "back-step" | "back-continue"; readonly vcpu: number }
  | { readonly kind: "range"; readonly vcpu: number; readonly start: number; readonly end: number };

const SLICE_ENDED: SliceResult = { idle: 0, ended: true };
const STANDING: SliceResult = { idle: Number.POSITIVE_INFINITY, ended: false };

export class GdbServer {
  readonly points: Points;
  private readonly commands: Commands;
  private reader = new PacketReader();
  private acknowledges = true;
  private lastSent = framePacket("");
  client: ClientFeatures = { swbreak: false, hwbreak: false };
  /** The vCPU that register and memory packets mean. */
  private selected = 0;
  private course: Course | undefined;
  /** The course at hand was asked for by the peer, who waits for its end. */
  private awaited = false;
  private attached = false;
  private lastStop: Stop = { kind: "step", vcpu: 0 };

  /** The guest stands until a debugger comes, unless `running`. */
  constructor(
    readonly session: Debugger,
    private readonly events: ServerEvents,
    running: boolean,
  ) {
    this.points = new Points(session);
    this.commands = new Commands(this);
    if (running) this.course = session.resume();
  }

  get isAttached(): boolean {
    return this.attached;
  }

  get vcpu(): DebugVcpu {
    return this.session.vcpus[this.selected]!;
  }

  get selectedVcpu(): number {
    return this.selected;
  }

  select(vcpu: number): void {
    this.selected = vcpu;
  }

  /** A debugger has connected: the guest stands still for it. */
  connected(): void {
    this.attached = true;
    this.reader = new PacketReader();
    this.acknowledges = true;
    this.client = { swbreak: false, hwbreak: false };
    this.stand({ kind: "step", vcpu: 0 });
  }

  /** The connection is gone. Breakpoints go with it; a guest that stood goes on standing, one that ran runs. */
  disconnected(): void {
    if (!this.attached) return;
    this.points.clear();
    this.attached = false;
    this.awaited = false;
    if (this.course) this.runFree();
  }

  private stand(stop: Stop): void {
    this.course = undefined;
    this.awaited = false;
    this.lastStop = stop;
    this.session.takeInterrupt();
  }

  private runFree(): void {
    this.session.takeInterrupt();
    this.awaited = false;
    this.course = this.session.resume();
  }

  /** Bytes from the peer. */
  receive(bytes: Uint8Array): void {
    for (const event of this.reader.feed(bytes)) {
      if (event.kind === "packet") this.packet(event.data);
      else if (event.kind === "bad") this.acknowledge("-");
      else if (event.kind === "nack") this.events.send(this.lastSent);
      else if (event.kind === "interrupt" && this.awaited) this.session.interrupt();
    }
  }

  private acknowledge(sign: "+" | "-"): void {
    if (this.acknowledges) this.events.send(Uint8Array.of(sign.charCodeAt(0)));
  }

  private packet(data: string): void {
    this.acknowledge("+");
    // Out of turn: the guest is stopped first, and this told.
    if (this.awaited) {
      this.stand({ kind: "interrupted", vcpu: 0 });
      this.replyStop();
    }
    this.commands.handle(data);
  }

  reply(data: string): void {
    this.lastSent = framePacket(data);
    this.events.send(this.lastSent);
  }

  replyStop(): void {
    this.reply(stopReply(this.lastStop, this.session.vcpus[this.lastStop.vcpu]!, this.points.list, this.client));
  }

  /** The guest has stopped by itself. What gdb has no words for comes as output before. */
  private tellStop(): void {
    const { lastStop } = this;
    const words = lastStop.kind === "hit" ? describeHit(lastStop.hit) : undefined;
    if (words !== undefined) this.reply(`O${toHex(Uint8Array.from(`${words}\n`, (c) => c.charCodeAt(0)))}`);
    this.replyStop();
  }

  /** The reply to this packet is still acknowledged. */
  stopAcknowledging(): void {
    this.reply("OK");
    this.acknowledges = false;
  }

  /** Set the guest off; the stop is told when it comes. */
  order(order: Order): void {
    this.course = this.courseOf(order);
    this.awaited = true;
    this.session.takeInterrupt();
  }

  private courseOf(order: Order): Course {
    const { session } = this;
    switch (order.kind) {
      case "continue":
        return session.resume();
      case "step":
        return session.step(order.vcpu);
      case "range":
        return session.stepRange(order.start, order.end, order.vcpu);
      case "back-step":
        return previousInstruction(session, order.vcpu);
      case "back-continue":
        return previousHit(session);
    }
  }

  /** The debugger lets the guest go. */
  detach(): void {
    this.points.clear();
    this.attached = false;
    this.runFree();
  }

  kill(): void {
    this.events.killed();
  }

  /** Run the guest for a slice, if it runs. */
  slice(): SliceResult {
    if (!this.course) return STANDING;
    let turn: IteratorResult<Pause, Stop>;
    try {
      turn = this.course.next();
    } catch (error) {
      if (!(error instanceof ReverseError)) throw error;
      this.stand(this.lastStop);
      this.reply(`E.${error.message}`);
      return STANDING;
    }
    if (!turn.done) return { idle: turn.value.idle, ended: false };
    const told = this.awaited;
    this.stand(turn.value);
    if (told) this.tellStop();
    if (turn.value.kind === "ended") return SLICE_ENDED;
    return STANDING;
  }
}
