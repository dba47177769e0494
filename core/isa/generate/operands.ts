// Operand codes of SDM Vol. 2 Appendix A as what the decoder does for them.
import * as K from "../../../wasm/abi/operand-kind.js";
import type { InstructionRow } from "../row.js";
import { operandCodes, RowError } from "./opcode.js";

const GENERAL = ["AX", "CX", "DX", "BX", "SP", "BP", "SI", "DI"];
const SEGMENTS = ["ES", "CS", "SS", "DS", "FS", "GS"];

function fixedRegister(code: string): number | undefined {
  const low = ["AL", "CL", "DL", "BL"].indexOf(code);
  if (low >= 0) return K.K_FIXED + low;
  const general = GENERAL.indexOf(code.replace(/^[er]/, ""));
  if (general >= 0) return K.K_FIXED + general;
  const segment = SEGMENTS.indexOf(code);
  return segment >= 0 ? K.K_FIXED_SEGMENT + segment : undefined;
}

/** Sign extension of an Ib: where the other operand is wider (SDM Vol. 2: 83, 6A, 6B). */
function signedByte(row: InstructionRow): boolean {
  return /^(83|6A|6B)( |$)/.test(row.opcode);
}

/** K_* number for one SDM Appendix A operand code. */
function operandKind(row: InstructionRow, code: string): number {
  const fixed = fixedRegister(code);
  if (fixed !== undefined) return fixed;
  if (code === "1") return K.K_ONE;
  if (code === "ST0") return K.K_ST0;
  if (code === "STi") return K.K_STI;
  const byte = code[1] === "b";
  switch (code[0]) {
    case "A":
      return K.K_FAR_POINTER;
    case "C":
    case "D":
      return K.K_NUMBER;
    case "E":
    case "R":
      return byte ? K.K_RM8 : K.K_RM;
    case "G":
      return byte ? K.K_REG8 : K.K_REG;
    case "I":
      if (byte) return signedByte(row) ? K.K_IMM8_SIGNED : K.K_IMM8;
      if (code[1] === "w") return K.K_IMM16;
      return code[1] === "v" ? K.K_IMM_V : K.K_IMM_Z;
    case "J":
      return byte ? K.K_IMM8_SIGNED : K.K_IMM_Z;
    case "M":
      return K.K_MEM;
    case "N":
    case "Q":
      return K.K_MMX_RM;
    case "O":
      return K.K_OFFSET;
    case "P":
      return K.K_MMX_REG;
    case "S":
      return K.K_SEGMENT;
    case "U":
    case "W":
      return K.K_XMM_RM;
    case "V":
      return K.K_XMM_REG;
    case "X":
    case "Y":
      return K.K_STRING;
    case "Z":
      return byte ? K.K_OPCODE_REG8 : K.K_OPCODE_REG;
    default:
      throw new RowError(row, `operand code "${code}" is not understood`);
  }
}

export interface OperandKinds {
  readonly dst: number;
  readonly src: number;
  readonly third: number;
}

export function operandKinds(row: InstructionRow): OperandKinds {
  const kinds = operandCodes(row).map((code) => operandKind(row, code));
  const immediate = (k: number | undefined) => k !== undefined && k >= K.K_IMM8 && k <= K.K_FAR_POINTER;
  // A lone source, and a leading immediate (INT n, RET n, ENTER, Jcc), go to the source side.
  if (row.role === "src" || immediate(kinds[0])) kinds.unshift(K.K_NONE);
  if (kinds.length > 3) throw new RowError(row, "more than three operands");
  return { dst: kinds[0] ?? 0, src: kinds[1] ?? 0, third: kinds[2] ?? 0 };
}

const SIZES: Readonly<Record<string, number>> = { b: 1, w: 2, d: 4, q: 8, t: 10, y: K.SIZE_Y, v: K.SIZE_OPERAND, z: K.SIZE_OPERAND };

/** SIZE_* rule: given, or of the first operand that has a size, else the operand size. */
export function sizeRule(row: InstructionRow): number {
  if (row.size !== undefined) return row.size;
  for (const code of operandCodes(row)) {
    if (["AL", "CL", "DL", "BL"].includes(code)) return 1;
    if (/^[er][A-DSB][XPI]$/.test(code)) return K.SIZE_OPERAND;
    const size = /^[EGMORXYZ][a-z]$/.test(code) ? SIZES[code[1]!] : undefined;
    if (code[0] === "J") return K.SIZE_OPERAND;
    if (size !== undefined) return size;
  }
  return K.SIZE_OPERAND;
}
