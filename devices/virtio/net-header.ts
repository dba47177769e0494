// The header before each packet, in both directions. Virtual I/O Device (VIRTIO) Version 1.2, section 5.1.6 "Device Operation".
//   flags, gso_type, then 16 bits each: hdr_len, gso_size, csum_start, csum_offset, num_buffers

export const HEADER_NEEDS_CSUM = 1;
export const HEADER_DATA_VALID = 2;

export const GSO_NONE = 0;
export const GSO_TCPV4 = 1;
export const GSO_UDP = 3;
export const GSO_TCPV6 = 4;
export const GSO_UDP_L4 = 5;
/** Beside one of the TCP types. */
export const GSO_ECN = 0x80;

export const HEADER_LENGTH = 12;
/** "Legacy Interface: Device Operation": without num_buffers. */
export const LEGACY_HEADER_LENGTH = 10;
/** Where num_buffers is. */
const BUFFERS_AT = 10;

/** What a header says of its packet. hdr_len is but a hint, which no device needs. */
export interface PacketHeader {
  readonly flags: number;
  readonly gsoType: number;
  readonly gsoSize: number;
  readonly checksumStart: number;
  readonly checksumOffset: number;
}

export const PLAIN_HEADER: PacketHeader = { flags: 0, gsoType: GSO_NONE, gsoSize: 0, checksumStart: 0, checksumOffset: 0 };

/** `bytes` begins with a header, of either length. */
export function parseHeader(bytes: Uint8Array): PacketHeader {
  const half = (at: number) => bytes[at]! | (bytes[at + 1]! << 8);
  return { flags: bytes[0]!, gsoType: bytes[1]!, gsoSize: half(4), checksumStart: half(6), checksumOffset: half(8) };
}

/** A header for the driver, of either length. `headers`: bytes of the headers of a packet that is to be cut; `buffers`: how many it lies in. */
export function packHeader(header: PacketHeader, length: number, headers: number, buffers: number): Uint8Array {
  const bytes = new Uint8Array(length);
  const view = new DataView(bytes.buffer);
  bytes[0] = header.flags;
  bytes[1] = header.gsoType;
  [headers, header.gsoSize, header.checksumStart, header.checksumOffset].forEach((value, index) => {
    view.setUint16(2 + 2 * index, value, true);
  });
  if (length > BUFFERS_AT) view.setUint16(BUFFERS_AT, buffers, true);
  return bytes;
}
