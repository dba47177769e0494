/**
 * Moves between XMM, MMX and general registers and memory, in line. Non-temporal stores are ordinary stores here.
 * MASKMOVQ, MASKMOVDQU, LDMXCSR and STMXCSR go through their exec functions.
 */
import { MEMORY, OP } from "./emit/code.js";
import type { Emitter, Instruction } from "./emitter.js";
import * as L from "./locals.js";
import { laneMemory, SIMD, shuffle, zeros } from "./simd-codes.js";
import { begin, type Emit, getQuad, isMemory, isStore, memoryOperand, putQuad, xmmSource } from "./simd-operands.js";

/** Destination := source, of which so many bytes are in memory and the rest zero. */
function load(bytes: number, aligned: boolean): Emit {
  return (e, i) => {
    e.code.get(xmmSource(e, i, bytes, aligned));
    e.vectors.set(i.dst);
  };
}

function store16(aligned: boolean): Emit {
  return (e, i) => {
    const { code: c } = e;
    e.vectors.require(e, "xmm");
    if (!isStore(i)) {
      c.get(e.vectors.local(i.src));
      e.vectors.set(i.dst);
      return;
    }
    memoryOperand(e, i, 16, aligned);
    c.get(e.vectors.local(i.src)).simdMemory(SIMD.v128_store);
  };
}

/** Push the source with the destination's elements behind the first `bytes` bytes. */
function merge(e: Emitter, i: Instruction, source: number, bytes: number): void {
  e.code.get(source).get(e.vectors.local(i.dst));
  shuffle(e.code, bytes === 4 ? [0, 5, 6, 7] : [0, 3]);
}

/** MOVSS, MOVSD: from memory the rest becomes zero, from a register it stays. */
function loadScalar(bytes: number): Emit {
  return (e, i) => {
    const s = xmmSource(e, i, bytes);
    if (isMemory(i)) e.code.get(s);
    else merge(e, i, s, bytes);
    e.vectors.set(i.dst);
  };
}

function storeLane(e: Emitter, i: Instruction, bytes: number, lane: number): void {
  e.vectors.require(e, "xmm");
  memoryOperand(e, i, bytes);
  e.code.get(e.vectors.local(i.src));
  laneMemory(e.code, bytes === 4 ? SIMD.v128_store32_lane : SIMD.v128_store64_lane, lane);
}

function storeScalar(bytes: number): Emit {
  return (e, i) => {
    if (isStore(i)) storeLane(e, i, bytes, 0);
    else loadScalar(bytes)(e, i);
  };
}

/** MOVQ: to a register the upper half becomes zero. */
const movq: Emit = (e, i) => {
  e.code.get(xmmSource(e, i, 8));
  if (!isMemory(i)) {
    zeros(e.code);
    shuffle(e.code, [0, 2]);
  }
  e.vectors.set(i.dst);
};

const storeq: Emit = (e, i) => (isStore(i) ? storeLane(e, i, 8, 0) : movq(e, i));

/** MOVLPS and MOVHPS: one quadword from memory; MOVLHPS: low to high. */
function loadHalf(lane: number): Emit {
  return (e, i) => {
    const { code: c } = e;
    e.vectors.require(e, "xmm");
    const d = e.vectors.local(i.dst);
    if (isMemory(i)) {
      memoryOperand(e, i, 8);
      laneMemory(c.get(d), SIMD.v128_load64_lane, lane);
    } else shuffle(c.get(d).get(e.vectors.local(i.src)), [0, 2]);
    e.vectors.set(i.dst);
  };
}

const movhlps: Emit = (e, i) => {
  const s = xmmSource(e, i, 16);
  shuffle(e.code.get(s).get(e.vectors.local(i.dst)), [1, 3]);
  e.vectors.set(i.dst);
};

const movddup: Emit = (e, i) => {
  e.vectors.require(e, "xmm");
  if (isMemory(i)) {
    memoryOperand(e, i, 8);
    e.code.simdMemory(SIMD.v128_load64_splat);
  } else {
    const s = e.vectors.local(i.src);
    shuffle(e.code.get(s).get(s), [0, 0]);
  }
  e.vectors.set(i.dst);
};

function duplicate(lanes: readonly number[]): Emit {
  return (e, i) => {
    const s = xmmSource(e, i, 16);
    shuffle(e.code.get(s).get(s), lanes);
    e.vectors.set(i.dst);
  };
}

// ------------------------------------------------------------------------------------------------------------ general registers

