// A board with a virtio block device on a disk in memory, and a driver of it, for tests.

import { MemoryDisk, type MemoryDiskOptions } from "../../testing/memory-disk.js";
import { createBoard } from "../../testing/test-board.js";
import type { VirtioBlockOptions } from "../block.js";
import { createVirtioBlockPci } from "../block-pci.js";
import type { VirtioEnvironment } from "../virtio-device.js";
import { type DriverOptions, MockDriver } from "./mock-driver.js";

const SLOT = 3;
export const ALL_FEATURES = 0xffff_ffff_ffffn;
export const IN = 0;
export const OUT = 1;
export const FLUSH = 4;
export const GET_ID = 8;
export const DISCARD = 11;
export const WRITE_ZEROES = 13;
export const OK = 0;
export const IOERR = 1;
export const UNSUPPORTED = 2;
/** What no device writes. */
const NO_STATUS = 0xee;

export interface RigOptions {
  readonly driver?: Omit<DriverOptions, "slot">;
  readonly device?: Omit<VirtioBlockOptions, "disk">;
  readonly environment?: Pick<VirtioEnvironment, "packed" | "inOrder">;
  readonly disk?: MemoryDiskOptions;
  readonly sectors?: number;
  readonly content?: Uint8Array;
  readonly transitional?: boolean;
}

/** Bytes that differ from sector to sector. */
export function pattern(length: number, seed = 1): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => (i * 7 + (i >> 9) * 13 + seed * 31) & 0xff);
}

export function createBlockRig(options: RigOptions = {}) {
  const host = createBoard();
  const { board, scheduler, ports, memory, ram } = host;
  const content = options.content ?? pattern((options.sectors ?? 64) * 512);
  const disk = new MemoryDisk(content, scheduler, { serial: "a serial number", ...options.disk });
  const transitional = options.transitional ?? true;
  const pci = createVirtioBlockPci("virtio-blk-0", { disk, transitional, ...options.device, ...options.environment }, board.options);
  const block = pci.device;
  board.pci.attach(SLOT, 0, pci);
  const driver = new MockDriver({ ports, memory, ram }, { slot: SLOT, interface: "modern", ...options.driver });
  return { ...host, disk, block, pci, driver, requests: new BlockRequests(driver) };
}

export type BlockRig = ReturnType<typeof createBlockRig>;

interface Sent {
  readonly status: number;
  readonly data: number;
  readonly length: number;
}

export interface BlockReply {
  readonly id: number;
  readonly status: number;
  /** What the device has written beside the status. */
  readonly data: Uint8Array;
  readonly written: number;
}

/** Block requests as a driver makes them. */
export class BlockRequests {
  readonly #sent = new Map<string, Sent>();

  constructor(private readonly driver: MockDriver) {}

  /**
   * Makes a request available. `data`: what goes to the device, or how many bytes come from it. `pieces`: in how many descriptors the data lies.
   * Undefined if the ring has no room.
   */
  send(type: number, sector: number, data: Uint8Array | number, how: { queue?: number; pieces?: number; indirect?: boolean } = {}) {
    const { memory } = this.driver;
    const { queue = 0, pieces = 1, indirect = false } = how;
    const header = memory.take(16);
    memory.view.setUint32(header, type, true);
    memory.view.setBigUint64(header + 8, BigInt(sector), true);
    const length = typeof data === "number" ? data : data.length;
    const at = memory.take(length);
    if (typeof data !== "number") memory.ram.set(data, at);
    const status = memory.take(1);
    memory.ram[status] = NO_STATUS;
    const writable = typeof data === "number";
    const parts = split(at, length, pieces).map((part) => ({ ...part, writable }));
    const id = this.driver.queues[queue]!.add(
      [{ address: header, length: 16, writable: false }, ...parts, { address: status, length: 1, writable: true }],
      indirect,
    );
    if (id !== undefined) this.#sent.set(`${queue} ${id}`, { status, data: at, length: writable ? length : 0 });
    return id;
  }

  /** What the device has done since. */
  collect(queue = 0): BlockReply[] {
    const { ram } = this.driver.memory;
    return this.driver.queues[queue]!.collect().map(({ id, written }) => {
      const { status, data, length } = this.#sent.get(`${queue} ${id}`)!;
      this.#sent.delete(`${queue} ${id}`);
      return { id, status: ram[status]!, data: ram.slice(data, data + length), written };
    });
  }
}

function split(at: number, length: number, pieces: number): { address: number; length: number }[] {
  if (length === 0) return [];
  const bounds = Array.from({ length: pieces + 1 }, (_, i) => at + Math.floor((length * i) / pieces));
  return bounds.slice(1).flatMap((end, i) => (end > bounds[i]! ? [{ address: bounds[i]!, length: end - bounds[i]! }] : []));
}

/** One request from begin to end. */
export function perform(
  rig: BlockRig,
  type: number,
  sector: number,
  data: Uint8Array | number,
  how: Parameters<BlockRequests["send"]>[3] = {},
) {
  const { requests, driver, scheduler } = rig;
  const release = driver.memory.mark();
  requests.send(type, sector, data, how);
  driver.kickIfWanted(how.queue ?? 0);
  scheduler.advance(1_000_000);
  const replies = requests.collect(how.queue);
  driver.queues[how.queue ?? 0]!.setInterrupts(true);
  release();
  if (replies.length !== 1) throw new Error(`${replies.length} replies to one request: ${rig.block.problem}`);
  return replies[0]!;
}

/** The payload of a discard or write-zeroes request. */
export function ranges(...list: readonly (readonly [sector: number, sectors: number, flags?: number])[]): Uint8Array {
  const bytes = new Uint8Array(16 * list.length);
  const view = new DataView(bytes.buffer);
  list.forEach(([sector, sectors, flags = 0], i) => {
    view.setBigUint64(16 * i, BigInt(sector), true);
    view.setUint32(16 * i + 8, sectors, true);
    view.setUint32(16 * i + 12, flags, true);
  });
  return bytes;
}
