// The gateway of a virtual network: a router that needs no privileges of the host, since it ends the guests' connections itself and speaks for them through
// ordinary sockets. It has an address of the network, ARP, ICMP, a DHCP server, a DNS proxy, NAT for TCP and UDP, and ports of the host that lead to guests.
//
// What a guest sends is checked before it is believed: addresses that are not its own, headers that are not right and packets for places where it may not go
// are dropped and counted; tables, buffers and rates are bounded (options.ts). No packet goes from one guest to another here: that is the switch's work.
//
// Not here: IPv6 (no router advertisement, so that guests have link-local addresses at most, and their packets end here unread), IPv4 protocols beside ICMP,
// TCP and UDP, multicast, VLAN tags, UPnP, helpers for protocols that carry addresses (active FTP, SIP). State is not saved: connections end with the
// gateway, leases are asked for again.
import type { Nanoseconds } from "../../../core/bus/clock.js";
import { TokenBucket } from "../token-bucket.js";
import type { Frame } from "../wire.js";
import { BROADCAST, classify, type Endpoint, type Ipv4 } from "./address.js";
import type { Connection } from "./connection.js";
import { DHCP_SERVER_PORT } from "./dhcp-message.js";
import { DhcpServer } from "./dhcp-server.js";
import { DNS_PORT, DnsProxy } from "./dns-proxy.js";
import { type Forward, Forwards } from "./forwards.js";
import { Guests } from "./guests.js";
import { HostNames } from "./host-names.js";
import { EXCEEDED, Icmp, UNREACHABLE } from "./icmp.js";
import { DEFAULT_TTL, finishFrame, type Packet, PROTOCOL, parsePacket } from "./ipv4.js";
import { type Lease, Leases } from "./leases.js";
import { Link, type Mac, type Neighbour } from "./link.js";
import type { GatewayOptions } from "./options.js";
import { Policy } from "./policy.js";
import { Reassembly } from "./reassembly.js";
import { type Settings, settingsOf } from "./settings.js";
import { type NatOptions, TcpNat } from "./tcp-nat.js";
import { Timers } from "./timers.js";
import { createDatagram, parseDatagram } from "./udp.js";
import { UdpNat } from "./udp-nat.js";

/** Frames that arrive while another is worked on. */
const BACKLOG = 4096;

export const DROP_REASONS = ["malformed", "spoofed", "unroutable", "denied", "limit"] as const;
export type DropReason = (typeof DROP_REASONS)[number];

export interface GatewayCounters {
  received: number;
  sent: number;
  readonly dropped: Record<DropReason, number>;
}

export interface Gateway {
  /** TCP and UDP, with states, traffic and when they end. */
  connections(): Connection[];
  leases(): Lease[];
  neighbours(): Neighbour[];
  readonly names: Pick<HostNames, "add" | "remove" | "list">;
  readonly forwards: {
    list(): Forward[];
    add(forward: Forward): Promise<Forward>;
    remove(protocol: "tcp" | "udp", host: Endpoint): boolean;
  };
  readonly counters: Readonly<GatewayCounters>;
  /** Its time, which leases and connections are told in. */
  now(): Nanoseconds;
  /** End all connections and listen no more. */
  close(): void;
}

/** A gateway at one end of a wire. Throws RangeError for options that make no sense, with a sentence for the user. */
export function createGateway(options: GatewayOptions): Gateway {
  return new NatGateway(options, settingsOf(options));
}

class NatGateway implements Gateway {
  readonly counters: GatewayCounters = { received: 0, sent: 0, dropped: { malformed: 0, spoofed: 0, unroutable: 0, denied: 0, limit: 0 } };
  readonly names: HostNames;
  readonly forwards: Forwards;
  private readonly timers: Timers;
  private readonly link: Link;
  private readonly leaseTable: Leases | undefined;
  private readonly dhcp: DhcpServer | undefined;
  private readonly dhcpRate: TokenBucket;
  private readonly dns: DnsProxy;
  private readonly icmp: Icmp;
  private readonly policy: Policy;
  private readonly tcp: TcpNat;
  private readonly udp: UdpNat;
  private readonly reassembly: Reassembly;
  private identification: number;
  private readonly backlog: Frame[] = [];
  private isBusy = false;
  private isClosed = false;