/** MOVD xmm, r/m32. */
const movd: Emit = (e, i) => {
  e.vectors.require(e, "xmm");
  if (isMemory(i)) {
    memoryOperand(e, i, 4);
    e.code.simdMemory(SIMD.v128_load32_zero);
  } else {
    zeros(e.code);
    e.get(i.src, 4);
    e.code.simdLane(SIMD.i32x4_replace_lane, 0);
  }
  e.vectors.set(i.dst);
};

const stored: Emit = (e, i) => {
  if (isStore(i)) storeLane(e, i, 4, 0);
  else {
    e.vectors.require(e, "xmm");
    e.code.get(e.vectors.local(i.src)).simdLane(SIMD.i32x4_extract_lane, 0);
    e.setTop(i.dst >> 3);
  }
};

/** The sign bits of all elements to a general register. */
function signs(bitmask: number): Emit {
  return (e, i) => {
    e.code.get(xmmSource(e, i, 16)).simd(bitmask);
    e.setTop(i.dst >> 3);
  };
}

// ------------------------------------------------------------------------------------------------------------ MMX registers

const mmxMovd: Emit = (e, i) => {
  e.vectors.require(e, "mmx");
  e.source(i, 4, false);
  e.code.set(L.T0);
  e.vectors.enterMmx();
  putQuad(e, i.dst, () => e.code.get(L.T0).op(OP.i64_extend_i32_u));
};

const mmxStored: Emit = (e, i) => {
  e.vectors.require(e, "mmx");
  e.prepareWrite(i, 4);
  e.vectors.enterMmx();
  getQuad(e, i.src);
  e.code.op(OP.i32_wrap_i64).set(L.T0);
  e.writeBack(i, 4, L.T0);
};

const mmxMovq: Emit = (e, i) => {
  const { code: c } = e;
  e.vectors.require(e, "mmx");
  if (isMemory(i)) {
    memoryOperand(e, i, 8);
    c.memory(MEMORY.i64_load);
  } else getQuad(e, i.src);
  c.set(L.Q0);
  e.vectors.enterMmx();
  putQuad(e, i.dst, () => c.get(L.Q0));
};

const mmxStoreq: Emit = (e, i) => {
  e.vectors.require(e, "mmx");
  if (!isStore(i)) {
    mmxMovq(e, i);
    return;
  }
  e.prepareWrite(i, 8);
  e.vectors.enterMmx();
  e.code.get(L.HOST);
  getQuad(e, i.src);
  e.code.memory(MEMORY.i64_store);
};

/** Both files may be used, and nothing can fault any more. */
function beginMixed(e: Emitter): void {
  e.vectors.require(e, "xmm");
  begin(e, "mmx");
}

const movq2dq: Emit = (e, i) => {
  beginMixed(e);
  zeros(e.code);
  getQuad(e, i.src);
  e.code.simdLane(SIMD.i64x2_replace_lane, 0);
  e.vectors.set(i.dst);
};

const movdq2q: Emit = (e, i) => {
  beginMixed(e);
  putQuad(e, i.dst, () => e.code.get(e.vectors.local(i.src)).simdLane(SIMD.i64x2_extract_lane, 0));
};

const emms: Emit = (e) => {
  e.vectors.require(e, "mmx");
  e.vectors.enterMmx(true);
};

/** By exec function. */
export const MOVES: Readonly<Record<string, Emit>> = {
  sseMovAligned: load(16, true),
  sseStoreAligned: store16(true),
  sseMovUnaligned: load(16, false),
  sseStoreUnaligned: store16(false),
  sseMovss: loadScalar(4),
  sseStoress: storeScalar(4),
  sseMovsd: loadScalar(8),
  sseStoresd: storeScalar(8),
  sseMovq: movq,
  sseStoreq: storeq,
  sseMovlps: loadHalf(0),
  sseMovhps: loadHalf(1),
  sseStorehps: (e, i) => storeLane(e, i, 8, 1),
  sseMovhlps: movhlps,
  movddup,
  movsldup: duplicate([0, 0, 2, 2]),
  movshdup: duplicate([1, 1, 3, 3]),
  sseMovd: movd,
  sseStored: stored,
  movmskps: signs(SIMD.i32x4_bitmask),
  movmskpd: signs(SIMD.i64x2_bitmask),
  mmxMovd,
  mmxStored,
  mmxMovq,
  mmxStoreq,
  movq2dq,
  movdq2q,
  emms,
};
