// Two Intel 8237A DMA controllers as cascaded on a PC AT, with the page registers (74LS612) that make their addresses 24 bits wide.
//
//   first controller   ports 00H-0FH  channels 0-3, bytes, 64 KiB pages
//   second controller  ports C0H-DFH  channels 4-7 at even ports, words, 128 KiB pages; channel 4 carries the first controller
//   page registers     ports 80H-8FH
// A device holds a DmaChannel: it raises DREQ, is told when it may transfer, and moves its bytes in one call: what the hardware spreads
// over many bus cycles happens at once. Single, demand and block mode differ only in how long DREQ must stay up for that.
// Modelled: all modes, autoinitialise, decrement, verify, memory-to-memory with address hold, software requests, masks, both priorities,
// status, temporary register, both ways to clear the flip-flop. Not modelled: what only the bus sees (timing, compressed and extended
// write, polarities of DREQ and DACK), refresh.

import type { GuestMemory } from "../core/bus/bus.js";
import type { Device, DeviceState, Region } from "../core/bus/device.js";
import { ByteRegion } from "./byte-region.js";
import {
  ADDRESS_HOLD,
  CASCADE,
  CHANNELS,
  DECREMENT,
  type DmaChannelState,
  DmaController,
  KIND,
  READ,
  TRANSFER,
  VERIFY,
  WRITE,
} from "./dma-8237-controller.js";
import { StateReader } from "./state-reader.js";

/** Where a channel's page register lies among ports 80H-8FH; channel 4's is the refresh page. */
const PAGE_OF_CHANNEL = [0x7, 0x3, 0x1, 0x2, 0xf, 0xb, 0x9, 0xa];

/** What a device on a channel is told. */
export interface DmaClient {
  /** DREQ is up (or software asked) and the channel may run: move data now, or later. */
  granted?(): void;
  /** Terminal count was reached. */
  terminalCount?(): void;
}

/** A device's end of a channel. */
export interface DmaChannel {
  /** DREQ. Part of the controllers' saved state: a device does not raise it again when it is loaded. */
  request(level: boolean): void;
  /** The channel is unmasked and programmed for a transfer in this direction (verify counts as both). */
  canRead(): boolean;
  canWrite(): boolean;
  /** Memory to device: up to `length` bytes, fewer at terminal count or if the channel may not run. */
  read(length: number): Uint8Array;
  /** Device to memory: how many bytes were taken. */
  write(bytes: Uint8Array): number;
}

export class Dma8237 implements Device {
  /** Ports 00H-0FH. */
  readonly first: Region;
  /** Ports C0H-DFH: a register every two ports. */
  readonly second: Region;
  /** Ports 80H-8FH. */
  readonly pages: Region;

  readonly #controllers: readonly [DmaController, DmaController];
  readonly #pageBytes = new Uint8Array(16);
  readonly #clients: (DmaClient | undefined)[] = [];

  constructor(
    readonly name: string,
    private readonly memory: GuestMemory,
  ) {
    const controller = (base: number) =>
      new DmaController(
        (index) => this.#serve(base + index),
        () => this.#copyMemory(base),
      );
    const first = controller(0);
    const second = controller(CHANNELS);
    this.#controllers = [first, second];
    this.first = new ByteRegion(16, first);
    this.second = new ByteRegion(32, {
      read: (offset) => second.read(offset >> 1),
      write: (offset, value) => {
        second.write(offset >> 1, value);
        // Channel 4 may just have let the first controller through.
        first.run();
      },
    });
    this.pages = new ByteRegion(16, {
      read: (offset) => this.#pageBytes[offset]!,
      write: (offset, value) => {
        this.#pageBytes[offset] = value;
      },
    });
  }

  /** The channel (0-3 bytes, 5-7 words) for a device that `client` speaks for. */
  channel(number: number, client: DmaClient = {}): DmaChannel {
    this.#clients[number] = client;
    return {
      request: (level) => this.#controllerOf(number).request(number % CHANNELS, level),
      canRead: () => this.#allows(number, READ),
      canWrite: () => this.#allows(number, WRITE),
      read: (length) => this.#read(number, length),
      write: (bytes) => this.#write(number, bytes),
    };
  }

