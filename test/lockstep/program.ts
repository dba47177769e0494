// A random program: eight blocks of code at odd places in four pages, jumping and calling among each other, in one of the processor's
// modes. Everything follows from the seed.
import { Random } from "../oracle/random.js";
import { Emitter } from "./emitter.js";
import { type Handlers, handlers, writeKernel } from "./kernel.js";
import { BLOCK_TABLE, CODE, CODE_END, DATA, RAM_BYTES, SEGMENT_BASE, SELECTOR } from "./layout.js";
import { anything, freshStack, type Surroundings, special } from "./specials.js";

export interface Mode {
  readonly name: string;
  readonly bits: 16 | 32;
  readonly code: number;
  readonly data: number;
  readonly stack: number;
  readonly codeBase: number;
  readonly dataBase: number;
  readonly ring: 0 | 3;
  readonly kind: "real" | "protected" | "virtual8086";
}

const S = SELECTOR;
const PARAGRAPH = SEGMENT_BASE >> 4;

function mode(name: string, bits: 16 | 32, ring: 0 | 3, code: number, data: number, stack: number, codeBase = 0, dataBase = 0): Mode {
  return { name, bits, ring, code, data, stack, codeBase, dataBase, kind: "protected" };
}

export const MODES: readonly Mode[] = [
  mode("flat, ring 0", 32, 0, S.code0, S.data0, S.data0),
  mode("flat, ring 3", 32, 3, S.code3, S.data3, S.data3),
  mode("based code, ring 0", 32, 0, S.basedCode0, S.data0, S.data0, SEGMENT_BASE),
  mode("based code and data, ring 3", 32, 3, S.basedCode3, S.basedData3, S.data3, SEGMENT_BASE, SEGMENT_BASE),
  mode("based data, ring 0", 32, 0, S.code0, S.basedData0, S.data0, 0, SEGMENT_BASE),
  mode("16-bit, ring 0", 16, 0, S.code16, S.data16, S.data16),
  mode("16-bit, ring 3", 16, 3, S.code16Ring3, S.data16Ring3, S.data16Ring3),
  mode("16-bit code, flat 32-bit data", 16, 0, S.code16, S.data0, S.data0),
  { ...mode("real", 16, 0, PARAGRAPH, 0, 0, SEGMENT_BASE), kind: "real" },
  { ...mode("virtual-8086", 16, 3, PARAGRAPH, 0, 0, SEGMENT_BASE), kind: "virtual8086" },
];

export const BLOCKS = 8;
const BLOCK_ROOM = (CODE_END - CODE) / BLOCKS;
/** No block is longer than this, jumps at its end included. */
const BLOCK_BYTES = 600;

export interface Program {
  readonly seed: number;
  readonly mode: Mode;
  readonly paging: "none" | "32" | "pae";
  /** Memory at power-on. */
  readonly image: Uint8Array;
  /** Where the program begins: offset in its code segment. */
  readonly entry: number;
  readonly blocks: readonly number[];
  readonly flags: number;
  /** Most strides between two looks at both processors are about as long. */
  readonly stride: number;
  readonly cr0: number;
  readonly cr4: number;
}

const kernels = new Map<string, Handlers>();

export function kernelFor(m: Mode): Handlers {
  const key = `${m.data} ${m.dataBase}`;
  const found = kernels.get(key) ?? handlers(m.data, DATA + 0x100 - m.dataBase);
  kernels.set(key, found);
  return found;
}

class Builder {
  private readonly patchable: number[] = [];
  private readonly starts: number[] = [];

  constructor(
    private readonly random: Random,
    private readonly m: Mode,
    private readonly paging: Program["paging"],
    private readonly image: Uint8Array,
  ) {
    for (let i = 0; i < BLOCKS; i++) this.starts.push(this.place(i));
  }

  /** Many blocks begin a few bytes before the end of a page. */
  private place(i: number): number {
    const start = CODE + i * BLOCK_ROOM;
    const pageEnd = (start & ~0xfff) + 0x1000;
    const nearEnd = i % 2 === 1 && this.random.chance(70);
    return nearEnd ? pageEnd - 1 - this.random.below(300) : start + this.random.below(BLOCK_ROOM - BLOCK_BYTES - 200);
  }

  build(): readonly number[] {
    for (const [i, start] of this.starts.entries()) this.block(start, i);
    return this.starts;
  }

  private block(start: number, index: number): void {
    const { random, m } = this;
    const e = new Emitter(random, m.bits, m.dataBase);
    const around: Surroundings = {
      codeBase: m.codeBase,
      paging: this.paging,
      real: m.kind !== "protected",
      patchable: this.patchable,
      here: () => start + e.length,
    };
    freshStack(e);
    e.pointer();
    for (let units = 6 + random.below(16); units > 0 && e.length < BLOCK_BYTES - 200; units--) this.unit(e, around, start);
    this.leave(e, start, index);
    this.image.set(e.bytes, start);
  }

  private unit(e: Emitter, around: Surroundings, start: number): void {
    const { random } = this;
    const n = random.below(100);
    if (n < 60) {
      if (random.chance(10)) this.patchableByte(e, start);
      e.hot();
    } else if (n < 68) e.pointer();
    else if (n < 78) this.skip(e);
    else if (n < 86) this.loop(e, around);
    else if (n < 91) anything(e);
    else special(e, around, this.m.data);
  }

  private patchableByte(e: Emitter, start: number): void {
    this.patchable.push(start + e.length);
    e.oneByte();
  }

