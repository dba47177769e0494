// Reassembly of IPv4 fragments (RFC 791, section 3.2), with the care that RFC 5722 and RFC 1858 ask for: a fragment that overlaps another drops the whole
// datagram; one that is there already, to the byte, is passed over. Bounded in datagrams, of all and of each source, in pieces and in time.
import type { Nanoseconds, Timer } from "../../../core/bus/clock.js";
import { IPV4_HEADER, MAX_PACKET, type Packet } from "./ipv4.js";
import { SECOND, type Timers } from "./timers.js";

/** RFC 1122, section 3.3.2: 60 to 120 seconds; 30 as Linux has it, since a wire without loss needs less and a guest can fill the table. */
const LIFETIME: Nanoseconds = 30 * SECOND;
/** A whole datagram of 64 KiB over a wire with an MTU of 576 has 119. */
const MAX_PIECES = 128;

interface Piece {
  readonly offset: number;
  readonly bytes: Uint8Array;
}

interface Datagram {
  /** In order of offset; none overlaps another. */
  readonly pieces: Piece[];
  readonly source: number;
  readonly expires: Nanoseconds;
  /** The packet that carried the first piece. */
  first: Packet | undefined;
  /** Bytes of payload; known once the last piece is there. */
  total: number | undefined;
  /** Bytes that are there. */
  held: number;
  /** An overlap was seen: what else comes of it is dropped, too. */
  refused: boolean;
}

export interface ReassemblyOptions {
  readonly timers: Timers;
  readonly datagrams: number;
  readonly perSource: number;
  /** Its time is over; `first` is what an ICMP message can quote. */
  readonly expired: (first: Packet) => void;
}

export class Reassembly {
  /** In order of arrival, which is that of expiry. */
  private readonly datagrams = new Map<string, Datagram>();
  private readonly timer: Timer;

  constructor(private readonly options: ReassemblyOptions) {
    this.timer = options.timers.timer(() => this.expire());
  }

  /** The whole packet, once `fragment` was the last that was missing. */
  add(fragment: Packet): Packet | undefined {
    const key = `${fragment.source} ${fragment.destination} ${fragment.protocol} ${fragment.identification}`;
    const datagram = this.datagrams.get(key) ?? this.begin(key, fragment.source);
    if (!datagram || datagram.refused) return undefined;
    if (!place(datagram, fragment)) {
      datagram.refused = true;
      datagram.pieces.length = 0;
      datagram.first = undefined;
      return undefined;
    }
    if (datagram.total === undefined || datagram.held < datagram.total) return undefined;
    this.datagrams.delete(key);
    return join(datagram);
  }

  private begin(key: string, source: number): Datagram | undefined {
    const { timers, datagrams, perSource } = this.options;
    let mine = 0;
    for (const other of this.datagrams.values()) if (other.source === source) mine++;
    if (mine >= perSource || this.datagrams.size >= datagrams) return undefined;
    const expires = timers.now() + LIFETIME;
    const datagram: Datagram = { pieces: [], source, expires, first: undefined, total: undefined, held: 0, refused: false };
    this.datagrams.set(key, datagram);
    if (this.timer.deadline === undefined) this.timer.at(expires);
    return datagram;
  }

  private expire(): void {
    const now = this.options.timers.now();
    for (const [key, datagram] of this.datagrams) {
      if (datagram.expires > now) {
        this.timer.at(datagram.expires);
        return;
      }
      this.datagrams.delete(key);
      if (datagram.first) this.options.expired(datagram.first);
    }
  }
}

/** False if the fragment does not fit what is there. */
function place(datagram: Datagram, { offset, payload, moreFragments, ...packet }: Packet): boolean {
  const end = offset + payload.length;
  if (payload.length === 0 || (moreFragments && payload.length % 8 !== 0)) return false;
  if (!moreFragments) {
    const last = datagram.pieces.at(-1);
    if (datagram.total === undefined ? last && last.offset + last.bytes.length > end : datagram.total !== end) return false;
    datagram.total = end;
  } else if (datagram.total !== undefined && end > datagram.total) return false;
  const { pieces } = datagram;
  let index = pieces.length;
  while (index > 0 && pieces[index - 1]!.offset >= offset) index--;
  const [before, after] = [pieces[index - 1], pieces[index]];
  if (after?.offset === offset && equal(after.bytes, payload)) return true;
  if ((before && before.offset + before.bytes.length > offset) || (after && after.offset < end)) return false;
  if (pieces.length >= MAX_PIECES) return false;
  // A copy: the frame may be much larger.
  pieces.splice(index, 0, { offset, bytes: payload.slice() });
  datagram.held += payload.length;
  if (offset === 0) datagram.first = { ...packet, offset, moreFragments, bytes: packet.bytes.slice(), payload: payload.slice() };
  return true;
}

function equal(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index]);
}

/** One packet of all pieces; undefined if it is longer than a packet can be. Its bytes are those of the first fragment's header and the whole payload. */
function join({ first, pieces, total }: Datagram): Packet | undefined {
  if (!first || total! + first.headerLength > MAX_PACKET || first.headerLength < IPV4_HEADER) return undefined;
  const bytes = new Uint8Array(first.headerLength + total!);
  bytes.set(first.bytes.subarray(0, first.headerLength));
  for (const piece of pieces) bytes.set(piece.bytes, first.headerLength + piece.offset);
  return { ...first, moreFragments: false, bytes, payload: bytes.subarray(first.headerLength) };
}
