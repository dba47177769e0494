// Packets as the test guest sees them. What comes from the gateway must be right to the bit: a wrong checksum or length throws.

export function u16(value: number): [number, number] {
  return [(value >> 8) & 0xff, value & 0xff];
}

export function ascii(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

export function textOf(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
}

export function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index]);
}

export function u32(value: number): [number, number, number, number] {
  return [(value >>> 24) & 0xff, (value >>> 16) & 0xff, (value >>> 8) & 0xff, value & 0xff];
}

export function ipv4(text: string): number[] {
  return text.split(".").map(Number);
}

/** The checksum of bytes whose checksum field is zero; zero if the right one is among them. */
export function onesComplement(...parts: readonly Uint8Array[]): number {
  let sum = 0;
  for (const part of parts) for (let at = 0; at < part.length; at++) sum += at & 1 ? part[at]! : part[at]! << 8;
  while (sum >= 0x1_0000) sum = (sum & 0xffff) + Math.floor(sum / 0x1_0000);
  return 0xffff - sum;
}

export function transportChecksum(source: string, destination: string, protocol: number, bytes: Uint8Array): number {
  return onesComplement(Uint8Array.of(...ipv4(source), ...ipv4(destination), 0, protocol, ...u16(bytes.length)), bytes);
}

export interface ReceivedPacket {
  readonly source: string;
  readonly destination: string;
  readonly protocol: number;
  readonly moreFragments: boolean;
  readonly offset: number;
  readonly payload: Uint8Array;
}

export function readPacket(bytes: Uint8Array): ReceivedPacket {
  const length = bytes[2]! * 256 + bytes[3]!;
  if (bytes[0] !== 0x45 || length !== bytes.length || onesComplement(bytes.subarray(0, 20)) !== 0) throw new Error("a wrong IPv4 header");
  const address = (at: number) => Array.from(bytes.subarray(at, at + 4)).join(".");
  const fragment = bytes[6]! * 256 + bytes[7]!;
  const packet = {
    source: address(12),
    destination: address(16),
    protocol: bytes[9]!,
    moreFragments: (fragment & 0x2000) !== 0,
    offset: (fragment & 0x1fff) * 8,
    payload: bytes.subarray(20),
  };
  const isWhole = !packet.moreFragments && packet.offset === 0;
  if (isWhole && packet.protocol === 1 && onesComplement(packet.payload) !== 0) throw new Error("a wrong ICMP checksum");
  if (isWhole && packet.protocol !== 1 && transportChecksum(packet.source, packet.destination, packet.protocol, packet.payload) !== 0)
    throw new Error("a wrong checksum");
  return packet;
}
