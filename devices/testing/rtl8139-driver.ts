// A driver of the RTL8139 for tests, in its classic mode with a ring of 8 KiB, or in C+ mode with rings of eight descriptors.

import * as R from "../net/rtl8139/registers.js";
import { Rtl8139 } from "../net/rtl8139/rtl8139.js";
import type { Frame } from "../net/wire.js";
import { NicRig } from "./nic-rig.js";

const RX_BUFFER = 0x10000;
const TX_BUFFERS = 0x40000;
const BUFFER_SIZE = 0x2000;
export const RX_RING = 0x2000;
export const TX_RING = 0x1000;
export const RING = 8;
export const OWN = 0x8000_0000;
const RING_END = 0x4000_0000;
export const WHOLE = 0x3000_0000;
export const ACCEPT = R.RCR_PHYSICAL_MATCH | R.RCR_BROADCAST;

export class Rtl8139Driver extends NicRig<Rtl8139> {
  #read = 0;
  #slot = 0;
  #next = 0;

  constructor(chip: "c" | "c+" = "c+") {
    super((options) => new Rtl8139({ ...options, chip }));
  }

  /** Classic mode on; `rcr`: bits beside the ring's size, which is 8 KiB. */
  startClassic(rcr = ACCEPT): void {
    this.out(R.RBSTART, RX_BUFFER);
    this.out(R.RCR, rcr);
    this.out(R.CR, R.CR_TX_ENABLE | R.CR_RX_ENABLE, 1);
    this.acknowledge();
  }

  /** C+ mode on, all receive buffers `size` bytes large. */
  startDescriptors(cpcr = 0, size = 1600): void {
    this.out(R.CPCR, cpcr | R.CPCR_TX | R.CPCR_RX, 2);
    this.out(R.TNPDS, TX_RING);
    this.out(R.RDSAR, RX_RING);
    for (let index = 0; index < RING; index++) this.offer(index, size);
    this.out(R.RCR, ACCEPT);
    this.out(R.CR, R.CR_TX_ENABLE | R.CR_RX_ENABLE, 1);
    this.acknowledge();
  }

  /** Gives the card receive descriptor `index`. */
  offer(index: number, size: number): void {
    const at = RX_RING + index * 16;
    this.ram.view.setUint32(at, OWN | (index === RING - 1 ? RING_END : 0) | size, true);
    this.ram.view.setUint32(at + 8, RX_BUFFER + index * BUFFER_SIZE, true);
  }

  received(index: number) {
    const { view, bytes } = this.ram;
    const status = view.getUint32(RX_RING + index * 16, true);
    const at = RX_BUFFER + index * BUFFER_SIZE;
    return { status, tag: view.getUint32(RX_RING + index * 16 + 4, true), bytes: bytes.slice(at, at + (status & 0x1fff) - 4) };
  }

  /** The next packet of the classic ring, as a driver takes it: header and frame, without FCS. */
  take(): { readonly status: number; readonly frame: Frame } | undefined {
    if (this.in(R.CR, 1) & R.CR_EMPTY) return undefined;
    const byte = (at: number) => this.ram.bytes[RX_BUFFER + ((this.#read + at) % BUFFER_SIZE)]!;
    const length = byte(2) | (byte(3) << 8);
    const packet = { status: byte(0) | (byte(1) << 8), frame: Uint8Array.from({ length: length - 4 }, (_, at) => byte(at + 4)) };
    this.#read = (this.#read + 4 + length + 3) & ~3 & (BUFFER_SIZE - 1);
    this.out(R.CAPR, (this.#read - 16) & 0xffff, 2);
    return packet;
  }

  /** Through the next of the four slots. */
  send(frame: Frame, slot = this.#slot): void {
    const at = TX_BUFFERS + slot * 0x800;
    this.ram.bytes.set(frame, at);
    this.out(R.TSAD + slot * 4, at);
    this.out(R.TSD + slot * 4, frame.length);
    this.#slot = (slot + 1) % 4;
  }

  /** One C+ transmit descriptor. */
  push(bytes: Uint8Array, options: number, tag = 0): void {
    const at = TX_RING + this.#next * 16;
    const buffer = TX_BUFFERS + this.#next * 0x4000;
    this.ram.bytes.set(bytes, buffer);
    this.ram.view.setUint32(at + 4, tag, true);
    this.ram.view.setUint32(at + 8, buffer, true);
    this.ram.view.setUint32(at, (options | OWN | (this.#next === RING - 1 ? RING_END : 0) | bytes.length) >>> 0, true);
    this.#next = (this.#next + 1) % RING;
  }

  /** ISR. */
  get causes(): number {
    return this.in(R.ISR, 2);
  }

  acknowledge(): void {
    this.out(R.ISR, 0xffff, 2);
  }
}
