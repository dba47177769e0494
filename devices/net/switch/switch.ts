// A learning Ethernet switch: ports are guests' cards, a gateway, links to other switches; they come and go while it runs.
// A frame goes on before receive() returns, unless the switch is at work on another one (wires call back), a rate makes it wait, or the turn's
// budget is spent: so no loop of wires keeps the host, and no guest makes it hold more than is told in the options.
// Loops: loop-probe.ts and the ports' storm limits. Not here: spanning tree, link aggregation, IGMP and MLD snooping (multicast goes to all),
// flow control. Nothing of it is in a machine's snapshot: what is learned is learned again, what waits is lost as on a cable.
import type { Nanoseconds, Scheduler, Timer } from "../../../core/bus/clock.js";
import { macNumber } from "../ethernet.js";
import { NetworkError } from "../network-error.js";
import type { Frame, Wire } from "../wire.js";
import { DESTINATION, isGroupAt, SOURCE } from "./ethernet.js";
import { BLOCKED_FOR, LoopProbe } from "./loop-probe.js";
import { MacTable, type MacTableOptions } from "./mac-table.js";
import { SwitchPort } from "./port.js";
import { PORT_DEFAULTS, type PortOptions } from "./port-options.js";
import type { VlanFrame } from "./vlan.js";

const SECOND = 1e9;
/** IEEE 802.1D "Bridge Filtering": addresses of the link itself, 01-80-C2-00-00-00 to -0F, are not passed on. */
const LINK_LOCAL = 0x0180_c200_0000;
const LINK_LOCAL_COUNT = 16;
const PORTS_MOST = 1024;
/** Frames that one port may have waiting for the switch. */
const BACKLOG = 256;
/** Frames that are dealt with before the rest of the world gets its turn. */
const BUDGET = 4096;
const NEXT_TURN: Nanoseconds = 100_000;

export interface SwitchOptions extends Partial<MacTableOptions> {
  /** 48 bits that tell it from other switches; random if not given. */
  readonly id?: number;
}

export class NetSwitch {
  readonly table: MacTable<SwitchPort>;
  private readonly byName = new Map<string, SwitchPort>();
  private mirrors: readonly SwitchPort[] = [];
  /** Ports where frames can wait to leave. */
  private shaped: readonly SwitchPort[] = [];
  private linkCount = 0;
  private readonly probe: LoopProbe;
  private readonly timer: Timer;
  private waiting: { readonly port: SwitchPort; readonly frame: Frame }[] = [];
  private readonly backlog = new Map<SwitchPort, number>();
  private working = false;
  private moved: (mac: number, from: SwitchPort, to: SwitchPort) => void = () => {};

  constructor(
    private readonly scheduler: Scheduler,
    { capacity = 4096, ageing = 300 * SECOND, id = Math.floor(Math.random() * 2 ** 48) }: SwitchOptions = {},
  ) {
    this.table = new MacTable(scheduler, { capacity, ageing }, (mac, from, to) => {
      this.moved(mac, from, to);
      return !from.options.sticky;
    });
    this.probe = new LoopProbe(scheduler, id);
    this.timer = scheduler.timer("switch", () => this.work());
  }

  /** `listener` hears of addresses that are heard at another port than before: of who has moved, and of two who have the same. */
  onMove(listener: (mac: number, from: SwitchPort, to: SwitchPort) => void): void {
    this.moved = listener;
  }

  get ports(): readonly SwitchPort[] {
    return [...this.byName.values()];
  }

  port(name: string): SwitchPort | undefined {
    return this.byName.get(name);
  }

  /** Plug a wire in. Throws NetworkError if the name is taken, options are impossible, or no port is free. */
  addPort(wire: Wire, options: Partial<PortOptions> = {}): SwitchPort {
    const name = options.name ?? this.freeName();
    if (this.byName.has(name)) throw new NetworkError(`the switch has a port ${name} already`);
    if (this.byName.size >= PORTS_MOST) throw new NetworkError(`the switch has ${PORTS_MOST} ports, and all are in use`);
    const port = new SwitchPort(this.scheduler, wire, { ...PORT_DEFAULTS, ...options, name });
    this.byName.set(name, port);
    this.plugged();
    this.watch(port);
    wire.onFrame((frame) => this.receive(port, frame));
    wire.onLink((up) => {
      if (this.byName.get(name) !== port) return;
      if (!up) this.forget(port);
      else if (port.options.isLink) this.probe.hurry();
    });
    return port;
  }

  /** Pull a wire out: what was learned or waited there is gone. */
  removePort(port: SwitchPort): void {
    if (this.byName.get(port.name) !== port) return;
    this.byName.delete(port.name);
    this.plugged();
    port.wire.onFrame(() => {});
    this.forget(port);
  }

