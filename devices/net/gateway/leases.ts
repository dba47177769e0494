// Who has which address, and until when. One MAC address has one address; it gets the same again while nobody else needed it. Reserved addresses are kept
// for their MAC address and never given to another. Not here: leases that outlive the gateway, client identifiers (a guest's firmware and its system have
// different ones, and the same card).
import type { Nanoseconds } from "../../../core/bus/clock.js";
import type { Ipv4, Network } from "./address.js";
import type { Mac } from "./link.js";
import { SECOND, type Timers } from "./timers.js";

/** How long an offer is held for who asked. */
const OFFER: Nanoseconds = 30 * SECOND;
/** How long an address is left alone that somebody without a lease seems to have. */
const DECLINED: Nanoseconds = 600 * SECOND;

export interface Lease {
  readonly mac: Mac;
  readonly address: Ipv4;
  readonly name: string | undefined;
  /** Gateway time; Infinity for one that is reserved and was never asked for. */
  readonly expires: Nanoseconds;
  readonly isReserved: boolean;
}

interface Entry {
  mac: Mac;
  readonly address: Ipv4;
  name: string | undefined;
  expires: Nanoseconds;
  isBound: boolean;
}

export interface Reserved {
  readonly mac: Mac;
  readonly address: Ipv4;
  readonly name: string | undefined;
}

export interface LeaseOptions {
  readonly timers: Timers;
  readonly network: Network;
  readonly gateway: Ipv4;
  readonly first: Ipv4;
  readonly last: Ipv4;
  readonly reservations: readonly Reserved[];
  /** Whether somebody else was heard with that address. */
  readonly isInUse: (address: Ipv4, mac: Mac) => boolean;
  /** Its holder has it no more. */
  readonly released: (address: Ipv4) => void;
}

export class Leases {
  private readonly byMac = new Map<Mac, Entry>();
  private readonly byAddress = new Map<Ipv4, Entry>();
  private readonly reservedByMac = new Map<Mac, Reserved>();
  private readonly reservedByAddress = new Map<Ipv4, Reserved>();
  private readonly declined = new Map<Ipv4, Nanoseconds>();

  /** Throws RangeError, with a sentence for the user. */
  constructor(private readonly options: LeaseOptions) {
    const { network, gateway, first, last, reservations } = options;
    if (!network.isHost(first) || !network.isHost(last) || last < first) throw new RangeError("the DHCP pool is not inside of the network");
    for (const reserved of reservations) {
      if (!network.isHost(reserved.address) || reserved.address === gateway)
        throw new RangeError("a reserved address is not one that a guest can have");
      if (this.reservedByMac.has(reserved.mac) || this.reservedByAddress.has(reserved.address))
        throw new RangeError("a MAC address or an address is reserved twice");
      this.reservedByMac.set(reserved.mac, reserved);
      this.reservedByAddress.set(reserved.address, reserved);
    }
  }

  /** Hold an address for the one that asks: the one it would like, if it can have it; undefined if there is none. */
  offer(mac: Mac, wanted: Ipv4 | undefined): Ipv4 | undefined {
    const address = this.choose(mac, wanted);
    if (address === undefined) return undefined;
    const entry = this.byMac.get(mac);
    if (entry?.address === address) {
      if (!this.isHeld(entry)) entry.expires = this.now() + OFFER;
      return address;
    }
    this.put({ mac, address, name: undefined, expires: this.now() + OFFER, isBound: false });
    return address;
  }

  /** Give it: false if it can not have that address. */
  bind(mac: Mac, address: Ipv4, duration: Nanoseconds, name: string | undefined): boolean {
    if (this.choose(mac, address) !== address) return false;
    const entry = this.byMac.get(mac);
    const expires = this.now() + duration;
    if (entry?.address === address) Object.assign(entry, { expires, isBound: true, name: this.freeName(mac, name) });
    else this.put({ mac, address, name: this.freeName(mac, name), expires, isBound: true });
    return true;
  }

  /** It took another's offer, or gives its address back. What it had is remembered. */
  release(mac: Mac, address: Ipv4 | undefined): void {
    const entry = this.byMac.get(mac);
    if (!entry || (address !== undefined && entry.address !== address)) return;
    if (entry.isBound) this.options.released(entry.address);
    entry.isBound = false;
    entry.expires = this.now();
  }

