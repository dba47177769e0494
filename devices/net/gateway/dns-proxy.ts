// The DNS server at the gateway's address, over UDP and TCP: names of the network are answered here, the rest by the host's resolver. Answers of the outside
// are passed on as they are, but for their number. Not here: a cache (the host's resolver has one), DNSSEC validation.

import type { Timer } from "../../../core/bus/clock.js";
import { word } from "../ethernet.js";
import { type Endpoint, formatIpv4 } from "./address.js";
import { put16 } from "./bytes.js";
import { answers, CODE, createAnswer, createRefusal, LONGEST_QUERY, parseQuery, type Query, type Record, renumber } from "./dns-message.js";
import type { Guests } from "./guests.js";
import type { HostNames } from "./host-names.js";
import type { Outside, Stream, StreamEvents } from "./outside.js";
import { SECOND, type Timers } from "./timers.js";

export const DNS_PORT = 53;
/** Of the network's own names, in seconds: leases change. */
const TTL = 60;
/** RFC 7766, section 6.2.3: seconds rather than minutes. */
const IDLE = 10 * SECOND;
/** Queries of one TCP connection that are not yet answered. */
const PIPELINED = 16;

export interface DnsProxyOptions {
  readonly names: HostNames;
  readonly guests: Guests;
  readonly timers: Timers;
  readonly random: () => number;
  /** undefined: names of the outside are refused. */
  readonly outside: Outside | undefined;
  /** Do something that comes from outside. */
  readonly enter: (work: () => void) => void;
}

export class DnsProxy {
  private waiting = 0;

  constructor(private readonly options: DnsProxyOptions) {}

  /** `whole`: the answer may be of any length. `reply` is called once or never. */
  receive(bytes: Uint8Array, from: Endpoint, whole: boolean, reply: (answer: Uint8Array) => void): void {
    const { guests, outside } = this.options;
    if (!guests.mayQuery(from.address)) return;
    const query = parseQuery(bytes);
    if (query === undefined) return;
    if (typeof query === "number") {
      reply(createRefusal(bytes, undefined, query));
      return;
    }
    const fitting = (answer: Uint8Array) =>
      reply(whole || answer.length <= query.limit ? answer : createRefusal(bytes, query.questionEnd, CODE.NOERROR, true));
    const refuse = (code: number) => reply(createRefusal(bytes, query.questionEnd, code));
    const records = this.ownRecords(query);
    if (records) {
      fitting(createAnswer(query, records));
      return;
    }
    if (this.options.names.isLocal(query.name)) {
      refuse(CODE.NXDOMAIN);
      return;
    }
    if (!outside) {
      refuse(CODE.REFUSED);
      return;
    }
    if (this.waiting >= guests.limits.queriesWaiting) {
      refuse(CODE.SERVFAIL);
      return;
    }
    this.ask(outside, query, whole, (answer) => (answer ? fitting(answer) : refuse(CODE.SERVFAIL)));
  }

  /** undefined if the name is not one of the network's; none if it has no such records. */
  private ownRecords({ name, type }: Query): Record[] | undefined {
    const { names } = this.options;
    const hosts = names.namesOf(name);
    if (hosts) return type === "PTR" ? hosts.map((data) => ({ name, type, ttl: TTL, data })) : [];
    const addresses = names.addressesOf(name);
    if (!addresses) return undefined;
    return type === "A" || type === "ANY" ? addresses.map((address) => ({ name, type: "A", ttl: TTL, data: formatIpv4(address) })) : [];
  }

  private ask(outside: Outside, query: Query, whole: boolean, done: (answer: Uint8Array | undefined) => void): void {
    const id = this.options.random() & 0xffff;
    this.waiting++;
    // The frame may not live as long as the answer takes.
    const kept = { ...query, bytes: query.bytes.slice() };
    outside.resolve(renumber(kept.bytes, id), whole).then((answer) =>
      this.options.enter(() => {
        this.waiting--;
        done(answer && answers(answer, kept, id) ? renumber(answer, word(kept.bytes, 0)) : undefined);
      }),
    );
  }

  /** A guest connects by TCP: messages, each with its length before it (RFC 1035, section 4.2.2). */
  connect(from: Endpoint, events: StreamEvents): Stream {
    return new DnsStream(this, from, events, this.options);
  }
}

class DnsStream implements Stream {
  private received = new Uint8Array(0);
  private pending = 0;
  private guestHasEnded = false;
  private isOver = false;
  private readonly idle: Timer;

  constructor(
    private readonly proxy: DnsProxy,
    private readonly from: Endpoint,
    private readonly events: StreamEvents,
    private readonly options: DnsProxyOptions,
  ) {
    this.idle = options.timers.timer(() => this.close());
    this.keep();
    // Not before the call that made it has returned.
    options.timers.timer(() => this.events.opened()).at(options.timers.now());
  }

  private keep(): void {
    this.idle.at(this.options.timers.now() + IDLE);
  }

  write(bytes: Uint8Array): boolean {
    if (this.isOver) return true;
    const all = new Uint8Array(this.received.length + bytes.length);
    all.set(this.received);
    all.set(bytes, this.received.length);
    let at = 0;
    while (!this.isOver && all.length - at >= 2 && all.length - at - 2 >= word(all, at)) {
      const end = at + 2 + word(all, at);
      this.query(all.slice(at + 2, end));
      at = end;
    }
    this.received = all.slice(at);
    if (this.received.length > 2 + LONGEST_QUERY) this.close();
    else if (!this.isOver) this.keep();
    return true;
  }

  private query(message: Uint8Array): void {
    if (this.pending >= PIPELINED) return;
    this.pending++;
    this.proxy.receive(message, this.from, true, (answer) => {
      this.pending--;
      if (this.isOver || answer.length > 0xffff) return;
      const framed = new Uint8Array(2 + answer.length);
      put16(framed, 0, answer.length);
      framed.set(answer, 2);
      this.events.data(framed);
      if (this.guestHasEnded && this.pending === 0) this.close();
    });
  }

  end(): void {
    this.guestHasEnded = true;
    if (this.pending === 0) this.close();
  }

  private close(): void {
    if (this.isOver) return;
    this.destroy();
    this.events.ended();
    this.events.closed();
  }

  pause(): void {}
  resume(): void {}

  destroy(): void {
    this.isOver = true;
    this.idle.cancel();
  }
}
