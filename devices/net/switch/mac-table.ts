// Which port each address was last heard at, by VLAN (IEEE 802.1Q "The filtering database"; each VLAN learns for itself).
// Bounded: where it is full, the port with most entries loses its oldest, so that who floods it with addresses forgets its own.
import type { Clock, Nanoseconds } from "../../../core/bus/clock.js";

export interface MacEntry<Port> {
  readonly vlan: number;
  readonly mac: number;
  port: Port;
  /** When the address was last heard, to a hundredth of the ageing time. */
  heard: Nanoseconds;
}

export interface MacTableOptions {
  /** Entries at most. */
  readonly capacity: number;
  /** How long an address that is silent is remembered, in nanoseconds. */
  readonly ageing: Nanoseconds;
}

export class MacTable<Port> {
  private readonly vlans = new Map<number, Map<number, MacEntry<Port>>>();
  /** Each port's entries, the one that was silent longest first. */
  private readonly ports = new Map<Port, Set<MacEntry<Port>>>();
  private count = 0;

  constructor(
    private readonly clock: Clock,
    private readonly options: MacTableOptions,
    /** Asked when an address is heard at another port while it is remembered: whether it may be. */
    private readonly mayMove: (mac: number, from: Port, to: Port) => boolean = () => true,
  ) {}

  get size(): number {
    return this.count;
  }

  /** False: the address is another port's, and may not leave it. */
  learn(vlan: number, mac: number, port: Port): boolean {
    const now = this.clock.now();
    const known = this.vlans.get(vlan)?.get(mac);
    if (known && known.port === port && now - known.heard < this.options.ageing / 100) return true;
    if (known && known.port !== port && now - known.heard < this.options.ageing && !this.mayMove(mac, known.port, port)) return false;
    if (known) this.remove(known);
    else if (this.count >= this.options.capacity) this.removeOldest();
    this.add({ vlan, mac, port, heard: now });
    return true;
  }

  lookup(vlan: number, mac: number): Port | undefined {
    const entry = this.vlans.get(vlan)?.get(mac);
    if (!entry) return undefined;
    if (this.clock.now() - entry.heard < this.options.ageing) return entry.port;
    this.remove(entry);
    return undefined;
  }

  /** All that was heard at a port. */
  forget(port: Port): void {
    for (const entry of this.ports.get(port) ?? []) this.remove(entry);
  }

  /** What is still remembered, in no order. */
  entries(): MacEntry<Port>[] {
    const now = this.clock.now();
    const all = [...this.ports.values()].flatMap((entries) => [...entries]);
    return all.filter(({ heard }) => now - heard < this.options.ageing);
  }

  private add(entry: MacEntry<Port>): void {
    const { vlan, mac, port } = entry;
    const addresses = this.vlans.get(vlan) ?? new Map<number, MacEntry<Port>>();
    this.vlans.set(vlan, addresses.set(mac, entry));
    const own = this.ports.get(port) ?? new Set<MacEntry<Port>>();
    this.ports.set(port, own.add(entry));
    this.count++;
  }

  private remove(entry: MacEntry<Port>): void {
    const addresses = this.vlans.get(entry.vlan)!;
    addresses.delete(entry.mac);
    if (addresses.size === 0) this.vlans.delete(entry.vlan);
    const own = this.ports.get(entry.port)!;
    own.delete(entry);
    if (own.size === 0) this.ports.delete(entry.port);
    this.count--;
  }

  private removeOldest(): void {
    let most: Set<MacEntry<Port>> | undefined;
    for (const entries of this.ports.values()) if (!most || entries.size > most.size) most = entries;
    for (const oldest of most ?? []) {
      this.remove(oldest);
      return;
    }
  }
}
