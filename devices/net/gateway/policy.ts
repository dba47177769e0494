// Where guests may go. Asked once for each flow, before the host hears of it.
import { classify, type Endpoint, LOCALHOST, type Network } from "./address.js";
import type { GatewayMode, HostAccess } from "./options.js";
import type { Outside } from "./outside.js";

/**
 * `outside`: the host connects to `to`; `toHost` if that is its loopback interface, which guests know as the gateway's address. `closed`: nobody listens at
 * that port of the gateway. `denied`: the user does not allow it. `nowhere`: not an address for packets that are passed on.
 */
export type Route =
  | { readonly kind: "outside"; readonly to: Endpoint; readonly toHost: boolean }
  | { readonly kind: "closed" | "denied" | "nowhere" };

export interface PolicyOptions {
  readonly mode: GatewayMode;
  /** Where guests are: nothing is passed on there. */
  readonly network: Pick<Network, "contains">;
  readonly address: number;
  readonly host: HostAccess;
  readonly privateNetworks: boolean;
  readonly outside: Outside | undefined;
}

export class Policy {
  constructor(private readonly options: PolicyOptions) {}

  /** The port of `to` does not matter for ICMP. */
  route(protocol: "tcp" | "udp" | "icmp", to: Endpoint): Route {
    const { mode, network, address, privateNetworks, outside } = this.options;
    if (to.address === address) {
      if (!outside || !this.hostAllows(protocol, to.port)) return { kind: "closed" };
      return { kind: "outside", to: { address: LOCALHOST, port: to.port }, toHost: true };
    }
    const kind = classify(to.address);
    if (network.contains(to.address) || (kind !== "public" && kind !== "private") || (to.port === 0 && protocol !== "icmp"))
      return { kind: "nowhere" };
    if (mode === "isolated" || !outside) return { kind: "denied" };
    if (outside.isOwn(to.address)) {
      if (!this.hostAllows(protocol, to.port)) return { kind: "denied" };
    } else if (kind === "private" && !privateNetworks && mode !== "open") return { kind: "denied" };
    return { kind: "outside", to, toHost: false };
  }

  private hostAllows(protocol: "tcp" | "udp" | "icmp", port: number): boolean {
    const { host, mode } = this.options;
    if (mode === "open") return true;
    if (typeof host === "boolean") return host;
    return protocol !== "icmp" && (host[protocol]?.includes(port) ?? false);
  }
}
