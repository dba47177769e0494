// What a driver leaves to its card: checksums and segmentation where it sends, and the reverse where it receives. Virtual I/O Device (VIRTIO)
// Version 1.2, sections 5.1.6.2 "Packet Transmission" and 5.1.6.4 "Processing of Incoming Packets".

import { isTransportGood, parseIp, TCP, UDP } from "../net/checksum.js";
import { completeChecksum, cutFragments, cutSegments } from "../net/offload.js";
import { mergeSegments, TCP_CHECKSUM } from "../net/offload-merge.js";
import type { Frame } from "../net/wire.js";
import * as NET from "./net-config.js";
import * as HEADER from "./net-header.js";
import type { DriverPacket } from "./net-receive.js";

export interface Offloads {
  /** Whether a feature was negotiated. */
  has(feature: bigint): boolean;
  /** For the fragments of an IPv6 packet, 32 bits. */
  identification(): number;
}

/** The frames that a packet becomes; none if what is wanted was not negotiated, or does not fit the packet. */
export function framesOf(packet: Uint8Array, header: HEADER.PacketHeader, offloads: Offloads): readonly Frame[] {
  const { flags, gsoType, gsoSize, checksumStart: start, checksumOffset: offset } = header;
  const type = gsoType & ~HEADER.GSO_ECN;
  const isPartial = (flags & HEADER.HEADER_NEEDS_CSUM) !== 0;
  if (!isPartial) return type === HEADER.GSO_NONE ? [packet] : [];
  if (!offloads.has(NET.NET_F_CSUM) || (gsoType !== type && !offloads.has(NET.NET_F_HOST_ECN))) return [];
  switch (type) {
    case HEADER.GSO_NONE:
      return completeChecksum(packet, start, offset) ? [packet] : [];
    case HEADER.GSO_TCPV4:
      return (offloads.has(NET.NET_F_HOST_TSO4) && cutSegments(packet, 4, TCP, start, gsoSize)) || [];
    case HEADER.GSO_TCPV6:
      return (offloads.has(NET.NET_F_HOST_TSO6) && cutSegments(packet, 6, TCP, start, gsoSize)) || [];
    case HEADER.GSO_UDP_L4:
      return (offloads.has(NET.NET_F_HOST_USO) && cutSegments(packet, undefined, UDP, start, gsoSize)) || [];
    case HEADER.GSO_UDP:
      return (offloads.has(NET.NET_F_HOST_UFO) && cutFragments(packet, start, gsoSize, offloads.identification())) || [];
    default:
      return [];
  }
}

/** What a driver with these guest offloads gets of frame `index` and those behind it. */
export function driverPacket(frames: readonly Frame[], index: number, offloads: bigint): DriverPacket {
  const takes = (version: 4 | 6) => (offloads & (version === 4 ? NET.NET_F_GUEST_TSO4 : NET.NET_F_GUEST_TSO6)) !== 0n;
  const large = offloads & (NET.NET_F_GUEST_TSO4 | NET.NET_F_GUEST_TSO6) ? mergeSegments(frames, index, takes) : undefined;
  if (!large) {
    const frame = frames[index]!;
    const flags = offloads & NET.NET_F_GUEST_CSUM && isChecked(frame) ? HEADER.HEADER_DATA_VALID : 0;
    return { header: { ...HEADER.PLAIN_HEADER, flags }, headers: 0, parts: [frame], frames: 1 };
  }
  const { version, headers, transport, payloads } = large;
  const header = {
    flags: HEADER.HEADER_NEEDS_CSUM,
    gsoType: version === 4 ? HEADER.GSO_TCPV4 : HEADER.GSO_TCPV6,
    gsoSize: payloads[0]!.length,
    checksumStart: transport,
    checksumOffset: TCP_CHECKSUM,
  };
  return { header, headers: headers.length, parts: [headers, ...payloads], frames: payloads.length };
}

function isChecked(frame: Frame): boolean {
  const packet = parseIp(frame);
  return packet !== undefined && isTransportGood(frame, packet) === true;
}
