/**
 * Instructions that touch system state: the common case in line or by a call that changes nothing but what it is asked to
 * (wasm/system/at-hand.ts), so that registers and flags may stay in locals; else the exec function. Not here, and always by exec functions:
 * loads of SS, INT, IRET and whatever else ends a run; repeated strings where code is segmented.
 */
import { LF_EXPLICIT } from "../../wasm/abi/lazy-flags.js";
import { CPL, CS, FS, GS, GUEST, GUEST_ATTENTION, INTR, RFLAGS, SEG_SELECTOR, SEG_STRIDE, SEGS, SS } from "../../wasm/abi/state.js";
import { UF_REP, UF_REPNE } from "../../wasm/abi/uop.js";
import { HELPERS } from "./context.js";
import { MEMORY, OP } from "./emit/code.js";
import type { Emitter, Instruction } from "./emitter.js";
import { EAX, ECX, log2 } from "./integer-operands.js";
import * as L from "./locals.js";
import { dropStack, peekStack, pushLocal } from "./stack.js";

type Emit = (e: Emitter, i: Instruction) => void;

const ESI = 6;
const EDI = 7;
const FLAG_I = 0x200;
const FLAG_D = 0x400;
const FLAG_VM = 0x20000;
/** O S Z A P C. */
const ARITHMETIC = 0x8d5;
/** All that POPF may look at, but for the arithmetic ones: T I D IOPL NT RF VM AC VIF VIP ID. */
const SYSTEM_FLAGS = 0x3f7700;
/** RF and VM are not pushed. */
const NOT_PUSHED = 0x30000;

const gpr = (register: number) => L.GPR + register;

function changeSystemFlags(e: Emitter, operation: number, mask: number): void {
  const { code: c } = e;
  c.i32(0).i32(0).memory(MEMORY.i32_load, RFLAGS).i32(mask).op(operation).memory(MEMORY.i32_store, RFLAGS);
}

/** What the condition allows is done in line. Both ways leave the flags in the locals' form. */
function either(e: Emitter, i: Instruction, condition: () => void, inLine: () => void): void {
  e.flags.settle();
  condition();
  e.either(inLine, () => e.callEnding(i));
}

const cli: Emit = (e, i) => {
  const isRing0 = () => e.code.i32(0).memory(MEMORY.i32_load, CPL).op(OP.i32_eqz);
  either(e, i, isRing0, () => changeSystemFlags(e, OP.i32_and, ~FLAG_I));
};

/** While nobody requests an interrupt, none can come before the next instruction is done, so that the shadow does not matter; but to a guest's #VMEXIT. */
const sti: Emit = (e, i) => {
  const isQuiet = () => {
    const c = e.code.i32(0).memory(MEMORY.i32_load, CPL).i32(0).memory(MEMORY.i32_load, INTR).op(OP.i32_or);
    c.i32(0).memory(MEMORY.i32_load, GUEST).op(OP.i32_or, OP.i32_eqz);
  };
  either(e, i, isQuiet, () => changeSystemFlags(e, OP.i32_or, FLAG_I));
};

function pushFlagsInLine(e: Emitter, size: number): void {
  const { code: c } = e;
  e.flags.image();
  c.i32(0).memory(MEMORY.i32_load, RFLAGS).i32(~NOT_PUSHED).op(OP.i32_and, OP.i32_or).set(L.T0);
  pushLocal(e, L.T0, size);
}

/** In virtual-8086 mode, where code is never flat, it depends on IOPL and VME. A guest's may be intercepted. */
const pushFlags: Emit = (e, i) => {
  const isPlain = () => {
    const c = e.code.i32(0).memory(MEMORY.i32_load, GUEST_ATTENTION);
    if (i.segmented) c.i32(0).memory(MEMORY.i32_load, RFLAGS).i32(FLAG_VM).op(OP.i32_and, OP.i32_or);
    c.op(OP.i32_eqz);
  };
  either(e, i, isPlain, () => pushFlagsInLine(e, i.size));
};

