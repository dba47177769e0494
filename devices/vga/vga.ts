// A VGA with the Bochs VBE extension: ports 3B0-3DF, the memory window at A0000, and what the screen shows.
// Registers: vga-registers.ts; processor side of memory: planar-memory.ts; modes: dispi.ts; drawing: *-renderer.ts.
// Not modelled: the vertical retrace interrupt (PCI VGAs do without), light pen, the diagnostic bits 4-5 of input status 1,
// monitor sense switches, sub-system enable (port 3C3 holds what is written).

import type { Clock } from "../../core/bus/clock.js";
import type { AccessSize, Device, DeviceState, Region } from "../../core/bus/device.js";
import { ByteRegion } from "../byte-region.js";
import { StateReader } from "../state-reader.js";
import { decodeText } from "./code-page.js";
import { DirtyPages } from "./dirty-pages.js";
import { Dispi } from "./dispi.js";
import { GraphicsRenderer } from "./graphics-renderer.js";
import { LinearRenderer } from "./linear-renderer.js";
import { PLANE_SIZE, PlanarMemory } from "./planar-memory.js";
import { frameNumber, retraceStatus } from "./retrace.js";
import { applyTextMode3 } from "./text-mode.js";
import { type Rows, type Size, TextRenderer } from "./text-renderer.js";
import * as R from "./vga-registers.js";
import { VgaRegisters } from "./vga-registers.js";
import type { VideoMemory } from "./video-memory.js";

export const VGA_PORTS = 0x3b0;
export const VGA_PORTS_LENGTH = 0x30;

const GRAPHICS_MODE = 1;
const SCREEN_OFF = 1 << 5;
const FONT_PLANE = 1 << 2;
const BLACK = 0xff000000;
const CURSOR_REGISTERS = [R.CR_CURSOR_START, R.CR_CURSOR_END, R.CR_CURSOR_LOCATION, R.CR_CURSOR_LOCATION + 1];

export interface VgaOptions {
  readonly clock: Clock;
  readonly memory: VideoMemory;
}

export class Vga implements Device {
  readonly name = "vga";
  /** Ports 3B0-3DF. */
  readonly ports: Region;
  /** A0000-BFFFF. */
  readonly window: Region;
  /** The linear framebuffer, for a board that cannot give the processor the memory itself. */
  readonly linear: Region;
  readonly dispi: Dispi;

  readonly #clock: Clock;
  readonly #bytes: Uint8Array;
  readonly #registers = new VgaRegisters();
  readonly #planes: PlanarMemory;
  readonly #dirty: DirtyPages;
  readonly #text: TextRenderer;
  readonly #graphics: GraphicsRenderer;
  readonly #packed: LinearRenderer;
  #subsystem = 0;
  /** A register that shapes the whole picture was written. */
  #stale = true;