  /** A comparison and a conditional jump over a few instructions. */
  private skip(e: Emitter): void {
    const { random } = this;
    if (random.chance(80)) e.comparison();
    e.add(0x70 | random.below(16), 0);
    const at = e.length;
    for (let i = 1 + random.below(3); i > 0; i--) e.hot();
    e.bytes[at - 1] = random.chance(95) ? e.length - at : random.below(128);
  }

  /** A few instructions some times over, counted in ECX unless they change it. */
  private loop(e: Emitter, around: Surroundings): void {
    const { random } = this;
    e.set(1, 1 + random.below(random.chance(90) ? 30 : 300));
    const top = e.length;
    for (let i = 1 + random.below(4); i > 0; i--) {
      if (random.chance(90)) e.hot();
      else special(e, around, this.m.data);
    }
    if (random.chance(70)) e.add(0x49, 0x75);
    else e.add(0xe2);
    e.add(Math.max(-128, top - e.length - 1) & 0xff);
  }

  /** Jump, call or return to another block. */
  private leave(e: Emitter, start: number, index: number): void {
    const { random, m } = this;
    const target = this.starts[random.chance(20) ? index : random.below(BLOCKS)]!;
    const n = random.below(20);
    if (n < 10) this.next(e);
    else if (n < 16) this.near(e, start, target, random.chance(70) ? 0xe9 : 0xe8);
    else if (n < 18) {
      e.set(0, target - m.codeBase);
      e.add(0xff, random.pick([0xe0, 0xd0]));
    } else {
      e.set(0, target - m.codeBase);
      e.add(0x50, 0xc3);
    }
    // What a call returns to.
    this.near(e, start, this.starts[random.below(BLOCKS)]!, 0xe9);
  }

  /** Jump through the table of blocks, to each in turn: a pair of blocks must not catch the program for good. */
  private next(e: Emitter): void {
    const table = BLOCK_TABLE - this.m.dataBase;
    if (e.bits === 32) {
      e.add(0xff, 0x05);
      e.number(table + 36, 4);
      e.add(0xa1);
      e.number(table + 36, 4);
      e.add(0x83, 0xe0, 7, 0xff, 0x24, 0x85);
      e.number(table, 4);
    } else {
      e.add(0xff, 0x06);
      e.number(table + 36, 2);
      e.add(0x8b, 0x1e);
      e.number(table + 36, 2);
      e.add(0x83, 0xe3, 7, 0xc1, 0xe3, 2, 0xff, 0xa7);
      e.number(table, 2);
    }
  }

  private near(e: Emitter, start: number, target: number, opcode: number): void {
    e.add(opcode);
    e.number(target - (start + e.length + e.bits / 8), e.bits / 8);
  }
}

function pickFlags(random: Random, m: Mode): number {
  const iopl = m.ring === 3 && random.chance(70) ? 0x3000 : 0;
  const vm = m.kind === "virtual8086" ? 0x20000 : 0;
  const trap = random.chance(3) ? 0x100 : 0;
  const check = random.chance(10) ? 0x40000 : 0;
  return 2 | iopl | vm | trap | check | (random.chance(50) ? 0x200 : 0) | (random.u32() & 0x8d5);
}

const CR0_PE = 1;
const CR0_ET = 0x10;
const CR0_NE = 0x20;
const CR0_WP = 0x10000;
const CR0_AM = 0x40000;
const CR0_PG = 0x80000000;
const CR4_PAE = 0x20;
/** DE PSE PGE OSFXSR OSXMMEXCPT. */
const CR4_USUAL = 0x698;
const CR4_SMEP = 0x100000;
const CR4_SMAP = 0x200000;
const STRIDE = 900;

/** Control registers that fit. */
export function controls(random: Random, m: Mode, paging: Program["paging"]): Pick<Program, "cr0" | "cr4"> {
  let cr0 = CR0_ET | CR0_NE | (random.u32() & (CR0_WP | CR0_AM));
  if (m.kind !== "real") cr0 |= CR0_PE;
  if (paging !== "none") cr0 |= CR0_PG;
  let cr4 = paging === "pae" ? CR4_USUAL | CR4_PAE : CR4_USUAL;
  if (paging !== "none" && random.chance(20)) cr4 |= CR4_SMEP;
  if (paging !== "none" && m.ring === 0 && random.chance(20)) cr4 |= CR4_SMAP;
  return { cr0: cr0 >>> 0, cr4 };
}

export function createProgram(seed: number): Program {
  const random = new Random(seed);
  const m = random.chance(35) ? MODES[0]! : random.chance(25) ? MODES[1]! : random.pick(MODES);
  const paging = m.kind === "real" || random.chance(35) ? "none" : random.chance(60) ? "32" : "pae";
  const image = new Uint8Array(RAM_BYTES);
  for (let at = DATA; at < DATA + 0x2000; at++) image[at] = random.u32();
  writeKernel(image, kernelFor(m), m.ring === 3, random);
  const blocks = new Builder(random, m, paging, image).build();
  const view = new DataView(image.buffer);
  for (const [i, block] of blocks.entries()) view.setUint32(BLOCK_TABLE + i * 4, block - m.codeBase, true);
  const { cr0, cr4 } = controls(random, m, paging);
  const entry = blocks[0]! - m.codeBase;
  return { seed, mode: m, paging, image, entry, blocks, flags: pickFlags(random, m), stride: STRIDE, cr0, cr4 };
}
