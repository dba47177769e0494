// GatewayOptions with everything filled in and checked.

import { macNumber } from "../ethernet.js";
import { parseMac } from "../wire.js";
import { type Ipv4, Network, parseIpv4 } from "./address.js";
import type { Reserved } from "./leases.js";
import type { Mac } from "./link.js";
import { type DhcpOptions, type GatewayMode, type GatewayOptions, type HostAccess, LIMITS, type Limits } from "./options.js";

const SMALLEST_MTU = 576;
const LARGEST_MTU = 65_535;

export interface Settings {
  readonly mode: GatewayMode;
  readonly network: Network;
  readonly address: Ipv4;
  readonly mac: Mac;
  readonly mtu: number;
  readonly domain: string;
  readonly host: HostAccess;
  readonly privateNetworks: boolean;
  readonly leasedOnly: boolean;
  readonly dhcp:
    | { readonly first: Ipv4; readonly last: Ipv4; readonly seconds: number; readonly reservations: readonly Reserved[] }
    | undefined;
  readonly limits: Limits;
  readonly random: () => number;
}

/** Throws RangeError, with a sentence for the user. */
export function settingsOf(options: GatewayOptions): Settings {
  const { mode = "nat", mtu = 1500, domain = "ringside.internal", outside } = options;
  const network = Network.parse(options.network ?? "192.168.122.0/24");
  const address = options.address === undefined ? network.address + 1 : toAddress(options.address);
  if (!network.isHost(address)) throw new RangeError("the gateway's address is not inside of its network");
  if (!(Number.isInteger(mtu) && mtu >= SMALLEST_MTU && mtu <= LARGEST_MTU))
    throw new RangeError(`an MTU is from ${SMALLEST_MTU} to ${LARGEST_MTU}`);
  if (!/^[a-z0-9-]{1,63}(\.[a-z0-9-]{1,63})*$/.test(domain) || domain.length > 200)
    throw new RangeError(`"${domain}" is not a domain in lower case`);
  if (mode !== "isolated" && !outside) throw new RangeError(`mode ${mode} needs a way to the outside`);
  return {
    mode,
    network,
    address,
    mac: toMac(options.mac ?? "52:54:00:00:00:01"),
    mtu,
    domain,
    host: options.host ?? false,
    privateNetworks: options.privateNetworks ?? false,
    leasedOnly: options.leasedOnly ?? false,
    dhcp: options.dhcp === false ? undefined : dhcpOf(options.dhcp ?? {}, network),
    limits: { ...LIMITS, ...options.limits },
    random: options.random ?? random32,
  };
}

/** Node and browsers both have it; the language's own types do not know it. */
const { crypto } = globalThis as unknown as { readonly crypto: { getRandomValues(words: Uint32Array): Uint32Array } };

function random32(): number {
  return crypto.getRandomValues(new Uint32Array(1))[0]!;
}

function dhcpOf({ first, last, seconds = 3600, reservations = [] }: DhcpOptions, network: Network): Settings["dhcp"] {
  if (!(seconds >= 60 && seconds <= 0xffff_ffff)) throw new RangeError("a lease lasts 60 seconds at least");
  return {
    first: first === undefined ? network.address + 2 : toAddress(first),
    last: last === undefined ? network.broadcast - 1 : toAddress(last),
    seconds: Math.floor(seconds),
    reservations: reservations.map(({ mac, address, name }) => ({
      mac: toMac(mac),
      address: toAddress(address),
      name: name?.toLowerCase(),
    })),
  };
}

function toAddress(text: string): Ipv4 {
  const address = parseIpv4(text);
  if (address === undefined) throw new RangeError(`"${text}" is not an IPv4 address`);
  return address;
}

function toMac(text: string): Mac {
  const bytes = parseMac(text);
  if (!bytes || bytes[0]! & 1) throw new RangeError(`"${text}" is not the MAC address of one card`);
  return macNumber(bytes, 0);
}
