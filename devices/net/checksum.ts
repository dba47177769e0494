// The Internet checksum (RFC 1071), and what cards check and rewrite in IP packets: IPv4 (RFC 791), IPv6 (RFC 8200), TCP (RFC 9293), UDP (RFC 768).
// Not looked into: IPv6 extension headers, fragments.

import { HEADER_LENGTH, VLAN_TYPE, word } from "./ethernet.js";

const IPV4 = 0x0800;
const IPV6 = 0x86dd;
export const TCP = 6;
export const UDP = 17;
const IPV6_HEADER = 40;
/** Offset of the checksum in the transport header. */
const CHECKSUM_AT: Readonly<Record<number, number>> = { [TCP]: 16, [UDP]: 6 };
const TCP_FIN_PSH = 0x09;

/** So many bytes are summed up at once; where there are fewer than some of these, it is not worth the while. */
const STRIDE = 16;
const STRIDES_LEAST = 4;

/** One's complement sum of the 16-bit words from `from` to `to`, folded; a last odd byte is the upper half of its word. Up to 128 KiB. */
export function sum(bytes: Uint8Array, from: number, to: number, seed = 0): number {
  let total = seed;
  const end = Math.min(to, bytes.length);
  let at = from;
  const strides = Math.floor((end - from) / STRIDE);
  if (strides >= STRIDES_LEAST) {
    total += sumOfStrides(bytes, from, strides);
    at += strides * STRIDE;
  }
  for (; at + 1 < end; at += 2) total += (bytes[at]! << 8) | bytes[at + 1]!;
  if (at < end) total += bytes[at]! << 8;
  return fold(total);
}

/** RFC 1071, section 2 "Byte Order Independence": summed up as little-endian words, and the result turned round. */
function sumOfStrides(bytes: Uint8Array, from: number, count: number): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  let upper = 0;
  let lower = 0;
  for (let at = from; at < from + count * STRIDE; at += STRIDE) {
    const [a, b, c, d] = [view.getInt32(at, true), view.getInt32(at + 4, true), view.getInt32(at + 8, true), view.getInt32(at + 12, true)];
    upper = (upper + (a >>> 16) + (b >>> 16) + (c >>> 16) + (d >>> 16)) | 0;
    lower = (lower + (a & 0xffff) + (b & 0xffff) + (c & 0xffff) + (d & 0xffff)) | 0;
  }
  const folded = fold(upper + lower);
  return ((folded & 0xff) << 8) | (folded >> 8);
}

function fold(total: number): number {
  let folded = total;
  while (folded > 0xffff) folded = (folded % 0x10000) + Math.floor(folded / 0x10000);
  return folded;
}

/** Writes a word in network order, if it lies in `bytes`. */
export function putWord(bytes: Uint8Array, at: number, value: number): void {
  if (at + 2 > bytes.length) return;
  bytes[at] = value >> 8;
  bytes[at + 1] = value;
}

export interface IpPacket {
  readonly version: 4 | 6;
  /** Offset of the IP header. */
  readonly ip: number;
  /** Offset of what the IP packet carries. */
  readonly transport: number;
  readonly protocol: number;
  /** End of the IP packet: padding may follow. */
  readonly end: number;
  readonly isFragment: boolean;
}

/** What an Ethernet frame, tagged or not, says of the IP packet in it; undefined if there is none, or one that is cut short. */
export function parseIp(frame: Uint8Array): IpPacket | undefined {
  const tagged = frame.length > HEADER_LENGTH + 4 && word(frame, 12) === VLAN_TYPE;
  const ip = tagged ? HEADER_LENGTH + 4 : HEADER_LENGTH;
  const type = word(frame, ip - 2);
  if (type === IPV4 && frame.length >= ip + 20) return parseIpv4(frame, ip);
  if (type !== IPV6 || frame.length < ip + IPV6_HEADER) return undefined;
  const end = ip + IPV6_HEADER + word(frame, ip + 4);
  if (end > frame.length) return undefined;
  return { version: 6, ip, transport: ip + IPV6_HEADER, protocol: frame[ip + 6]!, end, isFragment: false };
}

