// Operands as written, before an encoding is chosen.

import { type EffectiveAddress, parseEffectiveAddress } from "./effective-address.js";
import { Evaluator, type Scope } from "./expression.js";
import { findRegister, type RegisterName } from "./registers.js";
import { type Position, SourceProblem } from "./source.js";
import type { TokenReader } from "./token-reader.js";
import type { Value } from "./value.js";

interface Common {
  readonly at: Position;
  /** Bits named by `byte`, `dword` and so on; 0 if none. */
  readonly size: number;
}

export interface RegisterOperand extends Common, Decoration {
  readonly kind: "register";
  readonly register: RegisterName;
  /** `fadd to st1`. */
  readonly to: boolean;
}

export interface MemoryOperand extends Common, Decoration {
  readonly kind: "memory";
  readonly address: EffectiveAddress;
  readonly far: boolean;
}

export interface ImmediateOperand extends Common {
  readonly kind: "immediate";
  readonly value: Value;
  readonly strict: boolean;
  /** Of a branch target. */
  readonly distance: "short" | "near" | undefined;
}

/** `8:label`. */
export interface FarOperand extends Common {
  readonly kind: "far";
  readonly selector: Value;
  readonly offset: Value;
}

/** `{rn-sae}` and `{sae}` in a list of operands. */
export interface RoundingOperand extends Common {
  readonly kind: "rounding";
  readonly mode: "rn" | "rd" | "ru" | "rz" | "sae";
}

export type Operand = RegisterOperand | MemoryOperand | ImmediateOperand | FarOperand | RoundingOperand;

/** EVEX decorations: `{k1}`, `{z}`, `{1to8}`. */
export interface Decoration {
  readonly mask: RegisterName | undefined;
  readonly zeroing: boolean;
  /** Elements of a broadcast, 0 for none. */
  readonly broadcast: number;
}

export const SIZES: Readonly<Record<string, number>> = {
  byte: 8,
  word: 16,
  dword: 32,
  qword: 64,
  tword: 80,
  oword: 128,
  yword: 256,
  zword: 512,
};

/** What an operand's surroundings decide. */
export interface OperandContext {
  readonly scope: Scope;
  readonly bits: 16 | 32 | 64;
  /** Of addresses without registers: the mode, or what an a16 or a32 prefix says. */
  readonly addressBits?: number;
  /** `default rel`. */
  readonly relative: boolean;
}

interface Qualifiers {
  size: number;
  strict: boolean;
  to: boolean;
  far: boolean;
  distance: "short" | "near" | undefined;
}

export function parseOperands(reader: TokenReader, context: OperandContext): Operand[] {
  const operands: Operand[] = [];
  if (reader.done) return operands;
  do operands.push(parseOperand(reader, context));
  while (reader.acceptSymbol(","));
  reader.expectEnd();
  return operands;
}

function parseOperand(reader: TokenReader, context: OperandContext): Operand {
  const at = reader.position()!;
  if (reader.peekSymbol("{")) return parseRounding(reader, at);
  const { size, strict, to, far, distance } = parseQualifiers(reader);
  if (reader.peekSymbol("[")) {
    const address = parseEffectiveAddress(reader, context);
    return { kind: "memory", at, size, address, far, ...parseDecoration(reader) };
  }
  const value = new Evaluator(reader, context.scope, true).expression(false);
  const only = value.terms[0];
  if (only !== undefined && "register" in only.key) {
    if (value.terms.length > 1 || only.factor !== 1n || value.n !== 0n) throw new SourceProblem("register arithmetic needs brackets", at);
    return { kind: "register", at, size, register: only.key, to, ...parseDecoration(reader) };
  }
  if (!reader.acceptSymbol(":")) return { kind: "immediate", at, size, value, strict, distance };
  // `8:dword label`: a size may stand on either side of the colon.
  const inner = parseQualifiers(reader);
  const offset = new Evaluator(reader, context.scope).expression(false);
  return { kind: "far", at, size: size || inner.size, selector: value, offset };
}

function parseQualifiers(reader: TokenReader): Qualifiers {
  const found: Qualifiers = { size: 0, strict: false, to: false, far: false, distance: undefined };
  for (;;) {
    const word = reader.acceptName("strict", "to", "far", "near", "short", ...Object.keys(SIZES));
    if (word === undefined) return found;
    if (word in SIZES) found.size = SIZES[word]!;
    else if (word === "near" || word === "short") found.distance = word;
    else found[word as "strict" | "to" | "far"] = true;
  }
}

/** `{k1}`, `{z}` and `{1to16}` after an operand. */
function parseDecoration(reader: TokenReader): Decoration {
  const found = { mask: undefined as RegisterName | undefined, zeroing: false, broadcast: 0 };
  while (reader.acceptSymbol("{")) {
    const token = reader.next();
    const text = token?.text.toLowerCase() ?? "";
    const register = findRegister(text);
    const broadcast = /^1to(\d+)$/.exec(text)?.[1];
    if (register?.class === "k") found.mask = register;
    else if (text === "z") found.zeroing = true;
    else if (broadcast !== undefined) found.broadcast = Number(broadcast);
    else reader.fail(`unknown decoration \`{${text}}\``, token);
    reader.expectSymbol("}");
  }
  return found;
}

function parseRounding(reader: TokenReader, at: Position): RoundingOperand {
  reader.expectSymbol("{");
  const mode = reader.acceptName("rn", "rd", "ru", "rz", "sae") as RoundingOperand["mode"] | undefined;
  if (mode === undefined) return reader.fail("expected a rounding mode");
  if (mode !== "sae") {
    reader.expectSymbol("-");
    if (reader.acceptName("sae") === undefined) reader.fail("expected `sae`");
  }
  reader.expectSymbol("}");
  return { kind: "rounding", at, size: 0, mode };
}
