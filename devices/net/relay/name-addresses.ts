// Addresses that stand for names, for hosts that reach others by their names alone: a page has no resolver. A guest that asks for a name gets an address of
// 198.18.0.0/15 (RFC 2544: for benchmarks, so nobody else has it), and who it connects to there is found by the name. So every name has an address; whether
// there is such a host shows when it is connected to.
import { formatIpv4, type Ipv4, parseIpv4 } from "../gateway/address.js";
import { createAnswer, parseQuery } from "../gateway/dns-message.js";

const FIRST = parseIpv4("198.18.0.1")!;
/** Names that are known at a time: the one that was asked for the longest ago gives its address to the next. */
const MOST = 4096;
/** Of answers, in seconds. */
const TTL = 60;

export class NameAddresses {
  private readonly byName = new Map<string, Ipv4>();
  private readonly byAddress = new Map<Ipv4, string>();

  /** The name that a guest asked for; an address that stands for none is its own name. */
  nameOf(address: Ipv4): string {
    return this.byAddress.get(address) ?? formatIpv4(address);
  }

  addressOf(name: string): Ipv4 {
    const lowered = name.toLowerCase();
    const known = this.byName.get(lowered);
    const address = known ?? this.freeAddress();
    this.byName.delete(lowered);
    this.byName.set(lowered, address);
    this.byAddress.set(address, lowered);
    return address;
  }

  private freeAddress(): Ipv4 {
    if (this.byName.size < MOST) return FIRST + this.byName.size;
    const [oldest, address] = this.byName.entries().next().value!;
    this.byName.delete(oldest);
    return address;
  }

  /** What Outside.resolve() answers. Of records of other kinds than A there are none. */
  answer(message: Uint8Array): Uint8Array | undefined {
    const query = parseQuery(message);
    if (query === undefined || typeof query === "number") return undefined;
    const { name, type } = query;
    return createAnswer(query, type === "A" && name !== "" ? [{ name, type, ttl: TTL, data: formatIpv4(this.addressOf(name)) }] : []);
  }
}
