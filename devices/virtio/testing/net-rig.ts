// A board with a virtio network card on a cable, and a driver of it, for tests.

import { createCable, type Frame } from "../../net/wire.js";
import { createBoard } from "../../testing/test-board.js";
import type { VirtioNet } from "../net.js";
import { createVirtioNetPci, type VirtioNetPciOptions } from "../net-pci.js";
import { type DriverOptions, MockDriver } from "./mock-driver.js";

const SLOT = 3;
export const CARD = Uint8Array.of(0x52, 0x54, 0, 0x12, 0x34, 0x56);
export const PEER = Uint8Array.of(0x52, 0x54, 0, 0xab, 0xcd, 0xef);
export const BROADCAST = new Uint8Array(6).fill(0xff);
export const EVERYTHING = 2n ** 64n - 1n;
export const CTRL_VQ = 1n << 17n;
export const MQ = 1n << 22n;
export const MRG_RXBUF = 1n << 15n;
const VERSION_1 = 1n << 32n;
/** Classes of commands, and what a card answers. */
export const COMMAND = { RX: 0, MAC: 1, VLAN: 2, ANNOUNCE: 3, PAIRS: 4, OFFLOADS: 5 } as const;
export const OK = 0;
export const ERR = 1;

export interface NetRigOptions {
  readonly driver?: Omit<DriverOptions, "slot">;
  readonly card?: Partial<Omit<VirtioNetPciOptions, "wire">>;
  /** Features that the driver takes if they are offered; all if not given. */
  readonly features?: bigint;
  /** Entries of each queue. */
  readonly size?: number;
}

export function createNetRig(options: NetRigOptions = {}) {
  const host = createBoard();
  const { board, ports, memory, ram, scheduler } = host;
  const { pairs = 1 } = options.card ?? {};
  const cable = createCable();
  const sent: Frame[] = [];
  const far = cable.ends[1];
  far.onFrame((frame) => sent.push(frame.slice()));
  const { guestMemory } = board.options;
  const pci = createVirtioNetPci({ mac: CARD, wire: cable.ends[0], ports, memory, guestMemory, scheduler, ...options.card });
  board.pci.attach(SLOT, 0, pci);
  const driver = new MockDriver({ ports, memory, ram }, { slot: SLOT, interface: "modern", ...options.driver });
  const packets = new NetPackets(driver);
  const size = options.size ?? 32;
  const start = (features = options.features ?? EVERYTHING) => {
    driver.initialize(features, new Array<number>(driver.offered & features & MQ ? 2 * pairs + 1 : 3).fill(size));
  };
  start();
  /** What comes over the cable is in the guest's memory after this. */
  const receive = (...frames: Frame[]) => {
    for (const frame of frames) far.send(frame);
    scheduler.advance(1);
  };
  return { ...host, pci, card: pci.device as VirtioNet, cable, sent, driver, packets, start, receive };
}

export type NetRig = ReturnType<typeof createNetRig>;

/** A header as a driver writes it; zero is what is not said. */
export interface SentHeader {
  readonly flags?: number;
  readonly gsoType?: number;
  readonly headerLength?: number;
  readonly gsoSize?: number;
  readonly checksumStart?: number;
  readonly checksumOffset?: number;
}

export interface Received {
  readonly flags: number;
  readonly gsoType: number;
  readonly headerLength: number;
  readonly gsoSize: number;
  readonly checksumStart: number;
  readonly checksumOffset: number;
  /** Of a header that has the field. */
  readonly buffers: number | undefined;
  readonly frame: Uint8Array;
}

/** Buffers and packets as a driver makes them. */
export class NetPackets {
  readonly #posted = new Map<string, readonly { readonly address: number; readonly length: number }[]>();

  constructor(private readonly driver: MockDriver) {}

  get headerLength(): number {
    return this.driver.features & (VERSION_1 | MRG_RXBUF) ? 12 : 10;
  }

