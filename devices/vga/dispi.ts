// The Bochs VBE extension ("DISPI"): 16-bit registers behind an index port 1CE and a data port 1CF (or 1D0), version 5.
// Linear modes of 8, 15, 16, 24 and 32 bits a pixel, a virtual screen larger than the visible one, a 64 KiB window bank.
// Facts after the interface description in the Bochs documentation, "VBE Bochs Display Interface". 4 bits a pixel keep the VGA's planes.

import { type AccessSize, type DeviceState, type Region, StateError } from "../../core/bus/device.js";
import type { StateReader } from "../state-reader.js";

export const DISPI_PORTS = 0x1ce;

const ID = 0;
const XRES = 1;
const YRES = 2;
const BPP = 3;
const ENABLE = 4;
const BANK = 5;
const VIRT_WIDTH = 6;
const VIRT_HEIGHT = 7;
const X_OFFSET = 8;
const Y_OFFSET = 9;
const MEMORY_64K = 10;
const REGISTERS = 11;

const VERSION = 0xb0c5;
const OLDEST_VERSION = 0xb0c0;
const DISPI_ENABLED = 0x01;
const DISPI_GET_CAPS = 0x02;
const DISPI_8BIT_DAC = 0x20;
const DISPI_LFB_ENABLED = 0x40;
const DISPI_NO_CLEAR = 0x80;
const ENABLE_BITS = DISPI_ENABLED | DISPI_GET_CAPS | DISPI_8BIT_DAC | DISPI_LFB_ENABLED;

/** The largest mode: what fits 16 MiB at 32 bits. */
const MAX_XRES = 2560;
const MAX_YRES = 1600;
const MAX_BPP = 32;
const DEPTHS = [4, 8, 15, 16, 24, 32];

export interface DispiEvents {
  /** A mode was switched on or off, or its geometry changed. `clear` asks for the screen's memory to be zeroed. */
  changed(clear: boolean): void;
}