  constructor({ clock, memory }: VgaOptions) {
    this.#clock = clock;
    this.#bytes = memory.bytes;
    const words = new Uint32Array(memory.bytes.buffer, memory.bytes.byteOffset, PLANE_SIZE);
    this.#planes = new PlanarMemory(this.#registers, words);
    this.#dirty = new DirtyPages(memory);
    this.dispi = new Dispi(memory.bytes.length, { changed: (clear) => this.#modeChanged(clear) });
    this.#text = new TextRenderer(this.#registers, words);
    this.#graphics = new GraphicsRenderer(this.#registers, words);
    this.#packed = new LinearRenderer(this.#registers, this.dispi, memory.bytes);
    this.ports = new ByteRegion(VGA_PORTS_LENGTH, {
      read: (offset) => this.#readPort(VGA_PORTS + offset),
      write: (offset, value) => this.#writePort(VGA_PORTS + offset, value),
    });
    this.window = new ByteRegion(0x20000, {
      read: (offset) => this.#readWindow(offset),
      write: (offset, value) => this.#writeWindow(offset, value),
    });
    this.linear = {
      read: (offset, size) => this.#readLinear(offset, size),
      write: (offset, value, size) => this.#writeLinear(offset, value, size),
    };
  }

  reset(): void {
    this.#registers.reset();
    this.dispi.reset();
    this.#planes.latch = 0;
    this.#subsystem = 0;
    this.#stale = true;
  }

  /** What a video BIOS would have done: mode 3, 80 x 25 in 16 colours, with a font of this project's own, the screen cleared. */
  setTextMode3(): void {
    this.dispi.reset();
    applyTextMode3(this.#registers, this.#bytes);
    this.#stale = true;
  }

  /** Size of the picture in pixels. */
  frameSize(): Size {
    return this.#renderer.size();
  }

  /**
   * Draws what changed since the last call into `target` (RGBA, frameSize() wide and high) and says which rows it touched.
   * `all` draws everything, for a target that does not hold the last picture.
   */
  render(target: Uint8ClampedArray, all = false): Rows | undefined {
    const pixels = new Uint32Array(target.buffer, target.byteOffset, target.byteLength >> 2);
    const linearWrites = this.#dirty.collect();
    const everything = all || this.#stale;
    const rows = this.#blank ? this.#drawBlank(pixels, everything) : this.#draw(pixels, everything, linearWrites);
    this.#stale = false;
    this.#dirty.clear();
    return rows;
  }

  /** The text on the screen, one string a row; empty in graphics modes. */
  textScreen(): string[] {
    if (this.#renderer !== this.#text) return [];
    return this.#text.characters().map(decodeText);
  }

  /** Registers only: video memory is saved by its owner. */
  save(): DeviceState {
    return {
      version: 1,
      registers: this.#registers.save(),
      dispi: this.dispi.save(),
      latch: this.#planes.latch >>> 0,
      subsystem: this.#subsystem,
    };
  }

  load(state: DeviceState): void {
    const reader = new StateReader(this.name, state, 1);
    this.#registers.load(reader.nested("registers", 1));
    this.dispi.load(reader.nested("dispi", 1));
    this.#planes.latch = reader.number("latch");
    this.#subsystem = reader.number("subsystem", 0xff);
    this.#stale = true;
  }

  get #renderer(): TextRenderer | GraphicsRenderer | LinearRenderer {
    if (this.dispi.enabled && this.dispi.depth > 4) return this.#packed;
    return this.#registers.graphics[R.GR_MISCELLANEOUS]! & GRAPHICS_MODE ? this.#graphics : this.#text;
  }

  get #blank(): boolean {
    if (this.dispi.enabled) return false;
    return !this.#registers.screenOn || (this.#registers.sequencer[R.SR_CLOCKING]! & SCREEN_OFF) !== 0;
  }

  #draw(pixels: Uint32Array, all: boolean, linearWrites: boolean): Rows | undefined {
    const renderer = this.#renderer;
    const { width, height } = renderer.size();
    if (pixels.length < width * height) return undefined;
    if (renderer !== this.#text) return (renderer as GraphicsRenderer | LinearRenderer).draw(pixels, this.#dirty, all);
    // Linear writes may have changed the font.
    if (all || linearWrites) this.#text.invalidate();
    return this.#text.draw(pixels, frameNumber(this.#registers, this.#clock.now()));
  }

  #drawBlank(pixels: Uint32Array, all: boolean): Rows | undefined {
    if (!all) return undefined;
    pixels.fill(BLACK);
    this.#text.invalidate();
    return { top: 0, bottom: this.frameSize().height };
  }

  #modeChanged(clear: boolean): void {
    this.#registers.dac.eightBit = this.dispi.eightBitDac;
    if (clear) this.#bytes.fill(0, 0, Math.min(this.#bytes.length, this.dispi.pitch * this.dispi.height));
    this.#stale = true;
  }

