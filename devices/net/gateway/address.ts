// IPv4 addresses and networks, as the gateway counts with them.

/** An IPv4 address as an unsigned 32-bit number: 192.168.122.1 is 0xc0a87a01. */
export type Ipv4 = number;

export interface Endpoint {
  readonly address: Ipv4;
  readonly port: number;
}

export const LOCALHOST: Ipv4 = 0x7f00_0001;
export const BROADCAST: Ipv4 = 0xffff_ffff;

export function formatIpv4(address: Ipv4): string {
  return `${address >>> 24}.${(address >>> 16) & 0xff}.${(address >>> 8) & 0xff}.${address & 0xff}`;
}

/** Dotted decimal only, no leading zeros; undefined if it is anything else. */
export function parseIpv4(text: string): Ipv4 | undefined {
  if (!/^(0|[1-9]\d{0,2})(\.(0|[1-9]\d{0,2})){3}$/.test(text)) return undefined;
  const parts = text.split(".").map(Number);
  if (parts.some((part) => part > 255)) return undefined;
  return parts.reduce((address, part) => address * 256 + part, 0);
}

/** "192.168.122.2:80" */
export function formatEndpoint({ address, port }: Endpoint): string {
  return `${formatIpv4(address)}:${port}`;
}

export class Network {
  readonly mask: Ipv4;
  readonly broadcast: Ipv4;

  private constructor(
    readonly address: Ipv4,
    readonly prefix: number,
  ) {
    this.mask = (0xffff_ffff << (32 - prefix)) >>> 0;
    this.broadcast = (address | ~this.mask) >>> 0;
  }

  /** "192.168.122.0/24", with a prefix of 16 to 30. Throws RangeError, with a sentence for the user. */
  static parse(text: string): Network {
    const [, dotted, length] = /^([\d.]+)\/(\d+)$/.exec(text) ?? [];
    const address = parseIpv4(dotted ?? "");
    const prefix = Number(length);
    if (address === undefined || !(prefix >= 16 && prefix <= 30))
      throw new RangeError(`"${text}" is not a network such as 192.168.122.0/24 (prefix 16 to 30)`);
    const network = new Network(address, prefix);
    if ((address & ~network.mask) !== 0) throw new RangeError(`"${text}" has bits set beyond its prefix`);
    if (classify(address) !== "private" && classify(address) !== "public") throw new RangeError(`"${text}" is not for hosts`);
    return network;
  }

  contains(address: Ipv4): boolean {
    return (address & this.mask) >>> 0 === this.address;
  }

  /** Whether it is one that a host in this network can have: neither the network's own nor its broadcast address. */
  isHost(address: Ipv4): boolean {
    return this.contains(address) && address !== this.address && address !== this.broadcast;
  }
}

export type AddressKind = "public" | "private" | "loopback" | "multicast" | "reserved";

/** [first address, prefix, kind]: RFC 6890, section 2.2.2; what is not for unicast between hosts is "reserved". */
const SPECIAL: readonly (readonly [string, number, AddressKind])[] = [
  ["0.0.0.0", 8, "reserved"],
  ["10.0.0.0", 8, "private"],
  ["100.64.0.0", 10, "private"],
  ["127.0.0.0", 8, "loopback"],
  ["169.254.0.0", 16, "private"],
  ["172.16.0.0", 12, "private"],
  ["192.168.0.0", 16, "private"],
  ["198.18.0.0", 15, "private"],
  ["224.0.0.0", 4, "multicast"],
  ["240.0.0.0", 4, "reserved"],
];

const KINDS = SPECIAL.map(([first, prefix, kind]) => ({ first: parseIpv4(first)! >>> (32 - prefix), shift: 32 - prefix, kind }));

export function classify(address: Ipv4): AddressKind {
  return KINDS.find(({ first, shift }) => address >>> shift === first)?.kind ?? "public";
}
