// What each guest has of the gateway, and how much more it may have. A guest is an address of the network: who takes many addresses is held by the limits of
// all together.
import { TokenBucket } from "../token-bucket.js";
import type { Ipv4 } from "./address.js";
import type { Limits } from "./options.js";
import type { Timers } from "./timers.js";

export type FlowKind = "tcp" | "udp";

class Guest {
  readonly counts = { tcp: 0, udp: 0 };
  halfOpen = 0;
  readonly flows: TokenBucket;
  readonly icmp: TokenBucket;
  readonly queries: TokenBucket;

  constructor(limits: Limits, timers: Timers) {
    this.flows = new TokenBucket(timers, limits.flowsPerSecond, limits.flowBurst);
    this.icmp = new TokenBucket(timers, limits.icmpPerSecond, limits.icmpPerSecond);
    this.queries = new TokenBucket(timers, limits.queriesPerSecond, limits.queriesPerSecond);
  }

  get isIdle(): boolean {
    const { flows, icmp, queries, counts } = this;
    return counts.tcp + counts.udp === 0 && [flows, icmp, queries].every((bucket) => bucket.isFull);
  }
}

/** Guests that are remembered before those who have nothing are looked for, and forgotten. */
const MANY = 1024;

export class Guests {
  private readonly guests = new Map<Ipv4, Guest>();
  private readonly totals = { tcp: 0, udp: 0 };

  constructor(
    readonly limits: Limits,
    private readonly timers: Timers,
  ) {}

  private guest(address: Ipv4): Guest {
    let guest = this.guests.get(address);
    if (guest) return guest;
    if (this.guests.size >= MANY) for (const [other, known] of this.guests) if (known.isIdle) this.guests.delete(other);
    guest = new Guest(this.limits, this.timers);
    this.guests.set(address, guest);
    return guest;
  }

  hasRoom(address: Ipv4, kind: FlowKind): boolean {
    const { counts, halfOpen } = this.guest(address);
    const { limits, totals } = this;
    if (kind === "tcp" && halfOpen >= limits.halfOpenPerGuest) return false;
    return counts[kind] < (kind === "tcp" ? limits.tcpPerGuest : limits.udpPerGuest) && totals[kind] < limits[kind];
  }

  /** Count another flow; false, and not counted, if there are too many, or were too many in a short time. */
  begin(address: Ipv4, kind: FlowKind): boolean {
    const guest = this.guest(address);
    if (!this.hasRoom(address, kind) || !guest.flows.take(1)) return false;
    guest.counts[kind]++;
    this.totals[kind]++;
    return true;
  }

  end(address: Ipv4, kind: FlowKind): void {
    this.guest(address).counts[kind]--;
    this.totals[kind]--;
  }

  /** One of the guest's TCP connections is begun, or is established or given up. */
  halfOpen(address: Ipv4, change: 1 | -1): void {
    this.guest(address).halfOpen += change;
  }

  mayGetIcmp(address: Ipv4): boolean {
    return this.guest(address).icmp.take(1);
  }

  mayQuery(address: Ipv4): boolean {
    return this.guest(address).queries.take(1);
  }

  /** Bytes that one direction of one of the guest's TCP connections may hold now. */
  buffer(address: Ipv4): number {
    const { bufferPerConnection, bufferPerGuest } = this.limits;
    return Math.min(bufferPerConnection, Math.floor(bufferPerGuest / 2 / Math.max(1, this.guest(address).counts.tcp)));
  }
}
