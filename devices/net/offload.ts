// What software leaves to its network card: completing checksums, and cutting what is larger than a frame. The packet is in memory of its own, which
// these functions write to. None of them trusts what is said of a packet: what does not fit it is refused.
//   TCP segmentation: RFC 9293; ECN's CWR bit in the first segment only (RFC 3168, section 6.1.2)     UDP segmentation: each segment a datagram
//   UDP fragmentation: RFC 791, RFC 8200 section 4.5
// Not here: fragments of IPv6 packets with extension headers, options that IPv4 copies into the first fragment only.

import {
  becomeSegment,
  fillIpChecksum,
  type IpPacket,
  insertChecksum,
  pseudoHeader,
  putWord,
  type SegmentLayout,
  TCP,
  UDP,
} from "./checksum.js";
import { HEADER_LENGTH, VLAN_TYPE, word } from "./ethernet.js";
import type { Frame } from "./wire.js";

const SERVICE_TAG_TYPE = 0x88a8;
const TAG_LENGTH = 4;
const TAGS_MOST = 2;
const IPV4_TYPE = 0x0800;
const IPV6_TYPE = 0x86dd;
const IPV6_HEADER = 40;
const TCP_HEADER = 20;
const UDP_HEADER = 8;
/** Offset of the checksum in its header. */
const TCP_CHECKSUM = 16;
const UDP_CHECKSUM = 6;
const TCP_FLAGS = 13;
const TCP_CWR = 0x80;
const FRAGMENT_HEADER = 44;
const FRAGMENT_UNIT = 8;
const IPV4_MORE_FRAGMENTS = 0x2000;
const IPV4_FRAGMENT = 0x3fff;
/** More frames are made of no packet: 64 KiB in pieces of 16 bytes. */
const PIECES_MOST = 4096;

/** Where the headers of a packet lie that is to be cut. */
interface Headers extends SegmentLayout {
  /** Offset of what is cut. */
  readonly payload: number;
}

/** Puts the checksum of all from `start` on at `offset` behind it, where the pseudo-header's sum is; false if that is not in the packet. */
export function completeChecksum(packet: Uint8Array, start: number, offset: number): boolean {
  if (start + offset + 2 > packet.length) return false;
  insertChecksum(packet, start, packet.length, start + offset, offset === UDP_CHECKSUM);
  return true;
}

/**
 * The packet of TCP, or of UDP, in segments with `size` bytes of payload at most, each with all headers and right checksums. `transport`: offset of the TCP
 * or UDP header. `version`: of IP, where only one will do. Undefined if it is no such packet.
 */
export function cutSegments(
  packet: Uint8Array,
  version: 4 | 6 | undefined,
  protocol: typeof TCP | typeof UDP,
  transport: number,
  size: number,
): Frame[] | undefined {
  const headers = headersOf(packet, protocol, transport);
  if (!headers || (version !== undefined && headers.version !== version)) return undefined;
  const { payload, isTcp } = headers;
  const length = packet.length - payload;
  if (size === 0 || length > size * PIECES_MOST) return undefined;
  const count = Math.max(1, Math.ceil(length / size));
  // One piece of memory for all: many small ones are dear.
  const memory = new Uint8Array(count * payload + length);
  const frames: Frame[] = [];
  for (let sent = 0, at = 0; frames.length < count; sent += size) {
    const part = Math.min(size, length - sent);
    const frame = memory.subarray(at, at + payload + part);
    at += frame.length;
    frame.set(packet.subarray(0, payload));
    frame.set(packet.subarray(payload + sent, payload + sent + part), payload);
    becomeSegment(frame, headers, frames.length, sent, sent + size >= length);
    if (isTcp && sent > 0) frame[transport + TCP_FLAGS]! &= ~TCP_CWR;
    fillChecksums(frame, headers, protocol);
    frames.push(frame);
  }
  return frames;
}

/**
 * The packet of UDP in fragments with `size` bytes behind their IP headers at most. `identification`: of fragments of IPv6, 32 bits. Undefined if it is no
 * such packet.
 */