  /** It found somebody else with the address that it was given. */
  decline(mac: Mac, address: Ipv4): void {
    if (this.byMac.get(mac)?.address !== address) return;
    this.remove(address);
    // Who declines everything does not take the whole pool.
    if (this.declined.size >= this.poolSize / 4) this.declined.delete(this.declined.keys().next().value!);
    this.declined.set(address, this.now() + DECLINED);
  }

  /** Whether the address is another's, by lease or reservation. */
  isAnothers(address: Ipv4, mac: Mac): boolean {
    const reserved = this.reservedByAddress.get(address);
    if (reserved) return reserved.mac !== mac;
    const entry = this.byAddress.get(address);
    return entry !== undefined && entry.mac !== mac && entry.isBound && this.isHeld(entry);
  }

  /** Whether the address is its own, by lease or reservation. */
  has(mac: Mac, address: Ipv4): boolean {
    const entry = this.byMac.get(mac);
    return this.reservedByMac.get(mac)?.address === address || (entry?.address === address && entry.isBound && this.isHeld(entry));
  }

  list(): Lease[] {
    const bound = [...this.byMac.values()].filter((entry) => entry.isBound && this.isHeld(entry));
    const leases = bound.map(({ mac, address, name, expires }) => {
      const reserved = this.reservedByMac.get(mac);
      return { mac, address, name: reserved?.name ?? name, expires, isReserved: reserved !== undefined };
    });
    const silent = [...this.reservedByMac.values()].filter(({ mac }) => !bound.some((entry) => entry.mac === mac));
    return [...leases, ...silent.map((reserved) => ({ ...reserved, expires: Number.POSITIVE_INFINITY, isReserved: true }))];
  }

  private get poolSize(): number {
    return this.options.last - this.options.first + 1;
  }

  private now(): Nanoseconds {
    return this.options.timers.now();
  }

  private isHeld({ expires }: Entry): boolean {
    return expires > this.now();
  }

  private choose(mac: Mac, wanted: Ipv4 | undefined): Ipv4 | undefined {
    const reserved = this.reservedByMac.get(mac);
    if (reserved) return reserved.address;
    const mine = this.byMac.get(mac);
    if (mine && (this.isHeld(mine) || wanted === undefined || wanted === mine.address) && this.isFree(mine.address, mac))
      return mine.address;
    if (wanted !== undefined && this.isFree(wanted, mac)) return wanted;
    return this.findFree(mac);
  }

  /** In the pool, and neither held, reserved, declined nor seen with another. */
  private isFree(address: Ipv4, mac: Mac): boolean {
    const { first, last, gateway, isInUse } = this.options;
    if (address < first || address > last || address === gateway || this.reservedByAddress.has(address)) return false;
    const entry = this.byAddress.get(address);
    if (entry && entry.mac !== mac && this.isHeld(entry)) return false;
    const declined = this.declined.get(address);
    if (declined !== undefined && declined > this.now()) return false;
    this.declined.delete(address);
    return !isInUse(address, mac);
  }

  /** First one that nobody ever had, then the one that was given up first. */
  private findFree(mac: Mac): Ipv4 | undefined {
    const { first, last } = this.options;
    if (this.byAddress.size < this.poolSize)
      for (let address = first; address <= last; address++) if (!this.byAddress.has(address) && this.isFree(address, mac)) return address;
    let oldest: Entry | undefined;
    for (const entry of this.byAddress.values())
      if (!this.isHeld(entry) && (!oldest || entry.expires < oldest.expires) && this.isFree(entry.address, mac)) oldest = entry;
    return oldest?.address;
  }

  private put(entry: Entry): void {
    const before = this.byMac.get(entry.mac);
    if (before) this.remove(before.address);
    this.remove(entry.address);
    this.byMac.set(entry.mac, entry);
    this.byAddress.set(entry.address, entry);
  }

  private remove(address: Ipv4): void {
    const entry = this.byAddress.get(address);
    if (!entry) return;
    this.byAddress.delete(address);
    this.byMac.delete(entry.mac);
  }

  /** Who has a name first keeps it. */
  private freeName(mac: Mac, name: string | undefined): string | undefined {
    if (name === undefined) return undefined;
    for (const reserved of this.reservedByMac.values()) if (reserved.name === name && reserved.mac !== mac) return undefined;
    for (const entry of this.byMac.values())
      if (entry.name === name && entry.mac !== mac && entry.isBound && this.isHeld(entry)) return undefined;
    return name;
  }
}
