// The reverse of segmentation: frames of one TCP connection that follow each other, taken together as one large packet, for guests that save work by it.
// Only what segmentation would give back as it came is merged: headers that differ in nothing but what counts on, right checksums, no flags but ACK and PSH.
// Not here: frames of other connections between them (those end a packet).

import { fillIpChecksum, type IpPacket, isIpHeaderGood, isTransportGood, parseIp, pseudoHeader, putWord, TCP } from "./checksum.js";
import { word } from "./ethernet.js";
import type { Frame } from "./wire.js";

const IPV6_HEADER = 40;
const TCP_HEADER = 20;
const IP_MOST = 0xffff;
const ACK = 0x10;
const PSH = 0x08;
// Offsets in their headers.
const IPV4_LENGTH = 2;
const IPV4_ID = 4;
const IPV4_CHECKSUM = 10;
const IPV6_LENGTH = 4;
const TCP_SEQUENCE = 4;
const TCP_FLAGS = 13;
export const TCP_CHECKSUM = 16;

export interface LargePacket {
  readonly version: 4 | 6;
  /** Of the whole; where the checksum belongs is the pseudo-header's sum. */
  readonly headers: Uint8Array;
  /** Offset of the TCP header. */
  readonly transport: number;
  /** One of each frame: all as long as the first, the last perhaps shorter. */
  readonly payloads: readonly Uint8Array[];
}

/** A frame that can be merged. */
interface Segment {
  readonly packet: IpPacket;
  /** Offset of what TCP carries. */
  readonly payload: number;
}

/** As many of the frames from `from` on as make one packet, of an IP version that `takes` says; undefined if these are not two at least. */
export function mergeSegments(frames: readonly Frame[], from: number, takes: (version: 4 | 6) => boolean): LargePacket | undefined {
  const first = frames[from]!;
  const head = from + 1 < frames.length ? segmentOf(first) : undefined;
  if (!head || !takes(head.packet.version)) return undefined;
  const { packet, payload } = head;
  const size = first.length - payload;
  const payloads = [first.subarray(payload)];
  let length = size;
  let last = first;
  for (let index = from + 1; index < frames.length && !isPushed(last, packet); index++) {
    const frame = frames[index]!;
    const more = frame.length - payload;
    if (more > size || payload - packet.ip + length + more > IP_MOST || !follows(first, head, frame, length)) break;
    payloads.push(frame.subarray(payload));
    length += more;
    last = frame;
    if (more < size) break;
  }
  if (payloads.length < 2) return undefined;
  return { version: packet.version, headers: headersOf(first, head, length, last), transport: packet.transport, payloads };
}

/** What can begin a packet, or go on with one: it has a payload, nothing behind it, and no wrong checksum. */
function segmentOf(frame: Frame): Segment | undefined {
  const packet = parseIp(frame);
  if (!packet || packet.protocol !== TCP || packet.isFragment || packet.end !== frame.length) return undefined;
  const { version, transport } = packet;
  if (transport + TCP_HEADER > frame.length || (frame[transport + TCP_FLAGS]! & ~PSH) !== ACK) return undefined;
  const payload = transport + (frame[transport + 12]! >> 4) * 4;
  if (payload < transport + TCP_HEADER || payload >= frame.length) return undefined;
  const isGood = (version === 6 || isIpHeaderGood(frame, packet)) && isTransportGood(frame, packet) === true;
  return isGood ? { packet, payload } : undefined;
}

function isPushed(frame: Frame, { transport }: IpPacket): boolean {
  return (frame[transport + TCP_FLAGS]! & PSH) !== 0;
}

/** Whether the frame is the segment that comes `length` bytes behind the first. */
function follows(first: Frame, { packet, payload }: Segment, frame: Frame, length: number): boolean {
  const { version, ip, transport } = packet;
  if (frame.length <= payload) return false;
  for (let at = 0; at < payload; at++) {
    if (frame[at] !== first[at] && !isOfEach(version, at - ip, at - transport)) return false;
  }
  const expected = (sequenceOf(first, transport) + length) >>> 0;
  return sequenceOf(frame, transport) === expected && segmentOf(frame) !== undefined;
}

/** Bytes of the headers that each segment has of its own. */
function isOfEach(version: 4 | 6, inIp: number, inTcp: number): boolean {
  const within = (at: number, start: number, length: number) => at >= start && at < start + length;
  const inTransport = within(inTcp, TCP_SEQUENCE, 4) || inTcp === TCP_FLAGS || within(inTcp, TCP_CHECKSUM, 2);
  if (version === 6) return inTransport || within(inIp, IPV6_LENGTH, 2);
  return inTransport || within(inIp, IPV4_LENGTH, 2) || within(inIp, IPV4_ID, 2) || within(inIp, IPV4_CHECKSUM, 2);
}

function sequenceOf(frame: Frame, transport: number): number {
  return (word(frame, transport + TCP_SEQUENCE) * 0x10000 + word(frame, transport + TCP_SEQUENCE + 2)) >>> 0;
}

function headersOf(first: Frame, { packet, payload }: Segment, length: number, last: Frame): Uint8Array {
  const { version, ip, transport } = packet;
  const headers = first.slice(0, payload);
  const end = payload + length;
  if (version === 4) {
    putWord(headers, ip + IPV4_LENGTH, end - ip);
    fillIpChecksum(headers, packet);
  } else putWord(headers, ip + IPV6_LENGTH, end - ip - IPV6_HEADER);
  if (isPushed(last, packet)) headers[transport + TCP_FLAGS]! |= PSH;
  putWord(headers, transport + TCP_CHECKSUM, pseudoHeader(headers, packet, end - transport));
  return headers;
}
