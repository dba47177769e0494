// A guest's network for tests of the gateway: ARP, UDP, ICMP and TCP just good enough to judge the other side by. It shares no code with the gateway but the
// names of fields: frames are built and read here by hand.
import type { Scheduler } from "../../../../core/bus/clock.js";
import { parseMac, type Wire } from "../../wire.js";
import { GuestTcp } from "./guest-tcp.js";
import { ipv4, onesComplement, type ReceivedPacket, readPacket, transportChecksum, u16, u32 } from "./packets.js";

export const GATEWAY = "192.168.122.1";
export const GATEWAY_MAC = "52:54:00:00:00:01";

export interface GuestOptions {
  readonly mac?: string;
  readonly address?: string;
  /** Of its TCP connections. */
  readonly window?: number;
  readonly scale?: number;
  readonly mss?: number;
}

export class TestGuest {
  readonly mac: Uint8Array;
  address: string;
  /** Everything that came for its address, newest last. */
  readonly packets: ReceivedPacket[] = [];
  readonly arps: Uint8Array[] = [];
  private readonly connections = new Map<string, GuestTcp>();
  private readonly listeners = new Map<number, (connection: GuestTcp) => void>();
  private nextPort = 40_000;
  private identification = 0;
  keepPackets = true;

  constructor(
    readonly wire: Wire,
    readonly scheduler: Scheduler,
    readonly options: GuestOptions = {},
  ) {
    this.mac = parseMac(options.mac ?? "52:54:00:12:34:56")!;
    this.address = options.address ?? "192.168.122.2";
    wire.onFrame((frame) => this.receive(frame));
  }

  /** Any Ethernet payload. */
  sendRaw(type: number, payload: Uint8Array, to = parseMac(GATEWAY_MAC)!): void {
    this.wire.send(Uint8Array.of(...to, ...this.mac, ...u16(type), ...payload));
  }

  /** An IPv4 packet; `change` may spoil the header before its checksum is made. */
  sendIp(
    protocol: number,
    destination: string,
    payload: Uint8Array,
    change: (header: Uint8Array) => void = () => {},
    source = this.address,
  ): void {
    const id = this.identification++ & 0xffff;
    const header = Uint8Array.of(
      0x45,
      0,
      ...u16(20 + payload.length),
      ...u16(id),
      0,
      0,
      64,
      protocol,
      0,
      0,
      ...ipv4(source),
      ...ipv4(destination),
    );
    change(header);
    header.set(u16(onesComplement(header)), 10);
    const frame = new Uint8Array(14 + header.length + payload.length);
    frame.set([...parseMac(destination === "255.255.255.255" ? "ff:ff:ff:ff:ff:ff" : GATEWAY_MAC)!, ...this.mac, 8, 0]);
    frame.set(header, 14);
    frame.set(payload, 14 + header.length);
    this.wire.send(frame);
  }

  sendUdp(to: string, port: number, payload: Uint8Array, sourcePort = 1234, source = this.address): void {
    const bytes = Uint8Array.of(...u16(sourcePort), ...u16(port), ...u16(8 + payload.length), 0, 0, ...payload);
    bytes.set(u16(transportChecksum(source, to, 17, bytes) || 0xffff), 6);
    this.sendIp(17, to, bytes, undefined, source);
  }

  sendTcp(to: string, segment: Uint8Array, source = this.address): void {
    segment.set([0, 0], 16);
    segment.set(u16(transportChecksum(source, to, 6, segment)), 16);
    this.sendIp(6, to, segment, undefined, source);
  }

  sendArp(operation: number, target: string, sender = this.address, senderMac: Uint8Array = this.mac): void {
    const payload = Uint8Array.of(0, 1, 8, 0, 6, 4, ...u16(operation), ...senderMac, ...ipv4(sender), 0, 0, 0, 0, 0, 0, ...ipv4(target));
    this.sendRaw(0x0806, payload, parseMac("ff:ff:ff:ff:ff:ff")!);
  }

  connect(to: string, port: number): GuestTcp {
    const localPort = this.nextPort++;
    const connection = new GuestTcp(this, to, port, localPort);
    this.connections.set(`${to}:${port}:${localPort}`, connection);
    connection.open();
    return connection;
  }

  listen(port: number, accept: (connection: GuestTcp) => void): void {
    this.listeners.set(port, accept);
  }

  /** Payloads of UDP datagrams that came from there. */
  udpFrom(address: string, port: number): Uint8Array[] {
    return this.packets
      .filter(({ protocol, source, payload }) => protocol === 17 && source === address && payload[0]! * 256 + payload[1]! === port)
      .map(({ payload }) => payload.subarray(8));
  }

  /** [type, code] of ICMP messages. */
  get icmp(): (readonly [number, number])[] {
    return this.packets.filter(({ protocol }) => protocol === 1).map(({ payload }) => [payload[0]!, payload[1]!] as const);
  }

  private receive(frame: Uint8Array): void {
    const type = frame[12]! * 256 + frame[13]!;
    if (type === 0x0806) this.receiveArp(frame.subarray(14));
    if (type !== 0x0800) return;
    const packet = readPacket(frame.subarray(14));
    if (this.keepPackets) this.packets.push(packet);
    if (packet.protocol === 6) this.receiveTcp(packet);
  }

  private receiveArp(arp: Uint8Array): void {
    this.arps.push(arp);
    const target = Array.from(arp.subarray(24, 28)).join(".");
    if (arp[7] !== 1 || target !== this.address) return;
    this.sendRaw(
      0x0806,
      Uint8Array.of(0, 1, 8, 0, 6, 4, 0, 2, ...this.mac, ...ipv4(this.address), ...arp.subarray(8, 18)),
      arp.subarray(8, 14),
    );
  }

  private receiveTcp({ source, payload }: ReceivedPacket): void {
    const [from, to] = [payload[0]! * 256 + payload[1]!, payload[2]! * 256 + payload[3]!];
    const key = `${source}:${from}:${to}`;
    const known = this.connections.get(key);
    if (known) {
      known.receive(payload);
      return;
    }
    const accept = this.listeners.get(to);
    if (payload[13] !== 2) return;
    if (!accept) {
      const sequence = u32(((payload[4]! << 24) | (payload[5]! << 16) | (payload[6]! << 8) | payload[7]!) + 1);
      this.sendTcp(source, Uint8Array.of(...u16(to), ...u16(from), 0, 0, 0, 0, ...sequence, 0x50, 0x14, 0, 0, 0, 0, 0, 0));
      return;
    }
    const connection = new GuestTcp(this, source, from, to);
    this.connections.set(key, connection);
    accept(connection);
    connection.receive(payload);
  }
}