  constructor(
    options: GatewayOptions,
    private readonly settings: Settings,
  ) {
    const { wire, scheduler, outside, records = [] } = options;
    const { network, address, limits, random, mode, domain, mtu } = settings;
    const enter = (work: () => void) => this.enter(work);
    const dropped = (why: DropReason) => this.dropped(why);
    const timers = new Timers(scheduler, enter);
    this.timers = timers;
    this.identification = random() & 0xffff;
    const guests = new Guests(limits, timers);
    this.link = new Link({
      wire: { send: (frame) => this.transmit(wire, frame) },
      timers,
      network,
      address,
      mac: settings.mac,
      neighbours: limits.neighbours,
      mayHave: (guest, mac) => this.mayHave(guest, mac),
      onPacket: (packet, from) => this.receivePacket(packet, from),
      dropped,
    });
    this.policy = new Policy({ ...settings, outside });
    this.icmp = new Icmp({ guests, address, outside, enter, send: (frame, source, to) => this.send(frame, PROTOCOL.ICMP, source, to) });
    const nat: NatOptions = {
      address,
      timers,
      guests,
      policy: this.policy,
      outside,
      mtu,
      random,
      enter,
      dropped,
      send: (frame, source, to) => this.send(frame, PROTOCOL.TCP, source, to),
      unreachable: (code, about) => this.icmp.unreachable(code, about),
    };
    this.tcp = new TcpNat(nat);
    this.udp = new UdpNat({ ...nat, send: (frame, source, to) => this.send(frame, PROTOCOL.UDP, source, to) });
    this.forwards = new Forwards({ outside, network, gateway: address, limit: limits.forwards, tcp: this.tcp, udp: this.udp, enter });
    this.names = new HostNames({ network, domain, gateway: address, leases: () => this.leases() });
    for (const { name, address: of } of records) this.names.add(name, of);
    this.dns = new DnsProxy({ names: this.names, guests, timers, random, enter, outside: mode === "isolated" ? undefined : outside });
    this.tcp.serve(DNS_PORT, (from, events) => this.dns.connect(from, events));
    this.reassembly = new Reassembly({
      timers,
      datagrams: limits.reassemblies,
      perSource: limits.reassembliesPerGuest,
      expired: (first) => this.icmp.timeExceeded(EXCEEDED.REASSEMBLY, first),
    });
    this.dhcpRate = new TokenBucket(timers, limits.dhcpPerSecond, limits.dhcpPerSecond);
    if (settings.dhcp) {
      this.leaseTable = new Leases({
        ...settings.dhcp,
        timers,
        network,
        gateway: address,
        isInUse: (guest, mac) => this.isInUse(guest, mac),
        released: (guest) => this.link.forget(guest),
      });
      this.dhcp = this.createDhcp(this.leaseTable, settings.dhcp.seconds);
    }
    wire.onFrame((frame) => this.receiveFrame(frame));
  }

  private createDhcp(leases: Leases, seconds: number): DhcpServer {
    return new DhcpServer({
      ...this.settings,
      leases,
      seconds,
      isRouter: this.settings.mode !== "isolated",
      bound: (guest, mac) => this.link.bind(guest, mac),
      send: (frame, to, mac) => {
        for (const piece of this.finish(frame, PROTOCOL.UDP, this.settings.address, to)) this.link.sendTo(mac, piece);
      },
    });
  }

  connections(): Connection[] {
    return [...this.tcp.connections(), ...this.udp.connections()];
  }

  leases(): Lease[] {
    return this.leaseTable?.list() ?? [];
  }

  neighbours(): Neighbour[] {
    return this.link.neighbours();
  }

  now(): Nanoseconds {
    return this.timers.now();
  }

  close(): void {
    this.enter(() => {
      this.tcp.abort(() => true);
      this.udp.abort(() => true);
    });
    this.forwards.close();
    this.timers.close();
    this.isClosed = true;
  }

  /** Everything that happens here happens in this: frames that come meanwhile, since others answer at once, wait until it is done. */
  private enter(work: () => void): void {
    if (this.isClosed) return;
    if (this.isBusy) {
      work();
      return;
    }
    this.isBusy = true;
    try {
      work();
      for (let index = 0; index < this.backlog.length; index++) this.link.receive(this.backlog[index]!);
    } finally {
      this.backlog.length = 0;
      this.isBusy = false;
    }
  }

  private receiveFrame(frame: Frame): void {
    this.counters.received++;
    if (!this.isBusy) this.enter(() => this.link.receive(frame));
    else if (this.backlog.length < BACKLOG) this.backlog.push(frame);
    else this.dropped("limit");
  }

  private transmit(wire: GatewayOptions["wire"], frame: Frame): void {
    this.counters.sent++;
    wire.send(frame);
  }

  private dropped(why: DropReason): void {
    this.counters.dropped[why]++;
  }