  /** Makes receive buffers available, each in pieces of these lengths. */
  post(queue: number, count: number, ...pieces: readonly number[]): void {
    const { driver } = this;
    for (let i = 0; i < count; i++) {
      const places = pieces.map((length) => ({ address: driver.memory.take(length), length }));
      const id = driver.queues[queue]!.add(
        places.map((place) => ({ ...place, writable: true })),
        false,
      );
      this.#posted.set(`${queue} ${id}`, places);
    }
    driver.kickIfWanted(queue);
  }

  /** What has come since. */
  received(queue = 0): Received[] {
    const { ram } = this.driver.memory;
    const used = this.driver.queues[queue]!.collect().map(({ id, written }) => {
      const bytes = this.#posted.get(`${queue} ${id}`)!.flatMap(({ address, length }) => [...ram.subarray(address, address + length)]);
      return Uint8Array.from(bytes.slice(0, written));
    });
    const packets: Received[] = [];
    while (used.length > 0) packets.push(this.#packet(used));
    return packets;
  }

  /** Sends a packet; header and data lie in pieces of these lengths, the last has the rest. */
  send(frame: Uint8Array, header: SentHeader = {}, { queue = 1, pieces = [this.headerLength], indirect = false } = {}): void {
    const { memory } = this.driver;
    const bytes = new Uint8Array(this.headerLength + frame.length);
    const view = new DataView(bytes.buffer);
    bytes.set([header.flags ?? 0, header.gsoType ?? 0]);
    [header.headerLength, header.gsoSize, header.checksumStart, header.checksumOffset].forEach((value = 0, index) => {
      view.setUint16(2 + 2 * index, value, true);
    });
    bytes.set(frame, this.headerLength);
    const release = memory.mark();
    const address = memory.take(bytes.length);
    memory.ram.set(bytes, address);
    let at = 0;
    const buffers = [...pieces, bytes.length].flatMap((length) => {
      const part = Math.min(length, bytes.length - at);
      const buffer = { address: address + at, length: part, writable: false };
      at += part;
      return part > 0 ? [buffer] : [];
    });
    if (this.driver.queues[queue]!.add(buffers, indirect) === undefined) throw new Error("no room in the ring");
    this.driver.kickIfWanted(queue);
    this.driver.queues[queue]!.collect();
    release();
  }

  /** A command by the control queue, and its answer. */
  command(group: number, command: number, data: readonly number[] | Uint8Array = [], queue = 2): number {
    const { memory } = this.driver;
    const release = memory.mark();
    const address = memory.take(2 + data.length);
    memory.ram.set([group, command, ...data], address);
    const answer = memory.take(1);
    memory.ram[answer] = 0xee;
    const parts = [
      { address, length: 2, writable: false },
      { address: address + 2, length: data.length, writable: false },
      { address: answer, length: 1, writable: true },
    ];
    this.driver.queues[queue]!.add(
      parts.filter(({ length }) => length > 0),
      false,
    );
    this.driver.kickIfWanted(queue);
    const used = this.driver.queues[queue]!.collect();
    release();
    if (used.length !== 1) throw new Error("the command was not answered");
    return memory.ram[answer]!;
  }

  #packet(used: Uint8Array[]): Received {
    const first = used.shift()!;
    const view = new DataView(first.buffer);
    const half = (at: number) => view.getUint16(at, true);
    const buffers = this.headerLength === 12 ? half(10) : undefined;
    const rest = used.splice(0, (buffers ?? 1) - 1);
    const frame = Uint8Array.from([first.subarray(this.headerLength), ...rest].flatMap((part) => [...part]));
    return {
      flags: first[0]!,
      gsoType: first[1]!,
      headerLength: half(2),
      gsoSize: half(4),
      checksumStart: half(6),
      checksumOffset: half(8),
      buffers,
      frame,
    };
  }
}

/** A frame that differs from others of other lengths or seeds. */
export function plainFrame(to: Uint8Array, from: Uint8Array, length = 100, seed = 1): Uint8Array {
  const payload = Array.from({ length: length - 14 }, (_, i) => (i * 7 + seed * 31) & 0xff);
  return Uint8Array.from([...to, ...from, 0x88, 0xb5, ...payload]);
}
