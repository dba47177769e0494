/**
 * Integer instructions of flat 32-bit code in line. What is not here goes through its exec function: 8- and 16-bit shifts by CL, divisions and
 * products, decimal adjustment, PUSHA, XLAT, string instructions, POP to memory, bit instructions on bit strings in FS and GS.
 */
import { LF_ADD, LF_BITS, LF_LOGIC, LF_SUB } from "../../wasm/abi/lazy-flags.js";
import * as STATE from "../../wasm/abi/state.js";
import { UF_DST_MEM, UF_SRC_IMM, UF_SRC_MEM } from "../../wasm/abi/uop.js";
import { OP } from "./emit/code.js";
import type { Emitter, Instruction } from "./emitter.js";
import { FlagState, Overlay } from "./flags.js";
import * as L from "./locals.js";

/** Emits one instruction. */
export type Emit = (e: Emitter, i: Instruction, size: number) => void;

const EAX = 0;
const ECX = 1;
const EDX = 2;
const ESP = 4;
const EBP = 5;
export const log2 = (size: number) => 31 - Math.clz32(size);

/** Sign-extend the value on the stack from `size` bytes. */
function extend(e: Emitter, size: number): void {
  if (size === 1) e.code.op(OP.i32_extend8_s);
  else if (size === 2) e.code.op(OP.i32_extend16_s);
}

/** Operands into FLAG_A and FLAG_B. All checks are done before these are written. */
function operands(e: Emitter, i: Instruction, size: number, write: boolean): void {
  if (i.flags & UF_DST_MEM) {
    e.destination(i, size, true, write);
    e.code.set(L.FLAG_A);
    e.source(i, size, true);
    e.code.set(L.FLAG_B);
  } else {
    e.source(i, size, true);
    e.code.set(L.FLAG_B);
    e.getSigned(i.dst, size);
    e.code.set(L.FLAG_A);
  }
}

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

// --------------------------------------------------------------------------------------------------------------------- shifts

/** SHL, SHR, SAR of 32 bits by a constant or CL. */
function shift(operation: number, state: FlagState): Emit {
  return (e, i) => {
    const { code: c } = e;
    const constant = (i.flags & UF_SRC_IMM) !== 0;
    if (constant && (i.imm & 31) === 0) {
      e.destination(i, 4, false);
      c.op(OP.drop);
      return;
    }
    e.destination(i, 4, false);
    if (constant || !e.live) {
      c.tee(L.FLAG_A);
      if (constant) c.i32(i.imm & 31);
      else
        c.get(L.GPR + ECX)
          .i32(31)
          .op(OP.i32_and);
      c.tee(L.FLAG_B).op(operation).set(L.FLAG_RESULT);
      e.writeBack(i, 4, L.FLAG_RESULT);
      e.flags.define(state);
      return;
    }
    // A count of zero changes no flag.
    c.set(L.T0);
    e.flags.settle();
    c.get(L.GPR + ECX)
      .i32(31)
      .op(OP.i32_and)
      .set(L.T1);
    c.get(L.T0).get(L.T1).op(operation).set(L.T2);
    e.writeBack(i, 4, L.T2);
    c.get(L.T1).if();
    c.get(L.T0).set(L.FLAG_A).get(L.T1).set(L.FLAG_B).get(L.T2).set(L.FLAG_RESULT);
    e.flags.define(state);
    e.flags.settle();
    c.end();
  };
}

/** SHL of 8 or 16 bits by a constant. What is shifted out is still there, above. */
const narrowShl: Emit = (e, i, size) => {
  const width = size * 8;
  narrowShift(e, i, size, false, (n) => e.code.i32(n).op(OP.i32_shl).tee(L.T1), {
    carry: () => e.code.get(L.T1).i32(width).op(OP.i32_shr_u),
    overflow: () =>
      e.code
        .get(L.T1)
        .i32(width)
        .op(OP.i32_shr_u)
        .get(L.T1)
        .i32(width - 1)
        .op(OP.i32_shr_u, OP.i32_xor),
  });
};

