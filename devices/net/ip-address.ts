// Addresses as text and as bytes in network order.

import { parseIpv4 } from "./gateway/address.js";
import { put32 } from "./gateway/bytes.js";

/** "192.168.122.1" or "fe80::1": 4 or 16 bytes; undefined if it is neither. */
export function parseIpAddress(text: string): Uint8Array | undefined {
  return text.includes(":") ? parseIpv6(text) : ipv4Bytes(text);
}

function ipv4Bytes(text: string): Uint8Array | undefined {
  const address = parseIpv4(text);
  if (address === undefined) return undefined;
  const bytes = new Uint8Array(4);
  put32(bytes, 0, address);
  return bytes;
}

/** Also with the last 32 bits, and no others, as IPv4 (RFC 4291, section 2.2); without a zone. */
function parseIpv6(text: string): Uint8Array | undefined {
  const halves = text.split("::");
  if (halves.length > 2 || text.slice(0, text.lastIndexOf(":")).includes(".")) return undefined;
  const [head, tail] = halves.map(groupsOf);
  if (!head || (halves.length === 2 && !tail)) return undefined;
  const missing = 8 - head.length - (tail?.length ?? 0);
  if (tail ? missing < 1 : missing !== 0) return undefined;
  const groups = [...head, ...new Array<number>(missing).fill(0), ...(tail ?? [])];
  return Uint8Array.from(groups.flatMap((group) => [group >> 8, group & 0xff]));
}

function groupsOf(text: string): number[] | undefined {
  if (text === "") return [];
  const parts = text.split(":");
  const last = parts[parts.length - 1]!.includes(".") ? ipv4Bytes(parts.pop()!) : new Uint8Array();
  if (!last || !parts.every((part) => /^[0-9a-f]{1,4}$/i.test(part))) return undefined;
  const groups = parts.map((part) => Number.parseInt(part, 16));
  for (let i = 0; i < last.length; i += 2) groups.push((last[i]! << 8) | last[i + 1]!);
  return groups;
}
