// Networks as libvirt defines them: a switch, and what is behind it. `nat`: a gateway that takes guests outside under the host's name. `isolated`: a gateway
// that gives addresses and names, and leads nowhere. `open`: as nat, without a policy. `bridge`: no gateway, the switch is one with another. A definition is
// plain data; what a field means to the gateway stands in gateway/options.ts. Not here: IPv6, routes, `route` (there is no router to tell of the network).
import type { Scheduler } from "../../core/bus/clock.js";
import { NetworkError } from "./network-error.js";
import type { SwitchPort } from "./switch/port.js";
import type { PortOptions } from "./switch/port-options.js";
import { NetSwitch, type SwitchOptions } from "./switch/switch.js";
import { createCable, parseMac, type Wire } from "./wire.js";

export const FORWARD_MODES = ["nat", "isolated", "bridge", "open"] as const;
export type ForwardMode = (typeof FORWARD_MODES)[number];

/** What the gateway is told of the network. */
export interface AddressPlan {
  /** "192.168.122.0/24" */
  readonly network: string;
  /** The gateway's own. */
  readonly address: string;
  readonly domain?: string;
  /** First and last address that is given away, and what is reserved for whom; false: none are. */
  readonly dhcp:
    | {
        readonly first: string;
        readonly last: string;
        readonly reservations?: readonly { readonly mac: string; readonly address: string; readonly name?: string }[];
      }
    | false;
  readonly records?: readonly { readonly name: string; readonly address: string }[];
}

export interface NetworkDefinition {
  readonly name: string;
  readonly forward: ForwardMode;
  /** Not for the mode bridge. */
  readonly plan?: AddressPlan;
  readonly switch?: SwitchOptions;
  /** What all guests' ports have, where they do not say otherwise. */
  readonly port?: Partial<Omit<PortOptions, "name" | "isLink">>;
}

export const DEFAULT_PLAN: AddressPlan = {
  network: "192.168.122.0/24",
  address: "192.168.122.1",
  dhcp: { first: "192.168.122.2", last: "192.168.122.254" },
};

export const DEFAULT_NETWORK: NetworkDefinition = { name: "default", forward: "nat", plan: DEFAULT_PLAN };

export interface GatewayRequest extends AddressPlan {
  /** The gateway's end of its cable. */
  readonly wire: Wire;
  readonly scheduler: Scheduler;
  readonly mode: Exclude<ForwardMode, "bridge">;
}

export interface GatewayHandle {
  close(): void;
}

export interface NetworkParts<Gateway extends GatewayHandle> {
  readonly scheduler: Scheduler;
  /** For all modes but bridge. */
  readonly createGateway?: (request: GatewayRequest) => Gateway;
  /** In the mode bridge: the link to the other switch. */
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
      if (!uplink) throw new NetworkError(`the network ${name} is bridged, but there is no link to another switch`);
      this.switch.addPort(uplink, { name: "uplink", isLink: true });
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
