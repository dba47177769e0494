// IPv4 packets (RFC 791): the header checked and written, packets cut into fragments. Options are skipped, but for source routes, which are refused.
import { word } from "../ethernet.js";
import { newFrame } from "../frame-slab.js";
import type { Ipv4 } from "./address.js";
import { checksum, get32, put16, put32 } from "./bytes.js";

export const PROTOCOL = { ICMP: 1, TCP: 6, UDP: 17 } as const;
export const ETHERNET_HEADER = 14;
export const IPV4_HEADER = 20;
/** Where what IP carries begins in a frame of ours. */
export const PAYLOAD_AT = ETHERNET_HEADER + IPV4_HEADER;
export const MAX_PACKET = 65_535;
export const DEFAULT_TTL = 64;
const MORE_FRAGMENTS = 0x2000;
const DONT_FRAGMENT = 0x4000;
const OFFSET = 0x1fff;
const LOOSE_SOURCE_ROUTE = 131;
const STRICT_SOURCE_ROUTE = 137;

export interface Packet {
  readonly source: Ipv4;
  readonly destination: Ipv4;
  readonly protocol: number;
  readonly ttl: number;
  readonly identification: number;
  readonly moreFragments: boolean;
  /** Where its payload lies in the whole one, in bytes. */
  readonly offset: number;
  /** The whole packet, without what padded its frame. */
  readonly bytes: Uint8Array;
  readonly headerLength: number;
  readonly payload: Uint8Array;
}

/** The packet at the beginning of `bytes`; undefined if its header is not right or it was cut short. */
export function parsePacket(bytes: Uint8Array): Packet | undefined {
  if (bytes.length < IPV4_HEADER || bytes[0]! >> 4 !== 4) return undefined;
  const headerLength = (bytes[0]! & 15) * 4;
  const length = word(bytes, 2);
  if (headerLength < IPV4_HEADER || headerLength > length || length > bytes.length) return undefined;
  if (checksum(bytes, 0, headerLength) !== 0 || !optionsAllowed(bytes, headerLength)) return undefined;
  const fragment = word(bytes, 6);
  const offset = (fragment & OFFSET) * 8;
  if (offset + length - headerLength > MAX_PACKET - IPV4_HEADER) return undefined;
  return {
    source: get32(bytes, 12),
    destination: get32(bytes, 16),
    protocol: bytes[9]!,
    ttl: bytes[8]!,
    identification: word(bytes, 4),
    moreFragments: (fragment & MORE_FRAGMENTS) !== 0,
    offset,
    bytes: bytes.subarray(0, length),
    headerLength,
    payload: bytes.subarray(headerLength, length),
  };
}

/** Well-formed, and without a source route (RFC 7126, sections 4.3 and 4.4: such packets should be dropped). */
function optionsAllowed(bytes: Uint8Array, end: number): boolean {
  for (let at = IPV4_HEADER; at < end; ) {
    const kind = bytes[at]!;
    if (kind === 0) return true;
    if (kind === 1) {
      at++;
      continue;
    }
    if (kind === LOOSE_SOURCE_ROUTE || kind === STRICT_SOURCE_ROUTE) return false;
    const length = at + 1 < end ? bytes[at + 1]! : 0;
    if (length < 2 || at + length > end) return false;
    at += length;
  }
  return true;
}

/** A frame with room for `length` bytes that IP carries, from PAYLOAD_AT. */
export function createFrame(length: number): Uint8Array {
  return newFrame(PAYLOAD_AT + length);
}

export interface Header {
  readonly source: Ipv4;
  readonly destination: Ipv4;
  readonly protocol: number;
  readonly identification: number;
  readonly ttl?: number;
  readonly dontFragment?: boolean;
}

function writeHeader(frame: Uint8Array, header: Header, flags: number): void {
  const at = ETHERNET_HEADER;
  frame[at] = 0x45;
  frame[at + 1] = 0;
  put16(frame, at + 2, frame.length - ETHERNET_HEADER);
  put16(frame, at + 4, header.identification);
  put16(frame, at + 6, flags);
  frame[at + 8] = header.ttl ?? DEFAULT_TTL;
  frame[at + 9] = header.protocol;
  put16(frame, at + 10, 0);
  put32(frame, at + 12, header.source);
  put32(frame, at + 16, header.destination);
  put16(frame, at + 10, checksum(frame, at, at + IPV4_HEADER));
}

/** Write the header into a frame of createFrame(): the frame itself, or its fragments if it is longer than the MTU. */
export function finishFrame(frame: Uint8Array, header: Header, mtu: number): Uint8Array[] {
  if (frame.length - ETHERNET_HEADER <= mtu) {
    writeHeader(frame, header, header.dontFragment ? DONT_FRAGMENT : 0);
    return [frame];
  }
  const step = (mtu - IPV4_HEADER) & ~7;
  const pieces: Uint8Array[] = [];
  for (let at = PAYLOAD_AT; at < frame.length; at += step) {
    const end = Math.min(at + step, frame.length);
    const piece = createFrame(end - at);
    piece.set(frame.subarray(at, end), PAYLOAD_AT);
    writeHeader(piece, header, ((at - PAYLOAD_AT) >> 3) | (end < frame.length ? MORE_FRAGMENTS : 0));
    pieces.push(piece);
  }
  return pieces;
}
