// TCP segments (RFC 9293, section 3.1): header and options read and written. Options known: maximum segment size, window scale (RFC 7323).
// Not here: timestamps, selective acknowledgements, urgent data (taken as ordinary).
import { word } from "../ethernet.js";
import type { Ipv4 } from "./address.js";
import type { ByteQueue } from "./byte-queue.js";
import { checksum, get32, pseudoHeader, put16, put32 } from "./bytes.js";
import { createFrame, PAYLOAD_AT, type Packet, PROTOCOL } from "./ipv4.js";

export const TCP_HEADER = 20;
export const FLAG = { FIN: 1, SYN: 2, RST: 4, PSH: 8, ACK: 16 } as const;
/** RFC 7323, section 2.3. */
export const MAX_SCALE = 14;
const OPTION = { END: 0, NONE: 1, MSS: 2, SCALE: 3 } as const;

/** Sequence numbers are signed 32-bit integers here: their differences, cut to 32 bits, compare them. */
export type Sequence = number;

/** `a - b` modulo 2^32: negative if a is before b. */
export function distance(a: Sequence, b: Sequence): number {
  return (a - b) | 0;
}

export interface Segment {
  readonly sourcePort: number;
  readonly destinationPort: number;
  readonly sequence: Sequence;
  readonly acknowledgement: Sequence;
  readonly flags: number;
  /** As it is in the header, not scaled. */
  readonly window: number;
  readonly mss: number | undefined;
  readonly scale: number | undefined;
  readonly payload: Uint8Array;
}

/** undefined if lengths or checksum are wrong. */
export function parseSegment({ payload: bytes, source, destination }: Packet): Segment | undefined {
  if (bytes.length < TCP_HEADER) return undefined;
  const header = (bytes[12]! >> 4) * 4;
  if (header < TCP_HEADER || header > bytes.length) return undefined;
  if (checksum(bytes, 0, bytes.length, pseudoHeader(source, destination, PROTOCOL.TCP, bytes.length)) !== 0) return undefined;
  return {
    sourcePort: word(bytes, 0),
    destinationPort: word(bytes, 2),
    sequence: get32(bytes, 4) | 0,
    acknowledgement: get32(bytes, 8) | 0,
    flags: bytes[13]!,
    window: word(bytes, 14),
    ...parseOptions(bytes, header),
    payload: bytes.subarray(header),
  };
}

/** What is before an option of a wrong length counts (RFC 9293, MUST-7: such must not crash). */
function parseOptions(bytes: Uint8Array, end: number): Pick<Segment, "mss" | "scale"> {
  let mss: number | undefined;
  let scale: number | undefined;
  for (let at = TCP_HEADER; at < end; ) {
    const kind = bytes[at]!;
    if (kind === OPTION.END) break;
    if (kind === OPTION.NONE) {
      at++;
      continue;
    }
    const length = at + 1 < end ? bytes[at + 1]! : 0;
    if (length < 2 || at + length > end) break;
    if (kind === OPTION.MSS && length === 4) mss = word(bytes, at + 2);
    if (kind === OPTION.SCALE && length === 3) scale = Math.min(bytes[at + 2]!, MAX_SCALE);
    at += length;
  }
  return { mss, scale };
}

/** How many sequence numbers it takes. */
export function lengthOf({ flags, payload }: Segment): number {
  return payload.length + (flags & FLAG.SYN ? 1 : 0) + (flags & FLAG.FIN ? 1 : 0);
}

export interface SegmentToSend {
  readonly source: Ipv4;
  readonly sourcePort: number;
  readonly destination: Ipv4;
  readonly destinationPort: number;
  readonly sequence: Sequence;
  readonly acknowledgement: Sequence;
  readonly flags: number;
  readonly window: number;
  /** In a SYN. */
  readonly mss?: number;
  readonly scale?: number | undefined;
  readonly data?: { readonly queue: ByteQueue; readonly offset: number; readonly count: number };
}

/** A frame for the link, whose IP and Ethernet headers are not yet written. */
export function createSegment(segment: SegmentToSend): Uint8Array {
  const { mss, scale, data, source, destination } = segment;
  const header = TCP_HEADER + (mss === undefined ? 0 : 4) + (scale === undefined ? 0 : 4);
  const length = header + (data?.count ?? 0);
  const frame = createFrame(length);
  const at = PAYLOAD_AT;
  put16(frame, at, segment.sourcePort);
  put16(frame, at + 2, segment.destinationPort);
  put32(frame, at + 4, segment.sequence);
  put32(frame, at + 8, segment.acknowledgement);
  frame[at + 12] = (header / 4) << 4;
  frame[at + 13] = segment.flags;
  put16(frame, at + 14, segment.window);
  let option = at + TCP_HEADER;
  if (mss !== undefined) {
    put32(frame, option, (OPTION.MSS << 24) | (4 << 16) | mss);
    option += 4;
  }
  if (scale !== undefined) put32(frame, option, (OPTION.NONE << 24) | (OPTION.SCALE << 16) | (3 << 8) | scale);
  data?.queue.copy(frame, at + header, data.offset, data.count);
  put16(frame, at + 16, checksum(frame, at, frame.length, pseudoHeader(source, destination, PROTOCOL.TCP, length)));
  return frame;
}

/** The reset that answers a segment for which there is no connection (RFC 9293, section 3.10.7.1); undefined if it was one itself. */
export function createReset(segment: Segment, source: Ipv4, destination: Ipv4): Uint8Array | undefined {
  if (segment.flags & FLAG.RST) return undefined;
  const acknowledged = (segment.flags & FLAG.ACK) !== 0;
  return createSegment({
    source,
    sourcePort: segment.destinationPort,
    destination,
    destinationPort: segment.sourcePort,
    sequence: acknowledged ? segment.acknowledgement : 0,
    acknowledgement: acknowledged ? 0 : (segment.sequence + lengthOf(segment)) | 0,
    flags: acknowledged ? FLAG.RST : FLAG.RST | FLAG.ACK,
    window: 0,
  });
}
