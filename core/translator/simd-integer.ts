/** Packed integer arithmetic, logic, shifts and rearrangement, MMX and XMM forms alike, in line. Meanings as in wasm/sse/integer.ts. */
import { UF_SRC_IMM } from "../../wasm/abi/uop.js";
import { OP } from "./emit/code.js";
import type { Emitter, Instruction } from "./emitter.js";
import * as L from "./locals.js";
import { SIMD, shuffle, zeros } from "./simd-codes.js";
import { begin, type Emit, fileBySize, get, isMemory, memoryOperand, put, source, xmmSource } from "./simd-operands.js";

const isXmm = (i: Instruction) => fileBySize(i) === "xmm";

function binary(instruction: number): Emit {
  return (e, i) => {
    const s = source(e, i);
    put(e, i, () => {
      get(e, i);
      e.code.get(s).simd(instruction);
    });
  };
}

/** The destination is the complemented operand. */
const pandn: Emit = (e, i) => {
  const s = source(e, i);
  put(e, i, () => {
    e.code.get(s);
    get(e, i);
    e.code.simd(SIMD.v128_andnot);
  });
};

/** The high words of products, from two vectors of 32-bit ones. */
function highProducts(low: number, high: number): Emit {
  return (e, i) => {
    const s = source(e, i);
    put(e, i, () => {
      for (const half of [low, high]) {
        get(e, i);
        e.code.get(s).simd(half);
      }
      shuffle(e.code, [1, 3, 5, 7, 9, 11, 13, 15]);
    });
  };
}

const pmuludq: Emit = (e, i) => {
  const { code: c } = e;
  const s = source(e, i);
  put(e, i, () => {
    get(e, i);
    if (isXmm(i)) shuffle(c.get(e.vectors.local(i.dst)), [0, 2, 0, 2]);
    c.get(s);
    if (isXmm(i)) shuffle(c.get(s), [0, 2, 0, 2]);
    c.simd(SIMD.i64x2_extmul_low_i32x4_u);
  });
};

const psadbw: Emit = (e, i) => {
  const { code: c } = e;
  const s = source(e, i);
  put(e, i, () => {
    get(e, i);
    c.tee(L.V1).get(s).simd(SIMD.i8x16_sub_sat_u).get(s).get(L.V1).simd(SIMD.i8x16_sub_sat_u).simd(SIMD.v128_or);
    c.simd(SIMD.i16x8_extadd_pairwise_i8x16_u).simd(SIMD.i32x4_extadd_pairwise_i16x8_u).tee(L.V1);
    c.get(L.V1).i32(32).simd(SIMD.i64x2_shr_u).simd(SIMD.i64x2_add);
    // Only the low dword of each sum counts.
    c.i32(32).simd(SIMD.i64x2_shl).i32(32).simd(SIMD.i64x2_shr_u);
  });
};

// ------------------------------------------------------------------------------------------------------------ shifts

/** A count past the element's width gives zeros, or signs. */
function shift(instruction: number, width: number, signed = false): Emit {
  return (e, i) => (i.flags & UF_SRC_IMM ? shiftBy(e, i, instruction, width, signed) : shiftByRegister(e, i, instruction, width, signed));
}

function shiftBy(e: Emitter, i: Instruction, instruction: number, width: number, signed: boolean): void {
  const count = i.imm & 0xff;
  begin(e, fileBySize(i));
  put(e, i, () => {
    if (count >= width && !signed) zeros(e.code);
    else {
      get(e, i);
      e.code.i32(Math.min(count, width - 1)).simd(instruction);
    }
  });
}

function shiftByRegister(e: Emitter, i: Instruction, instruction: number, width: number, signed: boolean): void {
  const { code: c } = e;
  c.get(source(e, i)).simdLane(SIMD.i64x2_extract_lane, 0).set(L.Q0);
  const inWidth = () => c.get(L.Q0).i64(width).op(OP.i64_lt_u);
  put(e, i, () => {
    get(e, i);
    c.get(L.Q0).op(OP.i32_wrap_i64);
    if (signed) {
      c.i32(width - 1);
      inWidth();
      c.op(OP.select);
    }
    c.simd(instruction);
    if (signed) return;
    c.i32(0);
    inWidth();
    c.op(OP.i32_sub).simd(SIMD.i32x4_splat).simd(SIMD.v128_and);
  });
}

