/**
 * Integer instructions in line: arithmetic and moves here, others by topic in integer-*.ts and stack.ts. What is not here goes through its
 * exec function: 8- and 16-bit shifts by CL, rotates, products and quotients, decimal adjustment, PUSHA, XLAT, POP to memory, bit instructions on
 * bit strings in FS and GS; in flat code string instructions (but for system.ts), PUSH and POP of 16 bits.
 */
import { LF_ADD, LF_LOGIC, LF_SUB } from "../../wasm/abi/lazy-flags.js";
import * as STATE from "../../wasm/abi/state.js";
import { UF_DST_MEM, UF_REP, UF_REPNE, UF_SRC_IMM, UF_SRC_MEM } from "../../wasm/abi/uop.js";
import { OP } from "./emit/code.js";
import type { Emitter, Instruction } from "./emitter.js";
import { FlagState } from "./flags.js";
import * as BITS from "./integer-bits.js";
import { EAX, EDX, type Emit, extend, log2, operands } from "./integer-operands.js";
import * as PRODUCTS from "./integer-products.js";
import * as SHIFTS from "./integer-shifts.js";
import * as STRINGS from "./integer-strings.js";
import * as L from "./locals.js";
import { leave, pop, push } from "./stack.js";

function arithmetic(operation: number, kind: number, write: boolean): Emit {
  return (e, i, size) => {
    operands(e, i, size, write);
    e.code.get(L.FLAG_A).get(L.FLAG_B).op(operation);
    extend(e, size);
    e.code.set(L.FLAG_RESULT);
    if (write) e.writeBack(i, size, L.FLAG_RESULT);
    e.flags.define(kind === LF_LOGIC ? kind : kind + log2(size));
  };
}

/** ADC and SBB. */
function withCarry(subtract: boolean): Emit {
  return (e, i, size) => {
    const { code: c } = e;
    // The carry of before must be had before the operands' locals are written, and after the checks.
    if (i.flags & UF_DST_MEM) {
      e.destination(i, size, true);
      c.set(L.T0);
      e.source(i, size, true);
      c.set(L.T1);
    } else {
      e.source(i, size, true);
      c.set(L.T1);
      e.getSigned(i.dst, size);
      c.set(L.T0);
    }
    e.flags.carry();
    c.set(L.T2);
    c.get(L.T0).set(L.FLAG_A).get(L.T1).set(L.FLAG_B);
    const operation = subtract ? OP.i32_sub : OP.i32_add;
    c.get(L.T0).get(L.T1).op(operation).get(L.T2).op(operation);
    extend(e, size);
    c.set(L.FLAG_RESULT);
    e.writeBack(i, size, L.FLAG_RESULT);
    carryOut(e, subtract);
    e.flags.define(subtract ? FlagState.Sbb : FlagState.Adc);
  };
}

/** FLAG_CARRY = carry or borrow out of the top bit, from operands and result. */
function carryOut(e: Emitter, subtract: boolean): void {
  const { code: c } = e;
  const not = () => c.i32(-1).op(OP.i32_xor);
  // ADD: (a & b) | ((a | b) & ~r). SUB: (~a & b) | ((~a | b) & r).
  c.get(L.FLAG_A);
  if (subtract) not();
  c.get(L.FLAG_B).op(OP.i32_and).get(L.FLAG_A);
  if (subtract) not();
  c.get(L.FLAG_B).op(OP.i32_or).get(L.FLAG_RESULT);
  if (!subtract) not();
  c.op(OP.i32_and, OP.i32_or).i32(31).op(OP.i32_shr_u).set(L.FLAG_CARRY);
}

/** INC and DEC: C stays. */
function step(subtract: boolean): Emit {
  return (e, i, size) => {
    const { code: c } = e;
    e.destination(i, size, true);
    c.set(L.T0);
    if (e.live & 1) {
      e.flags.carry();
      c.set(L.FLAG_CARRY);
    }
    c.get(L.T0)
      .tee(L.FLAG_A)
      .i32(1)
      .tee(L.FLAG_B)
      .op(subtract ? OP.i32_sub : OP.i32_add);
    extend(e, size);
    c.set(L.FLAG_RESULT);
    e.writeBack(i, size, L.FLAG_RESULT);
    e.flags.define(subtract ? FlagState.Sbb : FlagState.Adc);
  };
}

const neg: Emit = (e, i, size) => {
  const { code: c } = e;
  e.destination(i, size, true);
  c.set(L.FLAG_B).i32(0).tee(L.FLAG_A).get(L.FLAG_B).op(OP.i32_sub);
  extend(e, size);
  c.set(L.FLAG_RESULT);
  e.writeBack(i, size, L.FLAG_RESULT);
  e.flags.define(LF_SUB + log2(size));
};

const not: Emit = (e, i, size) => {
  e.destination(i, size, false);
  e.code.i32(-1).op(OP.i32_xor).set(L.T0);
  e.writeBack(i, size, L.T0);
};

// ---------------------------------------------------------------------------------------------------------------------- moves

