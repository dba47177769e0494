// `--net` and `--nic` as text, and what they mean. QEMU's words where there are such: `-nic user|socket|stream|none,model=,mac=,hostfwd=,...`.
// Of QEMU's user network there are net, host, dhcpstart, restrict, hostfwd and domainname; not dns, hostname, ipv6, tftp, bootfile, smb, guestfwd.
import { type Endpoint, LOCALHOST, Network, parseIpv4 } from "../../devices/net/gateway/address.js";
import type { Forward } from "../../devices/net/gateway/forwards.js";
import type { GatewayMode } from "../../devices/net/gateway/options.js";
import type { GatewayPlan } from "../../devices/net/network.js";
import { DEFAULT_PLAN } from "../../devices/net/network.js";
import { NIC_MODELS, type NicExtras, type NicModel, nicModel } from "../../devices/net/nics.js";
import { parseMac } from "../../devices/net/wire.js";
import { PAIRS_MOST } from "../../devices/virtio/net.js";
import { type LinkAddress, parseLinkAddress } from "./links.js";
import { Words } from "./words.js";

/** "Device configuration layout" of virtio's network card. */
const MTU_LEAST = 68;

/** What a card is plugged into. */
export type NetOptions =
  | { readonly kind: "none" }
  /** A network of this machine, with a gateway. */
  | {
      readonly kind: "gateway";
      readonly mode: GatewayMode;
      readonly plan: GatewayPlan;
      readonly forwards: readonly ForwardOptions[];
    }
  | { readonly kind: "link"; readonly connect: LinkAddress }
  | { readonly kind: "listen"; readonly listen: LinkAddress };

export interface ForwardOptions extends Omit<Forward, "guest"> {
  /** Without an address: the first card's. */
  readonly guest: Partial<Endpoint> & Pick<Endpoint, "port">;
}

export interface NicOptions extends NicExtras {
  readonly model: NicModel;
  readonly mac: string | undefined;
  /** Undefined: the network that all such cards share. */
  readonly net: NetOptions | undefined;
}

/** Throws UserError. */
export function parseNet(text: string): NetOptions {
  const words = new Words("--net", text, "type");
  const net = takeNet(words);
  if (!net) throw words.error(`"${text}" is no network; write user, isolated, open, none, switch=ADDRESS or listen=ADDRESS`);
  words.finish();
  return net;
}

/** Throws UserError. */
export function parseNic(text: string): NicOptions {
  const words = new Words("--nic", text, "type");
  const name = words.take("model") ?? NIC_MODELS[0]!;
  const model = nicModel(name);
  if (!model) throw words.error(`there is no model "${name}"; there are ${NIC_MODELS.join(", ")}`);
  const mac = words.take("mac");
  if (mac !== undefined && !isStationAddress(mac))
    throw words.error(`the MAC address "${mac}" is not one that a card can have; write for example 52:54:00:12:34:56`);
  const extras = model === "virtio-net-pci" ? takeVirtioExtras(words) : {};
  const net = takeNet(words);
  words.finish();
  return { model, mac, net, ...extras };
}

function takeVirtioExtras(words: Words): NicExtras {
  const pairs = takeNumber(words, "queues", 1, PAIRS_MOST);
  const mtu = takeNumber(words, "host_mtu", MTU_LEAST, 0xffff);
  return { ...(pairs === undefined ? {} : { pairs }), ...(mtu === undefined ? {} : { mtu }) };
}

function takeNumber(words: Words, name: string, least: number, most: number): number | undefined {
  const text = words.take(name);
  if (text === undefined) return undefined;
  const number = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  if (number >= least && number <= most) return number;
  throw words.error(`${name} is a number from ${least} to ${most}, not "${text}"`);
}

function isStationAddress(text: string): boolean {
  const bytes = parseMac(text);
  return bytes !== undefined && (bytes[0]! & 1) === 0 && bytes.some((byte) => byte !== 0);
}

function takeNet(words: Words): NetOptions | undefined {
  if (!words.has("type")) {
    const [connect, listen] = [words.take("switch"), words.take("listen")];
    if (connect !== undefined && listen !== undefined) throw words.error("a card is plugged into one of switch= and listen=");
    if (connect !== undefined) return { kind: "link", connect: parseLinkAddress(connect) };
    if (listen !== undefined) return { kind: "listen", listen: parseLinkAddress(listen) };
  }
  const type = words.take("type");
  switch (type) {
    case undefined:
      return undefined;
    case "none":
      return { kind: "none" };
    case "user":
      return takeGateway(words, words.takeSwitch("restrict") ? "isolated" : "nat");
    case "isolated":
    case "open":
      return takeGateway(words, type);
    case "socket":
      return takeSocket(words);
    case "stream":
      return takeStream(words);
    default:
      throw words.error(
        `there is no network "${type}"; there are user, isolated, open, none, switch=ADDRESS, listen=ADDRESS, socket and stream`,
      );
  }
}

