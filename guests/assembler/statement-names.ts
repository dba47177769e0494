// Names that begin a statement, and so are no labels.

import { DATA_UNITS, RESERVE_UNITS } from "./data.js";
import { isInstructionName } from "./instruction.js";
import { isSymbol, type Token } from "./tokens.js";

const STATEMENT_NAMES = new Set([
  ...Object.keys(DATA_UNITS),
  ...Object.keys(RESERVE_UNITS),
  ..."times incbin equ bits use16 use32 use64 org section segment absolute default global extern common static cpu float sectalign".split(
    " ",
  ),
]);

export function isStatementName(text: string): boolean {
  return STATEMENT_NAMES.has(text.toLowerCase()) || isInstructionName(text);
}

/** Can a label without a colon stand before this token? */
export function startsStatement(next: Token | undefined): boolean {
  return next === undefined || (next.kind === "name" && isStatementName(next.text)) || isSymbol(next, "{");
}
