// Ports of the host that lead to guests: listed, added and removed while the gateway runs.
import { type Endpoint, formatEndpoint, type Network } from "./address.js";
import type { Datagrams, Listener, Outside } from "./outside.js";
import type { TcpNat } from "./tcp-nat.js";
import type { UdpNat } from "./udp-nat.js";

export interface Forward {
  readonly protocol: "tcp" | "udp";
  /** Where the host listens: port 0 lets it choose. */
  readonly host: Endpoint;
  readonly guest: Endpoint;
}

/** A forward that can not be; its message is a sentence for the user. */
export class ForwardError extends Error {
  override readonly name = "ForwardError";
}

export interface ForwardsOptions {
  readonly outside: Outside | undefined;
  readonly network: Network;
  readonly gateway: number;
  readonly limit: number;
  readonly tcp: TcpNat;
  readonly udp: UdpNat;
  readonly enter: (work: () => void) => void;
}

interface Entry extends Forward {
  readonly close: () => void;
}

export class Forwards {
  private readonly entries = new Set<Entry>();
  private pending = 0;
  private isClosed = false;

  constructor(private readonly options: ForwardsOptions) {}

  list(): Forward[] {
    return Array.from(this.entries, ({ protocol, host, guest }) => ({ protocol, host, guest }));
  }

  /** Rejects with ForwardError. The result has the port that the host chose. */
  async add(forward: Forward): Promise<Forward> {
    const { outside, network, gateway, limit } = this.options;
    if (!outside) throw new ForwardError("this network has no way to the host, so that nothing can be forwarded");
    if (!network.isHost(forward.guest.address) || forward.guest.address === gateway || forward.guest.port === 0)
      throw new ForwardError(`${formatEndpoint(forward.guest)} is not a port of a guest of this network`);
    if (this.entries.size + this.pending >= limit) throw new ForwardError(`there are ${limit} forwards already`);
    this.pending++;
    try {
      const entry = await (forward.protocol === "tcp" ? this.listenTcp(outside, forward) : this.listenUdp(outside, forward));
      if (this.isClosed) {
        entry.close();
        throw new ForwardError("the network was stopped");
      }
      this.entries.add(entry);
      const { protocol, host, guest } = entry;
      return { protocol, host, guest };
    } finally {
      this.pending--;
    }
  }

  private async listenTcp(outside: Outside, { host, guest }: Forward): Promise<Entry> {
    const listener = await listening(
      outside.listen(host, (from, stream) => (this.isClosed ? undefined : this.options.tcp.forward(guest, from, stream))),
    );
    return { protocol: "tcp", host: listener.at, guest, close: () => listener.close() };
  }

  private async listenUdp(outside: Outside, { host, guest }: Forward): Promise<Entry> {
    const { udp, enter } = this.options;
    const receive = (from: Endpoint, payload: Uint8Array) => enter(() => udp.forward(guest, from, listener, payload));
    const listener: Listener & Datagrams = await listening(outside.listenDatagrams(host, receive));
    const close = () => {
      udp.abort(({ socket }) => socket === listener);
      listener.close();
    };
    return { protocol: "udp", host: listener.at, guest, close };
  }

  /** Listen no more; TCP connections that are there go on. False if there is no such forward. */
  remove(protocol: "tcp" | "udp", host: Endpoint): boolean {
    for (const entry of this.entries) {
      if (entry.protocol !== protocol || formatEndpoint(entry.host) !== formatEndpoint(host)) continue;
      entry.close();
      return this.entries.delete(entry);
    }
    return false;
  }

  close(): void {
    this.isClosed = true;
    for (const entry of this.entries) entry.close();
    this.entries.clear();
  }
}

async function listening<T>(listener: Promise<T>): Promise<T> {
  try {
    return await listener;
  } catch (error) {
    throw new ForwardError(error instanceof Error ? error.message : String(error));
  }
}
