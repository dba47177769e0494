// What a driver leaves to its card, done: plain frames with right checksums. Virtual I/O Device (VIRTIO) Version 1.2, section 5.1.6.2 "Packet Transmission".

import { TCP, UDP } from "../net/checksum.js";
import { completeChecksum, cutFragments, cutSegments } from "../net/offload.js";
import type { Frame } from "../net/wire.js";
import * as NET from "./net-config.js";
import * as HEADER from "./net-header.js";

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
