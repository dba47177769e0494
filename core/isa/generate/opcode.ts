// The `opcode` field of rows, in the manual's notation, taken apart.
import type { InstructionRow } from "../row.js";

/** The `opcode` field of a row, taken apart. */
export interface Opcode {
  /** 0: one byte, 1: 0F, 2: 0F 38, 3: 0F 3A. */
  readonly map: 0 | 1 | 2 | 3;
  readonly byte: number;
  /** Mandatory prefix: 0 none of the others ("NP"), 1 66, 2 F3, 3 F2; undefined if prefixes do not select. */
  readonly prefix: 0 | 1 | 2 | 3 | undefined;
  /** modrm.reg that extends the opcode. */
  readonly reg: number | undefined;
  /** The whole modrm byte. */
  readonly modrm: number | undefined;
  /** The low three bits name a register: the row stands for eight opcodes. */
  readonly plusReg: boolean;
  /** "mem" or "reg" if only that form of modrm.rm matches. */
  readonly rm: "mem" | "reg" | undefined;
  readonly hasModrm: boolean;
  /** Processors take modrm.mod as 3 whatever it is. SDM 2B "MOV - Move to/from Control Registers". */
  readonly ignoresMod: boolean;
}

/** A row that does not follow the rules of core/isa/row.ts. */
export class RowError extends Error {
  constructor(row: InstructionRow, problem: string) {
    super(`${row.mnemonic} "${row.opcode}" ${row.operands}: ${problem}`);
    this.name = "RowError";
  }
}

const PREFIXES = { NP: 0, "66": 1, F3: 2, F2: 3 } as const;

/** Operand codes of a row. */
export function operandCodes(row: InstructionRow): string[] {
  return row.operands === "" ? [] : row.operands.split(",").map((s) => s.trim());
}

const MEMORY_ONLY = /^M(?![a-z]*\/)/;
const REGISTER_ONLY = /^(R[a-z]|U[a-z]|N[a-z]|STi)/;
const MODRM_CODES = /^(C|D|E|G|M|N|P|Q|R|S|U|V|W)[a-z]|^STi$|^M$/;

export function parseOpcode(row: InstructionRow): Opcode {
  const tokens = row.opcode.split(" ");
  let prefix: Opcode["prefix"];
  const first = tokens[0] as keyof typeof PREFIXES;
  if (tokens.length > 1 && first in PREFIXES && /^([0-9A-F]{2})(\+r)?$/.test(tokens[1] ?? "")) {
    prefix = PREFIXES[first];
    tokens.shift();
  }
  const bytes: number[] = [];
  let reg: number | undefined;
  let modrm: number | undefined;
  let plusReg = false;
  for (const token of tokens) {
    const byte = /^([0-9A-F]{2})(\+r)?$/.exec(token);
    if (byte) {
      bytes.push(Number.parseInt(byte[1]!, 16));
      plusReg ||= byte[2] !== undefined;
    } else if (/^\/[0-7]$/.test(token)) reg = Number(token[1]);
    else if (token === "+r") plusReg = true;
    else if (/^=[0-9A-F]{2}$/.test(token)) modrm = Number.parseInt(token.slice(1), 16);
    else throw new RowError(row, `opcode token "${token}" is not understood`);
  }
  const byte = bytes[bytes.length - 1]!;
  const lead = bytes.slice(0, -1).map((b) => b.toString(16));
  const map = ["", "f", "f,38", "f,3a"].indexOf(lead.join());
  if (map < 0) throw new RowError(row, "opcode map is not known");
  const codes = operandCodes(row);
  const ignoresMod = map === 1 && byte >= 0x20 && byte <= 0x23;
  const rm = ignoresMod
    ? undefined
    : codes.some((c) => REGISTER_ONLY.test(c))
      ? "reg"
      : codes.some((c) => MEMORY_ONLY.test(c))
        ? "mem"
        : undefined;
  const hasModrm = reg !== undefined || modrm !== undefined || codes.some((c) => MODRM_CODES.test(c));
  return { map: map as Opcode["map"], byte, prefix, reg, modrm, plusReg, rm: modrm === undefined ? rm : "reg", hasModrm, ignoresMod };
}
