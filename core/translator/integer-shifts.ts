/** Shifts and rotates in line: by constants of any size, and 32-bit ones by CL. */
import { LF_BITS } from "../../wasm/abi/lazy-flags.js";
import { UF_SRC_IMM } from "../../wasm/abi/uop.js";
import { OP } from "./emit/code.js";
import type { Emitter, Instruction } from "./emitter.js";
import { FlagState, Overlay } from "./flags.js";
import { ECX, type Emit, extend } from "./integer-operands.js";
import * as L from "./locals.js";

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

export const shl = anyShift(shift(OP.i32_shl, FlagState.Shl), narrowShl);
export const shr = anyShift(shift(OP.i32_shr_u, FlagState.Shr), narrowRight(false));
export const sar = anyShift(shift(OP.i32_shr_s, FlagState.Sar), narrowRight(true));
export const rol = rotate(OP.i32_rotl, Overlay.Left);
export const ror = rotate(OP.i32_rotr, Overlay.Right);
export const shldImm = doubleShift(true);
export const shrdImm = doubleShift(false);
