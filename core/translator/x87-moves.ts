/** x87 loads, stores, constants, exchanges and control words in line. FBLD, FBSTP and the inexact constants go through their exec functions. */
import * as STATE from "../../wasm/abi/state.js";
import { MEMORY, OP } from "./emit/code.js";
import type { Emitter, Instruction } from "./emitter.js";
import * as L from "./locals.js";
import type { Emit } from "./simd-operands.js";
import {
  asUsual,
  BIAS,
  BYTES,
  EXPONENT,
  FORMATS,
  INTEGER_BIT,
  isPlain,
  type MemoryType,
  memoryIsPlain,
  memoryOperand,
  roundsToEven,
  SIGN,
} from "./x87-numbers.js";
import { type Register, UNUSUAL_MASK, UNUSUAL_ROUNDING } from "./x87-stack.js";

const Q = L.X87_Q;
const T = L.X87_T;
const ROUND_NEAREST = 0;
const ROUND_DOWN = 1;
const ROUND_UP = 2;
const CONTROL_ROUNDING_SHIFT = 10;
const CONTROL_WRITABLE = 0x1f3f;
const CONTROL_ONES = 0x40;
const EXCEPTIONS = 0x3f;
const STATUS_BUSY = 0x8000;

function copy({ code: c }: Emitter, from: Register, to: Register): void {
  c.get(from.sig).set(to.sig).get(from.exp).set(to.exp);
}

// ------------------------------------------------------------------------------------------------------------------- loads

function load(type: MemoryType): Emit {
  return (e, i) => {
    const { x87 } = e;
    x87.begin(e);
    x87.room(e);
    const operand = memoryOperand(e, i, type);
    memoryIsPlain(e);
    x87.orExec(e, i, () => {
      copy(e, operand, x87.push());
      x87.done(i, true);
    });
  };
}

const load80: Emit = (e, i) => {
  const { code: c, x87 } = e;
  x87.begin(e);
  x87.room(e);
  e.address(i);
  e.host(i, 10, false);
  const to = x87.push();
  c.tee(L.HOST).memory(MEMORY.i64_load).set(to.sig).get(L.HOST).memory(MEMORY.i32_load16_u, 8).set(to.exp);
  x87.done(i, true);
};

const loadRegister: Emit = (e, i) => {
  const { x87 } = e;
  x87.begin(e);
  const from = x87.full(e, i.src);
  x87.room(e);
  copy(e, from, x87.push());
  x87.done(i);
};

function constant(sig: bigint, exp: number): Emit {
  return (e, i) => {
    const { code: c, x87 } = e;
    x87.begin(e);
    x87.room(e);
    const to = x87.push();
    c.i64Wide(sig).set(to.sig).i32(exp).set(to.exp);
    x87.done(i);
  };
}

// ------------------------------------------------------------------------------------------------------------------ stores

/** HOST := host address of the destination. */
function destination(e: Emitter, i: Instruction, bytes: number): void {
  e.address(i);
  e.host(i, bytes, true);
  e.code.set(L.HOST);
}

function storeFloat(type: "f32" | "f64", pops: boolean): Emit {
  const { fraction, special, bias, sign } = FORMATS[type];
  const unused = 63 - fraction;
  return (e, i) => {
    const { code: c, x87 } = e;
    x87.begin(e);
    const { sig, exp } = x87.full(e, 0);
    destination(e, i, BYTES[type]);
    const field = T;
    // The largest exponent is not taken, so that a carry can not overflow.
    c.get(exp)
      .i32(EXPONENT)
      .op(OP.i32_and)
      .i32(bias + 1)
      .op(OP.i32_sub)
      .tee(field)
      .i32(special - 2)
      .op(OP.i32_lt_u);
    c.get(sig).i64(0).op(OP.i64_lt_s, OP.i32_and);
    c.get(sig).get(exp).i32(EXPONENT).op(OP.i32_and, OP.i64_extend_i32_u, OP.i64_or, OP.i64_eqz, OP.i32_or);
    asUsual(e, UNUSUAL_ROUNDING);
    c.op(OP.i32_and);
    x87.orExec(e, i, () => {
      c.get(sig)
        .i64(64 - unused)
        .op(OP.i64_shl)
        .set(Q);
      roundsToEven(c.get(sig).i64(unused).op(OP.i64_shr_u), Q);
      c.get(L.HOST);
      // The integer bit, which the format leaves out, adds one to the exponent; so does a carry.
      c.get(field).op(OP.i64_extend_i32_u).i64(fraction).op(OP.i64_shl).get(sig).i64(unused).op(OP.i64_shr_u, OP.i64_add);
      c.get(L.X87_UP).op(OP.i64_extend_i32_u, OP.i64_add).i64(0);
      c.get(sig).i64(0).op(OP.i64_ne, OP.select);
      c.get(exp).i32(SIGN).op(OP.i32_and, OP.i64_extend_i32_u).i64(sign).op(OP.i64_shl, OP.i64_or);
      if (type === "f64") c.memory(MEMORY.i64_store);
      else c.op(OP.i32_wrap_i64).memory(MEMORY.i32_store);
      c.get(Q);
      x87.rounded();
      x87.record(i, true);
      if (pops) x87.pop();
    });
  };
}

