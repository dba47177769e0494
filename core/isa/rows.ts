import { integerRows } from "./integer.js";
import type { InstructionRow } from "./row.js";
import { simdRows } from "./simd.js";
import { systemRows } from "./system.js";
import { x87Rows } from "./x87.js";

/** The instruction table. */
export const allRows: readonly InstructionRow[] = [...integerRows, ...systemRows, ...x87Rows, ...simdRows];