  /** A wire was plugged in or pulled out: what is known of all ports together. */
  private plugged(): void {
    this.mirrors = this.ports.filter((port) => port.options.mirrorOf);
    this.shaped = this.ports.filter((port) => port.options.egress);
    this.linkCount = this.ports.filter((port) => port.options.isLink).length;
    this.probe.hurry();
  }

  private freeName(): string {
    let number = this.byName.size;
    while (this.byName.has(`port${number}`)) number++;
    return `port${number}`;
  }

  private forget(port: SwitchPort): void {
    this.table.forget(port);
    port.clearQueue();
    this.waiting = this.waiting.filter((waiting) => waiting.port !== port);
    this.backlog.delete(port);
  }

  /** Give the ports of mirrored frames what passes `port`. */
  private watch(port: SwitchPort): void {
    if (port.options.mirrorOf) return;
    port.tap((frame, direction) => {
      for (const mirror of this.mirrors) {
        const mirrorOf = mirror.options.mirrorOf!;
        if (mirrorOf.ports !== "all" && !mirrorOf.ports.includes(port.name)) continue;
        if (mirrorOf.direction === "both" || mirrorOf.direction === direction) mirror.send(frame);
      }
    });
  }

  private receive(port: SwitchPort, frame: Frame): void {
    // A probe that comes back while it is being sent has to be seen before what is sent behind it.
    if (LoopProbe.isProbe(frame) && this.probeCameBack(port, frame)) return;
    const count = this.backlog.get(port) ?? 0;
    if (count >= BACKLOG) {
      port.drop("busy");
      return;
    }
    this.backlog.set(port, count + 1);
    this.waiting.push({ port, frame });
    if (!this.working) this.work();
  }

  private work(): void {
    this.working = true;
    try {
      this.sendDue();
      for (let i = 0; i < BUDGET; i++) {
        const next = this.waiting.shift();
        if (!next) break;
        this.backlog.set(next.port, this.backlog.get(next.port)! - 1);
        this.accept(next.port, next.frame);
      }
    } finally {
      this.working = false;
      this.armTimer();
    }
  }

  private sendDue(): void {
    for (const port of this.shaped) port.sendDue();
  }

  private armTimer(): void {
    let when = this.waiting.length > 0 ? this.scheduler.now() + NEXT_TURN : Number.POSITIVE_INFINITY;
    for (const port of this.shaped) when = Math.min(when, port.readyAt ?? when);
    if (when === Number.POSITIVE_INFINITY) this.timer.cancel();
    else if (when !== this.timer.deadline) this.timer.at(when);
  }

  private accept(port: SwitchPort, frame: Frame): void {
    if (!port.arrives(frame)) return;
    if (LoopProbe.isProbe(frame)) {
      this.forwardProbe(port, frame);
      return;
    }
    const admitted = port.admit(frame);
    if (!admitted) return;
    if (!this.table.learn(admitted.vlan, macNumber(frame, SOURCE), port)) {
      port.drop("security");
      return;
    }
    const destination = macNumber(frame, DESTINATION);
    const isForLink = destination >= LINK_LOCAL && destination < LINK_LOCAL + LINK_LOCAL_COUNT;
    const target = isGroupAt(frame, DESTINATION) ? undefined : this.table.lookup(admitted.vlan, destination);
    if (isForLink || target === port) port.drop("filtered");
    else if (!target) this.flood(port, admitted);
    else if (target.hears(port, admitted.vlan)) target.transmit(admitted);
    else port.drop("filtered");
  }

  private flood(from: SwitchPort, frame: VlanFrame): void {
    if (!from.mayFlood()) return;
    this.sendProbe();
    for (const port of this.byName.values()) if (port.hears(from, frame.vlan)) port.transmit(frame);
  }

  private sendProbe(): void {
    const probe = this.linkCount > 1 ? this.probe.due() : undefined;
    if (probe) this.sendToLinks(probe);
  }

  private sendToLinks(probe: Frame, except?: SwitchPort): void {
    for (const port of this.byName.values()) if (port.options.isLink && port !== except && !port.isBlocked) port.send(probe);
  }

  /** Whether the probe is this switch's own. */
  private probeCameBack(port: SwitchPort, frame: Frame): boolean {
    if (!port.options.isLink || port.isBlocked) return false;
    const finding = this.probe.judge(frame);
    if (finding === "another's") return false;
    if (port.arrives(frame) && finding === "loop") {
      port.blockedUntil = this.scheduler.now() + BLOCKED_FOR;
      this.forget(port);
    }
    return true;
  }

  private forwardProbe(from: SwitchPort, frame: Frame): void {
    const onward = LoopProbe.onward(frame);
    if (!from.options.isLink || from.isBlocked) from.drop("blocked");
    else if (onward && from.mayFlood()) this.sendToLinks(onward, from);
  }
}
