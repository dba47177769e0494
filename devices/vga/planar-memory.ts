// The path between the processor and a VGA's four planes: address decoding of the window at A0000, latches, the graphics controller's
// read and write modes. IBM VGA technical reference "Graphics Controller" and "Programming the Write Modes".
//
// Byte p of the 32-bit word at index n is plane p at address n, so the whole width of the memory moves at once.
// Not modelled: the odd/even page select bit of the miscellaneous output register (the low page is always used).

import type { VgaRegisters } from "./vga-registers.js";
import * as R from "./vga-registers.js";

/** Plane address space: 64 K words of four planes, 256 KiB. */
export const PLANE_SIZE = 0x10000;

const ODD_EVEN_DISABLE = 1 << 2;
const CHAIN_4 = 1 << 3;
const HOST_ODD_EVEN = 1 << 4;
const READ_COMPARE = 1 << 3;

/** A plane mask of 4 bits spread over the bytes of a word. */
const PLANES = Uint32Array.from({ length: 16 }, (_, mask) =>
  [0, 1, 2, 3].reduce((word, plane) => (mask & (1 << plane) ? word | (0xff << (plane * 8)) : word), 0),
);

/** Windows by GR6 bits 2-3: start relative to A0000, and length. */
const WINDOWS = [
  [0, 0x20000],
  [0, 0x10000],
  [0x10000, 0x8000],
  [0x18000, 0x8000],
] as const;

export class PlanarMemory {
  latch = 0;
  /** Of the last access: the word, and the planes written. */
  index = 0;
  planes = 0;
  readonly #registers: VgaRegisters;
  readonly #words: Uint32Array;

  constructor(registers: VgaRegisters, words: Uint32Array) {
    this.#registers = registers;
    this.#words = words;
  }

  read(offset: number): number {
    if (!this.#decode(offset)) return 0xff;
    const { graphics, sequencer } = this.#registers;
    this.latch = this.#words[this.index]!;
    const mode = graphics[R.GR_MODE]!;
    if (sequencer[R.SR_MEMORY_MODE]! & CHAIN_4) return this.#plane(offset & 3);
    if (mode & READ_COMPARE) return this.#compare();
    const map = graphics[R.GR_READ_MAP]!;
    return this.#plane(mode & HOST_ODD_EVEN ? (map & 2) | (offset & 1) : map);
  }

  /** True if the window is there: `index` and `planes` then say what was written. */
  write(offset: number, value: number): boolean {
    if (!this.#decode(offset)) return false;
    this.planes &= this.#registers.sequencer[R.SR_MAP_MASK]!;
    const mask = PLANES[this.planes]!;
    this.#words[this.index] = (this.#words[this.index]! & ~mask) | (this.#data(value) & mask);
    return true;
  }

  /** Finds the word an access goes to and the planes it can reach; false outside the window. */
  #decode(offset: number): boolean {
    const { graphics, sequencer, misc } = this.#registers;
    const [start, length] = WINDOWS[(graphics[R.GR_MISCELLANEOUS]! >> 2) & 3]!;
    if (!(misc & R.MISC_RAM_ENABLE) || offset < start || offset >= start + length) return false;
    const address = (offset - start) & (PLANE_SIZE - 1);
    const mode = sequencer[R.SR_MEMORY_MODE]!;
    if (mode & CHAIN_4) {
      this.index = address & ~3;
      this.planes = 1 << (address & 3);
    } else if (mode & ODD_EVEN_DISABLE) {
      this.index = address;
      this.planes = 0b1111;
    } else {
      this.index = address & ~1;
      this.planes = address & 1 ? 0b1010 : 0b0101;
    }
    return true;
  }

  #plane(plane: number): number {
    return (this.latch >>> (plane * 8)) & 0xff;
  }

  /** Read mode 1: a bit is one where all the planes that matter match the colour compare register. */
  #compare(): number {
    const { graphics } = this.#registers;
    const differs = (this.latch ^ PLANES[graphics[R.GR_COLOR_COMPARE]!]!) & PLANES[graphics[R.GR_COLOR_DONT_CARE]!]!;
    return ~(differs | (differs >>> 8) | (differs >>> 16) | (differs >>> 24)) & 0xff;
  }

  /** What the graphics controller offers to the four planes. */
  #data(value: number): number {
    const { graphics } = this.#registers;
    const bitMask = graphics[R.GR_BIT_MASK]!;
    const setReset = PLANES[graphics[R.GR_SET_RESET]!]!;
    switch (graphics[R.GR_MODE]! & 3) {
      case 0: {
        const enabled = PLANES[graphics[R.GR_ENABLE_SET_RESET]!]!;
        return this.#combine((replicate(this.#rotate(value)) & ~enabled) | (setReset & enabled), bitMask);
      }
      case 1:
        return this.latch;
      case 2:
        return this.#combine(PLANES[value & 15]!, bitMask);
      default:
        return this.#combine(setReset, bitMask & this.#rotate(value));
    }
  }

  #rotate(value: number): number {
    const count = this.#registers.graphics[R.GR_DATA_ROTATE]! & 7;
    return ((value >> count) | (value << (8 - count))) & 0xff;
  }

  /** The logical function with the latch, then the bit mask. */
  #combine(data: number, bitMask: number): number {
    const mask = replicate(bitMask);
    return (logical(this.#registers.graphics[R.GR_DATA_ROTATE]! >> 3, data, this.latch) & mask) | (this.latch & ~mask);
  }
}

function replicate(value: number): number {
  return Math.imul(value, 0x01010101);
}

function logical(operation: number, data: number, latch: number): number {
  switch (operation) {
    case 1:
      return data & latch;
    case 2:
      return data | latch;
    case 3:
      return data ^ latch;
    default:
      return data;
  }
}