  reset(): void {
    for (const controller of this.#controllers) controller.clear();
  }

  save(): DeviceState {
    return { version: 1, controllers: this.#controllers.map((controller) => controller.save()), pages: this.#pageBytes.slice() };
  }

  load(state: DeviceState): void {
    const reader = new StateReader(this.name, state, 1);
    const controllers = reader.nestedList("controllers", 2, 1);
    const pages = reader.bytes("pages", 16);
    this.#controllers.forEach((controller, index) => {
      controller.load(controllers[index]!);
    });
    this.#pageBytes.set(pages);
  }

  // --- Transfers

  #controllerOf(number: number): DmaController {
    return this.#controllers[number < CHANNELS ? 0 : 1];
  }

  #stateOf(number: number): DmaChannelState {
    return this.#controllerOf(number).channels[number % CHANNELS]!;
  }

  /** The first controller reaches the bus through channel 4, which must be in cascade mode and unmasked. */
  #mayRun(number: number): boolean {
    const throughSecond = number >= CHANNELS || ((this.#stateOf(CHANNELS).mode & KIND) === CASCADE && this.#controllers[1].mayRun(0));
    return throughSecond && this.#controllerOf(number).mayRun(number % CHANNELS);
  }

  #allows(number: number, direction: number): boolean {
    const { mode } = this.#stateOf(number);
    const transfer = mode & TRANSFER;
    return this.#mayRun(number) && (mode & KIND) !== CASCADE && (transfer === direction || transfer === VERIFY);
  }

  #serve(number: number): void {
    if (this.#mayRun(number)) this.#clients[number]?.granted?.();
  }

  /** Words are 2 bytes, and the address counts words: A0 comes from nowhere, A16 from the address register. */
  #unit(number: number): 1 | 2 {
    return number < CHANNELS ? 1 : 2;
  }

  #physical(number: number): number {
    const page = this.#pageBytes[PAGE_OF_CHANNEL[number]!]!;
    const { address } = this.#stateOf(number);
    return number < CHANNELS ? (page << 16) | address : ((page & 0xfe) << 16) | (address << 1);
  }

  /** Units that a transfer of `length` bytes may move before terminal count. */
  #units(number: number, length: number): number {
    return Math.min(Math.floor(length / this.#unit(number)), this.#stateOf(number).count + 1);
  }

  #read(number: number, length: number): Uint8Array {
    if (!this.#allows(number, READ)) return new Uint8Array(0);
    const bytes = new Uint8Array(this.#units(number, length) * this.#unit(number));
    this.#transfer(number, bytes, (address, part) => {
      part.set(this.memory.read(address, part.length));
    });
    return bytes;
  }

  #write(number: number, bytes: Uint8Array): number {
    if (!this.#allows(number, WRITE)) return 0;
    const taken = bytes.slice(0, this.#units(number, bytes.length) * this.#unit(number));
    this.#transfer(number, taken, (address, part) => {
      this.memory.write(address, part);
    });
    return taken.length;
  }

  /** Move a buffer through `move`, in pieces that do not wrap around the 16-bit address; a decrementing channel goes unit by unit. */
  #transfer(number: number, bytes: Uint8Array, move: (address: number, part: Uint8Array) => void): void {
    const unit = this.#unit(number);
    const state = this.#stateOf(number);
    const verifies = (state.mode & TRANSFER) === VERIFY;
    let ended = false;
    for (let done = 0; done < bytes.length; ) {
      const left = (bytes.length - done) / unit;
      const units = state.mode & DECREMENT ? 1 : Math.min(left, 0x10000 - state.address);
      if (!verifies) move(this.#physical(number), bytes.subarray(done, done + units * unit));
      ended = this.#controllerOf(number).advance(number % CHANNELS, units);
      done += units * unit;
    }
    if (ended) this.#clients[number]?.terminalCount?.();
  }

  // 8237A "Memory-to-Memory": channel 0 is the source, channel 1 the destination and the count.
  #copyMemory(base: number): void {
    const controller = this.#controllerOf(base);
    const source = controller.channels[0]!;
    const total = controller.channels[1]!.count + 1;
    const unit = this.#unit(base);
    for (let left = total; left > 0; left--) {
      const word = this.memory.read(this.#physical(base), unit);
      controller.temporary = word[0]!;
      this.memory.write(this.#physical(base + 1), word);
      if (!(controller.command & ADDRESS_HOLD)) source.address = (source.address + (source.mode & DECREMENT ? -1 : 1)) & 0xffff;
      source.count = (source.count - 1) & 0xffff;
      controller.advance(1, 1);
    }
    controller.software &= ~1;
  }
}
