/**
 * Conversions between integers, single and double precision in line, as simd-float.ts does arithmetic. Those to and from MMX registers
 * go through their exec functions.
 */
import { OP } from "./emit/code.js";
import type { Emitter, Instruction } from "./emitter.js";
import * as L from "./locals.js";
import { constant, FLOAT, SIMD, shuffle, truncate } from "./simd-codes.js";
import { floatSource, hostOrExec, orExec, putScalar, scalar } from "./simd-float.js";
import { type Emit, xmmSource } from "./simd-operands.js";
import { checkQuiet, NARROWING, type Operands, SINGLE } from "./simd-range.js";
import { ALL_2 } from "./vectors.js";

/** Push whether the host may round. */
function native(e: Emitter): void {
  e.code.get(L.NATIVE_2).i32(ALL_2).op(OP.i32_eq);
}

// ------------------------------------------------------------------------------------------------------------ from integers

/** The 32-bit general register or memory operand into T0. */
function generalSource(e: Emitter, i: Instruction): void {
  e.vectors.require(e, "xmm");
  e.source(i, 4, false);
  e.code.set(L.T0);
}

/** Always exact. */
const cvtsi2sd: Emit = (e, i) => {
  generalSource(e, i);
  putScalar(e, i, true, () => e.code.get(L.T0).op(FLOAT.f64_convert_i32_s));
};

const EXACT_SINGLE = 1 << 24;

const cvtsi2ss: Emit = (e, i) => {
  generalSource(e, i);
  native(e);
  e.code
    .get(L.T0)
    .i32(EXACT_SINGLE)
    .op(OP.i32_add)
    .i32(2 * EXACT_SINGLE)
    .op(OP.i32_le_u, OP.i32_or);
  orExec(e, i, () => putScalar(e, i, false, () => e.code.get(L.T0).op(FLOAT.f32_convert_i32_s)));
};

const cvtdq2pd: Emit = (e, i) => {
  e.code.get(xmmSource(e, i, 8)).simd(SIMD.f64x2_convert_low_i32x4_s);
  e.vectors.set(i.dst);
};

const cvtdq2ps: Emit = (e, i) => {
  const s = xmmSource(e, i, 16);
  native(e);
  orExec(e, i, () => {
    e.code.get(s).simd(SIMD.f32x4_convert_i32x4_s);
    e.vectors.set(i.dst);
  });
};

// ------------------------------------------------------------------------------------------------------------ to integers

/** 2^31 as a single, and 2^31 - 1 as a double: magnitudes below it convert, however they round. */
const SINGLE_LIMIT = 0x4f000000;
const DOUBLE_LIMIT = [0xffc00000, 0x41dfffff] as const;

/** Push the low element, rounded to an integer unless truncation is wanted. */
function rounded(e: Emitter, s: number, double: boolean, chop: boolean): void {
  scalar(e, s, double);
  if (!chop) e.code.op(double ? FLOAT.f64_nearest : FLOAT.f32_nearest);
}

/** To a general register: the host may round, or there is nothing to round. */
function toGeneral(double: boolean, chop: boolean): Emit {
  return (e, i) => {
    const { code: c } = e;
    const s = floatSource(e, i, double ? "sd" : "ss");
    rounded(e, s, double, chop);
    truncate(c, double);
    c.set(L.T1);
    native(e);
    c.get(L.T1).op(double ? FLOAT.f64_convert_i32_s : FLOAT.f32_convert_i32_s);
    scalar(e, s, double);
    c.op(double ? FLOAT.f64_eq : FLOAT.f32_eq, OP.i32_or);
    inRange(e, s, double);
    c.simd(double ? SIMD.i64x2_bitmask : SIMD.i32x4_bitmask).op(OP.i32_and);
    orExec(e, i, () => {
      c.get(L.T1);
      e.setTop(i.dst >> 3);
    });
  };
}

/** Push masks of the elements whose magnitude is below 2^31. */
function inRange(e: Emitter, s: number, double: boolean): void {
  const { code: c } = e;
  c.get(s).simd(double ? SIMD.f64x2_abs : SIMD.f32x4_abs);
  if (double) constant(c, [...DOUBLE_LIMIT, ...DOUBLE_LIMIT]);
  else c.i32(SINGLE_LIMIT).simd(SIMD.i32x4_splat);
  c.simd(double ? SIMD.f64x2_lt : SIMD.f32x4_lt);
}