const store80: Emit = (e, i) => {
  const { code: c, x87 } = e;
  x87.begin(e);
  const { sig, exp } = x87.full(e, 0);
  destination(e, i, 10);
  c.get(L.HOST).get(sig).memory(MEMORY.i64_store).get(L.HOST).get(exp).memory(MEMORY.i32_store16, 8);
  x87.done(i, true);
  x87.pop();
};

function storeRegister(pops: boolean): Emit {
  return (e, i) => {
    const { x87 } = e;
    x87.begin(e);
    const from = x87.full(e, 0);
    if (i.dst !== 0) copy(e, from, x87.write(i.dst));
    x87.done(i);
    if (pops) x87.pop();
  };
}

/** Q + 1 and Q := the whole and the rest, as a fraction of 2^64, of a number with so large an exponent. Of a small rest only the size counts. */
function split({ code: c }: Emitter, { sig }: Register, scale: number): void {
  c.get(scale).i32(0).op(OP.i32_ge_s).if();
  c.get(sig).i64(1).op(OP.i64_shl).get(scale).op(OP.i64_extend_i32_u, OP.i64_shl).set(Q);
  c.get(sig)
    .i32(63)
    .get(scale)
    .op(OP.i32_sub, OP.i64_extend_i32_u, OP.i64_shr_u)
    .set(Q + 1);
  c.else();
  c.get(sig).get(sig).i64(0).op(OP.i64_ne, OP.i64_extend_i32_u).get(scale).i32(-1).op(OP.i32_eq, OP.select).set(Q);
  c.i64(0).set(Q + 1);
  c.end();
}

/** X87_UP := whether the magnitude is rounded up, by rounding control, of the integer Q + 1 below which Q lies. */
function roundsInteger({ code: c }: Emitter, exp: number): void {
  const mode = T + 1;
  roundsToEven(c.get(Q + 1), Q);
  c.i32(0).memory(MEMORY.i32_load, STATE.FPU_CONTROL).i32(CONTROL_ROUNDING_SHIFT).op(OP.i32_shr_u).i32(3).op(OP.i32_and).tee(mode);
  c.i32(ROUND_NEAREST).op(OP.i32_ne).if();
  c.i32(ROUND_DOWN).i32(ROUND_UP).get(exp).i32(SIGN).op(OP.i32_and, OP.select).get(mode).op(OP.i32_eq);
  c.get(Q).i64(0).op(OP.i64_ne, OP.i32_and).set(L.X87_UP);
  c.end();
}

const INTEGER_STORES = { i16: MEMORY.i32_store16, i32: MEMORY.i32_store, i64: MEMORY.i64_store } as const;

/** Integers that surely fit. */
function storeInteger(type: "i16" | "i32" | "i64", truncates: boolean, pops: boolean): Emit {
  const bits = BYTES[type] * 8;
  return (e, i) => {
    const { code: c, x87 } = e;
    x87.begin(e);
    const number = x87.full(e, 0);
    const { exp } = number;
    destination(e, i, BYTES[type]);
    const scale = T;
    c.get(exp)
      .i32(EXPONENT)
      .op(OP.i32_and)
      .i32(BIAS)
      .op(OP.i32_sub)
      .tee(scale)
      .i32(bits - 2)
      .op(OP.i32_lt_s);
    isPlain(e, number);
    c.op(OP.i32_and);
    asUsual(e, UNUSUAL_MASK);
    c.op(OP.i32_and);
    x87.orExec(e, i, () => {
      split(e, number, scale);
      if (truncates) c.i32(0).set(L.X87_UP);
      else roundsInteger(e, exp);
      c.get(Q + 1)
        .get(L.X87_UP)
        .op(OP.i64_extend_i32_u, OP.i64_add)
        .set(Q + 1);
      c.get(L.HOST)
        .i64(0)
        .get(Q + 1)
        .op(OP.i64_sub)
        .get(Q + 1)
        .get(exp)
        .i32(SIGN)
        .op(OP.i32_and, OP.select);
      if (type !== "i64") c.op(OP.i32_wrap_i64);
      c.memory(INTEGER_STORES[type]);
      c.get(Q);
      x87.rounded();
      x87.record(i, true);
      if (pops) x87.pop();
    });
  };
}

