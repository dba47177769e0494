// Which pair of queues a flow's frames come in by: the one that the driver last sent frames of the same flow with. Virtual I/O Device (VIRTIO)
// Version 1.2, section 5.1.6.5.5 "Automatic receive steering in multiqueue mode". Flows that fall together in the table share an entry.

import { parseIp, TCP, UDP } from "../net/checksum.js";
import { word } from "../net/ethernet.js";
import type { Frame } from "../net/wire.js";
import type { StateReader } from "../state-reader.js";

const FLOWS = 1024;
/** The driver has sent nothing. */
const UNKNOWN = 0xff;

export class FlowTable {
  readonly #pairs = new Uint8Array(FLOWS);

  constructor() {
    this.reset();
  }

  reset(): void {
    this.#pairs.fill(UNKNOWN);
  }

  sent(frame: Frame, pair: number): void {
    this.#pairs[flowOf(frame)] = pair;
  }

  /** One of `count` pairs. */
  pairFor(frame: Frame, count: number): number {
    const flow = flowOf(frame);
    const pair = this.#pairs[flow]!;
    return pair < count ? pair : flow % count;
  }

  save(): Uint8Array {
    return this.#pairs.slice();
  }

  load(reader: StateReader, field: string): void {
    this.#pairs.set(reader.bytes(field, FLOWS));
  }
}

/** The same for both directions; 0 for all that is not IP. */
function flowOf(frame: Frame): number {
  const packet = parseIp(frame);
  if (!packet) return 0;
  const [from, length] = packet.version === 4 ? [packet.ip + 12, 4] : [packet.ip + 8, 16];
  let hash = packet.protocol;
  for (let at = from; at < from + length; at += 2) hash = mixed(hash, word(frame, at) ^ word(frame, at + length));
  const hasPorts = (packet.protocol === TCP || packet.protocol === UDP) && !packet.isFragment && packet.transport + 4 <= packet.end;
  if (hasPorts) hash = mixed(hash, word(frame, packet.transport) ^ word(frame, packet.transport + 2));
  return (hash >>> 16) % FLOWS;
}

/** FNV-1a, by 16 bits. */
function mixed(hash: number, value: number): number {
  return Math.imul(hash ^ value, 0x0100_0193) >>> 0;
}
