// A network card on a bench: memory, ports, time to move by hand, a wire with the test at its other end, and its BARs placed as firmware would.

import type { AccessSize } from "../../core/bus/device.js";
import type { NicOptions } from "../net/nic.js";
import { createCable, type Frame } from "../net/wire.js";
import { BAR0, COMMAND, COMMAND_IO, COMMAND_MASTER, COMMAND_MEMORY, type PciFunction } from "../pci/function.js";
import { ArrayMemory } from "./array-memory.js";
import { FlatSpace } from "./flat-space.js";
import { LineRecorder } from "./line-recorder.js";
import { ManualScheduler } from "./manual-scheduler.js";

export const MAC = Uint8Array.of(0x52, 0x54, 0, 0x12, 0x34, 0x56);
export const PEER = Uint8Array.of(0x52, 0x55, 0x0a, 0, 2, 2);
export const BROADCAST = new Uint8Array(6).fill(0xff);
const MEMORY_AT = 0xf000_0000;
const PORTS_AT = 0xc000;
const RAM = 1 << 20;
/** Longer than auto-negotiation takes. */
const NEGOTIATED = 1e9;

export class NicRig<T extends PciFunction = PciFunction> {
  readonly scheduler = new ManualScheduler();
  readonly ports = new FlatSpace();
  readonly space = new FlatSpace();
  readonly ram = new ArrayMemory(RAM);
  readonly cable = createCable();
  readonly irq = new LineRecorder(this.scheduler);
  /** What the card has sent. */
  readonly sent: Frame[] = [];
  readonly nic: T;
  readonly #base: number;
  readonly #registers: FlatSpace;

  constructor(create: (options: NicOptions) => T) {
    const { ports, scheduler } = this;
    this.nic = create({ mac: MAC, wire: this.cable.ends[0], ports, memory: this.space, guestMemory: this.ram, scheduler });
    // The cards here have no message-signalled interrupts.
    this.nic.connect(this.irq, () => {});
    this.cable.ends[1].onFrame((frame) => this.sent.push(frame));
    this.place();
    const isMemory = this.nic.bars[0]!.kind === "memory";
    this.#base = isMemory ? MEMORY_AT : PORTS_AT;
    this.#registers = isMemory ? this.space : ports;
  }

  /** What firmware does after a reset. */
  place(): void {
    for (const { index, kind } of this.nic.bars) this.nic.writeConfig(BAR0 + index * 4, kind === "io" ? PORTS_AT : MEMORY_AT, 4);
    this.nic.writeConfig(COMMAND, COMMAND_IO | COMMAND_MEMORY | COMMAND_MASTER, 2);
    this.scheduler.advance(NEGOTIATED);
  }

  /** The register at `offset` of BAR 0. */
  in(offset: number, size: AccessSize = 4): number {
    return this.#registers.read(this.#base + offset, size) >>> 0;
  }

  out(offset: number, value: number, size: AccessSize = 4): void {
    this.#registers.write(this.#base + offset, (value >>> 0) % 2 ** (8 * size), size);
  }

  receive(...frames: Frame[]): void {
    for (const frame of frames) this.cable.ends[1].send(frame);
  }
}

/** A frame with a payload that counts. */
export function testFrame(to: Uint8Array, payload = 100, type = 0x88b5): Frame {
  const counting = Array.from({ length: payload }, (_, at) => at & 0xff);
  return Uint8Array.from([...to, ...PEER, type >> 8, type & 0xff, ...counting]);
}

export interface IpFrameOptions {
  /** 6 is TCP, 17 UDP. */
  readonly protocol: 6 | 17;
  readonly payload: number;
  /** Of TCP. */
  readonly flags?: number;
}

/** An IPv4 packet whose checksums are zero. */
export function ipFrame({ protocol, payload, flags = 0x18 }: IpFrameOptions): Uint8Array<ArrayBuffer> {
  const transport = protocol === 6 ? 20 : 8;
  const frame = new Uint8Array(34 + transport + payload);
  const view = new DataView(frame.buffer);
  frame.set([...PEER, ...MAC, 0x08, 0x00, 0x45]);
  view.setUint16(16, frame.length - 14);
  view.setUint16(18, 0x1234);
  frame.set([64, protocol, 0, 0, 10, 0, 2, 15, 10, 0, 2, 2], 22);
  view.setUint16(34, 1000);
  view.setUint16(36, 2000);
  if (protocol === 6) {
    view.setUint32(38, 0xffff_ff00);
    frame.set([0x50, flags], 46);
  } else view.setUint16(38, transport + payload);
  for (let at = 0; at < payload; at++) frame[34 + transport + at] = at * 7;
  return frame;
}