/** POPF in ring 0 that changes no more than arithmetic flags, DF and IF, while nobody requests an interrupt. */
const popFlags: Emit = (e, i) => {
  const { code: c } = e;
  peekStack(e, L.T0, i.size);
  const isPlain = () => {
    c.i32(0).memory(MEMORY.i32_load, RFLAGS).get(L.T0).op(OP.i32_xor);
    c.i32((i.size === 2 ? 0xffff : SYSTEM_FLAGS) & SYSTEM_FLAGS & ~(FLAG_I | FLAG_D)).op(OP.i32_and);
    c.i32(0).memory(MEMORY.i32_load, CPL).op(OP.i32_or);
    c.i32(0).memory(MEMORY.i32_load, INTR).op(OP.i32_or);
    c.i32(0).memory(MEMORY.i32_load, GUEST_ATTENTION).op(OP.i32_or, OP.i32_eqz);
  };
  either(e, i, isPlain, () => {
    c.i32(0).i32(0).memory(MEMORY.i32_load, RFLAGS);
    c.i32(~(FLAG_I | FLAG_D)).op(OP.i32_and);
    c.get(L.T0)
      .i32(FLAG_I | FLAG_D)
      .op(OP.i32_and, OP.i32_or)
      .memory(MEMORY.i32_store, RFLAGS);
    c.get(L.T0).i32(ARITHMETIC).op(OP.i32_and).set(L.FLAG_A).i32(LF_EXPLICIT).set(L.FLAG_KIND);
    dropStack(e, i.size);
  });
};

const pushSegment: Emit = (e, i) => {
  e.code
    .i32(0)
    .memory(MEMORY.i32_load16_u, SEGS + i.src * SEG_STRIDE + SEG_SELECTOR)
    .set(L.T0);
  pushLocal(e, L.T0, i.size);
};

/** Load a segment register from T0. `inLine`: what is done besides. */
function loadSegment(e: Emitter, i: Instruction, inLine: () => void): void {
  either(
    e,
    i,
    () => e.code.i32(i.dst).get(L.T0).call(HELPERS.loadSegmentAtHand),
    () => {
      inLine();
      e.segments?.load([i.dst]);
    },
  );
}

const moveToSegment: Emit = (e, i) => {
  e.source(i, 2, false);
  e.code.set(L.T0);
  loadSegment(e, i, () => {});
};

const popSegment: Emit = (e, i) => {
  peekStack(e, L.T0, i.size);
  e.code.get(L.T0).i32(0xffff).op(OP.i32_and).set(L.T0);
  loadSegment(e, i, () => dropStack(e, i.size));
};

/** Advance an index register over ECX elements. */
function advance(e: Emitter, register: number, shift: number): void {
  e.code.get(gpr(register)).get(gpr(ECX)).i32(shift).op(OP.i32_shl, OP.i32_add);
  e.setTop(register);
}

/** REP MOVS and REP STOS that a page holds. */
function repeat(first: number, helper: number, registers: readonly number[]): Emit {
  return (e, i) => {
    const shift = log2(i.size);
    const isAtHand = () => e.code.get(gpr(first)).get(gpr(EDI)).get(gpr(ECX)).i32(shift).call(helper);
    either(e, i, isAtHand, () => {
      for (const register of registers) advance(e, register, shift);
      e.code.i32(0);
      e.setTop(ECX);
    });
  };
}

interface Rule {
  readonly emit: Emit;
  readonly when: (i: Instruction) => boolean;
}

const always = () => true;
const wideOrSegmented = (i: Instruction) => i.size === 4 || i.segmented;
/** ES, DS, FS, GS. */
const isData = (i: Instruction) => i.dst !== SS && i.dst !== CS && i.dst <= GS;
const isPlainRepeat = (i: Instruction) => (i.flags & (UF_REP | UF_REPNE)) !== 0 && i.addressSize === 4 && i.segment < FS && !i.segmented;

/** By name of the exec function without its type. */
const RULES: ReadonlyMap<string, Rule> = new Map(
  Object.entries<Rule>({
    cld: { emit: (e) => changeSystemFlags(e, OP.i32_and, ~FLAG_D), when: always },
    std: { emit: (e) => changeSystemFlags(e, OP.i32_or, FLAG_D), when: always },
    cli: { emit: cli, when: always },
    sti: { emit: sti, when: always },
    pushFlags: { emit: pushFlags, when: wideOrSegmented },
    popFlags: { emit: popFlags, when: wideOrSegmented },
    pushSegment: { emit: pushSegment, when: wideOrSegmented },
    popSegment: { emit: popSegment, when: (i) => wideOrSegmented(i) && isData(i) },
    movToSegment: { emit: moveToSegment, when: isData },
    movs: { emit: repeat(ESI, HELPERS.moveAtHand, [EDI, ESI]), when: isPlainRepeat },
    stos: { emit: repeat(EAX, HELPERS.fillAtHand, [EDI]), when: isPlainRepeat },
  }),
);

/** The rule to translate an instruction, if there is one. */
export function systemRule(i: Instruction): Rule | undefined {
  const found = RULES.get(i.effects.base);
  return found?.when(i) ? found : undefined;
}