export function cutFragments(packet: Uint8Array, transport: number, size: number, identification: number): Frame[] | undefined {
  const headers = headersOf(packet, UDP, transport);
  if (!headers || (headers.version === 6 && transport !== headers.ip + IPV6_HEADER)) return undefined;
  const unit = size - (size % FRAGMENT_UNIT);
  const length = packet.length - transport;
  if (unit === 0 || length > unit * PIECES_MOST) return undefined;
  becomeSegment(packet, headers, 0, 0, true);
  fillChecksums(packet, headers, UDP);
  if (length <= unit) return [packet];
  const frames: Frame[] = [];
  for (let at = 0; at < length; at += unit) {
    const part = packet.subarray(transport + at, transport + at + unit);
    frames.push(fragment(packet.subarray(0, transport), headers, part, at, at + unit < length, identification));
  }
  return frames;
}

function headersOf(packet: Uint8Array, protocol: number, transport: number): Headers | undefined {
  let ip = HEADER_LENGTH;
  for (let tags = 0; tags < TAGS_MOST && isTag(word(packet, ip - 2)); tags++) ip += TAG_LENGTH;
  const isTcp = protocol === TCP;
  const least = transport + (isTcp ? TCP_HEADER : UDP_HEADER);
  if (least > packet.length) return undefined;
  const type = word(packet, ip - 2);
  const version =
    type === IPV4_TYPE && isIpv4(packet, ip, protocol, transport) ? 4 : type === IPV6_TYPE && isIpv6(packet, ip, transport) ? 6 : 0;
  const payload = transport + (isTcp ? (packet[transport + 12]! >> 4) * 4 : UDP_HEADER);
  if (version === 0 || payload < least || payload > packet.length) return undefined;
  return { version, ip, transport, isTcp, payload };
}

function isTag(type: number): boolean {
  return type === VLAN_TYPE || type === SERVICE_TAG_TYPE;
}

function isIpv4(packet: Uint8Array, ip: number, protocol: number, transport: number): boolean {
  const header = (packet[ip]! & 15) * 4;
  const isWhole = (word(packet, ip + 6) & IPV4_FRAGMENT) === 0;
  return packet[ip]! >> 4 === 4 && header >= 20 && transport === ip + header && packet[ip + 9] === protocol && isWhole;
}

/** Extension headers may lie before the transport's, of which its driver knows where it is. */
function isIpv6(packet: Uint8Array, ip: number, transport: number): boolean {
  return packet[ip]! >> 4 === 6 && transport >= ip + IPV6_HEADER;
}

function joined(headers: Uint8Array, part: Uint8Array): Uint8Array {
  const frame = new Uint8Array(headers.length + part.length);
  frame.set(headers);
  frame.set(part, headers.length);
  return frame;
}

function fillChecksums(frame: Uint8Array, { version, ip, transport, isTcp }: Headers, protocol: number): void {
  const packet: IpPacket = { version, ip, transport, protocol, end: frame.length, isFragment: false };
  fillIpChecksum(frame, packet);
  const at = transport + (isTcp ? TCP_CHECKSUM : UDP_CHECKSUM);
  // The protocol of an IPv6 packet may stand in its last extension header.
  putWord(frame, at, pseudoHeader(frame, packet));
  insertChecksum(frame, transport, frame.length, at, !isTcp);
}

function fragment(headers: Uint8Array, layout: Headers, part: Uint8Array, at: number, isMore: boolean, identification: number): Frame {
  const { version, ip, transport } = layout;
  if (version === 4) {
    const frame = joined(headers, part);
    putWord(frame, ip + 2, frame.length - ip);
    putWord(frame, ip + 6, (at / FRAGMENT_UNIT) | (isMore ? IPV4_MORE_FRAGMENTS : 0));
    fillIpChecksum(frame, { version, ip, transport, protocol: UDP, end: frame.length, isFragment: true });
    return frame;
  }
  const extension = new Uint8Array(FRAGMENT_UNIT);
  const view = new DataView(extension.buffer);
  extension[0] = UDP;
  view.setUint16(2, at | Number(isMore));
  view.setUint32(4, identification);
  const frame = joined(joined(headers, extension), part);
  frame[ip + 6] = FRAGMENT_HEADER;
  putWord(frame, ip + 4, frame.length - ip - IPV6_HEADER);
  return frame;
}