function takeGateway(words: Words, mode: GatewayMode): NetOptions {
  const subnet = words.take("net");
  const network = networkOf(words, subnet ?? DEFAULT_PLAN.network!);
  const address = words.take("host");
  const first = words.take("dhcpstart");
  const domain = words.take("domainname");
  const hostAccess = words.takeSwitch("hostaccess");
  const forwards = words.takeAll("hostfwd").map((text) => {
    const forward = parseForward(text);
    if (forward) return forward;
    throw words.error(`the forward "${text}" is not understood; write for example hostfwd=tcp::8080-:80`);
  });
  // In a network of another size the gateway knows the defaults.
  const usual = subnet === undefined ? DEFAULT_PLAN : { network: subnet };
  const dhcp = first === undefined ? undefined : { first, ...(subnet === undefined ? { last: "192.168.122.254" } : {}) };
  for (const given of [address, first])
    if (given !== undefined && !network.isHost(parseIpv4(given) ?? 0))
      throw words.error(`"${given}" is no host's address in ${subnet ?? DEFAULT_PLAN.network}`);
  const plan: GatewayPlan = {
    ...usual,
    ...(address === undefined ? {} : { address }),
    ...(dhcp ? { dhcp } : {}),
    ...(domain === undefined ? {} : { domain }),
    ...(hostAccess === undefined ? {} : { host: hostAccess }),
  };
  return { kind: "gateway", mode, plan, forwards };
}

function networkOf(words: Words, text: string): Network {
  try {
    return Network.parse(text);
  } catch (error) {
    throw words.error((error as RangeError).message);
  }
}

/** "tcp:[HOST]:PORT-[GUEST]:PORT". Unlike QEMU's it listens for this host alone if no address is given. Undefined: not understood. */
export function parseForward(text: string): ForwardOptions | undefined {
  const match = /^(tcp|udp)?:([\d.]*):(\d{1,5})-([\d.]*):(\d{1,5})$/.exec(text);
  const [host, guest] = [match?.[2], match?.[4]].map((address) => (address ? parseIpv4(address) : undefined));
  const [hostPort, guestPort] = [Number(match?.[3]), Number(match?.[5])];
  if (
    !match ||
    (match[2] && host === undefined) ||
    (match[4] && guest === undefined) ||
    hostPort > 65535 ||
    guestPort > 65535 ||
    guestPort === 0
  )
    return undefined;
  const protocol = match[1] === "udp" ? "udp" : "tcp";
  return {
    protocol,
    host: { address: host ?? LOCALHOST, port: hostPort },
    guest: { port: guestPort, ...(guest === undefined ? {} : { address: guest }) },
  };
}

function takeSocket(words: Words): NetOptions {
  const [connect, listen] = [words.take("connect"), words.take("listen")];
  if (connect !== undefined && listen === undefined) return { kind: "link", connect: parseLinkAddress(connect) };
  if (listen !== undefined && connect === undefined) return { kind: "listen", listen: parseLinkAddress(listen) };
  throw words.error("a socket has one of connect=ADDRESS and listen=ADDRESS (mcast, udp and fd are not there)");
}

function takeStream(words: Words): NetOptions {
  const isServer = words.takeSwitch("server") ?? false;
  const [type, path] = [words.take("addr.type"), words.take("addr.path")];
  const [host, port] = [words.take("addr.host"), words.take("addr.port")];
  if (type === "unix" && path !== undefined) return streamTo(isServer, `unix:${path}`);
  if (type === "inet" && port !== undefined) return streamTo(isServer, `${host?.includes(":") ? `[${host}]` : (host ?? "")}:${port}`);
  throw words.error("a stream has addr.type=inet,addr.host=,addr.port= or addr.type=unix,addr.path=");
}

function streamTo(isServer: boolean, text: string): NetOptions {
  const address = parseLinkAddress(text);
  return isServer ? { kind: "listen", listen: address } : { kind: "link", connect: address };
}

/** The cards of a machine. One, if there is a network and nothing is said of cards. Throws UserError. */
export function parseNics(
  nics: readonly string[],
  net: string | undefined,
): { readonly nics: readonly NicOptions[]; readonly net: NetOptions } {
  const shared = parseNet(net ?? "user");
  const cards = nics.map(parseNic);
  const isWanted = net !== undefined && shared.kind !== "none";
  if (cards.length === 0 && isWanted) cards.push({ model: NIC_MODELS[0]!, mac: undefined, net: undefined });
  return { nics: cards, net: shared };
}
