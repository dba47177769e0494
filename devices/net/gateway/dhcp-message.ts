// DHCP messages (RFC 2131, section 2; options of RFC 2132), read and written. Options that come in several parts are joined (RFC 3396).
import { macNumber, word } from "../ethernet.js";
import type { Ipv4 } from "./address.js";
import { get32, put16, put32 } from "./bytes.js";
import { type Mac, putMac } from "./link.js";

export const DHCP_SERVER_PORT = 67;
export const DHCP_CLIENT_PORT = 68;

export const MESSAGE = { DISCOVER: 1, OFFER: 2, REQUEST: 3, DECLINE: 4, ACK: 5, NAK: 6, RELEASE: 7, INFORM: 8 } as const;
export const OPTION = {
  SUBNET_MASK: 1,
  ROUTER: 3,
  DNS_SERVERS: 6,
  HOST_NAME: 12,
  DOMAIN: 15,
  MTU: 26,
  BROADCAST: 28,
  REQUESTED_ADDRESS: 50,
  LEASE_TIME: 51,
  OVERLOAD: 52,
  MESSAGE_TYPE: 53,
  SERVER: 54,
  RENEWAL_TIME: 58,
  REBINDING_TIME: 59,
} as const;

const PAD = 0;
const END = 255;
const BOOT_REQUEST = 1;
const BOOT_REPLY = 2;
const ETHERNET = 1;
const FIXED = 236;
const COOKIE = 0x6382_5363;
const FILE = { at: 108, length: 128 } as const;
const SERVER_NAME = { at: 44, length: 64 } as const;
const BROADCAST_FLAG = 0x8000;
/** RFC 1542, section 2.1: old clients drop what is shorter. */
const SHORTEST = 300;

export interface DhcpRequest {
  readonly type: number;
  readonly transaction: number;
  readonly wantsBroadcast: boolean;
  /** ciaddr: the address that the client has, 0 if none. */
  readonly client: Ipv4;
  readonly mac: Mac;
  readonly options: ReadonlyMap<number, Uint8Array>;
}

/** undefined if it is not one of a client on an Ethernet, or came by way of a relay. */
export function parseRequest(bytes: Uint8Array): DhcpRequest | undefined {
  if (bytes.length < FIXED + 4 || get32(bytes, FIXED) !== COOKIE) return undefined;
  if (bytes[0] !== BOOT_REQUEST || bytes[1] !== ETHERNET || bytes[2] !== 6 || get32(bytes, 24) !== 0) return undefined;
  const options = new Map<number, Uint8Array>();
  if (!readOptions(bytes, FIXED + 4, bytes.length, options)) return undefined;
  const overload = options.get(OPTION.OVERLOAD)?.[0] ?? 0;
  for (const [bit, field] of [[1, FILE] as const, [2, SERVER_NAME] as const])
    if (overload & bit && !readOptions(bytes, field.at, field.at + field.length, options)) return undefined;
  const type = options.get(OPTION.MESSAGE_TYPE);
  if (type?.length !== 1) return undefined;
  return {
    type: type[0]!,
    transaction: get32(bytes, 4),
    wantsBroadcast: (word(bytes, 10) & BROADCAST_FLAG) !== 0,
    client: get32(bytes, 12),
    mac: macNumber(bytes, 28),
    options,
  };
}

function readOptions(bytes: Uint8Array, from: number, to: number, options: Map<number, Uint8Array>): boolean {
  for (let at = from; at < to; ) {
    const code = bytes[at]!;
    if (code === END) return true;
    if (code === PAD) {
      at++;
      continue;
    }
    const end = at + 2 + (at + 1 < to ? bytes[at + 1]! : to);
    if (end > to) return false;
    const part = bytes.subarray(at + 2, end);
    const before = options.get(code);
    options.set(code, before ? Uint8Array.of(...before, ...part) : part);
    at = end;
  }
  return true;
}

/** The option as an address; undefined if it is not there or not one. */
export function addressOption(request: DhcpRequest, code: number): Ipv4 | undefined {
  const bytes = request.options.get(code);
  return bytes?.length === 4 ? get32(bytes, 0) : undefined;
}

export interface DhcpReply {
  readonly type: number;
  readonly server: Ipv4;
  /** yiaddr: the address that the client gets, 0 if none. */
  readonly yours: Ipv4;
  readonly options: readonly (readonly [number, Uint8Array])[];
}

export function createReply(request: DhcpRequest, { type, server, yours, options }: DhcpReply): Uint8Array {
  const all: (readonly [number, Uint8Array])[] = [[OPTION.MESSAGE_TYPE, Uint8Array.of(type)], [OPTION.SERVER, bytes32(server)], ...options];
  const length = all.reduce((sum, [, value]) => sum + 2 + value.length, FIXED + 4 + 1);
  const bytes = new Uint8Array(Math.max(SHORTEST, length));
  bytes.set([BOOT_REPLY, ETHERNET, 6, 0]);
  put32(bytes, 4, request.transaction);
  put16(bytes, 10, request.wantsBroadcast ? BROADCAST_FLAG : 0);
  if (type !== MESSAGE.NAK) put32(bytes, 12, request.client);
  put32(bytes, 16, yours);
  putMac(bytes, 28, request.mac);
  put32(bytes, FIXED, COOKIE);
  let at = FIXED + 4;
  for (const [code, value] of all) {
    bytes[at] = code;
    bytes[at + 1] = value.length;
    bytes.set(value, at + 2);
    at += 2 + value.length;
  }
  bytes[at] = END;
  return bytes;
}

export function bytes32(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  put32(bytes, 0, value);
  return bytes;
}
