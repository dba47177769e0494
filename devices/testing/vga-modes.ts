// Standard VGA modes as register values, for tests: what a video BIOS programs.

import type { Vga } from "../vga/vga.js";
import { VGA_PORTS } from "../vga/vga.js";

export interface ModeRegisters {
  readonly misc: number;
  readonly sequencer: readonly number[];
  readonly crtc: readonly number[];
  readonly graphics: readonly number[];
  readonly attribute: readonly number[];
}

const IDENTITY = Array.from({ length: 16 }, (_, index) => index);
const LOW_RESOLUTION = [0x2d, 0x27, 0x28, 0x90, 0x2b, 0x80];
const HIGH_RESOLUTION = [0x5f, 0x4f, 0x50, 0x82, 0x54, 0x80];
const LINES_200 = (maximumScan: number) => [0xbf, 0x1f, 0x00, maximumScan, 0, 0, 0, 0, 0, 0];

/** 640 x 480, 16 colours. */
export const MODE_12H: ModeRegisters = {
  misc: 0xe3,
  sequencer: [3, 0x01, 0x0f, 0, 0x06],
  crtc: [...HIGH_RESOLUTION, 0x0b, 0x3e, 0, 0x40, 0, 0, 0, 0, 0, 0, 0xea, 0x8c, 0xdf, 0x28, 0x00, 0xe7, 0x04, 0xe3, 0xff],
  graphics: [0, 0, 0, 0, 0, 0x00, 0x05, 0x0f, 0xff],
  attribute: [...IDENTITY, 0x01, 0, 0x0f, 0, 0],
};

/** 320 x 200, 256 colours, chained. */
export const MODE_13H: ModeRegisters = {
  misc: 0x63,
  sequencer: [3, 0x01, 0x0f, 0, 0x0e],
  crtc: [...HIGH_RESOLUTION, ...LINES_200(0x41), 0x9c, 0x8e, 0x8f, 0x28, 0x40, 0x96, 0xb9, 0xa3, 0xff],
  graphics: [0, 0, 0, 0, 0, 0x40, 0x05, 0x0f, 0xff],
  attribute: [...IDENTITY, 0x41, 0, 0x0f, 0, 0],
};

/** The same, unchained ("mode X" of 320 x 200). */
export const MODE_X: ModeRegisters = {
  ...MODE_13H,
  sequencer: [3, 0x01, 0x0f, 0, 0x06],
  crtc: MODE_13H.crtc.map((value, index) => (index === 0x14 ? 0x00 : index === 0x17 ? 0xe3 : value)),
};

/** 320 x 200, 4 colours, as on the CGA. */
export const MODE_4: ModeRegisters = {
  misc: 0x63,
  sequencer: [3, 0x09, 0x03, 0, 0x02],
  crtc: [...LOW_RESOLUTION, ...LINES_200(0xc1), 0x9c, 0x8e, 0x8f, 0x14, 0x00, 0x96, 0xb9, 0xa2, 0xff],
  graphics: [0, 0, 0, 0, 0, 0x30, 0x0f, 0x0f, 0xff],
  attribute: [...IDENTITY, 0x01, 0, 0x03, 0, 0],
};

/** 640 x 200, 2 colours, as on the CGA. */
export const MODE_6: ModeRegisters = {
  misc: 0x63,
  sequencer: [3, 0x01, 0x01, 0, 0x06],
  crtc: [...HIGH_RESOLUTION, ...LINES_200(0xc1), 0x9c, 0x8e, 0x8f, 0x28, 0x00, 0x96, 0xb9, 0xc2, 0xff],
  graphics: [0, 0, 0, 0, 0, 0x00, 0x0d, 0x0f, 0xff],
  attribute: [...IDENTITY, 0x01, 0, 0x01, 0, 0],
};

export class VgaDriver {
  readonly #vga: Vga;

  constructor(vga: Vga) {
    this.#vga = vga;
  }

  out(port: number, value: number, size: 1 | 2 = 1): void {
    this.#vga.ports.write(port - VGA_PORTS, value, size);
  }

  in(port: number): number {
    return this.#vga.ports.read(port - VGA_PORTS, 1);
  }

  /** An indexed register: index port, index, value. */
  indexed(port: number, index: number, value: number): void {
    this.out(port, index | (value << 8), 2);
  }

  attribute(index: number, value: number): void {
    this.in(0x3da);
    this.out(0x3c0, index);
    this.out(0x3c0, value);
  }

  color(index: number, red: number, green: number, blue: number): void {
    this.out(0x3c8, index);
    for (const component of [red, green, blue]) this.out(0x3c9, component);
  }

  set(mode: ModeRegisters): void {
    this.out(0x3c2, mode.misc);
    mode.sequencer.forEach((value, index) => {
      this.indexed(0x3c4, index, value);
    });
    this.indexed(0x3d4, 0x11, 0);
    mode.crtc.forEach((value, index) => {
      this.indexed(0x3d4, index, value);
    });
    mode.graphics.forEach((value, index) => {
      this.indexed(0x3ce, index, value);
    });
    mode.attribute.forEach((value, index) => {
      this.attribute(index, value);
    });
    this.in(0x3da);
    this.out(0x3c0, 0x20);
  }
}