export class Dispi {
  /** Ports 1CE-1D1: index at the first, data at the second and (where words must be aligned) the third. */
  readonly ports: Region = {
    read: (offset, size) => narrow(offset === 0 ? this.#index : this.readRegister(this.#index), size),
    write: (offset, value) => {
      if (offset === 0) this.#index = value & 0xffff;
      else this.writeRegister(this.#index, value & 0xffff);
    },
  };

  readonly #memorySize: number;
  readonly #events: DispiEvents;
  readonly #registers = new Uint16Array(REGISTERS);
  #index = 0;

  constructor(memorySize: number, events: DispiEvents) {
    this.#memorySize = memorySize;
    this.#events = events;
    this.reset();
  }

  reset(): void {
    this.#registers.fill(0);
    this.#registers[ID] = VERSION;
    this.#index = 0;
  }

  get enabled(): boolean {
    return (this.#registers[ENABLE]! & DISPI_ENABLED) !== 0;
  }

  get eightBitDac(): boolean {
    return (this.#registers[ENABLE]! & DISPI_8BIT_DAC) !== 0;
  }

  get width(): number {
    return this.#registers[XRES]!;
  }

  get height(): number {
    return this.#registers[YRES]!;
  }

  get depth(): number {
    return this.#registers[BPP]!;
  }

  get virtualWidth(): number {
    return this.#registers[VIRT_WIDTH]!;
  }

  /** Bytes from one row to the next. */
  get pitch(): number {
    return this.#pitchOf(this.virtualWidth);
  }

  /** Byte offset of the first visible pixel. */
  get start(): number {
    return this.#registers[Y_OFFSET]! * this.pitch + this.#pitchOf(this.#registers[X_OFFSET]!);
  }

  /** Byte offset in video memory of the window at A0000. */
  get bankStart(): number {
    return this.#registers[BANK]! * 0x10000;
  }

  readRegister(index: number): number {
    if (index === MEMORY_64K) return this.#memorySize >> 16;
    if (index === VIRT_HEIGHT) return this.#virtualHeight();
    if (index >= REGISTERS) return 0;
    if (this.#registers[ENABLE]! & DISPI_GET_CAPS) {
      if (index === XRES) return MAX_XRES;
      if (index === YRES) return MAX_YRES;
      if (index === BPP) return MAX_BPP;
    }
    return this.#registers[index]!;
  }

  writeRegister(index: number, value: number): void {
    switch (index) {
      case ID:
        if (value >= OLDEST_VERSION && value <= VERSION) this.#registers[ID] = value;
        return;
      case XRES:
        if (!this.enabled && value <= MAX_XRES && value % 8 === 0) this.#registers[XRES] = value;
        return;
      case YRES:
        if (!this.enabled && value <= MAX_YRES) this.#registers[YRES] = value;
        return;
      case BPP:
        // 0 is an old way to say 8.
        if (!this.enabled && DEPTHS.includes(value || 8)) this.#registers[BPP] = value || 8;
        return;
      case ENABLE:
        this.#writeEnable(value);
        return;
      case BANK:
        if (value < this.#memorySize >> 16) this.#registers[BANK] = value;
        return;
      case VIRT_WIDTH:
        this.#writeVirtualWidth(value);
        return;
      case X_OFFSET:
        this.#writeOffset(X_OFFSET, value, this.virtualWidth - this.width);
        return;
      case Y_OFFSET:
        this.#writeOffset(Y_OFFSET, value, this.#virtualHeight() - this.height);
        return;
    }
  }

  save(): DeviceState {
    return { version: 1, registers: [...this.#registers], index: this.#index };
  }

  load(reader: StateReader): void {
    const registers = reader.numbers("registers", REGISTERS, 0xffff);
    this.#registers.set(registers);
    if (!this.#consistent()) throw new StateError("vga.dispi", "the saved mode is not one that fits this video memory");
    this.#index = reader.number("index", 0xffff);
  }

  #writeEnable(value: number): void {
    const wasEnabled = this.enabled;
    let enable = value & ENABLE_BITS;
    if (enable & DISPI_ENABLED && !wasEnabled && !this.#fits()) enable &= ~DISPI_ENABLED;
    this.#registers[ENABLE] = enable;
    if (!wasEnabled && this.enabled) {
      this.#registers[VIRT_WIDTH] = this.width;
      this.#registers[X_OFFSET] = this.#registers[Y_OFFSET] = 0;
      this.#registers[BANK] = 0;
    }
    if (!this.enabled) this.#registers[BANK] = 0;
    this.#events.changed(!wasEnabled && this.enabled && !(value & DISPI_NO_CLEAR));
  }

  #writeVirtualWidth(value: number): void {
    if (!this.enabled || value < this.width || this.#pitchOf(value) * this.height > this.#memorySize) return;
    this.#registers[VIRT_WIDTH] = value;
    this.#registers[X_OFFSET] = this.#registers[Y_OFFSET] = 0;
    this.#events.changed(false);
  }

  #writeOffset(register: number, value: number, limit: number): void {
    if (!this.enabled || value > limit) return;
    this.#registers[register] = value;
    this.#events.changed(false);
  }

  #virtualHeight(): number {
    return this.pitch === 0 ? 0 : Math.min(0xffff, Math.floor(this.#memorySize / this.pitch));
  }

  /** No record may make a mode that a guest could not make. */
  #consistent(): boolean {
    const [, , , , , bank, virtualWidth, , x, y] = this.#registers;
    if (bank! >= this.#memorySize >> 16 || this.width > MAX_XRES || this.height > MAX_YRES) return false;
    if (!this.enabled) return true;
    if (!this.#fits() || virtualWidth! < this.width || this.pitch * this.height > this.#memorySize) return false;
    return x! <= virtualWidth! - this.width && y! <= this.#virtualHeight() - this.height;
  }

  #fits(): boolean {
    const { width, height, depth } = this;
    return width > 0 && height > 0 && depth > 0 && this.#pitchOf(width) * height <= this.#memorySize;
  }

  #pitchOf(pixels: number): number {
    return this.depth === 4 ? pixels >> 3 : pixels * ((this.depth + 7) >> 3);
  }
}

function narrow(value: number, size: AccessSize): number {
  return size === 1 ? value & 0xff : value;
}
