import { integerRows } from "./integer.js";
import type { InstructionRow } from "./row.js";

/** The instruction table. */
export const allRows: readonly InstructionRow[] = [...integerRows];
