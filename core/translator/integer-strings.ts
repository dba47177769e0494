/** String instructions without REP in line: where code is segmented, which is often old enough to have loops of them. */

import { LF_SUB } from "../../wasm/abi/lazy-flags.js";
import { ES, RAX, RDI, RFLAGS, RSI } from "../../wasm/abi/state.js";
import { MEMORY, OP } from "./emit/code.js";
import type { Emitter, Instruction } from "./emitter.js";
import { type Emit, extend, log2 } from "./integer-operands.js";
import * as L from "./locals.js";

const FLAG_D = 0x400;
const FLAG_D_SHIFT = 10;

/** Push the host address of the element at an index register, in DS or the segment of a prefix, or in ES. */
function element(e: Emitter, i: Instruction, register: typeof RSI | typeof RDI, write: boolean): void {
  e.get(register, i.addressSize);
  e.code.set(L.ADDRESS);
  e.host({ ...i, base: register, segment: register === RDI ? ES : i.segment }, i.size, write);
}

/** Move index registers to the next element. */
function advance(e: Emitter, { size, addressSize }: Instruction, ...registers: number[]): void {
  const { code: c } = e;
  for (const register of registers) {
    e.get(register, addressSize);
    c.i32(size).op(OP.i32_add);
    // Twice the size back if D is set.
    c.i32(0).memory(MEMORY.i32_load, RFLAGS).i32(FLAG_D).op(OP.i32_and);
    c.i32(FLAG_D_SHIFT - 1 - log2(size)).op(OP.i32_shr_u, OP.i32_sub);
    e.assign(register, addressSize);
  }
}

export const lods: Emit = (e, i, size) => {
  element(e, i, RSI, false);
  e.load(size, false);
  e.assign(RAX, size);
  advance(e, i, RSI);
};

export const stos: Emit = (e, i, size) => {
  element(e, i, RDI, true);
  e.get(RAX, size);
  e.store(size);
  advance(e, i, RDI);
};

export const movs: Emit = (e, i, size) => {
  element(e, i, RSI, false);
  e.load(size, false);
  e.code.set(L.T0);
  element(e, i, RDI, true);
  e.code.get(L.T0);
  e.store(size);
  advance(e, i, RSI, RDI);
};

/** FLAG_A and FLAG_B were compared. */
function compared(e: Emitter, size: number): void {
  e.code.get(L.FLAG_A).get(L.FLAG_B).op(OP.i32_sub);
  extend(e, size);
  e.code.set(L.FLAG_RESULT);
  e.flags.define(LF_SUB + log2(size));
}

export const scas: Emit = (e, i, size) => {
  element(e, i, RDI, false);
  e.load(size, true);
  e.code.set(L.FLAG_B);
  e.getSigned(RAX, size);
  e.code.set(L.FLAG_A);
  compared(e, size);
  advance(e, i, RDI);
};

export const cmps: Emit = (e, i, size) => {
  element(e, i, RDI, false);
  e.load(size, true);
  e.code.set(L.T0);
  element(e, i, RSI, false);
  e.load(size, true);
  e.code.set(L.FLAG_A).get(L.T0).set(L.FLAG_B);
  compared(e, size);
  advance(e, i, RSI, RDI);
};