/** SHR and SAR likewise. */
function narrowRight(signed: boolean): Emit {
  const operation = signed ? OP.i32_shr_s : OP.i32_shr_u;
  return (e, i, size) => {
    const { code: c } = e;
    const n = i.imm & 31;
    narrowShift(e, i, size, signed, () => c.i32(n).op(operation).tee(L.T1), {
      carry: () =>
        c
          .get(L.T0)
          .i32(n - 1)
          .op(operation),
      // The two top bits of the result differ.
      overflow: () =>
        signed
          ? c.i32(0)
          : c
              .get(L.T1)
              .i32(size * 8 - 2)
              .op(OP.i32_shr_u),
    });
  };
}

/** `flags`: push C and O in bit 0, from the operand T0 and the result T1, which is not cut to its size yet. */
function narrowShift(
  e: Emitter,
  i: Instruction,
  size: number,
  signed: boolean,
  shifted: (n: number) => void,
  flags: { readonly carry: () => void; readonly overflow: () => void },
): void {
  const { code: c } = e;
  const n = i.imm & 31;
  e.destination(i, size, signed);
  if (n === 0) {
    c.op(OP.drop);
    return;
  }
  c.tee(L.T0);
  shifted(n);
  extend(e, size);
  c.set(L.FLAG_RESULT);
  e.writeBack(i, size, L.FLAG_RESULT);
  if (e.live) {
    flags.carry();
    c.i32(1).op(OP.i32_and);
    flags.overflow();
    c.i32(1).op(OP.i32_and).i32(11).op(OP.i32_shl, OP.i32_or).set(L.FLAG_A);
  }
  e.flags.define(LF_BITS);
}

/** By operand size and count. */
function anyShift(wide: Emit, narrow: Emit): Emit {
  return (e, i, size) => (size === 4 ? wide : narrow)(e, i, size);
}

/** ROL and ROR of 32 bits by a constant. */
function rotate(operation: number, overlay: Overlay): Emit {
  return (e, i) => {
    const { code: c } = e;
    const count = i.imm & 31;
    e.destination(i, 4, false);
    if (count === 0) {
      c.op(OP.drop);
      return;
    }
    c.i32(count).op(operation).set(L.T0);
    e.writeBack(i, 4, L.T0);
    e.flags.change(overlay, () => c.get(L.T0).set(L.FLAG_OVERLAY));
  };
}

/** SHLD and SHRD of 32 bits by a constant. */
function doubleShift(left: boolean): Emit {
  return (e, i) => {
    const { code: c } = e;
    const n = i.imm & 31;
    e.destination(i, 4, false);
    if (n === 0) {
      c.op(OP.drop);
      return;
    }
    c.tee(L.T0)
      .i32(n)
      .op(left ? OP.i32_shl : OP.i32_shr_u);
    e.get(i.src, 4);
    c.i32(32 - n)
      .op(left ? OP.i32_shr_u : OP.i32_shl, OP.i32_or)
      .set(L.FLAG_RESULT);
    // C: the last bit shifted out. O: the sign changed.
    c.get(L.T0)
      .i32(left ? 32 - n : n - 1)
      .op(OP.i32_shr_u)
      .i32(1)
      .op(OP.i32_and);
    c.get(L.T0).get(L.FLAG_RESULT).op(OP.i32_xor).i32(31).op(OP.i32_shr_u).i32(11).op(OP.i32_shl, OP.i32_or).set(L.FLAG_A);
    e.writeBack(i, 4, L.FLAG_RESULT);
    e.flags.define(LF_BITS);
  };
}

// ----------------------------------------------------------------------------------------------------- products and quotients

