// Networks as libvirt defines them: a switch, and what is behind it. `nat`: a gateway that takes guests outside under the host's name. `isolated`: a gateway
// that gives addresses and names, and leads nowhere. `open`: as nat, without a policy. `bridge`: no gateway, the switch is one with another. A definition is
// plain data; what a field means to the gateway stands in gateway/options.ts. Not here: IPv6, routes, `route` (there is no router to tell of the network).
import type { Scheduler } from "../../core/bus/clock.js";
import type { GatewayMode, GatewayOptions } from "./gateway/options.js";
import { NetworkError } from "./network-error.js";
import type { SwitchPort } from "./switch/port.js";
import type { PortOptions } from "./switch/port-options.js";
import { NetSwitch, type SwitchOptions } from "./switch/switch.js";
import { createCable, parseMac, type Wire } from "./wire.js";

export type ForwardMode = GatewayMode | "bridge";

/** What the gateway is told of the network, and of what guests may reach through it. */
export type GatewayPlan = Omit<GatewayOptions, "wire" | "scheduler" | "outside" | "mode" | "random">;

export interface NetworkDefinition {
  readonly name: string;
  readonly forward: ForwardMode;
  /** Not for the mode bridge. */
  readonly plan?: GatewayPlan;
  readonly switch?: SwitchOptions;
  /** What all guests' ports have, where they do not say otherwise. */
  readonly port?: Partial<Omit<PortOptions, "name" | "isLink">>;
}

export const DEFAULT_PLAN: GatewayPlan = {
  network: "192.168.122.0/24",
  address: "192.168.122.1",
  dhcp: { first: "192.168.122.2", last: "192.168.122.254" },
};

export const DEFAULT_NETWORK = { name: "default", forward: "nat", plan: DEFAULT_PLAN } as const satisfies NetworkDefinition;

/** What a network asks of who makes its gateway: `createGateway({ ...request, outside })`. */
export type GatewayRequest = GatewayPlan & Pick<GatewayOptions, "wire" | "scheduler"> & { readonly mode: GatewayMode };

export interface GatewayHandle {
  close(): void;
}

export interface NetworkParts<Gateway extends GatewayHandle> {
  readonly scheduler: Scheduler;
  /** For all modes but bridge. */
  readonly createGateway?: (request: GatewayRequest) => Gateway;
  /** In the mode bridge: the link to the other switch. More can be added to `switch`. */
  readonly uplink?: Wire;
}

export interface GuestPort extends Partial<Omit<PortOptions, "isLink">> {
  /** The card's address. The port lets no other through, unless `security` says otherwise. */
  readonly mac: string;
}

/** A network at work. */
export class Network<Gateway extends GatewayHandle = GatewayHandle> {
  readonly switch: NetSwitch;
  readonly gateway: Gateway | undefined;

  /** Throws NetworkError if the definition and what it is made of do not fit. */
  constructor(
    readonly definition: NetworkDefinition,
    { scheduler, createGateway, uplink }: NetworkParts<Gateway>,
  ) {
    const { name, forward, plan } = definition;
    this.switch = new NetSwitch(scheduler, definition.switch);
    if (forward === "bridge") {
      if (plan) throw new NetworkError(`the network ${name} is bridged: its addresses are given by who is at the other side`);
      if (uplink) this.switch.addPort(uplink, { name: "uplink", isLink: true });
      return;
    }
    if (!createGateway) throw new NetworkError(`the network ${name} needs a gateway`);
    const cable = createCable();
    // Nobody but the gateway speaks with its address.
    this.switch.addPort(cable.ends[0], { name: "gateway", sticky: true, storm: { framesPerSecond: Number.POSITIVE_INFINITY, burst: 0 } });
    this.gateway = createGateway({ ...(plan ?? DEFAULT_PLAN), wire: cable.ends[1], scheduler, mode: forward });
  }

  /** Plug a guest's card in; `wire` is the switch's end of its cable. Throws NetworkError. */
  addGuest(wire: Wire, { mac, ...options }: GuestPort): SwitchPort {
    if (!parseMac(mac)) throw new NetworkError(`the MAC address "${mac}" is not understood; write for example 52:54:00:12:34:56`);
    return this.switch.addPort(wire, { security: { macs: [mac] }, ...this.definition.port, ...options });
  }

  close(): void {
    this.gateway?.close();
    for (const port of this.switch.ports) this.switch.removePort(port);
  }
}
