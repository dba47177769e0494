// Encodings that fit an instruction's operands but that NASM never chooses.

import type { Candidate } from "./code-table.js";
import { Register } from "./iced.js";
import type { InstructionRequest } from "./mnemonics.js";
import type { ImmediateOperand, Operand } from "./operand.js";
import { isScalar } from "./value.js";

type Exclusion = (candidate: Candidate, operands: readonly Operand[], bits: number) => boolean;

const EXCLUSIONS = new Map<string, Exclusion>([
  ["movq", usesGeneralRegister],
  ["vmovq", usesGeneralRegister],
  ["mov", truncates],
  ["movzx", extendsNothing],
  ["movsx", extendsNothing],
  ["xchg", isNop],
]);

export function isExcluded(candidate: Candidate, wanted: InstructionRequest, bits: number): boolean {
  return EXCLUSIONS.get(wanted.mnemonics[0]!)?.(candidate, wanted.operands, bits) ?? false;
}

/** MOVQ to and from memory has its own opcode, without REX.W. */
function usesGeneralRegister(candidate: Candidate, operands: readonly Operand[]): boolean {
  return operands.some((o) => o.kind === "memory") && candidate.patterns.some((p) => p.kind === "register" && p.class === "r64");
}

/** MOV to a 64-bit register has a form with a whole immediate, so the sign-extended one is only for numbers it can hold. */
function truncates(candidate: Candidate, operands: readonly Operand[]): boolean {
  const [to, from] = operands;
  const pattern = candidate.patterns[1];
  if (pattern?.kind !== "immediate" || pattern.bits !== 32 || pattern.extended !== 64) return false;
  if (to?.kind !== "register" || from?.kind !== "immediate" || from.size === 32) return false;
  return !fitsSignedDword(from);
}

function fitsSignedDword(operand: ImmediateOperand): boolean {
  return isScalar(operand.value) && operand.value.n === BigInt.asIntN(32, operand.value.n);
}

/** MOVZX and MOVSX between equal sizes exist only as curiosities. */
function extendsNothing(candidate: Candidate): boolean {
  const [to, from] = candidate.patterns;
  return to?.kind === "register" && from?.kind === "register" && to.class === from.class;
}

/** 90 is NOP in 64-bit mode: it does not clear the upper half as XCHG EAX,EAX must. */
function isNop(candidate: Candidate, operands: readonly Operand[], bits: number): boolean {
  const short = candidate.patterns.some((p) => p.kind === "fixed" && p.register === Register.EAX);
  return bits === 64 && short && operands.every((o) => o.kind === "register" && o.register.register === Register.EAX);
}