/** C and O from Q0, a signed product, whose low half is FLAG_RESULT. */
function signedProductFlags(e: Emitter): void {
  const { code: c } = e;
  if (e.live) c.get(L.Q0).get(L.FLAG_RESULT).op(OP.i64_extend_i32_s, OP.i64_ne).i32(0x801).op(OP.i32_mul).set(L.FLAG_A);
  e.flags.define(LF_BITS);
}

function product(first: "destination" | "source"): Emit {
  return (e, i) => {
    const { code: c } = e;
    e.source(i, 4, false);
    c.op(OP.i64_extend_i32_s);
    if (first === "destination") {
      e.get(i.dst, 4);
      c.op(OP.i64_extend_i32_s);
    } else c.i64(i.imm);
    c.op(OP.i64_mul).tee(L.Q0).op(OP.i32_wrap_i64).set(L.FLAG_RESULT);
    e.set(i.dst, 4, L.FLAG_RESULT);
    signedProductFlags(e);
  };
}

/** imul3 has its constant in the immediate even when the source is a register. */
const imul3: Emit = (e, i, size) => product("source")(e, { ...i, flags: i.flags & ~UF_SRC_IMM }, size);

function wideProduct(signed: boolean): Emit {
  const widen = signed ? OP.i64_extend_i32_s : OP.i64_extend_i32_u;
  return (e, i) => {
    const { code: c } = e;
    e.source(i, 4, false);
    c.op(widen)
      .get(L.GPR + EAX)
      .op(widen, OP.i64_mul)
      .tee(L.Q0)
      .op(OP.i32_wrap_i64)
      .tee(L.FLAG_RESULT);
    e.setTop(EAX);
    c.get(L.Q0).i64(32).op(OP.i64_shr_u, OP.i32_wrap_i64);
    e.setTop(EDX);
    if (signed) signedProductFlags(e);
    else {
      if (e.live)
        c.get(L.GPR + EDX)
          .i32(0)
          .op(OP.i32_ne)
          .i32(0x801)
          .op(OP.i32_mul)
          .set(L.FLAG_A);
      e.flags.define(LF_BITS);
    }
  };
}

/** EDX:EAX as a 64-bit value. */
function pair(e: Emitter): void {
  e.code
    .get(L.GPR + EDX)
    .op(OP.i64_extend_i32_u)
    .i64(32)
    .op(OP.i64_shl)
    .get(L.GPR + EAX)
    .op(OP.i64_extend_i32_u, OP.i64_or);
}

/** Quotients that do not fit are the interpreter's: it raises #DE. */
const div: Emit = (e, i) => {
  const { code: c } = e;
  e.source(i, 4, false);
  c.set(L.T0)
    .get(L.GPR + EDX)
    .get(L.T0)
    .op(OP.i32_ge_u)
    .if();
  e.exit();
  c.end();
  pair(e);
  c.tee(L.Q0).get(L.T0).op(OP.i64_extend_i32_u, OP.i64_div_u).tee(L.Q1).op(OP.i32_wrap_i64);
  e.setTop(EAX);
  c.get(L.Q0).get(L.Q1).get(L.T0).op(OP.i64_extend_i32_u, OP.i64_mul, OP.i64_sub, OP.i32_wrap_i64);
  e.setTop(EDX);
};

const idiv: Emit = (e, i) => {
  const { code: c } = e;
  e.source(i, 4, false);
  // Divisors 0 and -1: those that could trap.
  c.tee(L.T0).i32(1).op(OP.i32_add).i32(1).op(OP.i32_le_u).if();
  e.exit();
  c.end();
  pair(e);
  c.tee(L.Q0).get(L.T0).op(OP.i64_extend_i32_s, OP.i64_div_s).tee(L.Q1).get(L.Q1).op(OP.i64_extend32_s, OP.i64_ne).if();
  e.exit();
  c.end();
  c.get(L.Q1).op(OP.i32_wrap_i64);
  e.setTop(EAX);
  c.get(L.Q0).get(L.Q1).get(L.T0).op(OP.i64_extend_i32_s, OP.i64_mul, OP.i64_sub, OP.i32_wrap_i64);
  e.setTop(EDX);
};

