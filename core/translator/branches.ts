/** Near branches: what they do before control goes on, and the condition of the conditional ones. */
import { RCX } from "../../wasm/abi/state.js";
import { UF_SRC_IMM } from "../../wasm/abi/uop.js";
import { OP } from "./emit/code.js";
import type { Emitter, Instruction } from "./emitter.js";
import type { Block } from "./graph.js";
import * as L from "./locals.js";
import { dropStack, peekStack, pushLocal } from "./stack.js";

export interface Branch {
  /** Checks and effects. The linear address of an indirect target is left in T1, that of a return in T0. */
  prepare(e: Emitter, block: Block): void;
  /** Pushes whether a conditional branch is taken. */
  readonly condition?: (e: Emitter, block: Block) => void;
}

function last(block: Block): Instruction {
  return block.instructions.at(-1)!;
}

function pushReturnAddress(e: Emitter, i: Instruction): void {
  e.code
    .i32((i.linear + i.length) | 0)
    .get(L.DELTA)
    .op(OP.i32_add);
  e.segments?.toOffset();
  e.code.set(L.T0);
  pushLocal(e, L.T0, i.size);
}

/** The target of an indirect branch into T1. */
function takeTarget(e: Emitter, i: Instruction): void {
  e.source(i, i.size, false);
  e.code.set(L.T1);
  e.segments?.toTarget(L.T1);
}

const nothing = () => {};

const jcc: Branch = {
  prepare: nothing,
  condition: (e, block) => e.flags.condition(last(block).imm2),
};

const jcxz: Branch = {
  prepare: nothing,
  condition: (e, block) => {
    e.get(RCX, last(block).addressSize);
    e.code.op(OP.i32_eqz);
  },
};

/** LOOP and its kin: CX or ECX counts down, no flag changes. */
function loop(condition?: number): Branch {
  return {
    prepare: (e, block) => {
      const { addressSize } = last(block);
      e.get(RCX, addressSize);
      e.code.i32(1).op(OP.i32_sub);
      e.assign(RCX, addressSize);
    },
    condition: (e, block) => {
      e.get(RCX, last(block).addressSize);
      e.code.i32(0).op(OP.i32_ne);
      if (condition === undefined) return;
      e.flags.condition(condition);
      e.code.op(OP.i32_and);
    },
  };
}

const CONDITION_Z = 4;
const CONDITION_NZ = 5;

const ret: Branch = {
  prepare: (e, block) => {
    const i = last(block);
    peekStack(e, L.T0, i.size);
    e.segments?.toTarget(L.T0);
    dropStack(e, i.size + (i.flags & UF_SRC_IMM || i.effects.base === "retImm" ? i.imm & 0xffff : 0));
  },
};

const BRANCHES: Readonly<Record<string, Branch>> = {
  jcc,
  jcxz,
  loop: loop(),
  loope: loop(CONDITION_Z),
  loopne: loop(CONDITION_NZ),
  call: { prepare: (e, block) => pushReturnAddress(e, last(block)) },
  callIndirect: {
    prepare: (e, block) => {
      takeTarget(e, last(block));
      pushReturnAddress(e, last(block));
    },
  },
  jmpIndirect: { prepare: (e, block) => takeTarget(e, last(block)) },
  ret,
  retImm: ret,
};

/** The branch at a block's end, if it has one that does more than go on. */
export function branchOf(block: Block): Branch | undefined {
  return block.ending.kind === "next" ? undefined : BRANCHES[last(block).effects.base];
}