// --------------------------------------------------------------------------------------------------------------- registers

const exchange: Emit = (e, i) => {
  const { x87 } = e;
  x87.begin(e);
  x87.full(e, 0);
  x87.full(e, i.src);
  x87.exchange(i.src);
  x87.done(i);
};

/** Change the sign of ST(0): keep the bits of `keep`, then flip those of `flip`. */
function changeSign(keep: number, flip: number): Emit {
  return (e, i) => {
    const { code: c, x87 } = e;
    x87.begin(e);
    x87.full(e, 0);
    const { exp } = x87.write(0);
    c.get(exp).i32(keep).op(OP.i32_and).i32(flip).op(OP.i32_xor).set(exp);
    x87.done(i);
  };
}

const free: Emit = (e, i) => {
  e.x87.begin(e);
  e.x87.free(i.dst);
  e.x87.done(i);
};

function turn(by: number): Emit {
  return (e, i) => {
    e.x87.begin(e);
    e.x87.turn(by);
    e.x87.done(i);
  };
}

// ------------------------------------------------------------------------------------------------------------ control words

/** FWAIT and FNOP do nothing but wait. */
const wait: Emit = (e) => e.x87.begin(e);

const storeStatusToAx: Emit = (e) => {
  e.x87.begin(e);
  e.x87.status();
  e.code.set(T);
  e.set(0, 2, T);
};

const storeStatus: Emit = (e, i) => {
  e.x87.begin(e);
  destination(e, i, 2);
  e.code.get(L.HOST);
  e.x87.status();
  e.code.memory(MEMORY.i32_store16);
};

const storeControl: Emit = (e, i) => {
  e.x87.begin(e);
  destination(e, i, 2);
  e.code.get(L.HOST).i32(0).memory(MEMORY.i32_load, STATE.FPU_CONTROL).memory(MEMORY.i32_store16);
};

const loadControl: Emit = (e, i) => {
  const { code: c, x87 } = e;
  x87.begin(e);
  e.address(i);
  e.host(i, 2, false);
  c.memory(MEMORY.i32_load16_u).set(T);
  // No exception may become unmasked that is there already, nor the busy flag be wrong.
  x87.status();
  c.i32(EXCEPTIONS).get(T).op(OP.i32_xor).i32(EXCEPTIONS).op(OP.i32_and).i32(STATUS_BUSY).op(OP.i32_or, OP.i32_and, OP.i32_eqz);
  x87.orExec(e, i, () => {
    c.i32(0).get(T).i32(CONTROL_WRITABLE).op(OP.i32_and).i32(CONTROL_ONES).op(OP.i32_or, OP.i64_extend_i32_u);
    c.memory(MEMORY.i64_store, STATE.FPU_CONTROL);
    x87.controlChanged();
  });
};

/** By exec function. */
export const MOVES: Readonly<Record<string, Emit>> = {
  fldMem32: load("f32"),
  fldMem64: load("f64"),
  fldMem80: load80,
  fldSt: loadRegister,
  fildMem16: load("i16"),
  fildMem32: load("i32"),
  fildMem64: load("i64"),
  fld1: constant(INTEGER_BIT, BIAS),
  fldz: constant(0n, 0),
  fstMem32: storeFloat("f32", false),
  fstMem64: storeFloat("f64", false),
  fstpMem32: storeFloat("f32", true),
  fstpMem64: storeFloat("f64", true),
  fstpMem80: store80,
  fstSt: storeRegister(false),
  fstpSt: storeRegister(true),
  fistMem16: storeInteger("i16", false, false),
  fistMem32: storeInteger("i32", false, false),
  fistpMem16: storeInteger("i16", false, true),
  fistpMem32: storeInteger("i32", false, true),
  fistpMem64: storeInteger("i64", false, true),
  fisttpMem16: storeInteger("i16", true, true),
  fisttpMem32: storeInteger("i32", true, true),
  fisttpMem64: storeInteger("i64", true, true),
  fxch: exchange,
  fchs: changeSign(0xffff, SIGN),
  fabs: changeSign(EXPONENT, 0),
  ffree: free,
  fincstp: turn(1),
  fdecstp: turn(7),
  fnop: wait,
  fwait: wait,
  fnstswAx: storeStatusToAx,
  fnstswMem: storeStatus,
  fnstcw: storeControl,
  fldcw: loadControl,
};