const BYTES = Array.from({ length: 16 }, (_, n) => n);

/** PSLLDQ and PSRLDQ: the whole register by bytes. */
function shiftBytes(left: boolean): Emit {
  return (e, i) => {
    const count = Math.min(i.imm & 0xff, 16);
    begin(e, "xmm");
    if (left) zeros(e.code);
    get(e, i);
    if (!left) zeros(e.code);
    shuffle(
      e.code,
      BYTES.map((n) => n + (left ? 16 - count : count)),
    );
    e.vectors.set(i.dst);
  };
}

// ------------------------------------------------------------------------------------------------------------ rearrangement

function pack(instruction: number): Emit {
  return (e, i) => {
    const { code: c } = e;
    const s = source(e, i);
    put(e, i, () => {
      get(e, i);
      c.get(s);
      if (!isXmm(i)) {
        shuffle(c, [0, 2]);
        c.tee(L.V1).get(L.V1);
      }
      c.simd(instruction);
    });
  };
}

const LOW = { 1: [0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23], 2: [0, 8, 1, 9, 2, 10, 3, 11], 4: [0, 4, 1, 5], 8: [0, 2] };
const HIGH_OFFSET = { 1: 8, 2: 4, 4: 2, 8: 1 };

/** PUNPCKL* of elements of `width` bytes. The memory operand of MMX forms is 32 bits. */
function unpackLow(width: keyof typeof LOW): Emit {
  return (e, i) => {
    const s = source(e, i, 4);
    put(e, i, () => {
      get(e, i);
      shuffle(e.code.get(s), LOW[width]);
    });
  };
}

/** PUNPCKH*: of MMX registers the upper half of the interleaved low quadwords is wanted. */
function unpackHigh(width: keyof typeof LOW): Emit {
  return (e, i) => {
    const s = source(e, i);
    const lanes = isXmm(i) ? LOW[width].map((lane) => lane + HIGH_OFFSET[width]) : LOW[width];
    put(
      e,
      i,
      () => {
        get(e, i);
        shuffle(e.code.get(s), lanes);
      },
      1,
    );
  };
}

/** The elements that the four two-bit fields of the immediate select. */
const selection = (imm: number) => [imm & 3, (imm >> 2) & 3, (imm >> 4) & 3, (imm >> 6) & 3] as const;

/** PSHUFD, PSHUFW and its XMM forms: rearrange the source. */
function shuffleSource(lanes: (imm: number) => readonly number[], bySize: (e: Emitter, i: Instruction) => number): Emit {
  return (e, i) => {
    const s = bySize(e, i);
    put(e, i, () => shuffle(e.code.get(s).get(s), lanes(i.imm)));
  };
}

/** SHUFPS and SHUFPD: from both. */
function shuffleBoth(lanes: (imm: number) => readonly number[]): Emit {
  return (e, i) => {
    const s = xmmSource(e, i, 16);
    shuffle(e.code.get(e.vectors.local(i.dst)).get(s), lanes(i.imm));
    e.vectors.set(i.dst);
  };
}

const shuffles: Readonly<Record<string, Emit>> = {
  pshufd: shuffleSource(selection, source),
  pshufw: shuffleSource((imm) => [...selection(imm), 4, 5, 6, 7], source),
  pshuflw: shuffleSource((imm) => [...selection(imm), 4, 5, 6, 7], source),
  pshufhw: shuffleSource((imm) => [0, 1, 2, 3, ...selection(imm).map((lane) => lane + 4)], source),
  shufps: shuffleBoth((imm) => {
    const [a, b, c, d] = selection(imm);
    return [a, b, c + 4, d + 4];
  }),
  shufpd: shuffleBoth((imm) => [imm & 1, 2 + ((imm >> 1) & 1)]),
};

/** Number of the word that the immediate names. */
const word = (i: Instruction) => i.imm & (isXmm(i) ? 7 : 3);

const pinsrw: Emit = (e, i) => {
  const { code: c } = e;
  e.vectors.require(e, fileBySize(i));
  if (isMemory(i)) {
    memoryOperand(e, i, 2);
    e.load(2, false);
  } else e.get(i.src, 2);
  c.set(L.T0);
  begin(e, fileBySize(i));
  put(e, i, () => {
    get(e, i);
    c.get(L.T0).simdLane(SIMD.i16x8_replace_lane, word(i));
  });
};

