// Links over what carries whole messages, a frame each: BroadcastChannel between the tabs of a browser, WebSocket between anybody.
// A BroadcastChannel tells nobody how much is on its way: give its port a rate (PortOptions.egress). Whoever is in the browser's origin can join.
import { FRAME_LEAST, FRAME_MOST } from "../switch/ethernet.js";
import { ChannelLink } from "./channel-link.js";

/** What is used of a BroadcastChannel. */
export interface BroadcastChannelLike {
  postMessage(message: unknown): void;
  onmessage: ((event: { readonly data: unknown }) => void) | null;
  close(): void;
}

/** What is used of a WebSocket. */
export interface WebSocketLike {
  binaryType: string;
  readonly bufferedAmount: number;
  send(data: Uint8Array): void;
  close(code?: number, reason?: string): void;
  onopen: (() => void) | null;
  onmessage: ((event: { readonly data: unknown }) => void) | null;
  onclose: (() => void) | null;
  onerror: (() => void) | null;
}

/** RFC 6455 "Defined Status Codes": a message that can not be accepted. */
const UNSUPPORTED_DATA = 1003;

/** The frame in a message, as bytes of its own. */
function frameIn(data: unknown): Uint8Array | undefined {
  const bytes = data instanceof ArrayBuffer ? new Uint8Array(data) : data;
  if (!(bytes instanceof Uint8Array) || bytes.length < FRAME_LEAST || bytes.length > FRAME_MOST) return undefined;
  return bytes;
}

/** A link to all who have opened a channel of that name. What they post and is no frame is passed over. */
export function joinBroadcastChannel(channel: BroadcastChannelLike): { readonly link: ChannelLink; close(): void } {
  const link = new ChannelLink();
  channel.onmessage = ({ data }) => {
    const frame = frameIn(data);
    if (frame) link.receive(frame);
    else link.counters.refused++;
  };
  // A message is copied with all the memory that it is a part of.
  link.attach({
    send: (frame) => channel.postMessage(frame.length === frame.buffer.byteLength ? frame : frame.slice()),
    backlog: 0,
    close: () => {},
  });
  const close = () => {
    link.detach();
    channel.onmessage = null;
    channel.close();
  };
  return { link, close };
}

/** Let a link go over a socket that is being opened (or is open already) until it closes; `closed` is called then, once. */
export function carryByWebSocket(link: ChannelLink, socket: WebSocketLike, closed: () => void, isOpen = false): void {
  socket.binaryType = "arraybuffer";
  const opened = () =>
    link.attach({
      send: (frame) => socket.send(frame),
      get backlog() {
        return socket.bufferedAmount;
      },
      close: (reason) => socket.close(UNSUPPORTED_DATA, reason),
    });
  socket.onopen = opened;
  socket.onmessage = ({ data }) => {
    const frame = frameIn(data);
    if (frame) link.receive(frame);
    else link.refuse("a message that is no frame");
  };
  // "close" follows.
  socket.onerror = () => {};
  socket.onclose = () => {
    socket.onmessage = null;
    socket.onclose = null;
    link.detach();
    closed();
  };
  if (isOpen) opened();
}
