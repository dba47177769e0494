/** FCOM, FCOMI, FTST and their kin, and FCMOVcc in line, of zeros and numbers that are not extreme. FXAM goes through its exec function. */
import { LF_EXPLICIT } from "../../wasm/abi/lazy-flags.js";
import { OP } from "./emit/code.js";
import type { Emitter, Instruction } from "./emitter.js";
import { FLAG_C, FLAG_Z } from "./flags.js";
import * as L from "./locals.js";
import type { Emit } from "./simd-operands.js";
import { isPlain, type MemoryType, memoryIsPlain, memoryOperand, SIGN } from "./x87-numbers.js";
import type { Register } from "./x87-stack.js";

const C0_SHIFT = 8;
const C3_SHIFT = 14;
const CODES = 0x4500;
const EQUAL = L.X87_T;

/** EQUAL := whether the numbers are equal. Push whether the first is less. */
function order({ code: c }: Emitter, a: Register, b: Register): void {
  const negative = L.X87_T + 1;
  c.get(a.sig).get(b.sig).op(OP.i64_eq);
  c.get(a.exp).get(b.exp).op(OP.i32_eq).get(a.sig).op(OP.i64_eqz, OP.i32_or, OP.i32_and).set(EQUAL);
  c.get(a.exp).i32(15).op(OP.i32_shr_u).tee(negative);
  c.get(a.sig).get(b.sig).op(OP.i64_lt_u).get(a.exp).get(b.exp).op(OP.i32_lt_u);
  c.get(a.exp).get(b.exp).op(OP.i32_eq, OP.select).get(negative).op(OP.i32_xor);
  c.get(a.exp).get(b.exp).op(OP.i32_xor).i32(SIGN).op(OP.i32_and, OP.select);
  c.get(EQUAL).op(OP.i32_eqz, OP.i32_and);
}

const ZERO: Register = { sig: L.Q0, exp: L.T0 };

/** ST(0) and the second operand, zero if there is none, and push whether both can be compared. */
function operands(e: Emitter, i: Instruction, second: number | MemoryType | undefined): readonly [Register, Register] {
  const { code: c, x87 } = e;
  x87.begin(e);
  const a = x87.full(e, 0);
  if (second === undefined) {
    c.i64(0).set(ZERO.sig).i32(0).set(ZERO.exp);
    isPlain(e, a);
    return [a, ZERO];
  }
  const b = typeof second === "string" ? memoryOperand(e, i, second) : x87.full(e, second);
  isPlain(e, a);
  if (typeof second === "string") memoryIsPlain(e);
  else isPlain(e, b);
  c.op(OP.i32_and);
  return [a, b];
}

function pop({ x87 }: Emitter, times: number): void {
  for (let n = 0; n < times; n++) x87.pop();
}

function compare(second: ((i: Instruction) => number | undefined) | MemoryType, pops: number): Emit {
  return (e, i) => {
    const { code: c, x87 } = e;
    const [a, b] = operands(e, i, typeof second === "string" ? second : second(i));
    x87.orExec(e, i, () => {
      order(e, a, b);
      c.i32(C0_SHIFT).op(OP.i32_shl).get(EQUAL).i32(C3_SHIFT).op(OP.i32_shl, OP.i32_or);
      x87.conditions(CODES);
      x87.done(i, typeof second === "string");
      pop(e, pops);
    });
  };
}

/** FCOMI and FUCOMI. Z: equal, C: less; the other flags are clear. */
function compareToFlags(pops: number): Emit {
  return (e, i) => {
    const { code: c, x87 } = e;
    const [a, b] = operands(e, i, i.src);
    x87.orExec(e, i, () => {
      order(e, a, b);
      c.i32(FLAG_C).op(OP.i32_mul).get(EQUAL).i32(FLAG_Z).op(OP.i32_mul, OP.i32_or).set(L.FLAG_A);
      x87.record(i);
      pop(e, pops);
    });
    e.flags.define(LF_EXPLICIT);
  };
}

/** ST(0) := ST(i) if condition code `code` (as of Jcc) holds. */
function moveIf(code: number): Emit {
  return (e, i) => {
    const { code: c, x87 } = e;
    x87.begin(e);
    x87.full(e, 0);
    const from = x87.full(e, i.src);
    const to = x87.write(0);
    e.flags.condition(code);
    c.set(L.X87_T);
    c.get(from.sig).get(to.sig).get(L.X87_T).op(OP.select).set(to.sig);
    c.get(from.exp).get(to.exp).get(L.X87_T).op(OP.select).set(to.exp);
    x87.record(i);
  };
}

const source = (i: Instruction) => i.src;
const next = () => 1;
const none = () => undefined;

/** By exec function. */
export const COMPARISONS: Readonly<Record<string, Emit>> = {
  fcomMem32: compare("f32", 0),
  fcomMem64: compare("f64", 0),
  fcompMem32: compare("f32", 1),
  fcompMem64: compare("f64", 1),
  ficomInt16: compare("i16", 0),
  ficomInt32: compare("i32", 0),
  ficompInt16: compare("i16", 1),
  ficompInt32: compare("i32", 1),
  fcomSt: compare(source, 0),
  fcompSt: compare(source, 1),
  fcompp: compare(next, 2),
  fucomSt: compare(source, 0),
  fucompSt: compare(source, 1),
  fucompp: compare(next, 2),
  ftst: compare(none, 0),
  fcmovb: moveIf(2),
  fcmove: moveIf(4),
  fcmovbe: moveIf(6),
  fcmovu: moveIf(10),
  fcmovnb: moveIf(3),
  fcmovne: moveIf(5),
  fcmovnbe: moveIf(7),
  fcmovnu: moveIf(11),
};

/** Those that overwrite all arithmetic flags. */
export const FLAG_WRITERS: Readonly<Record<string, Emit>> = {
  fcomi: compareToFlags(0),
  fcomip: compareToFlags(1),
  fucomi: compareToFlags(0),
  fucomip: compareToFlags(1),
};
