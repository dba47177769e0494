// QEMU's firmware configuration device: named blocks of data that the machine offers to its firmware.
//   510 selector (16 bits)   511 data (8 bits, reads on through the selected item)   514 DMA address (64 bits, big-endian)
// Facts after QEMU's specification "QEMU Firmware Configuration (fw_cfg) Device".
// Not modelled: items that a guest may write (none are offered; a DMA write ends in its error bit).

import type { GuestMemory } from "../core/bus/bus.js";
import type { AccessSize, Device, DeviceState, Region } from "../core/bus/device.js";
import { StateReader } from "./state-reader.js";

export const FW_CFG_PORT = 0x510;
export const FW_CFG_DMA_PORT = 0x514;

// Keys of items older than the file directory.
const KEY_SIGNATURE = 0x00;
const KEY_ID = 0x01;
const KEY_UUID = 0x02;
export const KEY_RAM_SIZE = 0x03;
export const KEY_NO_GRAPHIC = 0x04;
export const KEY_PROCESSORS = 0x05;
export const KEY_BOOT_MENU = 0x0e;
export const KEY_MAX_PROCESSORS = 0x0f;
const KEY_DIRECTORY = 0x19;
const KEY_FIRST_FILE = 0x20;
/** IRQ 0 is on I/O APIC pin 2. */
export const KEY_IRQ0_OVERRIDE = 0x8002;
const KEY_MASK = 0xbfff;

/** ID bits: traditional interface, DMA. */
const FEATURES = 3;
const NAME_LENGTH = 56;

// DMA control.
const DMA_ERROR = 1 << 0;
const DMA_READ = 1 << 1;
const DMA_SKIP = 1 << 2;
const DMA_SELECT = 1 << 3;
const DMA_WRITE = 1 << 4;
const DMA_DESCRIPTOR = 16;
/** "QEMU CFG", read from the DMA address register. */
const DMA_SIGNATURE = [0x51, 0x45, 0x4d, 0x55, 0x20, 0x43, 0x46, 0x47];
const CHUNK = 0x10000;

const NOTHING = new Uint8Array(0);

export class FwCfg implements Device {
  readonly name = "fw-cfg";
  readonly ports: Region = {
    read: (offset, size) => this.#readPort(offset, size),
    write: (offset, value, size) => {
      if (offset === 0 && size === 2) this.#select(value);
    },
  };
  readonly dma: Region = {
    read: (offset, size) => littleEndian(DMA_SIGNATURE.slice(offset, offset + size)),
    write: (offset, value, size) => this.#writeDma(offset, value, size),
  };

  readonly #memory: GuestMemory;
  readonly #items = new Map<number, Uint8Array>();
  readonly #files: { readonly name: string; readonly key: number; readonly size: number }[] = [];
  #key = 0;
  #at = 0;
  #dmaHigh = 0;

  constructor(memory: GuestMemory) {
    this.#memory = memory;
    this.add(KEY_SIGNATURE, Uint8Array.from([0x51, 0x45, 0x4d, 0x55]));
    this.addNumber(KEY_ID, FEATURES, 4);
    this.add(KEY_UUID, new Uint8Array(16));
    this.#writeDirectory();
  }

  /** Offers (or replaces) an item by key. */
  add(key: number, bytes: Uint8Array): void {
    this.#items.set(key, bytes);
  }

  addNumber(key: number, value: number, size: 2 | 4 | 8): void {
    const bytes = new Uint8Array(8);
    new DataView(bytes.buffer).setBigUint64(0, BigInt(value), true);
    this.add(key, bytes.subarray(0, size));
  }

  /** Offers (or replaces) a file: an item that firmware finds by name, of at most 55 characters. */
  addFile(name: string, bytes: Uint8Array): void {
    const known = this.#files.findIndex((file) => file.name === name);
    const key = known >= 0 ? this.#files[known]!.key : KEY_FIRST_FILE + this.#files.length;
    const file = { name, key, size: bytes.length };
    if (known >= 0) this.#files[known] = file;
    else this.#files.push(file);
    this.add(key, bytes);
    this.#writeDirectory();
  }

