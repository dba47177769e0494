// From attribute controller and DAC to colours as little-endian RGBA words.

import type { VgaRegisters } from "./vga-registers.js";
import * as R from "./vga-registers.js";

const PALETTE_BITS_5_4 = 0x80;

/** The colours of the sixteen 4-bit pixel values. */
export function colors16({ attribute, dac }: VgaRegisters): Uint32Array {
  const select = attribute[R.AR_COLOR_SELECT]!;
  const enabled = attribute[R.AR_PLANE_ENABLE]!;
  return Uint32Array.from({ length: 16 }, (_, pixel) => {
    let index = attribute[pixel & enabled & 15]!;
    if (attribute[R.AR_MODE]! & PALETTE_BITS_5_4) index = (index & 15) | ((select & 3) << 4);
    return dac.color(index | ((select & 12) << 4));
  });
}

/** The colours of the 256 8-bit pixel values. */
export function colors256({ dac }: VgaRegisters): Uint32Array {
  return Uint32Array.from({ length: 256 }, (_, pixel) => dac.color(pixel));
}
