// Names that the network itself has: the gateway's, those the user gave, and those of the leases, in this order. They are known with and without the domain.
import { type Ipv4, type Network, parseIpv4 } from "./address.js";

export interface HostName {
  readonly name: string;
  readonly address: Ipv4;
}

export interface HostNamesOptions {
  readonly network: Network;
  readonly domain: string;
  readonly gateway: Ipv4;
  readonly leases: () => readonly { readonly name: string | undefined; readonly address: Ipv4 }[];
}

const NAME = /^[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?)*$/;
const REVERSE = ".in-addr.arpa";

export class HostNames {
  /** Several addresses of one name are allowed. */
  private records: HostName[] = [];

  constructor(private readonly options: HostNamesOptions) {}

  /** Throws RangeError, with a sentence for the user. */
  add(name: string, address: string): void {
    const parsed = parseIpv4(address);
    const lowered = name.toLowerCase();
    if (parsed === undefined) throw new RangeError(`"${address}" is not an IPv4 address`);
    if (lowered.length > 253 || !NAME.test(lowered)) throw new RangeError(`"${name}" is not a host's name`);
    this.records.push({ name: lowered, address: parsed });
  }

  remove(name: string): void {
    this.records = this.records.filter((record) => record.name !== name.toLowerCase());
  }

  list(): readonly HostName[] {
    return this.records;
  }

  /** Its addresses; undefined if the name is not one of the network's. */
  addressesOf(query: string): Ipv4[] | undefined {
    const name = query.toLowerCase();
    const short = this.withoutDomain(name);
    const given = this.records.filter(
      (record) => record.name === name || record.name === short || record.name === `${short}.${this.options.domain}`,
    );
    if (given.length > 0) return given.map(({ address }) => address);
    if (short === "gateway") return [this.options.gateway];
    const lease = this.options.leases().find((other) => other.name === short);
    return lease && [lease.address];
  }

  /** Names whose address asks for them, as "2.122.168.192.in-addr.arpa"; undefined if it is not for this network to say. */
  namesOf(query: string): string[] | undefined {
    const address = reverse(query.toLowerCase());
    if (address === undefined) return undefined;
    const { leases, domain, gateway, network } = this.options;
    const names = this.records.filter((record) => record.address === address).map(({ name }) => name);
    if (address === gateway) names.push(`gateway.${domain}`);
    for (const lease of leases()) if (lease.address === address && lease.name !== undefined) names.push(`${lease.name}.${domain}`);
    return names.length > 0 || network.contains(address) ? names : undefined;
  }

  /** Whether nobody outside can know the name: it has one label, or ends in the network's domain. */
  isLocal(query: string): boolean {
    const name = query.toLowerCase();
    return (!name.includes(".") && name !== "") || name === this.options.domain || this.withoutDomain(name) !== name;
  }

  private withoutDomain(name: string): string {
    const suffix = `.${this.options.domain}`;
    return name.endsWith(suffix) ? name.slice(0, -suffix.length) : name;
  }
}

function reverse(name: string): Ipv4 | undefined {
  return name.endsWith(REVERSE) ? parseIpv4(name.slice(0, -REVERSE.length).split(".").reverse().join(".")) : undefined;
}
