/** Near branches: what they do before control goes on, and the condition of the conditional ones. */
import { UF_SRC_IMM } from "../../wasm/abi/uop.js";
import { OP } from "./emit/code.js";
import type { Emitter, Instruction } from "./emitter.js";
import type { Block } from "./graph.js";
import { ECX } from "./integer-operands.js";
import * as L from "./locals.js";
import { dropStack, peekStack, pushLocal } from "./stack.js";

export interface Branch {
  /** Checks and effects. An indirect target is left in T1, a return address that was popped in T0. */
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
    .op(OP.i32_add)
    .set(L.T0);
  pushLocal(e, L.T0);
}

const nothing = () => {};

const jcc: Branch = {
  prepare: nothing,
  condition: (e, block) => e.flags.condition(last(block).imm2),
};

const jcxz: Branch = {
  prepare: nothing,
  condition: (e) => e.code.get(L.GPR + ECX).op(OP.i32_eqz),
};

/** LOOP and its kin: ECX counts down, no flag changes. */
function loop(condition?: number): Branch {
  return {
    prepare: (e) => {
      e.code
        .get(L.GPR + ECX)
        .i32(1)
        .op(OP.i32_sub);
      e.setTop(ECX);
    },
    condition: (e) => {
      e.code
        .get(L.GPR + ECX)
        .i32(0)
        .op(OP.i32_ne);
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
    peekStack(e, L.T0);
    dropStack(e, 4 + (i.flags & UF_SRC_IMM || i.effects.base === "retImm" ? i.imm & 0xffff : 0));
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
      e.source(last(block), 4, false);
      e.code.set(L.T1);
      pushReturnAddress(e, last(block));
    },
  },
  jmpIndirect: {
    prepare: (e, block) => {
      e.source(last(block), 4, false);
      e.code.set(L.T1);
    },
  },
  ret,
  retImm: ret,
};

/** The branch at a block's end, if it has one that does more than go on. */
export function branchOf(block: Block): Branch | undefined {
  return block.ending.kind === "next" ? undefined : BRANCHES[last(block).effects.base];
}