  private mayHave(guest: Ipv4, mac: Mac): boolean {
    if (!this.leaseTable) return true;
    return !this.leaseTable.isAnothers(guest, mac) && (!this.settings.leasedOnly || this.leaseTable.has(mac, guest));
  }

  private isInUse(guest: Ipv4, mac: Mac): boolean {
    const neighbour = this.link.find(guest);
    return neighbour !== undefined && neighbour !== mac && !this.leaseTable?.has(neighbour, guest);
  }

  private receivePacket(bytes: Uint8Array, from: Mac): void {
    const packet = parsePacket(bytes);
    if (!packet) {
      this.dropped("malformed");
      return;
    }
    const { source, destination } = packet;
    const { network, address } = this.settings;
    const toAll = destination === BROADCAST || destination === network.broadcast;
    // A client without an address speaks to the DHCP server alone.
    if (source === 0 ? !toAll : !this.link.learn(source, from)) {
      this.dropped("spoofed");
      return;
    }
    if (toAll || (source === 0 && destination === address)) {
      this.receiveDhcp(packet, from);
      return;
    }
    if (classify(destination) === "multicast") return;
    if (network.contains(destination) && destination !== address) {
      this.dropped("unroutable");
      return;
    }
    if (destination !== address && packet.ttl <= 1) {
      this.icmp.timeExceeded(EXCEEDED.TTL, packet);
      return;
    }
    const whole = packet.moreFragments || packet.offset > 0 ? this.reassembly.add(packet) : packet;
    if (whole) this.receiveWhole(whole, from);
  }

  private receiveWhole(packet: Packet, from: Mac): void {
    switch (packet.protocol) {
      case PROTOCOL.TCP:
        this.tcp.receive(packet);
        return;
      case PROTOCOL.UDP:
        this.receiveUdp(packet, from);
        return;
      case PROTOCOL.ICMP:
        this.receiveIcmp(packet);
        return;
      default:
        this.icmp.unreachable(packet.destination === this.settings.address ? UNREACHABLE.PROTOCOL : UNREACHABLE.PROHIBITED, packet);
    }
  }

  private receiveDhcp(packet: Packet, from: Mac): void {
    if (packet.protocol !== PROTOCOL.UDP || packet.moreFragments || packet.offset > 0 || !this.dhcp) return;
    const datagram = parseDatagram(packet);
    if (!datagram) {
      this.dropped("malformed");
      return;
    }
    if (datagram.to.port !== DHCP_SERVER_PORT) return;
    if (!this.dhcpRate.take(1)) this.dropped("limit");
    else if (!this.dhcp.receive(datagram, from)) this.dropped("malformed");
  }

  private receiveUdp(packet: Packet, from: Mac): void {
    const { address } = this.settings;
    if (packet.destination === address && this.dhcp && isFor(packet, DHCP_SERVER_PORT)) {
      this.receiveDhcp(packet, from);
      return;
    }
    const datagram = parseDatagram(packet);
    if (!datagram) {
      this.dropped("malformed");
      return;
    }
    if (packet.destination !== address || datagram.to.port !== DNS_PORT) {
      this.udp.receive(datagram);
      return;
    }
    const { from: guest, to, payload } = datagram;
    this.dns.receive(payload, guest, false, (answer) => this.send(createDatagram(to, guest, answer), PROTOCOL.UDP, address, guest.address));
  }

  private receiveIcmp(packet: Packet): void {
    if (packet.destination === this.settings.address) {
      this.icmp.receive(packet);
      return;
    }
    const { kind } = this.policy.route("icmp", { address: packet.destination, port: 0 });
    if (kind === "outside") {
      this.icmp.forward(packet);
      return;
    }
    this.dropped(kind === "denied" ? "denied" : "unroutable");
    if (kind === "denied") this.icmp.unreachable(UNREACHABLE.PROHIBITED, packet);
  }

  private send(frame: Uint8Array, protocol: number, source: Ipv4, destination: Ipv4): void {
    for (const piece of this.finish(frame, protocol, source, destination)) this.link.send(destination, piece);
  }

  private finish(frame: Uint8Array, protocol: number, source: Ipv4, destination: Ipv4): Uint8Array[] {
    this.identification = (this.identification + 1) & 0xffff;
    const header = {
      source,
      destination,
      protocol,
      identification: this.identification,
      ttl: DEFAULT_TTL,
      dontFragment: protocol === PROTOCOL.TCP,
    };
    return finishFrame(frame, header, this.settings.mtu);
  }
}

/** Whether a UDP packet is for that port. */
function isFor({ payload }: Packet, port: number): boolean {
  return payload.length >= 4 && payload[2]! * 256 + payload[3]! === port;
}
