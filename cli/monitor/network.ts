// Network cards while the guest runs: links, and ports of this host that lead to guests. Cards are net0, net1, ... in the order of --nic.
import { type Endpoint, formatEndpoint, formatIpv4, LOCALHOST, parseIpv4 } from "../../devices/net/gateway/address.js";
import type { Gateway } from "../../devices/net/gateway/gateway.js";
import { firstAddress, type GatewayNet } from "../net/gateway-network.js";
import { describeLinkAddress } from "../net/links.js";
import type { PluggedCard } from "../net/machine-nets.js";
import { type NetOptions, parseForward } from "../net/nic-options.js";
import { UserError } from "../user-error.js";
import { type Controls, lines } from "./controls.js";

export const cardName = ({ index }: PluggedCard): string => `net${index}`;

function netText(net: NetOptions): string {
  switch (net.kind) {
    case "gateway":
      return `type=${net.mode === "nat" ? "user" : net.mode},net=${net.plan.network}`;
    case "link":
      return `type=switch,connect=${describeLinkAddress(net.connect)}`;
    case "listen":
      return `type=switch,listen=${describeLinkAddress(net.listen)}`;
    case "none":
      return "type=none";
  }
}

export function networkText(cards: readonly PluggedCard[]): string {
  return lines(
    cards.map((card) => {
      const { index, model, mac, cable, net } = card;
      return `${cardName(card)}: index=${index},type=nic,model=${model},macaddr=${mac},link=${cable.ends[0].isUp ? "up" : "down"}\n \\ ${netText(net)}`;
    }),
  );
}

export function setLink({ cards }: Controls, [name, state, ...more]: readonly string[]): string {
  if (name === undefined || (state !== "on" && state !== "off") || more.length > 0) throw new UserError("write: set_link NAME on|off");
  cardNamed(cards, name).cable.setLink(state === "on");
  return "";
}

function cardNamed(cards: readonly PluggedCard[], name: string): PluggedCard {
  const card = cards.find((known) => cardName(known) === name);
  if (card) return card;
  const known = cards.length === 0 ? "there are none" : `there are ${cards.map(cardName).join(", ")}`;
  throw new UserError(`there is no network card "${name}"; ${known}`);
}

/** The gateway that the card of this name, or the first with one, is behind. Throws UserError. */
function gatewayOf(cards: readonly PluggedCard[], name: string | undefined): { gateway: Gateway; net: GatewayNet } {
  const chosen = name === undefined ? cards : [cardNamed(cards, name)];
  for (const { net, network } of chosen) if (net.kind === "gateway" && network.gateway) return { gateway: network.gateway, net };
  throw new UserError(name === undefined ? "no network card is behind a gateway of ours" : `${name} is behind no gateway of ours`);
}

/** The last word, and the name of a card that may come before it. */
function forwardWords(words: readonly string[], usage: string): { name: string | undefined; text: string } {
  const [first, second] = words;
  if (first === undefined || words.length > 2) throw new UserError(`write: ${usage}`);
  return second === undefined ? { name: undefined, text: first } : { name: first, text: second };
}

export async function addForward({ cards }: Controls, words: readonly string[]): Promise<string> {
  const { name, text } = forwardWords(words, "hostfwd_add [NAME] tcp|udp:[HOST]:PORT-[GUEST]:PORT");
  const { gateway, net } = gatewayOf(cards, name);
  const forward = parseForward(text);
  if (!forward) throw new UserError(`the forward "${text}" is not understood; write for example tcp::8080-:80`);
  const { address = firstAddress(net.plan), port } = forward.guest;
  const added = await gateway.forwards.add({ ...forward, guest: { address, port } });
  return forward.host.port === 0 ? `${added.protocol} ${formatEndpoint(added.host)}\n` : "";
}

export function removeForward({ cards }: Controls, words: readonly string[]): string {
  const { name, text } = forwardWords(words, "hostfwd_remove [NAME] tcp|udp:[HOST]:PORT");
  const { gateway } = gatewayOf(cards, name);
  const match = /^(tcp|udp)?:([\d.]*):(\d{1,5})$/.exec(text);
  const address = match?.[2] ? parseIpv4(match[2]) : LOCALHOST;
  if (!match || address === undefined) throw new UserError(`"${text}" is no port of this host; write for example tcp::8080`);
  if (gateway.forwards.remove(match[1] === "udp" ? "udp" : "tcp", { address, port: Number(match[3]) })) return "";
  throw new UserError(`nothing is forwarded from ${text}`);
}

const COLUMNS = [24, 16, 6, 16, 6] as const;

function row(what: string, from: Endpoint, to: Endpoint): string {
  const cells = [what, formatIpv4(from.address), String(from.port), formatIpv4(to.address), String(to.port)];
  return `  ${cells.map((cell, i) => (i === 0 ? cell.padEnd(COLUMNS[i]!) : cell.padStart(COLUMNS[i]!))).join("")}`;
}

/** As QEMU's `info usernet` has it: connections, and ports that lead to guests. */
export function forwardsText(cards: readonly PluggedCard[]): string {
  const seen = new Set<Gateway>();
  const text: string[] = [];
  for (const card of cards) {
    const { gateway } = card.network;
    if (!gateway || seen.has(gateway)) continue;
    seen.add(gateway);
    text.push(
      `${cardName(card)}:`,
      `  ${"Protocol[State]".padEnd(24)}${"Source Address".padStart(16)}${"Port".padStart(6)}${"Dest. Address".padStart(16)}${"Port".padStart(6)}`,
    );
    for (const { protocol, host, guest } of gateway.forwards.list()) text.push(row(`${protocol.toUpperCase()}[HOST_FORWARD]`, host, guest));
    for (const { protocol, state, direction, guest, remote } of gateway.connections()) {
      text.push(
        direction === "out"
          ? row(`${protocol.toUpperCase()}[${state}]`, guest, remote)
          : row(`${protocol.toUpperCase()}[${state}]`, remote, guest),
      );
    }
  }
  return lines(text);
}