const pextrw: Emit = (e, i) => {
  e.code.get(source(e, i)).simdLane(SIMD.i16x8_extract_lane_u, word(i));
  e.setTop(i.dst >> 3);
};

const pmovmskb: Emit = (e, i) => {
  e.code.get(source(e, i)).simd(SIMD.i8x16_bitmask);
  e.setTop(i.dst >> 3);
};

const binaries: Readonly<Record<string, Emit>> = Object.fromEntries(
  Object.entries({
    paddb: SIMD.i8x16_add,
    paddw: SIMD.i16x8_add,
    paddd: SIMD.i32x4_add,
    paddq: SIMD.i64x2_add,
    paddsb: SIMD.i8x16_add_sat_s,
    paddsw: SIMD.i16x8_add_sat_s,
    paddusb: SIMD.i8x16_add_sat_u,
    paddusw: SIMD.i16x8_add_sat_u,
    psubb: SIMD.i8x16_sub,
    psubw: SIMD.i16x8_sub,
    psubd: SIMD.i32x4_sub,
    psubq: SIMD.i64x2_sub,
    psubsb: SIMD.i8x16_sub_sat_s,
    psubsw: SIMD.i16x8_sub_sat_s,
    psubusb: SIMD.i8x16_sub_sat_u,
    psubusw: SIMD.i16x8_sub_sat_u,
    pmullw: SIMD.i16x8_mul,
    pmaddwd: SIMD.i32x4_dot_i16x8_s,
    pavgb: SIMD.i8x16_avgr_u,
    pavgw: SIMD.i16x8_avgr_u,
    pminub: SIMD.i8x16_min_u,
    pmaxub: SIMD.i8x16_max_u,
    pminsw: SIMD.i16x8_min_s,
    pmaxsw: SIMD.i16x8_max_s,
    pcmpeqb: SIMD.i8x16_eq,
    pcmpeqw: SIMD.i16x8_eq,
    pcmpeqd: SIMD.i32x4_eq,
    pcmpgtb: SIMD.i8x16_gt_s,
    pcmpgtw: SIMD.i16x8_gt_s,
    pcmpgtd: SIMD.i32x4_gt_s,
    pand: SIMD.v128_and,
    por: SIMD.v128_or,
    pxor: SIMD.v128_xor,
  }).map(([name, instruction]) => [name, binary(instruction)]),
);

/** By exec function. */
export const INTEGERS: Readonly<Record<string, Emit>> = {
  ...binaries,
  ...shuffles,
  pandn,
  pmulhw: highProducts(SIMD.i32x4_extmul_low_i16x8_s, SIMD.i32x4_extmul_high_i16x8_s),
  pmulhuw: highProducts(SIMD.i32x4_extmul_low_i16x8_u, SIMD.i32x4_extmul_high_i16x8_u),
  pmuludq,
  psadbw,
  psllw: shift(SIMD.i16x8_shl, 16),
  pslld: shift(SIMD.i32x4_shl, 32),
  psllq: shift(SIMD.i64x2_shl, 64),
  psrlw: shift(SIMD.i16x8_shr_u, 16),
  psrld: shift(SIMD.i32x4_shr_u, 32),
  psrlq: shift(SIMD.i64x2_shr_u, 64),
  psraw: shift(SIMD.i16x8_shr_s, 16, true),
  psrad: shift(SIMD.i32x4_shr_s, 32, true),
  pslldq: shiftBytes(true),
  psrldq: shiftBytes(false),
  packsswb: pack(SIMD.i8x16_narrow_i16x8_s),
  packuswb: pack(SIMD.i8x16_narrow_i16x8_u),
  packssdw: pack(SIMD.i16x8_narrow_i32x4_s),
  punpcklbw: unpackLow(1),
  punpcklwd: unpackLow(2),
  punpckldq: unpackLow(4),
  punpcklqdq: unpackLow(8),
  punpckhbw: unpackHigh(1),
  punpckhwd: unpackHigh(2),
  punpckhdq: unpackHigh(4),
  punpckhqdq: unpackHigh(8),
  pinsrw,
  pextrw,
  pmovmskb,
};
