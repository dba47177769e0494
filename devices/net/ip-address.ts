// Addresses as text and as bytes in network order.

/** "192.168.122.1": four bytes; undefined if it is none. */
export function parseIpv4(text: string): Uint8Array | undefined {
  // Without leading zeros: some take them for octal.
  if (!/^(0|[1-9]\d{0,2})(\.(0|[1-9]\d{0,2})){3}$/.test(text)) return undefined;
  const parts = text.split(".").map(Number);
  return parts.every((part) => part < 256) ? Uint8Array.from(parts) : undefined;
}

export function formatIpv4(bytes: Uint8Array, at = 0): string {
  return bytes.subarray(at, at + 4).join(".");
}

/** An IPv4 address as a number below 2^32; undefined if it is none. */
export function ipv4Number(text: string): number | undefined {
  const bytes = parseIpv4(text);
  return bytes && new DataView(bytes.buffer).getUint32(0);
}

/** "fe80::1", also with the last 32 bits as IPv4 (RFC 4291, section 2.2), without a zone: 16 bytes; undefined if it is none. */
export function parseIpv6(text: string): Uint8Array | undefined {
  const halves = text.split("::");
  if (halves.length > 2) return undefined;
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
  const last = parts[parts.length - 1]!.includes(".") ? parseIpv4(parts.pop()!) : new Uint8Array();
  if (!last || !parts.every((part) => /^[0-9a-f]{1,4}$/i.test(part))) return undefined;
  const groups = parts.map((part) => Number.parseInt(part, 16));
  for (let i = 0; i < last.length; i += 2) groups.push((last[i]! << 8) | last[i + 1]!);
  return groups;
}
