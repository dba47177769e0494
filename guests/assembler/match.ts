// Does an encoding take these operands?

import type { Candidate, OperandPattern } from "./code-table.js";
import { EncodingKind } from "./iced.js";
import type { FarOperand, ImmediateOperand, MemoryOperand, Operand, RegisterOperand } from "./operand.js";
import { isVectorRegister, type RegisterClass } from "./registers.js";
import { isScalar, resolve } from "./value.js";

/** The operands in the places of the encoding's patterns (undefined where the source writes nothing), or undefined if they do not fit. */
export function placeOperands(candidate: Candidate, operands: readonly Operand[], bits: number): (Operand | undefined)[] | undefined {
  const plain = operands.filter((o) => o.kind !== "rounding");
  if (plain.length !== candidate.written.length || !candidate.modes.includes(bits)) return undefined;
  const size = sizeFromImmediate(plain);
  const placed: (Operand | undefined)[] = candidate.patterns.map(() => undefined);
  for (const [i, place] of candidate.written.entries()) {
    const operand = plain[i]!;
    if (!fits(candidate, candidate.patterns[place]!, operand, size, bits)) return undefined;
    placed[place] = operand;
  }
  if (!decorationsFit(candidate, operands)) return undefined;
  // Rounding rides along: it has no place of its own.
  return [...placed, ...operands.filter((o) => o.kind === "rounding")];
}

/** `mov [x], dword 5`: with nothing else to tell, an immediate's size is the memory's. */
function sizeFromImmediate(operands: readonly Operand[]): number {
  if (operands.length !== 2 || operands[0]?.kind !== "memory" || operands[0].size !== 0) return 0;
  return operands[1]?.kind === "immediate" ? operands[1].size : 0;
}

function fits(candidate: Candidate, pattern: OperandPattern, operand: Operand, size: number, bits: number): boolean {
  switch (operand.kind) {
    case "register":
      return registerFits(pattern, operand);
    case "memory":
      return memoryFits(candidate, pattern, operand, operand.size || size, bits);
    case "immediate":
      return immediateFits(pattern, operand);
    case "far":
      return pattern.kind === "far" && farFits(pattern.bits, operand);
    default:
      return false;
  }
}

const REGISTER_BITS: Partial<Record<RegisterClass, number>> = { r8: 8, r16: 16, r32: 32, r64: 64, mm: 64, xmm: 128, ymm: 256, zmm: 512 };

function registerFits(pattern: OperandPattern, operand: RegisterOperand): boolean {
  const { register, size } = operand;
  if (size !== 0 && REGISTER_BITS[register.class] !== size) return false;
  if (pattern.kind === "fixed") return pattern.register === register.register;
  return pattern.kind === "register" && pattern.class === register.class;
}

function memoryFits(candidate: Candidate, pattern: OperandPattern, operand: MemoryOperand, size: number, bits: number): boolean {
  const { address } = operand;
  if (operand.far !== candidate.farPointer && (operand.far || candidate.patterns.length === 1)) return false;
  const expected = operand.broadcast > 0 ? candidate.broadcastBits : candidate.memoryBits;
  if (size !== 0 && expected !== 0 && size !== expected) return false;
  if (pattern.kind === "offset") return offsetFits(operand, bits);
  if (bits === 64 && address.explicitBits === 64) return false;
  const vector = address.index !== undefined && isVectorRegister(address.index) ? address.index.class : undefined;
  if (pattern.kind === "memory") return pattern.vector === vector;
  return pattern.kind === "register" && pattern.memory && vector === undefined;
}

/** The accumulator's short form. In 64-bit mode its 8-byte address must be asked for: `[qword 5]`. */
function offsetFits(operand: MemoryOperand, bits: number): boolean {
  const { base, index, ripRelative, explicitBits } = operand.address;
  if (base !== undefined || index !== undefined || ripRelative) return false;
  return bits === 64 ? explicitBits === 64 : true;
}

function immediateFits(pattern: OperandPattern, operand: ImmediateOperand): boolean {
  if (pattern.kind === "branch") return branchFits(pattern, operand);
  if (pattern.kind !== "immediate") return false;
  const { bits, extended, one } = pattern;
  const { size, strict, value } = operand;
  if (one) return size === 0 && value.n === 1n && isScalar(value);
  if (bits === 8 && extended > 8) {
    if (size === 8) return true;
    return !strict && (size === 0 || size === extended) && fitsSignedByte(operand, extended);
  }
  if (size === 0) return true;
  return size === bits || (!strict && size === extended);
}

/** Does the value come back from a sign-extended byte? Labels may still move, so they do not. */
function fitsSignedByte(operand: ImmediateOperand, extended: number): boolean {
  if (!isScalar(operand.value)) return false;
  if (operand.value.unknown) return true;
  const wrapped = BigInt.asIntN(extended, operand.value.n);
  const inRange = operand.value.n === wrapped || operand.value.n === BigInt.asUintN(extended, wrapped);
  return inRange && wrapped >= -128n && wrapped <= 127n;
}

function branchFits(pattern: { bits: number; operandSize: number }, operand: ImmediateOperand): boolean {
  if (operand.distance === "short" && pattern.bits !== 8) return false;
  if (operand.distance === "near" && pattern.bits === 8) return false;
  // A size asks for the near form.
  return operand.size === 0 || (operand.size === pattern.operandSize && pattern.bits !== 8);
}

function farFits(bits: 16 | 32, operand: FarOperand): boolean {
  return operand.size === 0 || operand.size === bits;
}

function decorationsFit(candidate: Candidate, operands: readonly Operand[]): boolean {
  return operands.every((o) => {
    if (o.kind === "rounding") return o.mode === "sae" ? candidate.canSuppress : candidate.canRound;
    if (o.kind !== "register" && o.kind !== "memory") return true;
    const masked = o.mask !== undefined || o.zeroing;
    if (masked && !(candidate.canMask && candidate.encoding === EncodingKind.EVEX)) return false;
    return (
      o.broadcast === 0 || (candidate.broadcastBits !== 0 && o.broadcast * candidate.broadcastBits === vectorBits(candidate, operands))
    );
  });
}

/** Width of the vector a broadcast fills: that of the memory operand without it. */
function vectorBits(candidate: Candidate, operands: readonly Operand[]): number {
  if (candidate.memoryBits !== 0) return candidate.memoryBits;
  const register = operands.find((o) => o.kind === "register");
  return register?.kind === "register" ? (REGISTER_BITS[register.register.class] ?? 0) : 0;
}

/** A problem with an immediate's range that NASM warns of, or undefined. */
export function overflow(pattern: OperandPattern, operand: Operand | undefined): string | undefined {
  if (pattern.kind !== "immediate" || operand?.kind !== "immediate") return undefined;
  const n = resolve(operand.value);
  if (n === undefined || operand.value.unknown || pattern.bits >= 64 || pattern.bits < 8) return undefined;
  const signedOnly = pattern.extended > pattern.bits;
  const wide = BigInt.asIntN(pattern.extended, n);
  const value = signedOnly && n === BigInt.asUintN(pattern.extended, wide) ? wide : n;
  const highest = (1n << BigInt(signedOnly ? pattern.bits - 1 : pattern.bits)) - 1n;
  const lowest = -(1n << BigInt(pattern.bits - 1));
  if (value >= lowest && value <= highest) return undefined;
  return `${value} does not fit in ${signedOnly ? "a signed" : "an"} ${pattern.bits}-bit immediate`;
}
