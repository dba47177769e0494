// A computer that is there and no more: it answers ARP and echo requests, and can send echo requests itself.

import { parseIpv4 } from "../../devices/net/ip-address.js";
import type { Frame, Wire } from "../../devices/net/wire.js";
import { parseMac } from "../../devices/net/wire.js";

const ARP = [0x08, 0x06];
const IPV4 = [0x08, 0x00];
const ECHO_REPLY = 0;
const ECHO_REQUEST = 8;

/** RFC 1071, over whole words. */
function checksum(bytes: Uint8Array): readonly [number, number] {
  let sum = 0;
  for (let i = 0; i < bytes.length; i++) sum += bytes[i]! << (i % 2 === 0 ? 8 : 0);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return [(~sum >> 8) & 0xff, ~sum & 0xff];
}

export class EchoHost {
  /** Echo requests that were answered, and replies to its own. */
  requests = 0;
  replies = 0;
  private readonly mac: Uint8Array;
  private readonly address: Uint8Array;

  constructor(
    private readonly wire: Wire,
    mac: string,
    address: string,
  ) {
    this.mac = parseMac(mac)!;
    this.address = parseIpv4(address)!;
    wire.onFrame((frame) => this.receive(frame));
  }

  /** An echo request to an address whose MAC address is known. */
  ping(mac: string, address: string, sequence: number): void {
    const icmp = Uint8Array.of(ECHO_REQUEST, 0, 0, 0, 0x52, 0x53, sequence >> 8, sequence, ...new Array<number>(48).fill(sequence));
    this.sendIcmp(parseMac(mac)!, parseIpv4(address)!, icmp);
  }

  private receive(frame: Frame): void {
    const isFor = (at: number) => this.address.every((byte, i) => frame[at + i] === byte);
    const has = (at: number, bytes: readonly number[]) => bytes.every((byte, i) => frame[at + i] === byte);
    if (has(12, ARP) && has(20, [0, 1]) && isFor(38)) {
      const asker = [...frame.subarray(22, 32)];
      const reply = [...asker.slice(0, 6), ...this.mac, ...ARP, 0, 1, 8, 0, 6, 4, 0, 2, ...this.mac, ...this.address, ...asker];
      this.wire.send(Uint8Array.from([...reply, ...new Array<number>(18).fill(0)]));
    } else if (has(12, IPV4) && has(23, [1]) && isFor(30)) this.receiveIcmp(frame);
  }

  private receiveIcmp(frame: Frame): void {
    const length = (frame[16]! << 8) | frame[17]!;
    const icmp = frame.slice(14 + (frame[14]! & 15) * 4, 14 + length);
    if (icmp[0] === ECHO_REPLY) this.replies++;
    if (icmp[0] !== ECHO_REQUEST) return;
    this.requests++;
    icmp[0] = ECHO_REPLY;
    this.sendIcmp(frame.subarray(6, 12), frame.subarray(26, 30), icmp);
  }

  private sendIcmp(mac: Uint8Array, address: Uint8Array, icmp: Uint8Array): void {
    icmp.set([0, 0], 2);
    icmp.set(checksum(icmp), 2);
    const length = 20 + icmp.length;
    const header = Uint8Array.of(0x45, 0, length >> 8, length, 0, 0, 0, 0, 64, 1, 0, 0, ...this.address, ...address);
    header.set(checksum(header), 10);
    this.wire.send(Uint8Array.of(...mac, ...this.mac, ...IPV4, ...header, ...icmp));
  }
}