// ---------------------------------------------------------------------------------------------------------------------- moves

const mov: Emit = (e, i, size) => {
  const { code: c } = e;
  if (i.flags & UF_DST_MEM) {
    e.address(i, true);
    e.host(i, size, true);
    e.source(i, size, false);
    e.store(size);
    return;
  }
  e.source(i, size, false);
  if (size === 4) e.setTop(i.dst >> 3);
  else {
    c.set(L.T0);
    e.set(i.dst, size, L.T0);
  }
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
  // No segment takes part.
  e.address({ ...i, segment: STATE.DS }, false);
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

// ---------------------------------------------------------------------------------------------------------------------- stack

/** Push local `value`. */
export function pushLocal(e: Emitter, value: number): void {
  const { code: c } = e;
  c.get(L.GPR + ESP)
    .i32(4)
    .op(OP.i32_sub)
    .set(L.ADDRESS);
  e.hostOfStack(4, true);
  c.get(value);
  e.store(4);
  c.get(L.ADDRESS);
  e.setTop(ESP);
}

/** Read the top of the stack into local `value`. ESP stays. */
export function peekStack(e: Emitter, value: number): void {
  e.code.get(L.GPR + ESP).set(L.ADDRESS);
  e.hostOfStack(4, false);
  e.load(4, false);
  e.code.set(value);
}

export function dropStack(e: Emitter, bytes: number): void {
  e.code
    .get(L.GPR + ESP)
    .i32(bytes)
    .op(OP.i32_add);
  e.setTop(ESP);
}

const push: Emit = (e, i) => {
  e.source(i, 4, false);
  e.code.set(L.T0);
  pushLocal(e, L.T0);
};

const pop: Emit = (e, i) => {
  peekStack(e, L.T0);
  dropStack(e, 4);
  e.set(i.dst, 4, L.T0);
};

const leave: Emit = (e) => {
  const { code: c } = e;
  c.get(L.GPR + EBP).set(L.ADDRESS);
  e.hostOfStack(4, false);
  e.load(4, false);
  c.set(L.T0)
    .get(L.GPR + EBP)
    .i32(4)
    .op(OP.i32_add);
  e.setTop(ESP);
  c.get(L.T0);
  e.setTop(EBP);
};

// ----------------------------------------------------------------------------------------------------------------------- bits

/** BT and its kin on 32 bits. `change` combines value and mask on the stack. A register's offset reaches beyond a memory operand. */
function bitTest(change?: (e: Emitter) => void): Emit {
  return (e, i) => {
    const { code: c } = e;
    const offset = () => {
      if (i.flags & UF_SRC_IMM) c.i32(i.imm & 31);
      else e.get(i.src, 4);
    };
    const write = change !== undefined;
    if (i.flags & UF_DST_MEM) {
      e.address(i, write);
      if (!(i.flags & UF_SRC_IMM)) {
        c.get(L.ADDRESS);
        offset();
        c.i32(5).op(OP.i32_shr_s).i32(2).op(OP.i32_shl, OP.i32_add).set(L.ADDRESS);
      }
      e.host(i, 4, write);
      c.tee(L.HOST);
      e.load(4, false);
    } else e.get(i.dst, 4);
    c.tee(L.T0);
    offset();
    c.op(OP.i32_shr_u).set(L.T1);
    if (change) {
      c.get(L.T0).i32(1);
      offset();
      c.op(OP.i32_shl);
      change(e);
      c.set(L.T0);
      e.writeBack(i, 4, L.T0);
    }
    e.flags.change(Overlay.Carry, () => c.get(L.T1).set(L.FLAG_OVERLAY));
  };
}

/** BSF and BSR: a source of zero leaves the destination. */
function scan(reverse: boolean): Emit {
  return (e, i) => {
    const { code: c } = e;
    e.source(i, 4, false);
    c.set(L.T0);
    if (reverse) c.i32(31).get(L.T0).op(OP.i32_clz, OP.i32_sub);
    else c.get(L.T0).op(OP.i32_ctz);
    e.get(i.dst, 4);
    c.get(L.T0).op(OP.select);
    e.setTop(i.dst >> 3);
    e.flags.change(Overlay.Zero, () => c.get(L.T0).set(L.FLAG_OVERLAY));
  };
}

function setCarry(value: (e: Emitter) => void): Emit {
  return (e) => {
    value(e);
    e.code.set(L.T0);
    e.flags.change(Overlay.Carry, () => e.code.get(L.T0).set(L.FLAG_OVERLAY));
  };
}

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
const noMemory = (i: Instruction) => !(i.flags & (UF_DST_MEM | UF_SRC_MEM));
/** With an offset in a register, or a prefix that cuts the address, the sum may wrap otherwise than the address does. */
const plainBits = (i: Instruction) => !(i.flags & UF_DST_MEM) || (i.addressSize === 4 && i.segment < STATE.FS) || byConstant(i);
const memoryOnly = (i: Instruction) => (i.flags & UF_DST_MEM) !== 0;
const byConstant = (i: Instruction) => (i.flags & UF_SRC_IMM) !== 0;
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
    shl: rule(anyShift(shift(OP.i32_shl, FlagState.Shl), narrowShl), ANY, 0, 3, wideOrConstant),
    shr: rule(anyShift(shift(OP.i32_shr_u, FlagState.Shr), narrowRight(false)), ANY, 0, 3, wideOrConstant),
    sar: rule(anyShift(shift(OP.i32_shr_s, FlagState.Sar), narrowRight(true)), ANY, 0, 3, wideOrConstant),
    rol: rule(rotate(OP.i32_rotl, Overlay.Left), WORD, 0, 3, byConstant),
    ror: rule(rotate(OP.i32_rotr, Overlay.Right), WORD, 0, 3, byConstant),
    shldImm: rule(doubleShift(true), WORD, 0, 3),
    shrdImm: rule(doubleShift(false), WORD, 0, 3),
    imul2: rule(product("destination"), WORD, 3, 0),
    imul3: rule(imul3, WORD, 3, 0),
    mul: rule(wideProduct(false), WORD, 3, 0),
    imul1: rule(wideProduct(true), WORD, 3, 0),
    div: rule(div, WORD, 0, 0),
    idiv: rule(idiv, WORD, 0, 0),
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
    push: rule(push, WORD, 0, 0),
    pop: rule(pop, WORD, 0, 0, noMemory),
    leave: rule(leave, WORD, 0, 0),
    bt: rule(bitTest(), WORD, 0, 2, plainBits),
    bts: rule(
      bitTest((e) => e.code.op(OP.i32_or)),
      WORD,
      0,
      2,
      plainBits,
    ),
    btr: rule(
      bitTest((e) => e.code.i32(-1).op(OP.i32_xor, OP.i32_and)),
      WORD,
      0,
      2,
      plainBits,
    ),
    btc: rule(
      bitTest((e) => e.code.op(OP.i32_xor)),
      WORD,
      0,
      2,
      plainBits,
    ),
    bsf: rule(scan(false), WORD, 0, 3),
    bsr: rule(scan(true), WORD, 0, 3),
    clc: rule(
      setCarry((e) => e.code.i32(0)),
      [1, 2, 4],
      0,
      2,
    ),
    stc: rule(
      setCarry((e) => e.code.i32(1)),
      [1, 2, 4],
      0,
      2,
    ),
    cmc: rule(
      setCarry((e) => {
        e.flags.carry();
        e.code.i32(1).op(OP.i32_xor);
      }),
      [1, 2, 4],
      0,
      3,
    ),
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
