// Which rows have handlers of their own in the interpreter's switch. All others go through their exec function.
import * as H from "../../../wasm/abi/hot-class.js";
import type { InstructionRow } from "../row.js";

const ALU = ["add", "or", "and", "sub", "xor", "cmp", "test"];

const BY_MNEMONIC: Readonly<Record<string, number>> = {
  mov: H.H_MOV,
  lea: H.H_LEA,
  push: H.H_PUSH,
  pop: H.H_POP,
  inc: H.H_INC,
  dec: H.H_DEC,
  neg: H.H_NEG,
  not: H.H_NOT,
  shl: H.H_SHL,
  sal: H.H_SHL,
  shr: H.H_SHR,
  sar: H.H_SAR,
  rol: H.H_ROL,
  ror: H.H_ROR,
  leave: H.H_LEAVE,
  nop: H.H_NOP,
  xchg: H.H_XCHG,
  adc: H.H_ADC,
  sbb: H.H_SBB,
  mul: H.H_MUL,
};

/** Family of handlers for a row (abi/hot-class.ts), or H_NONE. */
export function hotClass(row: InstructionRow): number {
  const name = row.mnemonic.toLowerCase();
  const operands = row.operands;
  if (/^(S|C|D)[a-z]|,(S|C|D)[a-z]|\b[CDEFGS]S\b|^[PVWQ]|,[PVWQ]/.test(operands)) return H.H_NONE;
  const alu = ALU.indexOf(name);
  if (alu >= 0) return H.H_ALU + alu;
  if (name === "movzx") return operands.endsWith("b") ? H.H_MOVZX8 : H.H_MOVZX16;
  if (name === "movsx") return operands.endsWith("b") ? H.H_MOVSX8 : H.H_MOVSX16;
  if (name === "imul") return [H.H_NONE, H.H_NONE, H.H_IMUL2, H.H_IMUL3][operands.split(",").length]!;
  if (name === "jmp") return /^J/.test(operands) ? H.H_JMP : /^Ev/.test(operands) ? H.H_JMP_INDIRECT : H.H_NONE;
  if (name === "call") return /^J/.test(operands) ? H.H_CALL : /^Ev/.test(operands) ? H.H_CALL_INDIRECT : H.H_NONE;
  if (name === "ret") return operands === "" ? H.H_RET : H.H_NONE;
  if (name === "cdq" || name === "cwd" || name === "cwd/cdq") return H.H_CDQ;
  if (/^jcc/i.test(row.exec)) return H.H_JCC;
  if (/^setcc/i.test(row.exec)) return H.H_SETCC;
  if (/^cmovcc/i.test(row.exec)) return H.H_CMOVCC;
  return BY_MNEMONIC[name] ?? H.H_NONE;
}
