// UDP datagrams (RFC 768).
import { word } from "../ethernet.js";
import type { Endpoint } from "./address.js";
import { checksum, pseudoHeader, put16 } from "./bytes.js";
import { createFrame, PAYLOAD_AT, type Packet, PROTOCOL } from "./ipv4.js";

const UDP_HEADER = 8;
/** What fits into one IPv4 packet. */
export const MAX_DATAGRAM = 65_507;

export interface Datagram {
  readonly from: Endpoint;
  readonly to: Endpoint;
  readonly payload: Uint8Array;
  readonly packet: Packet;
}

/** undefined if lengths or checksum are wrong. */
export function parseDatagram(packet: Packet): Datagram | undefined {
  const { payload: bytes, source, destination } = packet;
  if (bytes.length < UDP_HEADER) return undefined;
  const length = word(bytes, 4);
  if (length < UDP_HEADER || length > bytes.length) return undefined;
  if (word(bytes, 6) !== 0 && checksum(bytes, 0, length, pseudoHeader(source, destination, PROTOCOL.UDP, length)) !== 0) return undefined;
  return {
    from: { address: source, port: word(bytes, 0) },
    to: { address: destination, port: word(bytes, 2) },
    payload: bytes.subarray(UDP_HEADER, length),
    packet,
  };
}

/** A frame for the link, whose IP and Ethernet headers are not yet written. The payload is at most MAX_DATAGRAM long. */
export function createDatagram(from: Endpoint, to: Endpoint, payload: Uint8Array): Uint8Array {
  const length = UDP_HEADER + payload.length;
  const frame = createFrame(length);
  const at = PAYLOAD_AT;
  put16(frame, at, from.port);
  put16(frame, at + 2, to.port);
  put16(frame, at + 4, length);
  frame.set(payload, at + UDP_HEADER);
  const sum = checksum(frame, at, frame.length, pseudoHeader(from.address, to.address, PROTOCOL.UDP, length));
  put16(frame, at + 6, sum || 0xffff);
  return frame;
}
