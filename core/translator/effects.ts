/** What an exec function may do besides its own operands, read off the instruction table: for the translator's calls to it. */
import { EXEC_NAMES } from "../isa/generated/exec-names.js";
import type { InstructionRow } from "../isa/row.js";
import { allRows } from "../isa/rows.js";

export interface Effects {
  readonly name: string;
  /** Name without the type. */
  readonly base: string;
  /** A branch that regions follow. */
  readonly branch: "conditional" | "jump" | "call" | "indirect-call" | "indirect-jump" | "return" | undefined;
  /** Another privilege level runs for a while; execution comes back behind it. */
  readonly traps: boolean;
  /** It may change RIP or a mode: executeEnding() has to call it. */
  readonly ends: boolean;
  /** A string instruction: ends only with a REP prefix. */
  readonly string: boolean;
  /** It may access memory that no operand names. */
  readonly memory: boolean;
  readonly readsFlags: boolean;
  readonly writesFlags: boolean;
  /** General registers that it may write: none, the one that U_DST names (or EAX), or any. */
  readonly writesGeneral: "none" | "destination" | "accumulator" | "any";
}

const BRANCHES: Readonly<Record<string, Effects["branch"]>> = {
  jcc: "conditional",
  loop: "conditional",
  loope: "conditional",
  loopne: "conditional",
  jcxz: "conditional",
  jmp: "jump",
  call: "call",
  callIndirect: "indirect-call",
  jmpIndirect: "indirect-jump",
  ret: "return",
  retImm: "return",
};
const TRAPS = new Set(["intN", "int3", "hlt"]);
const VECTOR_FEATURES = /^(FPU|MMX|SSE|SSE2|SSE3)$/;

function generalWrites(rows: readonly InstructionRow[]): Effects["writesGeneral"] {
  if (!rows.every((row) => VECTOR_FEATURES.test(row.feature) && !row.privilege)) return "any";
  const first = rows.map((row) => (row.role === "src" ? "" : (row.operands.split(",")[0] ?? "")));
  if (first.some((operand) => /^(AX|AL|rAX|eAX)$/.test(operand))) return "accumulator";
  return first.some((operand) => /^[GERZ]/.test(operand)) ? "destination" : "none";
}

const rowsByExec = new Map<string, InstructionRow[]>();
for (const row of allRows) {
  const base = row.exec.replace("<T>", "");
  const rows = rowsByExec.get(base);
  if (rows) rows.push(row);
  else rowsByExec.set(base, [row]);
}

function effectsOf(name: string): Effects {
  const base = name.replace(/_u(8|16|32|64)$/, "");
  const rows = rowsByExec.get(base) ?? [];
  const flags = rows.map((row) => row.flags ?? {});
  const writes = flags.some((f) => f.writes || f.undefined || f.sets || f.clears);
  return {
    name,
    base,
    branch: BRANCHES[base],
    traps: TRAPS.has(base),
    ends: rows.length === 0 || rows.some((row) => row.ends),
    string: rows.some((row) => row.rep !== undefined && !row.privilege),
    memory:
      rows.some((row) => row.operands === "" && (row.faults ?? "").includes("#PF")) ||
      rows.some((row) => /[XY][bv]/.test(row.operands)) ||
      /^(push|pop)/.test(base),
    // Whoever changes some of the flags keeps the others, which are lazy too.
    readsFlags: writes || flags.some((f) => f.reads),
    writesFlags: writes,
    writesGeneral: generalWrites(rows),
  };
}

/** Effects of every exec function, in EXECS order. */
export const EFFECTS: readonly Effects[] = EXEC_NAMES.map(effectsOf);
