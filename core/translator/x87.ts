/** The rules for x87 instructions in line, by topic in x87-*.ts. What has none goes through its exec function. */
import { CS } from "../../wasm/abi/state.js";
import { UF_DST_MEM } from "../../wasm/abi/uop.js";
import type { Instruction } from "./emitter.js";
import type { SimdRule } from "./simd.js";
import type { Emit } from "./simd-operands.js";
import { ARITHMETIC } from "./x87-arithmetic.js";
import { COMPARISONS, FLAG_WRITERS } from "./x87-compare.js";
import { MOVES } from "./x87-moves.js";

const ALL_FLAGS = 3;

function rules(emits: Readonly<Record<string, Emit>>, kills: number): [string, SimdRule][] {
  return Object.entries(emits).map(([name, emit]) => [name, { emit, kills, uses: ALL_FLAGS }]);
}

/** By exec function. */
const RULES: ReadonlyMap<string, SimdRule> = new Map([
  ...rules({ ...ARITHMETIC, ...COMPARISONS, ...MOVES }, 0),
  ...rules(FLAG_WRITERS, ALL_FLAGS),
]);

/** The rule to translate an instruction in line, if there is one. A write through CS is the interpreter's, which raises #GP. */
export function x87Rule(i: Instruction): SimdRule | undefined {
  return i.segment === CS && i.flags & UF_DST_MEM ? undefined : RULES.get(i.effects.name);
}
