// Alphanumeric modes: characters in plane 0, attributes in plane 1, fonts in plane 2; cursor, blinking, underline, 8 or 9 dots.

import { colors16 } from "./palette.js";
import { ScanAddress } from "./scan-address.js";
import type { VgaRegisters } from "./vga-registers.js";
import * as R from "./vga-registers.js";

const EIGHT_DOTS = 1;
const MODE_MONO = 1 << 1;
const MODE_LINE_GRAPHICS = 1 << 2;
const MODE_BLINK = 1 << 3;
const CURSOR_OFF = 1 << 5;

export interface Size {
  readonly width: number;
  readonly height: number;
}

export interface Rows {
  readonly top: number;
  /** Exclusive. */
  readonly bottom: number;
}

export class TextRenderer {
  readonly #registers: VgaRegisters;
  readonly #words: Uint32Array;
  /** What each cell showed when it was drawn last. */
  #shown = new Uint32Array(0);

  constructor(registers: VgaRegisters, words: Uint32Array) {
    this.#registers = registers;
    this.#words = words;
  }

  size(): Size {
    const scan = new ScanAddress(this.#registers);
    return { width: scan.columns * this.#dots(), height: scan.lines };
  }

  /** Forget what is on the screen: the next draw() draws everything. */
  invalidate(): void {
    this.#shown.fill(0xffffffff);
  }

  /** Draws the rows of characters that changed; `frame` is the number of frames since power-on. */
  draw(target: Uint32Array, frame: number): Rows | undefined {
    const scan = new ScanAddress(this.#registers);
    const line = new GlyphLine(this.#registers, this.#words, scan, this.#dots());
    const cells = scan.columns * (Math.ceil(scan.lines / scan.rowHeight) + 2);
    if (this.#shown.length !== cells) this.#shown = new Uint32Array(cells).fill(0xffffffff);
    const blinkPhase = (frame >> 4) & 1;
    const cursorPhase = (frame >> 3) & 1;
    let top = -1;
    let bottom = 0;
    let row = -1;
    let lastAddress = -1;
    let wasSplit = false;
    let changed = false;
    for (let y = 0; y < scan.lines; y++) {
      scan.locate(y);
      if (scan.address !== lastAddress || scan.afterSplit !== wasSplit) {
        row++;
        lastAddress = scan.address;
        wasSplit = scan.afterSplit;
        changed = this.#rowChanged(scan, row, blinkPhase, cursorPhase);
      }
      if (!changed) continue;
      line.draw(target, y, blinkPhase === 0, cursorPhase === 0);
      if (top < 0) top = y;
      bottom = y + 1;
    }
    return top < 0 ? undefined : { top, bottom };
  }

  /** The characters on the screen, as code page 437 numbers. */
  characters(): number[][] {
    const scan = new ScanAddress(this.#registers);
    return Array.from({ length: Math.ceil(scan.lines / scan.rowHeight) }, (_, row) => {
      scan.locate(row * scan.rowHeight);
      return Array.from({ length: scan.columns }, (_, column) => this.#words[scan.word(column)]! & 0xff);
    });
  }

  #dots(): number {
    return this.#registers.sequencer[R.SR_CLOCKING]! & EIGHT_DOTS ? 8 : 9;
  }

  #rowChanged(scan: ScanAddress, row: number, blinkPhase: number, cursorPhase: number): boolean {
    const cursor = cursorAddress(this.#registers) - scan.address;
    const blinks = this.#registers.attribute[R.AR_MODE]! & MODE_BLINK;
    const cursorShape = (this.#registers.crtc[R.CR_CURSOR_START]! << 5) | (this.#registers.crtc[R.CR_CURSOR_END]! & 31);
    let changed = false;
    for (let column = 0; column < scan.columns; column++) {
      let cell = this.#words[scan.word(column)]! & 0xffff;
      if (blinks && cell & 0x8000) cell |= blinkPhase << 16;
      if (column === cursor) cell |= (cursorPhase + 2 + (cursorShape << 2)) << 17;
      const at = row * scan.columns + column;
      if (this.#shown[at] === cell >>> 0) continue;
      this.#shown[at] = cell;
      changed = true;
    }
    return changed;
  }
}

function cursorAddress({ crtc }: VgaRegisters): number {
  const skew = (crtc[R.CR_CURSOR_END]! >> 5) & 3;
  return ((crtc[R.CR_CURSOR_LOCATION]! << 8) | crtc[R.CR_CURSOR_LOCATION + 1]!) + skew;
}

/** Draws one scan line of a text screen. */
class GlyphLine {
  readonly #words: Uint32Array;
  readonly #scan: ScanAddress;
  readonly #dots: number;
  readonly #colors: Uint32Array;
  readonly #fontA: number;
  readonly #fontB: number;
  readonly #mode: number;
  readonly #underline: number;
  readonly #cursor: number;
  readonly #cursorStart: number;
  readonly #cursorEnd: number;
  readonly #cursorOff: boolean;
  readonly #panning: number;

  constructor(registers: VgaRegisters, words: Uint32Array, scan: ScanAddress, dots: number) {
    const { attribute, crtc, sequencer } = registers;
    this.#words = words;
    this.#scan = scan;
    this.#dots = dots;
    this.#colors = colors16(registers);
    const maps = sequencer[R.SR_CHARACTER_MAP]!;
    this.#fontA = fontAddress(((maps >> 2) & 3) | ((maps >> 3) & 4));
    this.#fontB = fontAddress((maps & 3) | ((maps >> 2) & 4));
    this.#mode = attribute[R.AR_MODE]!;
    this.#underline = crtc[R.CR_UNDERLINE]! & 31;
    this.#cursor = cursorAddress(registers);
    this.#cursorStart = crtc[R.CR_CURSOR_START]! & 31;
    this.#cursorEnd = crtc[R.CR_CURSOR_END]! & 31;
    this.#cursorOff = (crtc[R.CR_CURSOR_START]! & CURSOR_OFF) !== 0;
    // With 9 dots a panning value of 8 means none, and 0 one pixel.
    const panning = attribute[R.AR_PANNING]!;
    this.#panning = dots === 9 ? (panning >= 8 ? 0 : panning + 1) : panning & 7;
  }

  draw(target: Uint32Array, y: number, blinkOn: boolean, cursorOn: boolean): void {
    const scan = this.#scan;
    const panning = scan.pans ? this.#panning : 0;
    const width = scan.columns * this.#dots;
    const cursorColumn = this.#cursorShows(scan.rowScan, cursorOn) ? this.#cursor - scan.address : -1;
    const columns = panning === 0 ? scan.columns : scan.columns + 1;
    for (let column = 0; column < columns; column++) {
      const cell = this.#words[scan.word(column)]!;
      const attribute = (cell >> 8) & 0xff;
      const blinks = (this.#mode & MODE_BLINK) !== 0;
      const back = this.#colors[blinks ? (attribute >> 4) & 7 : attribute >> 4]!;
      let fore = this.#colors[attribute & 15]!;
      let bits = column === cursorColumn ? 0x1ff : this.#glyph(cell & 0xff, attribute);
      if (blinks && attribute & 0x80 && !blinkOn && column !== cursorColumn) bits = 0;
      if (column === cursorColumn) fore = this.#colors[attribute & 15]!;
      const left = column * this.#dots - panning;
      for (let dot = Math.max(0, -left); dot < this.#dots && left + dot < width; dot++) {
        target[y * width + left + dot] = bits & (0x100 >> dot) ? fore : back;
      }
    }
  }

  /** Nine bits, the leftmost dot first. */
  #glyph(character: number, attribute: number): number {
    const { rowScan } = this.#scan;
    if (this.#mode & MODE_MONO && (attribute & 7) === 1 && rowScan === this.#underline) return 0x1ff;
    const font = attribute & 8 ? this.#fontA : this.#fontB;
    const row = (this.#words[(font + character * 32 + rowScan) & 0xffff]! >> 16) & 0xff;
    const extends9 = this.#mode & MODE_LINE_GRAPHICS && character >= 0xc0 && character <= 0xdf;
    return (row << 1) | (extends9 ? row & 1 : 0);
  }

  #cursorShows(rowScan: number, on: boolean): boolean {
    return on && !this.#cursorOff && rowScan >= this.#cursorStart && rowScan <= this.#cursorEnd;
  }
}

/** Character maps 0-3 lie 16 KiB apart, 4-7 halfway between. */
function fontAddress(map: number): number {
  return ((map & 3) << 14) | ((map & 4) << 11);
}