function parseIpv4(frame: Uint8Array, ip: number): IpPacket | undefined {
  const length = (frame[ip]! & 15) * 4;
  const end = ip + word(frame, ip + 2);
  if (frame[ip]! >> 4 !== 4 || length < 20 || end > frame.length || ip + length > end) return undefined;
  const isFragment = (word(frame, ip + 6) & 0x3fff) !== 0;
  return { version: 4, ip, transport: ip + length, protocol: frame[ip + 9]!, end, isFragment };
}

/** Sum of the pseudo-header, without the length where `length` is 0. */
export function pseudoHeader(frame: Uint8Array, packet: IpPacket, length = packet.end - packet.transport): number {
  const { version, ip, protocol } = packet;
  return version === 4 ? sum(frame, ip + 12, ip + 20, protocol + length) : sum(frame, ip + 8, ip + IPV6_HEADER, protocol + length);
}

/** Whether the IPv4 header's checksum is right. */
export function isIpHeaderGood(frame: Uint8Array, { ip, transport }: IpPacket): boolean {
  return sum(frame, ip, transport) === 0xffff;
}

/** Whether the checksum of TCP or UDP is right; undefined if there is none to check. */
export function isTransportGood(frame: Uint8Array, packet: IpPacket): boolean | undefined {
  const at = CHECKSUM_AT[packet.protocol];
  if (at === undefined || packet.isFragment || packet.transport + at + 2 > packet.end) return undefined;
  if (packet.protocol === UDP && word(frame, packet.transport + at) === 0) return undefined;
  return sum(frame, packet.transport, packet.end, pseudoHeader(frame, packet)) === 0xffff;
}

/** Puts the checksum of [from, to) at `at`. A UDP checksum of zero means none: it is sent as ones. */
export function insertChecksum(frame: Uint8Array, from: number, to: number, at: number, isUdp = false): void {
  const value = ~sum(frame, from, to) & 0xffff;
  putWord(frame, at, value === 0 && isUdp ? 0xffff : value);
}

/** Computes the IPv4 header's checksum. */
export function fillIpChecksum(frame: Uint8Array, { version, ip, transport }: IpPacket): void {
  if (version !== 4) return;
  putWord(frame, ip + 10, 0);
  insertChecksum(frame, ip, transport, ip + 10);
}

/** Computes the checksum of TCP or UDP whole, pseudo-header and all. */
export function fillTransportChecksum(frame: Uint8Array, packet: IpPacket): void {
  const at = CHECKSUM_AT[packet.protocol];
  if (at === undefined || packet.isFragment || packet.transport + at + 2 > packet.end) return;
  putWord(frame, packet.transport + at, pseudoHeader(frame, packet));
  insertChecksum(frame, packet.transport, packet.end, packet.transport + at, packet.protocol === UDP);
}

/** Where the headers of a packet lie that is to be cut into segments. */
export interface SegmentLayout {
  readonly version: 4 | 6;
  readonly ip: number;
  readonly transport: number;
  readonly isTcp: boolean;
}

/**
 * Makes the headers of `frame`, which begin as those of the whole packet, those of its segment `index`, with `sent` bytes of payload before it:
 * lengths, identification, sequence number; FIN and PSH stay in the last segment only. Checksums are the caller's.
 */
export function becomeSegment(frame: Uint8Array, layout: SegmentLayout, index: number, sent: number, isLast: boolean): void {
  const { version, ip, transport, isTcp } = layout;
  if (version === 4) {
    putWord(frame, ip + 2, frame.length - ip);
    putWord(frame, ip + 4, word(frame, ip + 4) + index);
  } else putWord(frame, ip + 4, frame.length - ip - IPV6_HEADER);
  if (isTcp) continueSequence(frame, transport, sent, isLast);
  else putWord(frame, transport + 4, frame.length - transport);
}

function continueSequence(frame: Uint8Array, transport: number, sent: number, isLast: boolean): void {
  const sequence = word(frame, transport + 4) * 0x10000 + word(frame, transport + 6) + sent;
  putWord(frame, transport + 4, Math.floor(sequence / 0x10000));
  putWord(frame, transport + 6, sequence);
  if (!isLast && transport + 13 < frame.length) frame[transport + 13]! &= ~TCP_FIN_PSH;
}
