// ICMP (RFC 792): echo at the gateway's address, echo to the outside where the host can, and what guests are told of packets that go nowhere
// (RFC 1122, section 3.2.2: not about ICMP errors, not about fragments but the first, not about broadcasts). All that goes to one guest is bounded in rate.
// Not here: redirects, timestamps. Errors that guests send are not acted upon: those that matter to TCP are soft (RFC 5461).
import { word } from "../ethernet.js";
import type { Ipv4 } from "./address.js";
import { checksum, put16, put32 } from "./bytes.js";
import type { Guests } from "./guests.js";
import { createFrame, PAYLOAD_AT, type Packet, PROTOCOL } from "./ipv4.js";
import type { Outside } from "./outside.js";

const TYPE = { ECHO_REPLY: 0, UNREACHABLE: 3, ECHO: 8, TIME_EXCEEDED: 11, TIMESTAMP: 13, INFORMATION: 15 } as const;
export const UNREACHABLE = { HOST: 1, PROTOCOL: 2, PORT: 3, PROHIBITED: 13 } as const;
export const EXCEEDED = { TTL: 0, REASSEMBLY: 1 } as const;
const ICMP_HEADER = 8;
/** RFC 1812, section 4.3.2.3: as much of the packet as fits into 576 bytes. */
const QUOTED = 576 - 20 - ICMP_HEADER;
/** Echoes to the outside that wait for their answer. */
const ECHOES = 32;

export interface IcmpOptions {
  readonly guests: Guests;
  readonly address: Ipv4;
  readonly outside: Outside | undefined;
  readonly send: (frame: Uint8Array, source: Ipv4, destination: Ipv4) => void;
  /** Do something that comes from outside. */
  readonly enter: (work: () => void) => void;
}

export class Icmp {
  private echoes = 0;

  constructor(private readonly options: IcmpOptions) {}

  /** A packet for the gateway itself. */
  receive(packet: Packet): void {
    if (isEcho(packet)) this.answer(packet);
  }

  private answer({ payload, source, destination }: Packet): void {
    if (!this.options.guests.mayGetIcmp(source)) return;
    const frame = createFrame(payload.length);
    frame.set(payload, PAYLOAD_AT);
    this.send(frame, TYPE.ECHO_REPLY, 0, destination, source);
  }

  /** A packet for somebody outside, whom guests may reach. */
  forward(packet: Packet): void {
    const { outside, enter } = this.options;
    if (!isEcho(packet)) return;
    if (!outside?.echo) {
      this.unreachable(UNREACHABLE.PROHIBITED, packet);
      return;
    }
    if (this.echoes >= ECHOES) return;
    this.echoes++;
    // The frame may not live as long as the answer takes.
    const copy = { ...packet, payload: packet.payload.slice() };
    const done = (answered: boolean) => {
      this.echoes--;
      if (answered) enter(() => this.answer(copy));
    };
    outside.echo(packet.destination, copy.payload.subarray(ICMP_HEADER)).then(done, () => done(false));
  }

  unreachable(code: number, about: Packet): void {
    this.error(TYPE.UNREACHABLE, code, about);
  }

  timeExceeded(code: number, about: Packet): void {
    this.error(TYPE.TIME_EXCEEDED, code, about);
  }

  private error(type: number, code: number, about: Packet): void {
    const { guests, address } = this.options;
    if (about.offset !== 0 || (about.protocol === PROTOCOL.ICMP && !isQuery(about.payload)) || !guests.mayGetIcmp(about.source)) return;
    const quoted = about.bytes.subarray(0, QUOTED);
    const frame = createFrame(ICMP_HEADER + quoted.length);
    frame.set(quoted, PAYLOAD_AT + ICMP_HEADER);
    put32(frame, PAYLOAD_AT + 4, 0);
    this.send(frame, type, code, address, about.source);
  }

  private send(frame: Uint8Array, type: number, code: number, source: Ipv4, destination: Ipv4): void {
    const at = PAYLOAD_AT;
    frame[at] = type;
    frame[at + 1] = code;
    put16(frame, at + 2, 0);
    put16(frame, at + 2, checksum(frame, at, frame.length));
    this.options.send(frame, source, destination);
  }
}

/** Errors may be sent about requests and replies, never about errors. */
function isQuery(payload: Uint8Array): boolean {
  const type = payload[0];
  return type !== undefined && (type === TYPE.ECHO_REPLY || type === TYPE.ECHO || (type >= TYPE.TIMESTAMP && type <= TYPE.INFORMATION + 3));
}

function isEcho({ payload }: Packet): boolean {
  return payload.length >= ICMP_HEADER && word(payload, 0) === TYPE.ECHO << 8 && checksum(payload, 0, payload.length) === 0;
}
