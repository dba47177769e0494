// The parts of a random program that go for the seams: stores into code, page-table edits, repeated strings, ports with effects, segment
// loads, flags that change how the processor runs.
import { claimedCodes } from "../isa/claimed.js";
import { encode, formOf } from "../oracle/encoding.js";
import type { Emitter } from "./emitter.js";
import {
  ALIASES,
  CODE,
  CODE_END,
  DATA,
  DATA_END,
  LARGE,
  PAE_TABLES,
  PAGE_TABLE,
  SELECTOR,
  TRACKED,
  USER_STACK,
  WINDOW_PAGES,
} from "./layout.js";
import { PORT } from "./machine.js";

const EAX = 0;
const ECX = 1;
const EDX = 2;
const ESI = 6;
const EDI = 7;
const FORMS = claimedCodes().map(formOf);
const SELECTORS = Object.values(SELECTOR);

/** What the program around knows. */
export interface Surroundings {
  readonly codeBase: number;
  readonly paging: "none" | "32" | "pae";
  readonly real: boolean;
  /** Linear addresses of bytes that are instructions of one byte, or immediates. */
  readonly patchable: number[];
  /** Linear address of the next byte emitted. */
  readonly here: () => number;
}

/** MOV BYTE [linear], value. */
function storeByte(e: Emitter, linear: number, value: number): void {
  e.add(0xc6, e.bits === 32 ? 5 : 6);
  e.number((linear - e.dataBase) >>> 0, e.bits / 8);
  e.add(value);
}

/** Another linear address of the same byte, if there can be one. */
function alias(e: Emitter, around: Surroundings, linear: number): number {
  if (around.paging === "none" || e.bits === 16 || e.random.chance(60)) return linear;
  return e.random.chance(70) ? LARGE + linear : ALIASES + e.random.below(WINDOW_PAGES) * 4096 + (linear & 0xfff);
}

/** Store to an instruction: one already written, or the one right behind the store. */
function patch(e: Emitter, around: Surroundings): void {
  const { random } = e;
  const one = random.pick([0x40, 0x43, 0x90, 0xf9, 0xf8, 0x48, 0x99]);
  if (random.chance(50) || around.patchable.length === 0) {
    const length = e.bits === 32 ? 7 : 5;
    const target = around.here() + length + (random.chance(80) ? 0 : 1);
    storeByte(e, alias(e, around, target), one);
    e.oneByte();
    e.oneByte();
    return;
  }
  storeByte(e, alias(e, around, random.pick(around.patchable)), one);
}

/** A store of any kind somewhere among the code: most are harmless, some leave nonsense. */
function scribble(e: Emitter): void {
  const { random } = e;
  e.add(0x89, (random.below(4) << 3) | (e.bits === 32 ? 5 : 6));
  e.number(CODE + random.below(CODE_END - CODE) - e.dataBase, e.bits / 8);
}

/** Change the mapping of a page, with what makes the processor notice (or, seldom, without). */
function remap(e: Emitter, around: Surroundings): void {
  const { random } = e;
  const page = random.chance(30) ? (CODE >> 12) + random.below(4) : (ALIASES >> 12) + random.below(2 * WINDOW_PAGES);
  const target = (random.chance(50) ? CODE : DATA) + 4096 * random.below(4);
  const entry = random.chance(85) ? target | 7 : target | random.below(8);
  for (const table of [PAGE_TABLE + page * 4, PAE_TABLES + page * 8]) {
    e.add(0xc7, 5);
    e.number(table - e.dataBase, 4);
    e.number(entry, 4);
  }
  if (random.chance(60)) {
    e.add(0x0f, 0x01, 0x3d);
    e.number((page << 12) - e.dataBase, 4);
  } else if (around.paging !== "none") {
    e.add(0x0f, 0x20, 0xd8, 0x0f, 0x22, 0xd8);
  }
}

/** A string instruction with fitting registers, often repeated. */
function string(e: Emitter): void {
  const { random } = e;
  const place = () => {
    const n = random.below(10);
    const at =
      n === 0 ? TRACKED : n === 1 ? CODE + random.below(CODE_END - CODE) : n === 2 ? e.address() : DATA + random.below(DATA_END - DATA);
    return (at - e.dataBase) >>> 0;
  };
  e.set(ESI, place());
  e.set(EDI, place());
  e.set(ECX, random.below(random.chance(80) ? 40 : 3000));
  if (random.chance(20)) e.add(0xfd);
  if (random.chance(80)) e.add(random.pick([0xf3, 0xf3, 0xf2]));
  if (random.chance(10)) e.add(random.pick([0x66, 0x26, 0x2e, 0x64]));
  e.add(random.pick([0xa4, 0xa5, 0xa5, 0xa6, 0xa7, 0xaa, 0xab, 0xac, 0xad, 0xae, 0xaf, 0x6c, 0x6d, 0x6e, 0x6f]));
  e.add(0xfc);
}

