// `[...]`: from a sum of registers, labels and numbers to segment, base, index, scale and displacement, choosing as NASM does.

import { type BaseHint, Evaluator } from "./expression.js";
import type { OperandContext } from "./operand.js";
import { addressBits, isVectorRegister, type RegisterName } from "./registers.js";
import { type Position, SourceProblem } from "./source.js";
import type { TokenReader } from "./token-reader.js";
import { hasRegisters, isRegisterTerm, type Value } from "./value.js";

export interface EffectiveAddress {
  readonly at: Position;
  readonly segment: RegisterName | undefined;
  readonly bits: 16 | 32 | 64;
  readonly base: RegisterName | undefined;
  readonly index: RegisterName | undefined;
  readonly scale: 1 | 2 | 4 | 8;
  /** Without the register terms. */
  readonly displacement: Value;
  /** `[byte ebx+5]` or `[dword ebx+5]`. */
  readonly displacementSize: "auto" | "byte" | "full";
  /** A size keyword named the address itself: `[qword 5]`. */
  readonly explicitBits: number;
  readonly ripRelative: boolean;
}

interface Options {
  segment: RegisterName | undefined;
  size: number;
  relative: boolean | undefined;
  nosplit: boolean;
}

const WORDS = ["rel", "abs", "nosplit", "byte", "word", "dword", "qword"];
const SIZES: Readonly<Record<string, number>> = { byte: 8, word: 16, dword: 32, qword: 64 };

export function parseEffectiveAddress(reader: TokenReader, context: OperandContext): EffectiveAddress {
  const at = reader.position()!;
  reader.expectSymbol("[");
  const options: Options = { segment: undefined, size: 0, relative: undefined, nosplit: false };
  parseOptions(reader, options);
  let evaluator = new Evaluator(reader, context.scope, true);
  let value = evaluator.expression(false);
  const only = value.terms[0];
  if (reader.acceptSymbol(":")) {
    if (only === undefined || !isRegisterTerm(only) || only.key.class !== "seg") throw new SourceProblem("expected a segment register", at);
    options.segment = only.key;
    parseOptions(reader, options);
    evaluator = new Evaluator(reader, context.scope, true);
    value = evaluator.expression(false);
  }
  reader.expectSymbol("]");
  return arrange(value, evaluator.hint, options, context, at);
}

function parseOptions(reader: TokenReader, options: Options): void {
  for (;;) {
    const word = reader.acceptName(...WORDS);
    if (word === undefined) return;
    if (word === "rel" || word === "abs") options.relative = word === "rel";
    else if (word === "nosplit") options.nosplit = true;
    else options.size = SIZES[word]!;
  }
}

function arrange(value: Value, hint: BaseHint, options: Options, context: OperandContext, at: Position): EffectiveAddress {
  const parts = chooseRegisters(value, hint, options.nosplit, at);
  const displacement: Value = { n: value.n, terms: value.terms.filter((t) => !isRegisterTerm(t)), unknown: value.unknown };
  const general = [parts.base, parts.index].filter((r) => r !== undefined && !isVectorRegister(r)) as RegisterName[];
  const widths = new Set(general.map(addressBits));
  if (widths.size > 1 || widths.has(undefined)) throw new SourceProblem("these registers cannot form an address", at);
  const [width] = widths;
  const named = hasRegisters(value) || options.size === 8 ? 0 : options.size;
  const bits = (width ?? (named || context.addressBits || context.bits)) as EffectiveAddress["bits"];
  const relative = options.relative ?? (context.relative && options.segment?.name !== "fs" && options.segment?.name !== "gs");
  const ripRelative = context.bits === 64 && relative && !hasRegisters(value);
  const displacementSize = options.size === 8 ? "byte" : options.size !== 0 ? "full" : "auto";
  const common = { at, segment: options.segment, bits, displacement, displacementSize, ripRelative, explicitBits: named } as const;
  const address = { ...common, ...parts };
  return bits === 16 ? arrange16(address) : address;
}

interface Parts {
  base: RegisterName | undefined;
  index: RegisterName | undefined;
  scale: 1 | 2 | 4 | 8;
}

function chooseRegisters(value: Value, hint: BaseHint, nosplit: boolean, at: Position): Parts {
  const terms = value.terms.filter(isRegisterTerm).sort((a, b) => order(a.key) - order(b.key));
  if (terms.length > 2) throw new SourceProblem("an address has at most two registers", at);
  let base: RegisterName | undefined;
  let index: RegisterName | undefined;
  let scale = 0;
  for (const { key, factor } of terms) {
    if (base === undefined && factor === 1n && addressBits(key) !== undefined) base = key;
    else if (index === undefined) [index, scale] = [key, Number(factor)];
    else throw new SourceProblem("only one register of an address can be scaled", at);
  }
  [base, index, scale] = settle(base, index, scale, hint, nosplit);
  if (index !== undefined && (isStackPointer(index) || ![1, 2, 4, 8].includes(scale))) {
    throw new SourceProblem("this combination of register and scale does not exist", at);
  }
  return { base, index, scale: (scale || 1) as Parts["scale"] };
}

type Choice = [RegisterName | undefined, RegisterName | undefined, number];

/** NASM's preferences: the first register is the base, a lone register is a base, and eax*2, *3, *5, *9 are split. */
function settle(b: RegisterName | undefined, i: RegisterName | undefined, s: number, hint: BaseHint, nosplit: boolean): Choice {
  let [base, index, scale]: Choice = [b, i, s];
  if (scale === 1 && index !== undefined && base !== undefined && addressBits(index) !== undefined) {
    const swap = hint.kind === "base" ? hint.register === index : hint.kind === "not-base" && hint.register === base;
    if (swap) [base, index] = [index, base];
  }
  if (base !== undefined && index === undefined && !isStackPointer(base) && hint.kind === "not-base" && hint.register === base) {
    return nosplit ? [undefined, base, 1] : [base, undefined, 0];
  }
  if (base === undefined && index !== undefined && !isVectorRegister(index)) {
    if (scale === 1) return [index, undefined, 0];
    if ((scale === 2 && !nosplit) || scale === 3 || scale === 5 || scale === 9) [base, scale] = [index, scale - 1];
  }
  if (index !== undefined && isStackPointer(index) && scale === 1) [base, index] = [index, base];
  return [base, index, scale];
}

/** BP-based forms, and the pairs BX or BP with SI or DI in either order. */
function arrange16(address: EffectiveAddress): EffectiveAddress {
  let { base, index } = address;
  const isPointer = (r: RegisterName | undefined) => r !== undefined && (r.name === "bx" || r.name === "bp");
  if (index !== undefined && isPointer(index)) [base, index] = [index, base];
  const bad =
    address.scale !== 1 ||
    (base !== undefined && !["bx", "bp", "si", "di"].includes(base.name)) ||
    (index !== undefined && (!isPointer(base) || !["si", "di"].includes(index.name)));
  if (bad) throw new SourceProblem("16-bit addresses are made of bx or bp with si or di", address.at);
  return { ...address, base, index };
}

function isStackPointer(register: RegisterName): boolean {
  return register.name === "esp" || register.name === "rsp";
}

const CLASS_ORDER = ["r16", "r32", "r64", "xmm", "ymm", "zmm"];

function order(register: RegisterName): number {
  return CLASS_ORDER.indexOf(register.class) * 100 + register.number;
}
