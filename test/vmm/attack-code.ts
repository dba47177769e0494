// Code and tables of guests that attack, made at random: plausible enough to get far, with garbage in between.
import { Emitter } from "../lockstep/emitter.js";
import { anything } from "../lockstep/specials.js";
import type { Random } from "../oracle/random.js";

export const PAGE = 4096;
/** Guest-physical memory, by page: GDT, IDT, TSS, LDT, page tables, code, data. */
export const PAGES = 32;
export const RAM = PAGES * PAGE;
export const GDT = 1 * PAGE;
export const IDT = 2 * PAGE;
export const TSS = 3 * PAGE;
export const LDT = 4 * PAGE;
/** A directory of 32-bit paging, and its table for the first 4 MiB. */
export const DIRECTORY = 8 * PAGE;
const TABLE = 9 * PAGE;
/** PAE: a directory of 2 MiB each, and a table for the first; and the table of the four. */
const PAE_DIRECTORY = 10 * PAGE;
const PAE_TABLE = 11 * PAGE;
export const PDPT = 12 * PAGE;
export const CODE = 16 * PAGE;
export const CODE_PAGES = 8;
/** Read-only memory, and a page of a device. */
export const ROM = 0x400000;
const DEVICE = 0x800000;

/** Linear addresses that mean something to somebody: the guest's tables, the places where a VMM may have put its own, the edges. */
export function address(random: Random): number {
  const n = random.below(20);
  if (n < 8) return random.below(RAM);
  if (n < 11) return random.pick([GDT, IDT, TSS, LDT]) + random.below(PAGE);
  if (n < 14) return DIRECTORY + random.below(5 * PAGE);
  if (n === 14) return 0xffa00000 - random.below(4 << 21);
  if (n === 15) return 0xdfe00000 + random.below(1 << 21);
  if (n === 16) return random.pick([ROM, DEVICE, RAM - 4, 0xfffffffe, 0x3ffffe, 0xfec00000, 0xfee00000]) + random.below(64);
  if (n === 17) return random.below(PAGES + 2) * PAGE - random.below(8);
  return random.u32();
}

/** A page-table entry: mostly of the guest's own memory. */
function entry(random: Random): number {
  const n = random.below(20);
  const page =
    n < 14 ? random.below(PAGES) : n < 16 ? ROM / PAGE + random.below(20) : n < 18 ? random.below(1 << 13) : random.below(1 << 20);
  return ((page << 12) | random.pick([0x07, 0x67, 0xe7, 0x63, 0x05, 0x25, 0x01, 0x03, random.below(0x1000)])) >>> 0;
}

type Part = number | "address" | "value" | "byte" | "selector" | "msr" | "entry";

/** Registers of the processor and of hypervisors. */
const MSRS = [
  0xc0000080, 0x1b, 0x10, 0x174, 0x175, 0x176, 0x1a0, 0x277, 0x2ff, 0x200, 0x201, 0x250, 0xc0010114, 0xc0010117, 0x4b564d01, 0x3a,
];

