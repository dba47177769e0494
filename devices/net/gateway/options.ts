// What the owner of a gateway can ask for.
import type { Scheduler } from "../../../core/bus/clock.js";
import type { Wire } from "../wire.js";
import type { Outside } from "./outside.js";

/**
 * libvirt's names. `nat`: guests reach the outside as the policy allows, under the host's addresses. `isolated`: they reach each other, the gateway's own
 * services, the host where that is allowed and, by forwards, those who come from it; names are answered as far as the network has them. `open`: as nat, without a
 * policy: the host and private networks are reached too.
 */
export type GatewayMode = "nat" | "isolated" | "open";

export interface Reservation {
  readonly mac: string;
  readonly address: string;
  readonly name?: string;
}

export interface DhcpOptions {
  /** First and last address of the pool; the second and last one of the network if not given. */
  readonly first?: string;
  readonly last?: string;
  /** How long a lease lasts, in seconds; 3600 if not given, 60 at least. */
  readonly seconds?: number;
  readonly reservations?: readonly Reservation[];
}

/** Which ports of the host's loopback interface guests reach, as those of the gateway's address: all, none, or these. */
export type HostAccess = boolean | { readonly tcp?: readonly number[]; readonly udp?: readonly number[] };

export interface GatewayOptions {
  readonly wire: Wire;
  readonly scheduler: Scheduler;
  /** Needed in the modes nat and open, and for forwards. */
  readonly outside?: Outside;
  /** nat if not given. */
  readonly mode?: GatewayMode;
  /** "192.168.122.0/24" if not given. */
  readonly network?: string;
  /** The gateway's own address: the network's first if not given. */
  readonly address?: string;
  /** "52:54:00:00:00:01" if not given. */
  readonly mac?: string;
  /** Bytes of an IP packet on the wire, 576 to 65535; 1500 if not given. */
  readonly mtu?: number;
  /** The domain of the guests' names; "ringside.internal" if not given. */
  readonly domain?: string;
  /** false if not given. */
  readonly host?: HostAccess;
  /** Whether guests reach the private networks that the host is in (RFC 1918, link-local, shared); false if not given. */
  readonly privateNetworks?: boolean;
  /** Only who has a lease or a reservation for its address is heard; false if not given. An address that is leased is its holder's alone in any case. */
  readonly leasedOnly?: boolean;
  /** false: no server. */
  readonly dhcp?: DhcpOptions | false;
  /** Names that are answered beside those of the leases. */
  readonly records?: readonly { readonly name: string; readonly address: string }[];
  readonly limits?: Partial<Limits>;
  /** 32 random bits, for sequence numbers, ports and numbers of DNS queries; the platform's cryptographic source if not given. */
  readonly random?: () => number;
}

/** What a guest (an address of the network), and all together, can take of the host. */
export interface Limits {
  readonly tcpPerGuest: number;
  readonly tcp: number;
  /** TCP connections that are not yet established. */
  readonly halfOpenPerGuest: number;
  readonly udpPerGuest: number;
  readonly udp: number;
  /** Others whom one UDP flow talks to. */
  readonly peersPerFlow: number;
  /** Bytes of one direction of one TCP connection, and of all of one guest. */
  readonly bufferPerConnection: number;
  readonly bufferPerGuest: number;
  /** Flows begun in a second, and at once. */
  readonly flowsPerSecond: number;
  readonly flowBurst: number;
  /** ICMP messages to a guest in a second. */
  readonly icmpPerSecond: number;
  /** DNS queries of a guest in a second, and those of all that wait for an answer from outside. */
  readonly queriesPerSecond: number;
  readonly queriesWaiting: number;
  /** DHCP messages of all guests in a second. */
  readonly dhcpPerSecond: number;
  /** Who is remembered, with the packets that wait for their address. */
  readonly neighbours: number;
  /** Datagrams in reassembly, of all and of one source. */
  readonly reassemblies: number;
  readonly reassembliesPerGuest: number;
  readonly forwards: number;
}

export const LIMITS: Limits = {
  tcpPerGuest: 512,
  tcp: 2048,
  halfOpenPerGuest: 64,
  udpPerGuest: 256,
  udp: 1024,
  peersPerFlow: 64,
  bufferPerConnection: 256 << 10,
  bufferPerGuest: 16 << 20,
  flowsPerSecond: 200,
  flowBurst: 400,
  icmpPerSecond: 100,
  queriesPerSecond: 100,
  queriesWaiting: 64,
  dhcpPerSecond: 100,
  neighbours: 1024,
  reassemblies: 64,
  reassembliesPerGuest: 16,
  forwards: 256,
};
