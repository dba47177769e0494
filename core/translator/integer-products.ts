/** Products and quotients of 32 bits in line. */
import { LF_BITS } from "../../wasm/abi/lazy-flags.js";
import { UF_SRC_IMM } from "../../wasm/abi/uop.js";
import { OP } from "./emit/code.js";
import type { Emitter } from "./emitter.js";
import { EAX, EDX, type Emit } from "./integer-operands.js";
import * as L from "./locals.js";

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
export const imul3: Emit = (e, i, size) => product("source")(e, { ...i, flags: i.flags & ~UF_SRC_IMM }, size);

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

export const imul2 = product("destination");
export const mul = wideProduct(false);
export const imul1 = wideProduct(true);

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
export const div: Emit = (e, i) => {
  const { code: c } = e;
  e.source(i, 4, false);
  c.set(L.T0)
    .get(L.GPR + EDX)
    .get(L.T0)
    .op(OP.i32_ge_u);
  e.exitIf();
  pair(e);
  c.tee(L.Q0).get(L.T0).op(OP.i64_extend_i32_u, OP.i64_div_u).tee(L.Q1).op(OP.i32_wrap_i64);
  e.setTop(EAX);
  c.get(L.Q0).get(L.Q1).get(L.T0).op(OP.i64_extend_i32_u, OP.i64_mul, OP.i64_sub, OP.i32_wrap_i64);
  e.setTop(EDX);
};

export const idiv: Emit = (e, i) => {
  const { code: c } = e;
  e.source(i, 4, false);
  // Divisors 0 and -1: those that could trap.
  c.tee(L.T0).i32(1).op(OP.i32_add).i32(1).op(OP.i32_le_u);
  e.exitIf();
  pair(e);
  c.tee(L.Q0).get(L.T0).op(OP.i64_extend_i32_s, OP.i64_div_s).tee(L.Q1).get(L.Q1).op(OP.i64_extend32_s, OP.i64_ne);
  e.exitIf();
  c.get(L.Q1).op(OP.i32_wrap_i64);
  e.setTop(EAX);
  c.get(L.Q0).get(L.Q1).get(L.T0).op(OP.i64_extend_i32_s, OP.i64_mul, OP.i64_sub, OP.i32_wrap_i64);
  e.setTop(EDX);
};