  #readWindow(offset: number): number {
    if (this.dispi.enabled && this.dispi.depth > 4) return offset < 0x10000 ? this.#bytes[this.dispi.bankStart + offset]! : 0xff;
    return this.#planes.read(offset);
  }

  #writeWindow(offset: number, value: number): void {
    if (this.dispi.enabled && this.dispi.depth > 4) {
      if (offset >= 0x10000) return;
      this.#bytes[this.dispi.bankStart + offset] = value;
      this.#dirty.mark(this.dispi.bankStart + offset);
      return;
    }
    if (!this.#planes.write(offset, value)) return;
    this.#dirty.mark(this.#planes.index * 4);
    if (this.#planes.planes & FONT_PLANE) this.#stale ||= this.#renderer === this.#text;
  }

  #readLinear(offset: number, size: AccessSize): number {
    let value = 0;
    for (let index = size - 1; index >= 0; index--) value = value * 256 + (this.#bytes[offset + index] ?? 0xff);
    return value;
  }

  #writeLinear(offset: number, value: number, size: AccessSize): void {
    for (let index = 0; index < size && offset + index < this.#bytes.length; index++) {
      this.#bytes[offset + index] = value >>> (index * 8);
      this.#dirty.mark(offset + index);
    }
  }

  /** CRTC and input status are at 3Dx with colour, at 3Bx without; the other place is empty. */
  #isOther(port: number): boolean {
    const color = (this.#registers.misc & R.MISC_COLOR) !== 0;
    return color ? port < 0x3c0 : port >= 0x3d0;
  }

  #readPort(port: number): number {
    if (this.#isOther(port)) return 0xff;
    const registers = this.#registers;
    switch (monochrome(port)) {
      case 0x3b4:
        return registers.crtcIndex;
      case 0x3b5:
        return this.#readCrtc();
      case 0x3ba:
        registers.attributeData = false;
        return retraceStatus(registers, this.#clock.now());
      case 0x3c0:
        return registers.attributeIndex | (registers.screenOn ? 0x20 : 0);
      case 0x3c1:
        return registers.attribute[registers.attributeIndex] ?? 0;
      case 0x3c2:
        return 0x10;
      case 0x3c3:
        return this.#subsystem;
      case 0x3c4:
        return registers.sequencerIndex;
      case 0x3c5:
        return registers.sequencer[registers.sequencerIndex] ?? 0;
      case 0x3ca:
        return registers.feature;
      case 0x3cc:
        return registers.misc;
      case 0x3ce:
        return registers.graphicsIndex;
      case 0x3cf:
        return registers.graphics[registers.graphicsIndex] ?? 0;
      default:
        return this.#readDac(port);
    }
  }

  #readDac(port: number): number {
    const { dac } = this.#registers;
    switch (port) {
      case 0x3c6:
        return dac.mask;
      case 0x3c7:
        return dac.state;
      case 0x3c8:
        return dac.writeIndex;
      case 0x3c9:
        return dac.readData();
      default:
        return 0xff;
    }
  }

  #readCrtc(): number {
    const { crtc, crtcIndex, graphics, attributeData, attributeIndex } = this.#registers;
    // Two registers IBM did not document: the latch of the plane selected for reading, and the attribute flip-flop.
    if (crtcIndex === 0x22) return (this.#planes.latch >>> (graphics[R.GR_READ_MAP]! * 8)) & 0xff;
    if (crtcIndex === 0x24) return (attributeData ? 0x80 : 0) | attributeIndex;
    return crtc[crtcIndex] ?? 0;
  }

  #writePort(port: number, value: number): void {
    if (this.#isOther(port)) return;
    const registers = this.#registers;
    switch (monochrome(port)) {
      case 0x3b4:
        registers.crtcIndex = value;
        return;
      case 0x3b5:
        registers.writeCrtc(value);
        // The text renderer sees the cursor move by itself.
        if (!CURSOR_REGISTERS.includes(registers.crtcIndex)) this.#stale = true;
        return;
      case 0x3ba:
        registers.feature = value;
        return;
      case 0x3c0:
        this.#writeAttribute(value);
        return;
      case 0x3c2:
        registers.misc = value;
        return;
      case 0x3c3:
        this.#subsystem = value;
        return;
      case 0x3c4:
        registers.sequencerIndex = value;
        return;
      case 0x3c5:
        registers.writeSequencer(value);
        if (registers.sequencerIndex !== R.SR_MAP_MASK) this.#stale = true;
        return;
      case 0x3ce:
        registers.graphicsIndex = value;
        return;
      case 0x3cf:
        this.#writeGraphics(value);
        return;
      default:
        this.#writeDac(port, value);
    }
  }

  #writeAttribute(value: number): void {
    const { screenOn, attributeData } = this.#registers;
    this.#registers.writeAttribute(value);
    if (attributeData || screenOn !== this.#registers.screenOn) this.#stale = true;
  }

  #writeGraphics(value: number): void {
    const { graphics, graphicsIndex } = this.#registers;
    const mode = graphics[R.GR_MODE]! & ~0x0b;
    const miscellaneous = graphics[R.GR_MISCELLANEOUS]!;
    this.#registers.writeGraphics(value);
    // Read and write modes change with every drawing primitive, and not the picture.
    if (graphicsIndex === R.GR_MODE && (graphics[R.GR_MODE]! & ~0x0b) !== mode) this.#stale = true;
    if (graphics[R.GR_MISCELLANEOUS]! !== miscellaneous) this.#stale = true;
  }

  #writeDac(port: number, value: number): void {
    const { dac } = this.#registers;
    switch (port) {
      case 0x3c6:
        this.#stale ||= dac.mask !== value;
        dac.mask = value;
        return;
      case 0x3c7:
        dac.readIndex = value;
        return;
      case 0x3c8:
        dac.writeIndex = value;
        return;
      case 0x3c9:
        dac.writeData(value);
        this.#stale = true;
        return;
    }
  }
}

/** The ports at 3Dx by the names they have at 3Bx. */
function monochrome(port: number): number {
  return port >= 0x3d0 ? port - 0x20 : port;
}