/** To packed integers; two of them leave the upper half zero. */
function toPacked(double: boolean, chop: boolean): Emit {
  return (e, i) => {
    const { code: c } = e;
    const s = xmmSource(e, i, 16);
    inRange(e, s, double);
    c.simd(double ? SIMD.i64x2_bitmask : SIMD.i32x4_bitmask)
      .get(double ? L.NATIVE_2 : L.NATIVE_4)
      .op(OP.i32_eq);
    orExec(e, i, () => {
      c.get(s);
      if (!chop) c.simd(double ? SIMD.f64x2_nearest : SIMD.f32x4_nearest);
      c.simd(double ? SIMD.i32x4_trunc_sat_f64x2_s_zero : SIMD.i32x4_trunc_sat_f32x4_s);
      e.vectors.set(i.dst);
    });
  };
}

// ------------------------------------------------------------------------------------------------------------ between precisions

const cvtss2sd: Emit = (e, i) => {
  const s = floatSource(e, i, "ss");
  checkQuiet(e, { lanes: "ss", window: SINGLE.normal, a: s, zeros: "any" });
  orExec(e, i, () =>
    putScalar(e, i, true, () => {
      scalar(e, s, false);
      e.code.op(FLOAT.f64_promote_f32);
    }),
  );
};

/** Push whether doubles are singles. */
function exactNarrowing(e: Emitter, lanes: "sd" | "pd", s: number): void {
  const { code: c } = e;
  c.get(s).simd(SIMD.f32x4_demote_f64x2_zero).simd(SIMD.f64x2_promote_low_f32x4).get(s).simd(SIMD.f64x2_eq).simd(SIMD.i64x2_bitmask);
  const elements = lanes === "sd" ? 1 : ALL_2;
  c.i32(elements).op(OP.i32_and).i32(elements).op(OP.i32_eq);
}

function narrow(lanes: "sd" | "pd", fast: (e: Emitter, i: Instruction, s: number) => void): Emit {
  return (e, i) => {
    const s = floatSource(e, i, lanes);
    const operands: Operands = { lanes, window: NARROWING, a: s, zeros: "any" };
    hostOrExec(
      e,
      i,
      operands,
      () => exactNarrowing(e, lanes, s),
      () => fast(e, i, s),
    );
  };
}

const cvtsd2ss = narrow("sd", (e, i, s) =>
  putScalar(e, i, false, () => {
    scalar(e, s, true);
    e.code.op(FLOAT.f32_demote_f64);
  }),
);

/** The upper half becomes zero. */
const cvtpd2ps = narrow("pd", (e, i, s) => {
  e.code.get(s).simd(SIMD.f32x4_demote_f64x2_zero);
  e.vectors.set(i.dst);
});

/** The two low singles. */
const cvtps2pd: Emit = (e, i) => {
  const { code: c } = e;
  const s = xmmSource(e, i, 8);
  shuffle(c.get(s).get(s), [0, 1, 0, 1]);
  c.set(L.V2);
  checkQuiet(e, { lanes: "ps", window: SINGLE.normal, a: L.V2, zeros: "any" });
  orExec(e, i, () => {
    c.get(s).simd(SIMD.f64x2_promote_low_f32x4);
    e.vectors.set(i.dst);
  });
};

/** By exec function. */
export const CONVERSIONS: Readonly<Record<string, Emit>> = {
  cvtsi2sd,
  cvtsi2ss,
  cvtdq2pd,
  cvtdq2ps,
  cvtss2si: toGeneral(false, false),
  cvttss2si: toGeneral(false, true),
  cvtsd2si: toGeneral(true, false),
  cvttsd2si: toGeneral(true, true),
  cvtps2dq: toPacked(false, false),
  cvttps2dq: toPacked(false, true),
  cvtpd2dq: toPacked(true, false),
  cvttpd2dq: toPacked(true, true),
  cvtss2sd,
  cvtsd2ss,
  cvtps2pd,
  cvtpd2ps,
};
