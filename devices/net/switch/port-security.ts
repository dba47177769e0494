// Who may speak at a port: against spoofing, as libvirt's filter "clean-traffic" and a switch's port security do it.
// Not here: DHCP snooping (addresses are given, not found out), who answers DHCP requests.

import { macNumber, word } from "../ethernet.js";
import { parseIpAddress } from "../ip-address.js";
import { NetworkError } from "../network-error.js";
import { type Frame, parseMac } from "../wire.js";
import { ETHERTYPE_ARP, ETHERTYPE_IPV4, ETHERTYPE_IPV6, ETHERTYPE_RARP, PAYLOAD, SOURCE, TYPE } from "./ethernet.js";

/** What may stand as the source. With `ips`, nothing but IPv4, IPv6, ARP and RARP passes, and of a family of which none is given, nothing. */
export interface PortSecurity {
  readonly macs?: readonly string[];
  readonly ips?: readonly string[];
}

export type SourceCheck = (frame: Frame) => boolean;

const IPV4_HEADER = 20;
const IPV6_HEADER = 40;
const IPV6_SOURCE = PAYLOAD + 8;
const ARP_BYTES = 28;
const UDP = 17;
const ICMPV6 = 58;
const ROUTER_ADVERTISEMENT = 134;
const NEIGHBOR_ADVERTISEMENT = 136;
const REDIRECT = 137;
/** Hop-by-hop options, routing, destination options: length in units of 8 bytes, the first not counted. */
const IPV6_EXTENSIONS: ReadonlySet<number> = new Set([0, 43, 60]);
const FRAGMENT = 44;

/** The check that the rule asks for. Untagged frames of at least 14 bytes go in. Throws NetworkError for addresses that are none. */
export function sourceCheck({ macs, ips }: PortSecurity): SourceCheck {
  const sources = macs && new Set(macs.map((text) => macNumber(bytesOf(parseMac(text), text), 0)));
  const addresses = ips && new Set(ips.map((text) => keyOf(bytesOf(parseIpAddress(text), text))));
  const known = (frame: Frame, at: number, length: number) => addresses!.has(keyOf(frame.subarray(at, at + length)));
  return (frame) => {
    if (sources && !sources.has(macNumber(frame, SOURCE))) return false;
    const type = word(frame, TYPE);
    if (type === ETHERTYPE_ARP || type === ETHERTYPE_RARP) return arpIsHonest(frame, type, addresses && known);
    if (!addresses) return true;
    if (type === ETHERTYPE_IPV4) return ipv4IsHonest(frame, known);
    return type === ETHERTYPE_IPV6 && ipv6IsHonest(frame, known);
  };
}

type Known = (frame: Frame, at: number, length: number) => boolean;

function bytesOf(bytes: Uint8Array | undefined, text: string): Uint8Array {
  if (!bytes) throw new NetworkError(`the address "${text}" is not understood`);
  return bytes;
}

const keyOf = (bytes: Uint8Array) => bytes.join(".");
const isZero = (frame: Frame, at: number, length: number) => frame.subarray(at, at + length).every((byte) => byte === 0);

/** RFC 826: the sender's hardware address is the frame's source; its protocol address is its own, or 0.0.0.0 in a probe (RFC 5227). */
function arpIsHonest(frame: Frame, type: number, known: Known | undefined): boolean {
  if (frame.length < PAYLOAD + ARP_BYTES) return false;
  if (macNumber(frame, PAYLOAD + 8) !== macNumber(frame, SOURCE)) return false;
  // A RARP request asks for an address: it has none. So QEMU announces a guest that has moved.
  return type === ETHERTYPE_RARP || !known || isZero(frame, PAYLOAD + 14, 4) || known(frame, PAYLOAD + 14, 4);
}

/** Without an address, a guest asks for one: DHCP, from port 68 to 67. */
function ipv4IsHonest(frame: Frame, known: Known): boolean {
  if (frame.length < PAYLOAD + IPV4_HEADER) return false;
  if (!isZero(frame, PAYLOAD + 12, 4)) return known(frame, PAYLOAD + 12, 4);
  const ports = PAYLOAD + (frame[PAYLOAD]! & 0xf) * 4;
  return frame[PAYLOAD + 9] === UDP && frame.length >= ports + 4 && word(frame, ports) === 68 && word(frame, ports + 2) === 67;
}

/** RFC 4861: a neighbour advertisement speaks for its target; routers' messages are not a guest's. "::" looks for duplicates. */
function ipv6IsHonest(frame: Frame, known: Known): boolean {
  if (frame.length < PAYLOAD + IPV6_HEADER) return false;
  if (!isZero(frame, IPV6_SOURCE, 16) && !known(frame, IPV6_SOURCE, 16)) return false;
  let next = frame[PAYLOAD + 6]!;
  let at = PAYLOAD + IPV6_HEADER;
  for (; IPV6_EXTENSIONS.has(next) && at + 8 <= frame.length; at += 8 + frame[at + 1]! * 8) next = frame[at]!;
  // RFC 6980: neighbour discovery in fragments is not listened to.
  if (next === FRAGMENT || next !== ICMPV6) return true;
  const type = frame[at];
  if (type === ROUTER_ADVERTISEMENT || type === REDIRECT) return false;
  return type !== NEIGHBOR_ADVERTISEMENT || (frame.length >= at + 24 && known(frame, at + 8, 16));
}
