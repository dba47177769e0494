// Wisp's packets (the Wisp protocol, version 1.2, by its specification): TCP and UDP streams of the relay's host over one WebSocket, a packet a binary message.
// All numbers are little-endian. What of it is ours beyond version 1 stands at FLOW_CONTROL.

/** "Packet Types" */
const TYPE = { CONNECT: 1, DATA: 2, CONTINUE: 3, CLOSE: 4 } as const;
/** "CONNECT": the stream types. */
export const PROTOCOL = { tcp: 1, udp: 2 } as const;
export type RelayProtocol = keyof typeof PROTOCOL;

/** "Client/Server Close Reasons" */
export const REASON = {
  UNKNOWN: 0x01,
  VOLUNTARY: 0x02,
  NETWORK_ERROR: 0x03,
  INVALID: 0x41,
  UNREACHABLE: 0x42,
  TIMEOUT: 0x43,
  REFUSED: 0x44,
  BLOCKED: 0x48,
  THROTTLED: 0x49,
  CLIENT_ERROR: 0x81,
} as const;

/** The stream that stands for the connection: a CONTINUE for it comes first of all, and says how many packets of each stream the relay holds. */
export const ALL_STREAMS = 0;

/**
 * Ours. In version 1 nothing holds back what a relay sends, nothing says that a connection stands, and no side can end alone. A client that can do better asks
 * for it by its address (flowControlAddress()), which relays of others take no notice of; a relay that can do it says CONTINUE for this stream behind its first
 * packet, and the client the same before its first CONNECT. Then, for TCP streams: the relay sends CONTINUE when the connection stands; it sends WINDOW packets
 * of data at most, and as many more as the client's CONTINUEs for the stream add; and an empty DATA says that its sender sends no more, while CLOSE follows when
 * both sides have.
 */
export const FLOW_CONTROL = 0xffff_ffff;
/** Packets of data of one stream on their way to the client. */
export const WINDOW = 16;

/** At the end of an address. That ends with a slash, by which some relays know Wisp from older protocols ("Choosing a Websocket URL"). */
const ASKS = "flow-control/";

/** The address of a relay, with the question whether it does what stands at FLOW_CONTROL. */
export function flowControlAddress(address: string): string {
  return `${address}${address.includes("?") ? "&" : "?"}${ASKS}`;
}

/** Of a request's target: whether it asks that. */
export function asksForFlowControl(target: string): boolean {
  return target.endsWith(`?${ASKS}`) || target.endsWith(`&${ASKS}`);
}

export type Packet =
  | {
      readonly type: "connect";
      readonly stream: number;
      readonly protocol: RelayProtocol | undefined;
      readonly port: number;
      readonly host: string;
    }
  | { readonly type: "data"; readonly stream: number; readonly bytes: Uint8Array }
  | { readonly type: "continue"; readonly stream: number; readonly count: number }
  | { readonly type: "close"; readonly stream: number; readonly reason: number };

const HEADER = 5;

/** Undefined: that is no packet. */
export function parsePacket(bytes: Uint8Array): Packet | undefined {
  if (bytes.length < HEADER) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const stream = view.getUint32(1, true);
  switch (bytes[0]) {
    case TYPE.CONNECT:
      return bytes.length < HEADER + 3 ? undefined : parseConnect(view, bytes, stream);
    case TYPE.DATA:
      return { type: "data", stream, bytes: bytes.subarray(HEADER) };
    case TYPE.CONTINUE:
      return bytes.length < HEADER + 4 ? undefined : { type: "continue", stream, count: view.getUint32(HEADER, true) };
    case TYPE.CLOSE:
      return bytes.length < HEADER + 1 ? undefined : { type: "close", stream, reason: bytes[HEADER]! };
    default:
      return undefined;
  }
}

function parseConnect(view: DataView, bytes: Uint8Array, stream: number): Packet {
  const kind = bytes[HEADER];
  const protocol = kind === PROTOCOL.tcp ? "tcp" : kind === PROTOCOL.udp ? "udp" : undefined;
  // A host's name in ASCII; what is none of it makes a name that nobody has.
  const host = String.fromCharCode(...bytes.subarray(HEADER + 3, HEADER + 3 + LONGEST_HOST + 1));
  return { type: "connect", stream, protocol, port: view.getUint16(HEADER + 1, true), host };
}

/** RFC 1035, section 2.3.4 */
export const LONGEST_HOST = 255;

function packet(type: number, stream: number, payload: number): { readonly bytes: Uint8Array; readonly view: DataView } {
  const bytes = new Uint8Array(HEADER + payload);
  const view = new DataView(bytes.buffer);
  bytes[0] = type;
  view.setUint32(1, stream, true);
  return { bytes, view };
}

export function connectPacket(stream: number, protocol: RelayProtocol, host: string, port: number): Uint8Array {
  const { bytes, view } = packet(TYPE.CONNECT, stream, 3 + host.length);
  bytes[HEADER] = PROTOCOL[protocol];
  view.setUint16(HEADER + 1, port, true);
  for (let i = 0; i < host.length; i++) bytes[HEADER + 3 + i] = host.charCodeAt(i);
  return bytes;
}

export function dataPacket(stream: number, payload: Uint8Array): Uint8Array {
  const { bytes } = packet(TYPE.DATA, stream, payload.length);
  bytes.set(payload, HEADER);
  return bytes;
}

export function continuePacket(stream: number, count: number): Uint8Array {
  const { bytes, view } = packet(TYPE.CONTINUE, stream, 4);
  view.setUint32(HEADER, count, true);
  return bytes;
}

export function closePacket(stream: number, reason: number): Uint8Array {
  const { bytes } = packet(TYPE.CLOSE, stream, 1);
  bytes[HEADER] = reason;
  return bytes;
}