/** What an attacker tries. */
const ATTEMPTS: readonly (readonly Part[])[] = [
  // Stores and loads, locked ones too.
  [0xc7, 0x05, "address", "value"],
  [0xc7, 0x05, "address", "entry"],
  [0xa3, "address"],
  [0xa1, "address"],
  [0xf0, 0x87, 0x05, "address"],
  [0xf0, 0x0f, 0xc1, 0x05, "address"],
  [0xbf, "address", 0xb9, "byte", 0, 0, 0, 0xf3, 0xab],
  [0xbe, "address", 0xbf, "address", 0xb9, "byte", 0, 0, 0, 0xf3, 0xa5],
  [0xff, 0x35, "address"],
  [0x8f, 0x05, "address"],
  [0xbc, "address", 0x60],
  [0xbc, "address", 0x50],
  [0x0f, 0xae, 0x05, "address"],
  [0x0f, 0xae, 0x0d, "address"],
  [0x0f, 0xc7, 0x0d, "address"],
  // Control registers and translations.
  [0xb8, "address", 0x0f, 0x22, 0xd8],
  [0xb8, DIRECTORY & 255, DIRECTORY >> 8, 0, 0, 0x0f, 0x22, 0xd8],
  [0xb8, "value", 0x0f, 0x22, 0xc0],
  [0xb8, 0x31, 0, 1, 0x80, 0x0f, 0x22, 0xc0],
  [0xb8, 0x31, 0, 0, 0, 0x0f, 0x22, 0xc0],
  [0xb8, "byte", 0, 0, 0, 0x0f, 0x22, 0xe0],
  [0xb8, "value", 0x0f, 0x22, 0xe0],
  [0x0f, 0x01, 0x3d, "address"],
  [0x0f, 0x20, 0xc0],
  [0x0f, 0x20, 0xd8],
  [0x0f, 0x01, 0x35, "address"],
  [0x0f, 0x06],
  [0xb8, "value", 0x0f, 0x23, 0xf8],
  [0xb8, "address", 0x0f, 0x23, 0xc0],
  [0x0f, 0x09],
  // Descriptor tables and segments.
  [0x0f, 0x01, 0x15, "address"],
  [0x0f, 0x01, 0x1d, "address"],
  [0x0f, 0x01, 0x05, "address"],
  [0xb8, "selector", 0, 0, 0x0f, 0x00, 0xd0],
  [0xb8, "selector", 0, 0, 0x0f, 0x00, 0xd8],
  [0xb8, "selector", 0, 0, 0x8e, 0xd8],
  [0xb8, "selector", 0, 0, 0x8e, 0xd0],
  [0xb8, "selector", 0, 0, 0x8e, 0xe0, 0x64, 0xa1, "address"],
  [0x0f, 0xb2, 0x25, "address"],
  [0xc4, 0x05, "address"],
  [0x07],
  [0x1f],
  [0xea, "address", "selector"],
  [0x9a, "address", "selector"],
  [0xff, 0x2d, "address"],
  [0xcb],
  // Interrupts and returns.
  [0x68, "value", 0x6a, "byte", 0x68, "address", 0xcf],
  [0x68, "selector", 0, 0, 0x68, "address", 0x68, "value", 0x68, "selector", 0, 0, 0x68, "address", 0xcf],
  [0xcf],
  [0xcd, "byte"],
  [0xcc],
  [0x68, "value", 0x9d],
  [0x9c],
  [0xfa],
  [0xfb],
  [0xf4],
  [0x0f, 0x34],
  [0x0f, 0x35],
  [0x0f, 0x0b],
  // Registers, ports, time.
  [0xb9, "msr", 0xb8, "value", 0xba, "byte", 0, 0, 0, 0x0f, 0x30],
  [0xb9, "msr", 0xb8, "address", 0x31, 0xd2, 0x0f, 0x30],
  [0xb9, "msr", 0x0f, 0x32],
  [0xe4, "byte"],
  [0xe7, "byte"],
  [0xec],
  [0xef],
  [0xbf, "address", 0xb9, "byte", 0, 0, 0, 0xf3, 0x6d],
  [0xbe, "address", 0xb9, "byte", 0, 0, 0, 0xf3, 0x6f],
  [0x0f, 0xa2],
  [0x0f, 0x31],
  // SVM, on any address; VMCALL.
  ...[0xd8, 0xd9, 0xda, 0xdb, 0xdc, 0xdd, 0xde, 0xdf, 0xc1].map((last): readonly Part[] => [0xb8, "address", 0x0f, 0x01, last]),
];

function add(e: Emitter, random: Random, part: Part): void {
  if (typeof part === "number") e.add(part);
  else if (part === "byte") e.add(random.below(256));
  else if (part === "address") e.number(address(random), 4);
  else if (part === "entry") e.number(entry(random), 4);
  else if (part === "msr") e.number(random.pick(MSRS), 4);
  else if (part === "selector") e.number((random.below(random.chance(80) ? 20 : 512) << 3) | random.below(8), 2);
  else e.number(random.chance(50) ? random.u32() : random.below(0x4000), 4);
}

/** At least `length` bytes of code. */
export function attackCode(random: Random, length: number): number[] {
  const e = new Emitter(random, random.chance(92) ? 32 : 16, 0);
  while (e.length < length) {
    const n = random.below(20);
    if (n < 13) for (const part of random.pick(ATTEMPTS)) add(e, random, part);
    else if (n < 18) anything(e);
    else if (n === 18) e.add(0xeb, random.below(256));
    else e.add(...random.bytes(3));
  }
  return e.bytes;
}

function page(fill: (view: DataView) => void): Uint8Array {
  const view = new DataView(new ArrayBuffer(PAGE));
  fill(view);
  return new Uint8Array(view.buffer);
}

/** A descriptor: code, data, system, gate; of noise now and then. */
function descriptor(random: Random): bigint {
  if (random.chance(10)) return random.u64();
  const flat = random.chance(60);
  const base = flat ? 0 : random.below(RAM);
  const limit = flat ? 0xfffff : random.below(0x100000);
  const type = random.pick([
    0x9b,
    0x93,
    0xfb,
    0xf3,
    0x9a,
    0x92,
    0x9f,
    0x97,
    0x91,
    0x82,
    0x89,
    0x8b,
    0x81,
    0x8c,
    0xec,
    0x85,
    0x13,
    random.below(256),
  ]);
  const flags = flat ? 0xc : random.below(16);
  return (
    BigInt(limit & 0xffff) |
    (BigInt(base & 0xffffff) << 16n) |
    (BigInt(type) << 40n) |
    (BigInt(limit >>> 16) << 48n) |
    (BigInt(flags) << 52n) |
    (BigInt(base >>> 24) << 56n)
  );
}

