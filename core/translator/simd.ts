/** The rules for MMX, SSE, SSE2 and SSE3 instructions in line, by topic in simd-*.ts. What has none goes through its exec function. */
import { CS } from "../../wasm/abi/state.js";
import { UF_DST_MEM } from "../../wasm/abi/uop.js";
import type { Instruction } from "./emitter.js";
import { CONVERSIONS } from "./simd-convert.js";
import { FLAG_WRITERS, FLOATS } from "./simd-float.js";
import { INTEGERS } from "./simd-integer.js";
import { MOVES } from "./simd-moves.js";
import type { Emit } from "./simd-operands.js";

export interface SimdRule {
  readonly emit: Emit;
  /** Which flags it surely overwrites: 1 C, 2 the others. */
  readonly kills: number;
  /** Any of them may leave the region, and then the flags have to be right. */
  readonly uses: number;
}

const ALL_FLAGS = 3;

function rules(emits: Readonly<Record<string, Emit>>, kills: number): [string, SimdRule][] {
  return Object.entries(emits).map(([name, emit]) => [name, { emit, kills, uses: ALL_FLAGS }]);
}

/** By exec function. */
const RULES: ReadonlyMap<string, SimdRule> = new Map([
  ...rules({ ...MOVES, ...INTEGERS, ...FLOATS, ...CONVERSIONS }, 0),
  ...rules(FLAG_WRITERS, ALL_FLAGS),
]);

/** The rule to translate an instruction in line, if there is one. A write through CS is the interpreter's, which raises #GP. */
export function simdRule(i: Instruction): SimdRule | undefined {
  return i.segment === CS && i.flags & UF_DST_MEM ? undefined : RULES.get(i.effects.name);
}
