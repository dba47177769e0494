// The linear modes of the VBE interface: 8, 15, 16, 24 and 32 bits a pixel.

import type { DirtyPages } from "./dirty-pages.js";
import type { Dispi } from "./dispi.js";
import { colors256 } from "./palette.js";
import type { Rows, Size } from "./text-renderer.js";
import type { VgaRegisters } from "./vga-registers.js";

export class LinearRenderer {
  readonly #registers: VgaRegisters;
  readonly #dispi: Dispi;
  readonly #bytes: Uint8Array;

  constructor(registers: VgaRegisters, dispi: Dispi, bytes: Uint8Array) {
    this.#registers = registers;
    this.#dispi = dispi;
    this.#bytes = bytes;
  }

  size(): Size {
    return { width: this.#dispi.width, height: this.#dispi.height };
  }

  /** Draws the rows whose memory was written, or all. */
  draw(target: Uint32Array, dirty: DirtyPages, all: boolean): Rows | undefined {
    const { width, height, depth, pitch, start } = this.#dispi;
    const bytes = width * ((depth + 7) >> 3);
    const row = ROWS[depth]!;
    const colors = depth === 8 ? colors256(this.#registers) : NO_COLORS;
    let top = -1;
    let bottom = 0;
    for (let y = 0; y < height; y++) {
      const from = start + y * pitch;
      if (!all && !dirty.touches(from, from + bytes - 1)) continue;
      row(this.#bytes, from, target, y * width, width, colors);
      if (top < 0) top = y;
      bottom = y + 1;
    }
    return top < 0 ? undefined : { top, bottom };
  }
}

type DrawRow = (bytes: Uint8Array, from: number, target: Uint32Array, to: number, width: number, colors: Uint32Array) => void;

const NO_COLORS = new Uint32Array(0);
const OPAQUE = 0xff000000;

const ROWS: Readonly<Record<number, DrawRow>> = { 8: row8, 15: row15, 16: row16, 24: row24, 32: row32 };

function row8(bytes: Uint8Array, from: number, target: Uint32Array, to: number, width: number, colors: Uint32Array): void {
  for (let x = 0; x < width; x++) target[to + x] = colors[bytes[from + x]!]!;
}

function row15(bytes: Uint8Array, from: number, target: Uint32Array, to: number, width: number): void {
  for (let x = 0; x < width; x++) {
    const value = bytes[from + x * 2]! | (bytes[from + x * 2 + 1]! << 8);
    target[to + x] = wide5(value >> 10) | (wide5(value >> 5) << 8) | (wide5(value) << 16) | OPAQUE;
  }
}

function row16(bytes: Uint8Array, from: number, target: Uint32Array, to: number, width: number): void {
  for (let x = 0; x < width; x++) {
    const value = bytes[from + x * 2]! | (bytes[from + x * 2 + 1]! << 8);
    const green = (value >> 5) & 63;
    target[to + x] = wide5(value >> 11) | (((green << 2) | (green >> 4)) << 8) | (wide5(value) << 16) | OPAQUE;
  }
}

function row24(bytes: Uint8Array, from: number, target: Uint32Array, to: number, width: number): void {
  for (let x = 0; x < width; x++) {
    const at = from + x * 3;
    target[to + x] = bytes[at + 2]! | (bytes[at + 1]! << 8) | (bytes[at]! << 16) | OPAQUE;
  }
}

function row32(bytes: Uint8Array, from: number, target: Uint32Array, to: number, width: number): void {
  for (let x = 0; x < width; x++) {
    const at = from + x * 4;
    target[to + x] = bytes[at + 2]! | (bytes[at + 1]! << 8) | (bytes[at]! << 16) | OPAQUE;
  }
}

function wide5(value: number): number {
  return ((value & 31) << 3) | ((value & 31) >> 2);
}