function descriptorPage(random: Random): Uint8Array {
  return page((view) => {
    for (let at = 0; at < PAGE; at += 8) view.setBigUint64(at, descriptor(random), true);
    // Flat code and data of ring 0 and 3, as kernels have them.
    for (const [i, value] of [0n, 0xcf9b000000ffffn, 0xcf93000000ffffn, 0xcffb000000ffffn, 0xcff3000000ffffn].entries())
      if (i === 0 || random.chance(90)) view.setBigUint64(i * 8, value, true);
  });
}

function gatePage(random: Random): Uint8Array {
  return page((view) => {
    for (let at = 0; at < PAGE / 2; at += 8) {
      const handler = random.chance(90) ? CODE + random.below(CODE_PAGES * PAGE) : random.u32();
      const type = random.pick([0x8e, 0x8f, 0xee, 0xef, 0xee, 0x86, 0x85, random.below(256)]);
      view.setUint32(at, (handler & 0xffff) | ((random.chance(85) ? 8 : random.below(0x200)) << 16), true);
      view.setUint32(at + 4, (handler & 0xffff0000) | (type << 8), true);
    }
  });
}

function tssPage(random: Random): Uint8Array {
  return page((view) => {
    for (let at = 0; at < PAGE; at += 4) view.setUint32(at, random.chance(70) ? 0 : random.u32(), true);
    view.setUint32(4, random.chance(90) ? 28 * PAGE - random.below(64) : address(random), true);
    view.setUint16(8, random.chance(90) ? 16 : random.below(0x100), true);
  });
}

/** One to one for the guest's memory, mostly; other entries behind it, none in most of the rest. */
function tablePage(random: Random, size: 4 | 8, noise: number): Uint8Array {
  return page((view) => {
    for (let i = 0; i < PAGE / size; i++) {
      const own = i < PAGES && !random.chance(noise);
      const low = own ? (i << 12) | random.pick([0x07, 0x67, 0x27, 0x07]) : random.chance(15) ? entry(random) : 0;
      view.setUint32(i * size, low, true);
      if (size === 8 && random.chance(2)) view.setUint32(i * size + 4, random.chance(50) ? 0x80000000 : random.u32(), true);
    }
  });
}

/** `table`: where the first entry leads. Room is left for the VMM, but for one in some. */
function directoryPage(random: Random, size: 4 | 8, table: number): Uint8Array {
  return page((view) => {
    const crowded = random.chance(3);
    for (let i = 1; i < PAGE / size; i++) if (crowded || random.chance(2)) view.setUint32(i * size, entry(random) | 1, true);
    view.setUint32(0, random.chance(95) ? table | 7 : entry(random), true);
    // Itself, as kernels do that look at their tables through themselves.
    if (random.chance(30)) view.setUint32(random.below(PAGE / size) * size, (size === 4 ? DIRECTORY : PAE_DIRECTORY) | 7, true);
  });
}

function pdptPage(random: Random): Uint8Array {
  return page((view) => {
    for (let i = 0; i < 4; i++)
      if (i === 0 || random.chance(20)) view.setUint32(i * 8, (random.chance(90) ? PAE_DIRECTORY : random.below(PAGES) * PAGE) | 1, true);
  });
}

function codePage(random: Random): Uint8Array {
  return Uint8Array.from(attackCode(random, PAGE).slice(0, PAGE));
}

/** Pages of each kind, made once; a guest is put together from them. */
export class AttackPages {
  private readonly kinds: readonly (readonly Uint8Array[])[];

  constructor(random: Random, each = 24) {
    const many = (make: () => Uint8Array) => Array.from({ length: each }, make);
    const noise = many(() => random.bytes(PAGE));
    const code = many(() => codePage(random));
    const data = many(() => (random.chance(50) ? new Uint8Array(PAGE) : tablePage(random, 4, 60)));
    const special: Readonly<Record<number, readonly Uint8Array[]>> = {
      [GDT / PAGE]: many(() => descriptorPage(random)),
      [IDT / PAGE]: many(() => gatePage(random)),
      [TSS / PAGE]: many(() => tssPage(random)),
      [LDT / PAGE]: many(() => descriptorPage(random)),
      [DIRECTORY / PAGE]: many(() => directoryPage(random, 4, TABLE)),
      [TABLE / PAGE]: many(() => tablePage(random, 4, 4)),
      [PAE_DIRECTORY / PAGE]: many(() => directoryPage(random, 8, PAE_TABLE)),
      [PAE_TABLE / PAGE]: many(() => tablePage(random, 8, 4)),
      [PDPT / PAGE]: many(() => pdptPage(random)),
    };
    const isCode = (n: number) => n >= CODE / PAGE && n < CODE / PAGE + CODE_PAGES;
    this.kinds = Array.from({ length: PAGES }, (_, n) => special[n] ?? (isCode(n) ? code : n % 4 === 0 ? noise : data));
  }

  /** Fill a guest's memory. */
  fill(random: Random, ram: Uint8Array): void {
    this.kinds.forEach((pages, n) => {
      ram.set(random.pick(pages), n * PAGE);
    });
  }
}
