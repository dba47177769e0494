// The VGA's graphics modes: 16 colours in planes, 4 colours interleaved as on the CGA, 256 colours chained or not.
// Not modelled: blinking in graphics modes, the attribute controller's palette in 256-colour modes (taken as the identity it is always
// set to).

import type { DirtyPages } from "./dirty-pages.js";
import { colors16, colors256 } from "./palette.js";
import { ScanAddress } from "./scan-address.js";
import type { Rows, Size } from "./text-renderer.js";
import type { VgaRegisters } from "./vga-registers.js";
import * as R from "./vga-registers.js";

const SHIFT_256 = 1 << 6;
const SHIFT_INTERLEAVED = 1 << 5;

export class GraphicsRenderer {
  readonly #registers: VgaRegisters;
  readonly #words: Uint32Array;

  constructor(registers: VgaRegisters, words: Uint32Array) {
    this.#registers = registers;
    this.#words = words;
  }

  size(): Size {
    const scan = new ScanAddress(this.#registers);
    return { width: scan.columns * this.#pixels, height: Math.ceil(scan.lines / scan.repeat) };
  }

  /** Draws the rows whose memory was written, or all. */
  draw(target: Uint32Array, dirty: DirtyPages, all: boolean): Rows | undefined {
    const scan = new ScanAddress(this.#registers);
    const colors = this.#pixels === 4 ? colors256(this.#registers) : colors16(this.#registers);
    const height = Math.ceil(scan.lines / scan.repeat);
    let top = -1;
    let bottom = 0;
    for (let y = 0; y < height; y++) {
      scan.locate(y * scan.repeat);
      if (!all && !this.#written(scan, dirty)) continue;
      this.#drawRow(target, y, scan, colors);
      if (top < 0) top = y;
      bottom = y + 1;
    }
    return top < 0 ? undefined : { top, bottom };
  }

  /** Pixels of one character clock. */
  get #pixels(): number {
    return this.#registers.graphics[R.GR_MODE]! & SHIFT_256 ? 4 : 8;
  }

  #written(scan: ScanAddress, dirty: DirtyPages): boolean {
    const first = scan.word(0);
    const last = scan.word(scan.columns);
    return first > last || dirty.touches(first * 4, last * 4 + 3);
  }

  #drawRow(target: Uint32Array, y: number, scan: ScanAddress, colors: Uint32Array): void {
    const pixels = this.#pixels;
    const width = scan.columns * pixels;
    const value = this.#registers.attribute[R.AR_PANNING]! & 7;
    const panning = !scan.pans ? 0 : pixels === 4 ? value >> 1 : value;
    const columns = panning === 0 ? scan.columns : scan.columns + 1;
    const interleaved = (this.#registers.graphics[R.GR_MODE]! & SHIFT_INTERLEAVED) !== 0;
    for (let column = 0; column < columns; column++) {
      const word = this.#words[scan.word(column)]!;
      const left = column * pixels - panning;
      for (let pixel = Math.max(0, -left); pixel < pixels && left + pixel < width; pixel++) {
        const index = pixels === 4 ? (word >>> (pixel * 8)) & 0xff : interleaved ? interleavedPixel(word, pixel) : planarPixel(word, pixel);
        target[y * width + left + pixel] = colors[index]!;
      }
    }
  }
}

/** One bit from each plane, the leftmost pixel highest. */
function planarPixel(word: number, pixel: number): number {
  const bits = word >>> (7 - pixel);
  return (bits & 1) | ((bits >>> 7) & 2) | ((bits >>> 14) & 4) | ((bits >>> 21) & 8);
}

/** Two bits from plane 0 then plane 1, and two above them from plane 2 then plane 3. */
function interleavedPixel(word: number, pixel: number): number {
  const shift = (pixel & 4) * 2 + 6 - (pixel & 3) * 2;
  return ((word >>> shift) & 3) | (((word >>> (shift + 16)) & 3) << 2);
}
