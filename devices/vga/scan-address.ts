// Which address of video memory the CRTC shows at a scan line: start address, pitch, row scan, screen split, and the address multiplexer.
// IBM VGA technical reference "CRT Controller Registers".

import { displayLines } from "./retrace.js";
import type { VgaRegisters } from "./vga-registers.js";
import * as R from "./vga-registers.js";

const DOUBLE_SCAN = 0x80;
const PANNING_COMPATIBILITY = 1 << 5;
const MODE_ROW_SCAN_0 = 1 << 0;
const MODE_ROW_SCAN_1 = 1 << 1;
const MODE_COUNT_BY_2 = 1 << 3;
const MODE_WRAP_15 = 1 << 5;
const MODE_BYTE = 1 << 6;
const UNDERLINE_COUNT_BY_4 = 1 << 5;
const UNDERLINE_DOUBLE_WORD = 1 << 6;

/** A reading of the registers, good until one is written. */
export class ScanAddress {
  /** Scan lines shown, each counted once where the CRTC doubles them. */
  readonly lines: number;
  /** Scan lines of a character row. */
  readonly rowHeight: number;
  readonly columns: number;
  /** CRTC lines for each of `lines`. */
  readonly #doubling: number;
  readonly #start: number;
  readonly #pitch: number;
  readonly #presetRowScan: number;
  readonly #splitAfter: number;
  readonly #mode: number;
  readonly #underline: number;
  readonly #splitPans: boolean;

  /** Set by locate(): memory address of the first character, scan line in its row, and whether the split was passed. */
  address = 0;
  rowScan = 0;
  afterSplit = false;

  constructor(registers: VgaRegisters) {
    const { crtc, attribute } = registers;
    const maximum = crtc[R.CR_MAXIMUM_SCAN_LINE]!;
    this.#doubling = maximum & DOUBLE_SCAN ? 2 : 1;
    this.lines = Math.ceil(displayLines(registers) / this.#doubling);
    this.rowHeight = (maximum & 31) + 1;
    this.columns = crtc[1]! + 1;
    const bytePanning = (crtc[R.CR_PRESET_ROW_SCAN]! >> 5) & 3;
    this.#start = ((crtc[R.CR_START_ADDRESS]! << 8) | crtc[R.CR_START_ADDRESS + 1]!) + bytePanning;
    this.#pitch = crtc[R.CR_OFFSET]! * 2;
    this.#presetRowScan = crtc[R.CR_PRESET_ROW_SCAN]! & 31;
    this.#splitAfter = crtc[R.CR_LINE_COMPARE]! | ((crtc[R.CR_OVERFLOW]! & 0x10) << 4) | ((maximum & 0x40) << 3);
    this.#mode = crtc[R.CR_MODE]!;
    this.#underline = crtc[R.CR_UNDERLINE]!;
    this.#splitPans = (attribute[R.AR_MODE]! & PANNING_COMPATIBILITY) === 0;
  }

  /** Lines in a graphics mode that are sure to repeat the one before: those of a row whose scan line is not part of the address. */
  get repeat(): number {
    return this.#mode & MODE_ROW_SCAN_0 && this.#mode & MODE_ROW_SCAN_1 ? this.rowHeight : 1;
  }

  /** Pixel panning applies to this line: not below a split in compatibility mode. */
  get pans(): boolean {
    return this.#splitPans || !this.afterSplit;
  }

  locate(line: number): void {
    const crtcLine = line * this.#doubling;
    this.afterSplit = crtcLine > this.#splitAfter;
    const firstLine = this.afterSplit ? Math.floor(this.#splitAfter / this.#doubling) + 1 : 0;
    const count = line - firstLine + (this.afterSplit ? 0 : this.#presetRowScan);
    this.rowScan = count % this.rowHeight;
    const row = (count - this.rowScan) / this.rowHeight;
    this.address = (this.afterSplit ? 0 : this.#start) + row * this.#pitch;
  }

  /** Index in the planes of character `column` of the located line. */
  word(column: number): number {
    const step = this.#underline & UNDERLINE_COUNT_BY_4 ? column >> 2 : this.#mode & MODE_COUNT_BY_2 ? column >> 1 : column;
    const counter = this.address + step;
    let address = counter;
    if (this.#underline & UNDERLINE_DOUBLE_WORD) address = (counter << 2) | ((counter >> 14) & 3);
    else if (!(this.#mode & MODE_BYTE)) address = (counter << 1) | ((counter >> (this.#mode & MODE_WRAP_15 ? 15 : 13)) & 1);
    if (!(this.#mode & MODE_ROW_SCAN_0)) address = (address & ~0x2000) | ((this.rowScan & 1) << 13);
    if (!(this.#mode & MODE_ROW_SCAN_1)) address = (address & ~0x4000) | ((this.rowScan & 2) << 13);
    return address & 0xffff;
  }
}