function port(e: Emitter): void {
  const { random } = e;
  e.set(EAX, random.below(0x10000));
  const first = random.pick(Object.values(PORT));
  if (random.chance(70)) e.add(random.pick([0xe6, 0xe7]), first);
  else {
    e.set(EDX, first);
    e.add(random.pick([0xee, 0xef, 0xec, 0xed]));
  }
}

/** Load a data segment, use it, and load the usual one again. */
function segment(e: Emitter, usual: number, real: boolean): void {
  const { random } = e;
  const n = random.pick([0, 2, 3, 3, 4, 5]);
  e.set(EAX, real ? random.below(0x1000) : random.pick(SELECTORS));
  e.add(0x8e, 0xc0 | (n << 3));
  for (let i = random.below(4); i > 0; i--) e.hot();
  if (n === 4 || n === 5) return;
  e.set(EAX, usual);
  e.add(0x8e, 0xc0 | (n << 3));
}

/** Flags that make the run loop step, or let events in. */
function flags(e: Emitter): void {
  const { random } = e;
  const wide = e.bits === 32;
  if (random.chance(60)) {
    e.add(random.pick([0xfa, 0xfb, 0xfb, 0xfc, 0x9c, 0x9b, 0xce, 0xcc]));
    return;
  }
  const bit = random.pick([0x100, 0x100, 0x400, 0x4000, 0x10000, 0x40000, 0x200000, 1, 0x40, 0x800]);
  e.add(0x9c);
  if (wide) {
    e.add(0x81, 0x34, 0x24);
    e.number(bit, 4);
  } else e.add(0x58, 0x35, bit & 0xff, (bit >> 8) & 0xff, 0x50);
  e.add(0x9d);
}

/** Control and debug registers. */
function control(e: Emitter): void {
  const { random } = e;
  const n = random.below(6);
  if (n === 0) {
    e.set(EAX, CODE + random.below(CODE_END - CODE));
    e.add(0x0f, 0x23, 0xc0 | (random.below(4) << 3));
    e.set(EAX, random.chance(50) ? 0x400 : 0x400 | random.below(256) | (random.below(0x10000) << 16));
    e.add(0x0f, 0x23, 0xf8);
  } else if (n === 1) {
    e.add(0x0f, 0x20, 0xe0, 0x83, 0xf0, random.pick([0x10, 0x80, 8, 4]), 0x0f, 0x22, 0xe0);
  } else if (n === 2) {
    e.add(0x0f, 0x20, 0xc0, 0x0f, 0xba, 0xf8, random.pick([1, 2, 3, 5, 16, 18]), 0x0f, 0x22, 0xc0);
  } else if (n === 3) e.add(0x0f, 0x20, 0xd8, 0x0f, 0x22, 0xd8);
  else if (n === 4) e.add(0x0f, random.pick([0x06, 0x09, 0x31, 0xa2]));
  else e.add(0x0f, 0x01, random.pick([0xca, 0xcb]));
}

/** Any instruction there is, with operands of any kind. */
export function anything(e: Emitter): void {
  const form = e.random.pick(FORMS);
  const { bytes } = encode(form, e.random, e.bits);
  e.add(...bytes);
}

/** Put the stack pointer back where it belongs. */
export function freshStack(e: Emitter): void {
  e.set(4, USER_STACK - e.random.below(64) * (e.random.chance(90) ? 4 : 1));
}

export function special(e: Emitter, around: Surroundings, dataSelector: number): void {
  const n = e.random.below(100);
  if (n < 22) patch(e, around);
  else if (n < 26) scribble(e);
  else if (n < 40) string(e);
  else if (n < 54) port(e);
  else if (n < 62) segment(e, dataSelector, around.real);
  else if (n < 74) flags(e);
  else if (n < 78) freshStack(e);
  else if (n < 84 && e.bits === 32) control(e);
  else if (n < 90 && e.bits === 32 && around.paging !== "none") remap(e, around);
  else anything(e);
}
