// Links to other switches by their addresses, over whatever the address says.
import type { Scheduler } from "../../core/bus/clock.js";
import type { ChannelLink } from "../../devices/net/links/channel-link.js";
import { parseTcpAddress, type TcpAddress } from "../tcp-address.js";
import { UserError } from "../user-error.js";
import {
  type AcceptPeer,
  describeAddress,
  parseSocketAddress,
  type SocketAddress,
  SocketConnection,
  SocketListener,
  type Tell,
} from "./sockets.js";
import { WebSocketClient, WebSocketListener } from "./web-socket/links.js";

export type LinkAddress = { readonly kind: "socket"; readonly socket: SocketAddress } | { readonly kind: "web"; readonly url: string };

/** "[tcp:][HOST]:PORT", "unix:PATH", "ws://HOST:PORT/PATH" or "wss://...". Throws UserError. */
export function parseLinkAddress(text: string): LinkAddress {
  if (!/^wss?:/.test(text)) return { kind: "socket", socket: parseSocketAddress(text) };
  if (!URL.canParse(text)) throw new UserError(`the switch's address "${text}" is not understood; write for example ws://localhost:8000/`);
  return { kind: "web", url: text };
}

export function describeLinkAddress(address: LinkAddress): string {
  return address.kind === "web" ? address.url : describeAddress(address.socket);
}

export interface OpenLink {
  readonly link: ChannelLink;
  close(): void;
}

/** A link that is made, and made again when it is lost. */
export function connectLink(address: LinkAddress, scheduler: Scheduler, tell: Tell): OpenLink {
  return address.kind === "web" ? new WebSocketClient(address.url, scheduler, tell) : new SocketConnection(address.socket, scheduler, tell);
}

export interface LinkListener {
  /** Where it listens, for people. */
  readonly where: string;
  close(): void;
}

/** `origins`: of pages that may connect by WebSocket. Throws UserError if nobody can listen there. */
export async function listenForLinks(
  address: LinkAddress,
  accept: AcceptPeer<ChannelLink>,
  tell: Tell,
  origins: readonly string[] = [],
): Promise<LinkListener> {
  if (address.kind === "socket") {
    const listener = await SocketListener.open(address.socket, accept, tell);
    return { where: describeAddress(listener.address), close: () => listener.close() };
  }
  const listener = await WebSocketListener.open(webAddress(address.url), origins, accept);
  return { where: `ws://${describeAddress(listener.address)}`, close: () => listener.close() };
}

function webAddress(url: string): TcpAddress {
  const { protocol, hostname, port } = new URL(url);
  if (protocol !== "ws:") throw new UserError(`${url} can not be listened at: for wss there has to be a proxy in front`);
  return parseTcpAddress(`${hostname}:${port || 80}`, "switch's");
}
