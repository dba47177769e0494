// Mode 3 as a video BIOS leaves it: 80 x 25 characters of 9 x 16 dots, 16 colours, 400 lines at 70 Hz.
// Register values follow from that geometry; IBM VGA technical reference "Default Register Values".

import { FONT_8X16, FONT_HEIGHT } from "./font.js";
import { PLANE_SIZE } from "./planar-memory.js";
import type { VgaRegisters } from "./vga-registers.js";

const COLUMNS = 80;
const ROWS = 25;

const SEQUENCER = [0x03, 0x00, 0x03, 0x00, 0x02];
const GRAPHICS = [0x00, 0x00, 0x00, 0x00, 0x00, 0x10, 0x0e, 0x0f, 0xff];
/** Colours 6 and 8-15 are where the EGA put brown and the bright ones; then blinking with 9-dot line graphics, all planes, no panning. */
const ATTRIBUTE = [0, 1, 2, 3, 4, 5, 0x14, 7, 0x38, 0x39, 0x3a, 0x3b, 0x3c, 0x3d, 0x3e, 0x3f, 0x0c, 0x00, 0x0f, 0x08, 0x00];
const CRTC = [
  // Horizontal: total 100 characters, 80 shown, blank, retrace.
  ...[0x5f, 0x4f, 0x50, 0x82, 0x55, 0x81],
  // Vertical total 449, overflow, no preset scan, 16 lines a character (line compare beyond the end).
  ...[0xbf, 0x1f, 0x00, 0x4f],
  // Cursor on lines 13 and 14; start address and cursor at the top left.
  ...[0x0d, 0x0e, 0x00, 0x00, 0x00, 0x00],
  // Vertical retrace 412 with protection, 400 lines shown, pitch of 80, underline 31, blank, word mode, line compare.
  ...[0x9c, 0x8e, 0x8f, 0x28, 0x1f, 0x96, 0xb9, 0xa3, 0xff],
];
/** Colour CRTC, RAM on, 28 MHz clock, positive vertical sync. */
const MISC = 0x67;
const BLANK_CELL = 0x0720;

export function applyTextMode3(registers: VgaRegisters, memory: Uint8Array): void {
  registers.reset();
  registers.sequencer.set(SEQUENCER);
  registers.graphics.set(GRAPHICS);
  registers.attribute.set(ATTRIBUTE);
  registers.crtc.set(CRTC);
  registers.misc = MISC;
  registers.screenOn = true;
  for (let index = 0; index < 64; index++) {
    const component = (high: number, low: number) => (index & high ? 42 : 0) + (index & low ? 21 : 0);
    registers.dac.setEntry(index, component(4, 0x20), component(2, 0x10), component(1, 0x08));
  }
  memory.fill(0, 0, PLANE_SIZE * 4);
  // Character n is at the even plane address 2n: planes 0 and 1 of every other word.
  for (let cell = 0; cell < COLUMNS * ROWS; cell++) memory.set([BLANK_CELL & 0xff, BLANK_CELL >> 8], cell * 8);
  for (let character = 0; character < 256; character++) {
    for (let row = 0; row < FONT_HEIGHT; row++) {
      memory[(character * 32 + row) * 4 + 2] = FONT_8X16[character * FONT_HEIGHT + row]!;
    }
  }
}