  reset(): void {
    this.#key = 0;
    this.#at = 0;
    this.#dmaHigh = 0;
  }

  /** What is offered belongs to the machine's configuration; only where the guest reads is state. */
  save(): DeviceState {
    return { version: 1, key: this.#key, at: this.#at, dmaHigh: this.#dmaHigh };
  }

  load(state: DeviceState): void {
    const reader = new StateReader(this.name, state, 1);
    this.#key = reader.number("key", 0xffff);
    this.#at = reader.number("at");
    this.#dmaHigh = reader.number("dmaHigh");
  }

  get #item(): Uint8Array {
    return this.#items.get(this.#key) ?? NOTHING;
  }

  #select(key: number): void {
    this.#key = key & KEY_MASK;
    this.#at = 0;
  }

  #readPort(offset: number, size: AccessSize): number {
    if (offset !== 1 || size !== 1) return 0;
    const byte = this.#item[this.#at] ?? 0;
    this.#advance(1);
    return byte;
  }

  /** Past the end it stays at the end: what is read there is zero for ever. */
  #advance(count: number): void {
    this.#at = Math.min(this.#at + count, this.#item.length);
  }

  #writeDirectory(): void {
    const bytes = new Uint8Array(4 + this.#files.length * (8 + NAME_LENGTH));
    const view = new DataView(bytes.buffer);
    view.setUint32(0, this.#files.length);
    this.#files.forEach(({ name, key, size }, index) => {
      const at = 4 + index * (8 + NAME_LENGTH);
      view.setUint32(at, size);
      view.setUint16(at + 4, key);
      for (let i = 0; i < name.length && i < NAME_LENGTH - 1; i++) bytes[at + 8 + i] = name.charCodeAt(i);
    });
    this.add(KEY_DIRECTORY, bytes);
  }

  #writeDma(offset: number, value: number, size: AccessSize): void {
    if (size !== 4) return;
    if (offset === 0) this.#dmaHigh = swap(value);
    if (offset !== 4) return;
    const high = this.#dmaHigh;
    this.#dmaHigh = 0;
    if (high === 0) this.#transfer(swap(value));
  }

  #transfer(descriptor: number): void {
    const bytes = this.#memory.read(descriptor, DMA_DESCRIPTOR);
    const view = new DataView(bytes.buffer, bytes.byteOffset);
    const control = view.getUint32(0);
    const length = view.getUint32(4);
    const inReach = view.getUint32(8) === 0;
    if (control & DMA_SELECT) this.#select(control >>> 16);
    let result = 0;
    if (control & DMA_READ && inReach) this.#copyOut(view.getUint32(12), length);
    else if (control & (DMA_READ | DMA_WRITE)) result = DMA_ERROR;
    else if (control & DMA_SKIP) this.#advance(length);
    this.#memory.write(descriptor, Uint8Array.of(0, 0, 0, result));
  }

  /** The item, then zeros; never more than memory is large, whatever the length says. */
  #copyOut(address: number, length: number): void {
    const end = Math.min(address + length, this.#memory.size);
    for (let to = address; to < end; to += CHUNK) {
      const count = Math.min(CHUNK, end - to);
      const chunk = new Uint8Array(count);
      chunk.set(this.#item.subarray(this.#at, this.#at + count));
      this.#memory.write(to, chunk);
      this.#advance(count);
    }
  }
}

function swap(value: number): number {
  return (((value & 0xff) << 24) | ((value & 0xff00) << 8) | ((value >>> 8) & 0xff00) | (value >>> 24)) >>> 0;
}

/** Bytes in the order of their addresses, as a port read of that width sees them. */
function littleEndian(bytes: readonly number[]): number {
  return bytes.reduceRight((value, byte) => value * 256 + byte, 0);
}