const mov: Emit = (e, i, size) => {
  if (i.flags & UF_DST_MEM) {
    e.address(i);
    e.host(i, size, true);
    e.source(i, size, false);
    e.store(size);
    return;
  }
  e.source(i, size, false);
  e.assign(i.dst, size);
};

const movImm: Emit = (e, i, size) => {
  e.code.i32(i.imm).set(L.T0);
  e.set(i.dst, size, L.T0);
};

function widen(from: number, signed: boolean): Emit {
  return (e, i, size) => {
    e.source(i, from, signed);
    e.code.set(L.T0);
    e.set(i.dst, size, L.T0);
  };
}

const lea: Emit = (e, i, size) => {
  e.address(i);
  e.set(i.dst, size, L.ADDRESS);
};

const xchg: Emit = (e, i, size) => {
  e.destination(i, size, false);
  e.code.set(L.T0);
  e.get(i.src, size);
  e.code.set(L.T1);
  e.writeBack(i, size, L.T1);
  e.set(i.src, size, L.T0);
};

const cmovcc: Emit = (e, i, size) => {
  e.source(i, size, false);
  e.get(i.dst, size);
  e.flags.condition(i.imm2);
  e.code.op(OP.select).set(L.T0);
  e.set(i.dst, size, L.T0);
};

const setcc: Emit = (e, i) => {
  e.prepareWrite(i, 1);
  e.flags.condition(i.imm2);
  e.code.set(L.T0);
  e.writeBack(i, 1, L.T0);
};

const bswap: Emit = (e, i) => {
  e.get(i.dst, 4);
  e.code.i32(8).op(OP.i32_rotl).i32(0x00ff00ff).op(OP.i32_and);
  e.get(i.dst, 4);
  e.code
    .i32(8)
    .op(OP.i32_rotr)
    .i32(0xff00ff00 | 0)
    .op(OP.i32_and, OP.i32_or);
  e.setTop(i.dst >> 3);
};

/** XADD and CMPXCHG with a memory operand. */
const xadd: Emit = (e, i, size) => {
  const { code: c } = e;
  e.destination(i, size, true);
  c.set(L.FLAG_A);
  e.getSigned(i.src, size);
  c.tee(L.FLAG_B).get(L.FLAG_A).op(OP.i32_add);
  extend(e, size);
  c.set(L.FLAG_RESULT);
  e.writeBack(i, size, L.FLAG_RESULT);
  e.set(i.src, size, L.FLAG_A);
  e.flags.define(LF_ADD + log2(size));
};

const cmpxchg: Emit = (e, i, size) => {
  const { code: c } = e;
  e.destination(i, size, true);
  c.set(L.FLAG_B);
  e.getSigned(STATE.RAX, size);
  c.tee(L.FLAG_A).get(L.FLAG_B).op(OP.i32_sub);
  extend(e, size);
  c.set(L.FLAG_RESULT);
  e.getSigned(i.src, size);
  c.get(L.FLAG_B).get(L.FLAG_RESULT).op(OP.i32_eqz, OP.select).set(L.T0);
  e.writeBack(i, size, L.T0);
  e.set(STATE.RAX, size, L.FLAG_B);
  e.flags.define(LF_SUB + log2(size));
};

interface Rule {
  readonly emit: Emit;
  /** Operand sizes in bytes. */
  readonly sizes: readonly number[];
  /** Besides the size. */
  readonly when?: (i: Instruction) => boolean;
  /** Which flags it surely overwrites: 1 C, 2 the others. */
  readonly kills: number;
  /** Which flags it reads or partly keeps: likewise. */
  readonly uses: number;
}

const ANY = [1, 2, 4];
const WORD = [4];
/** Pushes and pops of 16 bits are rare in flat code. */
const STACK = [2, 4];
const noMemory = (i: Instruction) => !(i.flags & (UF_DST_MEM | UF_SRC_MEM));
/** With an offset in a register, or a prefix that cuts the address, the sum may wrap otherwise than the address does. */
const plainBits = (i: Instruction) =>
  !(i.flags & UF_DST_MEM) || (i.addressSize === 4 && (i.segment < STATE.FS || i.segmented)) || byConstant(i);
const memoryOnly = (i: Instruction) => (i.flags & UF_DST_MEM) !== 0;
const byConstant = (i: Instruction) => (i.flags & UF_SRC_IMM) !== 0;
const singleInSegment = (i: Instruction) => i.segmented && !(i.flags & (UF_REP | UF_REPNE));
const wideOrSegmented = (i: Instruction) => i.size === 4 || i.segmented;
const wideOrConstant = (i: Instruction) => i.size === 4 || byConstant(i);

const rule = (emit: Emit, sizes: readonly number[], kills: number, uses: number, when?: (i: Instruction) => boolean): Rule =>
  when ? { emit, sizes, kills, uses, when } : { emit, sizes, kills, uses };

