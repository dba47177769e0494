// A host at the other end of a wire that answers ARP and ICMP echo. RFC 826, 791, 792.
// It puts fragments together by identification alone, and sends long answers in fragments.

import type { Frame, Wire } from "../../devices/net/wire.js";

const ARP = 0x0806;
const IPV4 = 0x0800;
const ICMP = 1;
const ECHO = 8;
const ECHO_REPLY = 0;
const FRAGMENT_BYTES = 1480;
const MORE_FRAGMENTS = 0x2000;

const word = (bytes: Uint8Array, at: number) => (bytes[at]! << 8) | bytes[at + 1]!;
const bytesOf = (value: number) => [(value >> 8) & 0xff, value & 0xff];

function checksum(bytes: Uint8Array): number {
  let total = 0;
  for (let at = 0; at < bytes.length; at += 2) total += (bytes[at]! << 8) | (bytes[at + 1] ?? 0);
  while (total > 0xffff) total = (total & 0xffff) + (total >> 16);
  return ~total & 0xffff;
}

export class NetworkPeer {
  /** Echo requests answered, and fragments they came in. */
  echoes = 0;
  fragments = 0;
  readonly #parts = new Map<number, Map<number, Uint8Array>>();
  #identification = 1;

  constructor(
    private readonly wire: Wire,
    private readonly mac: readonly number[],
    private readonly address: readonly number[],
  ) {
    wire.onFrame((frame) => this.#receive(frame));
  }

  #receive(frame: Frame): void {
    const type = word(frame, 12);
    if (type === ARP) this.#answerArp(frame);
    if (type === IPV4 && this.#isMine(frame, 30)) this.#receiveIp(frame);
  }

  #isMine(frame: Frame, at: number): boolean {
    return this.address.every((byte, i) => frame[at + i] === byte);
  }

  #answerArp(frame: Frame): void {
    if (word(frame, 20) !== 1 || !this.#isMine(frame, 38)) return;
    const asker = frame.subarray(22, 32);
    this.wire.send(
      Uint8Array.from([...asker.subarray(0, 6), ...this.mac, ...frame.subarray(12, 20), 0, 2, ...this.mac, ...this.address, ...asker]),
    );
  }

  #receiveIp(frame: Frame): void {
    const packet = frame.slice(14, 14 + word(frame, 16));
    const header = (packet[0]! & 15) * 4;
    if (checksum(packet.subarray(0, header)) !== 0 || packet[9] !== ICMP) return;
    const message = this.#assembled(packet, header);
    if (message?.[0] !== ECHO || checksum(message) !== 0) return;
    this.echoes++;
    const reply = message.slice();
    reply.set([ECHO_REPLY, 0, 0, 0]);
    reply.set(bytesOf(checksum(reply)), 2);
    this.#sendIp(frame.subarray(6, 12), packet.subarray(12, 16), reply);
  }

  /** The whole message, once all its fragments are here. */
  #assembled(packet: Uint8Array, header: number): Uint8Array | undefined {
    const flags = word(packet, 6);
    if ((flags & 0x3fff) === 0) return packet.subarray(header);
    this.fragments++;
    const parts = this.#parts.get(word(packet, 4)) ?? new Map<number, Uint8Array>();
    this.#parts.set(word(packet, 4), parts);
    parts.set((flags & 0x1fff) * 8, packet.subarray(header));
    if (!(flags & MORE_FRAGMENTS)) parts.set(-1, packet);
    if (!parts.has(-1)) return undefined;
    this.#parts.delete(word(packet, 4));
    const ordered = [...parts].filter(([at]) => at >= 0).sort(([a], [b]) => a - b);
    return Uint8Array.from(ordered.flatMap(([, part]) => [...part]));
  }

  #sendIp(mac: Uint8Array, address: Uint8Array, message: Uint8Array): void {
    const identification = bytesOf(this.#identification++);
    for (let at = 0; at < message.length; at += FRAGMENT_BYTES) {
      const part = message.subarray(at, at + FRAGMENT_BYTES);
      const flags = (at / 8) | (at + FRAGMENT_BYTES < message.length ? MORE_FRAGMENTS : 0);
      const header = Uint8Array.from([
        ...[0x45, 0, ...bytesOf(20 + part.length), ...identification, ...bytesOf(flags)],
        ...[64, ICMP, 0, 0, ...this.address, ...address],
      ]);
      header.set(bytesOf(checksum(header)), 10);
      this.wire.send(Uint8Array.from([...mac, ...this.mac, ...bytesOf(IPV4), ...header, ...part]));
    }
  }
}
