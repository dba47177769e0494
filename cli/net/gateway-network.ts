// A network with a gateway that reaches outside through this host's sockets.
import type { Scheduler } from "../../core/bus/clock.js";
import { formatIpv4, type Ipv4, parseIpv4, Network as Subnet } from "../../devices/net/gateway/address.js";
import { createGateway, type Gateway } from "../../devices/net/gateway/gateway.js";
import { DEFAULT_PLAN, type GatewayPlan, Network } from "../../devices/net/network.js";
import { createOutside } from "../outside.js";
import type { listenForLinks } from "./links.js";
import type { NetOptions } from "./nic-options.js";

export type GatewayNet = NetOptions & { readonly kind: "gateway" };

/**
 * `opened` hears of the network before what can still go wrong does. Forwards that name no guest lead to the first address of the network, which
 * is kept for the card `firstMac`. Rejects with RangeError or ForwardError, whose messages are for the user.
 */
export async function openGatewayNetwork(
  { mode, plan, forwards }: GatewayNet,
  scheduler: Scheduler,
  opened: (network: Network<Gateway>) => void,
  firstMac?: string,
): Promise<Network<Gateway>> {
  const outside = createOutside();
  const first = firstAddress(plan);
  const network = new Network(
    { name: "default", forward: mode, plan: firstMac === undefined ? plan : reserve(plan, first, firstMac) },
    { scheduler, createGateway: (request) => createGateway({ ...request, outside }) },
  );
  opened(network);
  for (const { guest, ...forward } of forwards)
    await network.gateway!.forwards.add({ ...forward, guest: { address: guest.address ?? first, port: guest.port } });
  return network;
}

/** The address that the first card of a network gets. */
export function firstAddress({ network, address, dhcp }: GatewayPlan): Ipv4 {
  if (dhcp && dhcp.first !== undefined) return parseIpv4(dhcp.first)!;
  const second = Subnet.parse(network ?? DEFAULT_PLAN.network!).address + 2;
  return address !== undefined && parseIpv4(address) === second ? second + 1 : second;
}

function reserve(plan: GatewayPlan, address: Ipv4, mac: string): GatewayPlan {
  return { ...plan, dhcp: { ...plan.dhcp, reservations: [{ mac, address: formatIpv4(address) }] } };
}

/** Peers of a listener become ports of the network's switch. */
export function acceptInto({ switch: net }: Network<Gateway>): Parameters<typeof listenForLinks>[1] {
  return (link, peer) => {
    const port = net.addPort(link, { name: peer, isLink: true });
    return () => net.removePort(port);
  };
}
