// A driver of the 82540EM for tests: link, transmitter and receiver are on, with a ring of sixteen descriptors each way.

import { E1000 } from "../net/e1000/e1000.js";
import * as R from "../net/e1000/registers.js";
import { NicRig } from "./nic-rig.js";

/** Commands of transmit descriptors. */
export const END = 0x01;
export const FCS = 0x02;
export const CHECKSUM = 0x04;
export const SEGMENT = 0x04;
export const REPORT = 0x08;
export const EXTENDED = 0x20;
export const VLAN = 0x40;
export const DELAY = 0x80;
export const TX_RING = 0x1000;
const RX_RING = 0x2000;
const TX_BUFFERS = 0x10000;
const RX_BUFFERS = 0x40000;
const RX_SIZE = 2048;
export const RING = 16;
export const RCTL = R.RCTL_ENABLE | R.RCTL_BROADCAST | R.RCTL_STRIP_CRC;

export class E1000Driver extends NicRig<E1000> {
  tail = 0;
  #buffer = TX_BUFFERS;

  constructor() {
    super((options) => new E1000(options));
    this.out(R.CTRL, R.CTRL_SET_LINK_UP);
    this.out(R.TDBAL, TX_RING);
    this.out(R.TDLEN, RING * 16);
    this.out(R.TCTL, R.TCTL_ENABLE);
    this.out(R.RDBAL, RX_RING);
    this.out(R.RDLEN, RING * 16);
    for (let i = 0; i < RING; i++) this.ram.view.setUint32(RX_RING + i * 16, RX_BUFFERS + i * RX_SIZE, true);
    this.out(R.RCTL, RCTL);
    this.in(R.ICR);
  }

  /** Gives the card all descriptors but one. */
  offer(tail = RING - 1): void {
    this.out(R.RDT, tail);
  }

  /** Puts bytes where a descriptor can point at them. */
  put(bytes: Uint8Array): number {
    const at = this.#buffer;
    this.ram.bytes.set(bytes, at);
    this.#buffer += (bytes.length + 15) & ~15;
    return at;
  }

  /** One transmit descriptor: a buffer, and its upper two words. */
  push(address: number, low: number, high: number): void {
    const at = TX_RING + this.tail * 16;
    this.ram.view.setUint32(at, address, true);
    this.ram.view.setUint32(at + 4, 0, true);
    this.ram.view.setUint32(at + 8, low, true);
    this.ram.view.setUint32(at + 12, high, true);
    this.tail = (this.tail + 1) % RING;
  }

  send(frame: Uint8Array, command = END | FCS | REPORT, special = 0): void {
    this.push(this.put(frame), frame.length | (command << 24), special << 16);
    this.out(R.TDT, this.tail);
  }

  transmitStatus(index: number): number {
    return this.ram.bytes[TX_RING + index * 16 + 12]!;
  }

  received(index: number) {
    const at = RX_RING + index * 16;
    const { view, bytes } = this.ram;
    const length = view.getUint16(at + 8, true);
    const buffer = view.getUint32(at, true);
    return {
      length,
      checksum: view.getUint16(at + 10, true),
      status: bytes[at + 12]!,
      errors: bytes[at + 13]!,
      special: view.getUint16(at + 14, true),
      bytes: bytes.slice(buffer, buffer + length),
    };
  }
}
