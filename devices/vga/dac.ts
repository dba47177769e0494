// The digital-to-analog converter of a VGA: 256 entries of three 6-bit components, or 8-bit ones when VBE asks for it.

import type { DeviceState } from "../../core/bus/device.js";
import type { StateReader } from "../state-reader.js";

const ENTRIES = 256;

export class Dac {
  /** Red, green, blue of each entry as written. */
  readonly #components = new Uint8Array(ENTRIES * 3);
  #mask = 0xff;
  #eightBit = false;
  /** Next component to be read or written: entry x 3 + component. */
  #readAt = 0;
  #writeAt = 0;
  /** Port 3C7 reads 3 after a read index was set, 0 after a write index. */
  #reading = false;

  reset(): void {
    this.#components.fill(0);
    this.#mask = 0xff;
    this.#eightBit = false;
    this.#readAt = this.#writeAt = 0;
    this.#reading = false;
  }

  get mask(): number {
    return this.#mask;
  }

  set mask(value: number) {
    this.#mask = value;
  }

  /** Width of a component: false is 6 bits. */
  set eightBit(value: boolean) {
    this.#eightBit = value;
  }

  get state(): number {
    return this.#reading ? 3 : 0;
  }

  set readIndex(value: number) {
    this.#readAt = value * 3;
    this.#reading = true;
  }

  get writeIndex(): number {
    return Math.floor(this.#writeAt / 3);
  }

  set writeIndex(value: number) {
    this.#writeAt = value * 3;
    this.#reading = false;
  }

  readData(): number {
    const value = this.#components[this.#readAt]!;
    this.#readAt = (this.#readAt + 1) % this.#components.length;
    return value;
  }

  writeData(value: number): void {
    this.#components[this.#writeAt] = this.#eightBit ? value : value & 0x3f;
    this.#writeAt = (this.#writeAt + 1) % this.#components.length;
  }

  setEntry(index: number, red: number, green: number, blue: number): void {
    this.#components.set([red, green, blue], index * 3);
  }

  /** The colour of a pixel value as a little-endian RGBA word. */
  color(pixel: number): number {
    const at = (pixel & this.#mask) * 3;
    const [red, green, blue] = [this.#scale(at), this.#scale(at + 1), this.#scale(at + 2)];
    return (red | (green << 8) | (blue << 16) | 0xff000000) >>> 0;
  }

  save(): DeviceState {
    return {
      version: 1,
      components: this.#components.slice(),
      mask: this.#mask,
      eightBit: this.#eightBit,
      readAt: this.#readAt,
      writeAt: this.#writeAt,
      reading: this.#reading,
    };
  }

  load(reader: StateReader): void {
    this.#components.set(reader.bytes("components", ENTRIES * 3));
    this.#mask = reader.number("mask", 0xff);
    this.#eightBit = reader.boolean("eightBit");
    this.#readAt = reader.number("readAt", ENTRIES * 3 - 1);
    this.#writeAt = reader.number("writeAt", ENTRIES * 3 - 1);
    this.#reading = reader.boolean("reading");
  }

  #scale(at: number): number {
    const value = this.#components[at]!;
    if (this.#eightBit) return value;
    return ((value & 0x3f) << 2) | ((value & 0x3f) >> 4);
  }
}
