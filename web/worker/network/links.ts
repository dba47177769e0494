// Links of a machine's switch in the page: to other tabs, and to switches that are listened for by WebSocket.
import type { Scheduler } from "../../../core/bus/clock.js";
import { ChannelLink } from "../../../devices/net/links/channel-link.js";
import {
  type BroadcastChannelLike,
  carryByWebSocket,
  joinBroadcastChannel,
  type WebSocketLike,
} from "../../../devices/net/links/message-link.js";
import { Reconnector } from "../../../devices/net/links/reconnector.js";

export interface PageLink {
  readonly link: ChannelLink;
  close(): void;
}

/** The name under which tabs of this page find each other. */
const CHANNEL = "ringside-network";

export function linkTabs(): PageLink {
  return joinBroadcastChannel(new BroadcastChannel(CHANNEL) as BroadcastChannelLike);
}

/** The browser's, which takes all bytes but those of shared memory. */
export function openWebSocket(address: string): WebSocketLike {
  return new WebSocket(address) as unknown as WebSocketLike;
}

/** A link to a switch, which is made again when it is lost. */
export function linkSwitch(address: string, scheduler: Scheduler): PageLink {
  const link = new ChannelLink();
  let socket: WebSocketLike | undefined;
  let isClosed = false;
  const attempt = () => {
    socket = openWebSocket(address);
    carryByWebSocket(link, socket, () => {
      if (!isClosed) reconnector.lost();
    });
  };
  const reconnector = new Reconnector(scheduler, attempt);
  link.onLink((up) => {
    if (up) reconnector.succeeded();
  });
  attempt();
  const close = () => {
    isClosed = true;
    reconnector.stop();
    socket?.close();
  };
  return { link, close };
}
