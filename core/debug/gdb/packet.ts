// The packet layer of gdb's remote serial protocol: framing, checksums, escapes. GDB manual, "Overview" of "Remote Protocol".
// Not here: run-length encoding, which only stubs use; notifications.

export type PacketEvent =
  | { readonly kind: "packet"; readonly data: string }
  /** A packet whose checksum is wrong, or that is too long: to be sent again. */
  | { readonly kind: "bad" }
  | { readonly kind: "ack" }
  | { readonly kind: "nack" }
  /** Ctrl-C, outside of packets. */
  | { readonly kind: "interrupt" };

/** Longest packet that is taken, in characters, escapes included. */
export const LONGEST_PACKET = 0x8000;
const ESCAPE = 0x7d;
const DOLLAR = 0x24;
const HASH = 0x23;
const SPECIAL = new Set([DOLLAR, HASH, ESCAPE, 0x2a]);

/** Takes bytes as they come and tells what they are. Data is one character a byte. What is no part of the protocol is passed over. */
export class PacketReader {
  private body: number[] | undefined;
  private tooLong = false;
  /** Characters of the checksum so far, once '#' has come. */
  private checksum: string | undefined;

  feed(bytes: Uint8Array): PacketEvent[] {
    const events: PacketEvent[] = [];
    for (const byte of bytes) {
      const event = this.take(byte);
      if (event) events.push(event);
    }
    return events;
  }

  private take(byte: number): PacketEvent | undefined {
    if (this.checksum !== undefined) return this.takeChecksum(byte);
    if (byte === DOLLAR) this.begin();
    else if (this.body) this.takeBody(byte);
    else if (byte === 0x2b) return { kind: "ack" };
    else if (byte === 0x2d) return { kind: "nack" };
    else if (byte === 3) return { kind: "interrupt" };
    return undefined;
  }

  private begin(): void {
    this.body = [];
    this.tooLong = false;
  }

  private takeBody(byte: number): void {
    if (byte === HASH) this.checksum = "";
    else if (this.body!.length >= LONGEST_PACKET) this.tooLong = true;
    else this.body!.push(byte);
  }

  private takeChecksum(byte: number): PacketEvent | undefined {
    this.checksum += String.fromCharCode(byte);
    if (this.checksum!.length < 2) return undefined;
    const body = this.body!;
    const right = /^[0-9a-f]{2}$/i.test(this.checksum!) && Number.parseInt(this.checksum!, 16) === sum(body);
    this.body = undefined;
    this.checksum = undefined;
    return right && !this.tooLong ? { kind: "packet", data: withoutEscapes(body) } : { kind: "bad" };
  }
}

function sum(bytes: readonly number[]): number {
  return bytes.reduce((total, byte) => (total + byte) & 0xff, 0);
}

function withoutEscapes(body: readonly number[]): string {
  let text = "";
  for (let i = 0; i < body.length; i++) {
    const escaped = body[i] === ESCAPE && i + 1 < body.length;
    text += String.fromCharCode(escaped ? body[++i]! ^ 0x20 : body[i]!);
  }
  return text;
}

/** A packet with this content, one byte a character. */
export function framePacket(data: string): Uint8Array {
  const body: number[] = [];
  for (const character of data) {
    const byte = character.charCodeAt(0) & 0xff;
    if (SPECIAL.has(byte)) body.push(ESCAPE, byte ^ 0x20);
    else body.push(byte);
  }
  const check = sum(body).toString(16).padStart(2, "0");
  return Uint8Array.from([DOLLAR, ...body, HASH, check.charCodeAt(0), check.charCodeAt(1)]);
}

/** Two digits a byte. */
export function toHex(bytes: Iterable<number>): string {
  let text = "";
  for (const byte of bytes) text += byte.toString(16).padStart(2, "0");
  return text;
}

/** Undefined: not a whole number of bytes in hexadecimal. */
export function fromHex(text: string): Uint8Array | undefined {
  if (!/^([0-9a-f]{2})*$/i.test(text)) return undefined;
  return Uint8Array.from({ length: text.length / 2 }, (_, i) => Number.parseInt(text.slice(i * 2, i * 2 + 2), 16));
}

/** A number of up to eight hexadecimal digits; undefined for anything else. */
export function parseHex(text: string | undefined): number | undefined {
  return text !== undefined && /^0*[0-9a-f]{1,8}$/i.test(text) ? Number.parseInt(text, 16) : undefined;
}