/** By name of the exec function without its type. */
const RULES: ReadonlyMap<string, Rule> = new Map(
  Object.entries<Rule>({
    add: rule(arithmetic(OP.i32_add, LF_ADD, true), ANY, 3, 0),
    or: rule(arithmetic(OP.i32_or, LF_LOGIC, true), ANY, 3, 0),
    and: rule(arithmetic(OP.i32_and, LF_LOGIC, true), ANY, 3, 0),
    sub: rule(arithmetic(OP.i32_sub, LF_SUB, true), ANY, 3, 0),
    xor: rule(arithmetic(OP.i32_xor, LF_LOGIC, true), ANY, 3, 0),
    cmp: rule(arithmetic(OP.i32_sub, LF_SUB, false), ANY, 3, 0),
    test: rule(arithmetic(OP.i32_and, LF_LOGIC, false), ANY, 3, 0),
    adc: rule(withCarry(false), ANY, 3, 1),
    sbb: rule(withCarry(true), ANY, 3, 1),
    inc: rule(step(false), ANY, 2, 0),
    dec: rule(step(true), ANY, 2, 0),
    neg: rule(neg, ANY, 3, 0),
    not: rule(not, ANY, 0, 0),
    shl: rule(SHIFTS.shl, ANY, 0, 3, wideOrConstant),
    shr: rule(SHIFTS.shr, ANY, 0, 3, wideOrConstant),
    sar: rule(SHIFTS.sar, ANY, 0, 3, wideOrConstant),
    rol: rule(SHIFTS.rol, WORD, 0, 3, byConstant),
    ror: rule(SHIFTS.ror, WORD, 0, 3, byConstant),
    shldImm: rule(SHIFTS.shldImm, WORD, 0, 3),
    shrdImm: rule(SHIFTS.shrdImm, WORD, 0, 3),
    imul2: rule(PRODUCTS.imul2, WORD, 3, 0),
    imul3: rule(PRODUCTS.imul3, WORD, 3, 0),
    mul: rule(PRODUCTS.mul, WORD, 3, 0),
    imul1: rule(PRODUCTS.imul1, WORD, 3, 0),
    div: rule(PRODUCTS.div, WORD, 0, 0),
    idiv: rule(PRODUCTS.idiv, WORD, 0, 0),
    mov: rule(mov, ANY, 0, 0),
    movImm: rule(movImm, [2, 4], 0, 0),
    movzx8: rule(widen(1, false), [2, 4], 0, 0),
    movzx16: rule(widen(2, false), [2, 4], 0, 0),
    movsx8: rule(widen(1, true), [2, 4], 0, 0),
    movsx16: rule(widen(2, true), [2, 4], 0, 0),
    lea: rule(lea, [2, 4], 0, 0),
    xchg: rule(xchg, ANY, 0, 0),
    xadd: rule(xadd, ANY, 3, 0, memoryOnly),
    cmpxchg: rule(cmpxchg, ANY, 3, 0, memoryOnly),
    cmovcc: rule(cmovcc, [2, 4], 0, 3),
    setcc: rule(setcc, [1], 0, 3),
    bswap: rule(bswap, WORD, 0, 0),
    cbw: rule((e) => e.code.get(L.GPR + EAX).op(OP.i32_extend16_s) && e.setTop(EAX), WORD, 0, 0),
    cwd: rule(
      (e) =>
        e.code
          .get(L.GPR + EAX)
          .i32(31)
          .op(OP.i32_shr_s) && e.setTop(EDX),
      WORD,
      0,
      0,
    ),
    nop: rule(() => {}, [1, 2, 4, 8, 16], 0, 0),
    push: rule(push, STACK, 0, 0, wideOrSegmented),
    pop: rule(pop, STACK, 0, 0, (i) => wideOrSegmented(i) && noMemory(i)),
    leave: rule(leave, STACK, 0, 0, wideOrSegmented),
    bt: rule(BITS.bt, WORD, 0, 2, plainBits),
    bts: rule(BITS.bts, WORD, 0, 2, plainBits),
    btr: rule(BITS.btr, WORD, 0, 2, plainBits),
    btc: rule(BITS.btc, WORD, 0, 2, plainBits),
    bsf: rule(BITS.bsf, WORD, 0, 3),
    bsr: rule(BITS.bsr, WORD, 0, 3),
    clc: rule(BITS.clc, ANY, 0, 2),
    stc: rule(BITS.stc, ANY, 0, 2),
    cmc: rule(BITS.cmc, ANY, 0, 3),
    lods: rule(STRINGS.lods, ANY, 0, 0, singleInSegment),
    stos: rule(STRINGS.stos, ANY, 0, 0, singleInSegment),
    movs: rule(STRINGS.movs, ANY, 0, 0, singleInSegment),
    scas: rule(STRINGS.scas, ANY, 3, 0, singleInSegment),
    cmps: rule(STRINGS.cmps, ANY, 3, 0, singleInSegment),
  }),
);

/** Does the segment of a memory operand need nothing, or is it FS or GS? A write through CS is the interpreter's, which raises #GP. */
function plainSegment(i: Instruction): boolean {
  return !(i.segment === STATE.CS && i.flags & UF_DST_MEM);
}

/** The rule to translate an instruction in line, if there is one. */
export function integerRule(i: Instruction): Rule | undefined {
  const found = RULES.get(i.effects.base);
  if (!found?.sizes.includes(i.size || 4) || !plainSegment(i) || (found.when && !found.when(i))) return undefined;
  return found;
}
