// The register file of a VGA: what the ports hold, with the bits that exist. No behaviour beyond indexes, flip-flop and write protection.
// IBM VGA technical reference "VGA Registers".

import type { DeviceState } from "../../core/bus/device.js";
import type { StateReader } from "../state-reader.js";
import { Dac } from "./dac.js";

const SEQUENCER_SIZE = 5;
const GRAPHICS_SIZE = 9;
const ATTRIBUTE_SIZE = 21;
const CRTC_SIZE = 25;

// Sequencer.
export const SR_CLOCKING = 1;
export const SR_MAP_MASK = 2;
export const SR_CHARACTER_MAP = 3;
export const SR_MEMORY_MODE = 4;
// Graphics controller.
export const GR_SET_RESET = 0;
export const GR_ENABLE_SET_RESET = 1;
export const GR_COLOR_COMPARE = 2;
export const GR_DATA_ROTATE = 3;
export const GR_READ_MAP = 4;
export const GR_MODE = 5;
export const GR_MISCELLANEOUS = 6;
export const GR_COLOR_DONT_CARE = 7;
export const GR_BIT_MASK = 8;
// Attribute controller.
export const AR_MODE = 0x10;
export const AR_PLANE_ENABLE = 0x12;
export const AR_PANNING = 0x13;
export const AR_COLOR_SELECT = 0x14;
// CRT controller.
export const CR_OVERFLOW = 0x07;
export const CR_PRESET_ROW_SCAN = 0x08;
export const CR_MAXIMUM_SCAN_LINE = 0x09;
export const CR_CURSOR_START = 0x0a;
export const CR_CURSOR_END = 0x0b;
export const CR_START_ADDRESS = 0x0c;
export const CR_CURSOR_LOCATION = 0x0e;
export const CR_RETRACE_START = 0x10;
export const CR_RETRACE_END = 0x11;
export const CR_DISPLAY_END = 0x12;
export const CR_OFFSET = 0x13;
export const CR_UNDERLINE = 0x14;
export const CR_MODE = 0x17;
export const CR_LINE_COMPARE = 0x18;

const SEQUENCER_BITS = [0x03, 0x3d, 0x0f, 0x3f, 0x0e];
const GRAPHICS_BITS = [0x0f, 0x0f, 0x0f, 0x1f, 0x03, 0x7b, 0x0f, 0x0f, 0xff];
const ATTRIBUTE_BITS = [...new Array(16).fill(0x3f), 0xef, 0xff, 0x3f, 0x0f, 0x0f];
const CRTC_PROTECT = 0x80;
const OVERFLOW_LINE_COMPARE = 0x10;

/** Miscellaneous output: bit 0 puts the CRTC at 3D4 (else 3B4), bit 1 lets the processor see video memory. */
export const MISC_COLOR = 1;
export const MISC_RAM_ENABLE = 2;

export class VgaRegisters {
  readonly sequencer = new Uint8Array(SEQUENCER_SIZE);
  readonly graphics = new Uint8Array(GRAPHICS_SIZE);
  readonly attribute = new Uint8Array(ATTRIBUTE_SIZE);
  readonly crtc = new Uint8Array(CRTC_SIZE);
  readonly dac = new Dac();
  misc = 0;
  feature = 0;
  sequencerIndex = 0;
  graphicsIndex = 0;
  crtcIndex = 0;
  attributeIndex = 0;
  /** Port 3C0 takes data next, not an index. */
  attributeData = false;
  /** The palette address source bit: the screen shows; while it is clear software may load the palette. */
  screenOn = false;

  reset(): void {
    for (const file of [this.sequencer, this.graphics, this.attribute, this.crtc]) file.fill(0);
    this.dac.reset();
    this.misc = this.feature = 0;
    this.sequencerIndex = this.graphicsIndex = this.crtcIndex = this.attributeIndex = 0;
    this.attributeData = false;
    this.screenOn = false;
  }

  writeSequencer(value: number): void {
    if (this.sequencerIndex < SEQUENCER_SIZE) this.sequencer[this.sequencerIndex] = value & SEQUENCER_BITS[this.sequencerIndex]!;
  }

  writeGraphics(value: number): void {
    if (this.graphicsIndex < GRAPHICS_SIZE) this.graphics[this.graphicsIndex] = value & GRAPHICS_BITS[this.graphicsIndex]!;
  }

  writeCrtc(value: number): void {
    const index = this.crtcIndex;
    if (index >= CRTC_SIZE) return;
    if (index > CR_OVERFLOW || !(this.crtc[CR_RETRACE_END]! & CRTC_PROTECT)) this.crtc[index] = value;
    // Write protection leaves one bit of registers 0-7 open: line compare's ninth.
    else if (index === CR_OVERFLOW) {
      this.crtc[index] = (this.crtc[index]! & ~OVERFLOW_LINE_COMPARE) | (value & OVERFLOW_LINE_COMPARE);
    }
  }

  /** Port 3C0: index and data in turn. */
  writeAttribute(value: number): void {
    if (this.attributeData) this.#writeAttributeData(value);
    else {
      this.attributeIndex = value & 0x1f;
      this.screenOn = (value & 0x20) !== 0;
    }
    this.attributeData = !this.attributeData;
  }

  #writeAttributeData(value: number): void {
    const index = this.attributeIndex;
    if (index >= ATTRIBUTE_SIZE || (index < 16 && this.screenOn)) return;
    this.attribute[index] = value & ATTRIBUTE_BITS[index]!;
  }

  save(): DeviceState {
    return {
      version: 1,
      sequencer: this.sequencer.slice(),
      graphics: this.graphics.slice(),
      attribute: this.attribute.slice(),
      crtc: this.crtc.slice(),
      dac: this.dac.save(),
      misc: this.misc,
      feature: this.feature,
      indexes: [this.sequencerIndex, this.graphicsIndex, this.crtcIndex, this.attributeIndex],
      attributeData: this.attributeData,
      screenOn: this.screenOn,
    };
  }

  load(reader: StateReader): void {
    this.sequencer.set(reader.bytes("sequencer", SEQUENCER_SIZE));
    this.graphics.set(reader.bytes("graphics", GRAPHICS_SIZE));
    this.attribute.set(reader.bytes("attribute", ATTRIBUTE_SIZE));
    this.crtc.set(reader.bytes("crtc", CRTC_SIZE));
    this.dac.load(reader.nested("dac", 1));
    this.misc = reader.number("misc", 0xff);
    this.feature = reader.number("feature", 0xff);
    const [sequencer, graphics, crtc, attribute] = reader.numbers("indexes", 4, 0xff);
    this.sequencerIndex = sequencer!;
    this.graphicsIndex = graphics!;
    this.crtcIndex = crtc!;
    this.attributeIndex = attribute! & 0x1f;
    this.attributeData = reader.boolean("attributeData");
    this.screenOn = reader.boolean("screenOn");
  }
}
