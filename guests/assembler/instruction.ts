// One instruction statement: prefixes, mnemonic, operands; the choice among encodings; its bytes.

import { type Candidate, candidatesOf } from "./code-table.js";
import { type EncodeContext, encode, type PrefixBytes } from "./encode.js";
import { type CachedEncoding, cached, cacheKey, remember } from "./encoding-cache.js";
import { isExcluded } from "./exclusions.js";
import { EncodingKind } from "./iced.js";
import { overflow, placeOperands } from "./match.js";
import { addressSizeOf, type InstructionRequest, isMnemonic, poppingForm, request } from "./mnemonics.js";
import { type Operand, type OperandContext, parseOperands } from "./operand.js";
import { generalRegister } from "./registers.js";
import { SourceProblem } from "./source.js";
import type { TokenReader } from "./token-reader.js";
import { isScalar, resolve, sectionOf } from "./value.js";

export interface InstructionContext extends OperandContext {
  /** Address of the instruction's first byte. */
  readonly address: bigint;
  /** The section it stands in: a jump elsewhere is never short. */
  readonly section: unknown;
  warn(message: string): void;
}

interface Prefixes {
  /** `wait` before another instruction. */
  wait: boolean;
  repeat: number;
  lock: number;
  segment: number;
  operandSize: number;
  addressSize: number;
  encoding: "vex" | "vex3" | "evex" | undefined;
}

const REPEAT: Readonly<Record<string, number>> = {
  rep: 0xf3,
  repe: 0xf3,
  repz: 0xf3,
  xrelease: 0xf3,
  repne: 0xf2,
  repnz: 0xf2,
  xacquire: 0xf2,
  bnd: 0xf2,
};
const SEGMENT: Readonly<Record<string, number>> = { es: 0x26, cs: 0x2e, ss: 0x36, ds: 0x3e, fs: 0x64, gs: 0x65 };
const PREFIX_NAMES = new Set([...Object.keys(REPEAT), ...Object.keys(SEGMENT), "lock", "o16", "o32", "o64", "a16", "a32", "a64"]);

/** A name that begins an instruction. */
export function isInstructionName(name: string): boolean {
  const lower = name.toLowerCase();
  return PREFIX_NAMES.has(lower) || isMnemonic(lower);
}

/** A statement parsed once; `times` encodes it at one address after another. */
export interface ParsedInstruction {
  readonly prefixes: Prefixes;
  /** Undefined for a lone prefix. */
  readonly request: InstructionRequest | undefined;
}

export function parseInstruction(reader: TokenReader, context: InstructionContext): ParsedInstruction {
  const prefixes = parsePrefixes(reader);
  const token = reader.next();
  if (token === undefined) return { prefixes, request: undefined };
  const name = token.text.toLowerCase();
  if (token.kind !== "name" || !isMnemonic(name)) throw new SourceProblem(`\`${token.text}\` is not an instruction`, token);
  const operands = parseOperands(reader, { ...context, addressBits: prefixes.addressSize });
  prefixes.addressSize ||= addressSizeOf(name, operands);
  return { prefixes, request: request(poppingForm(name, operands.length), operands, token, context.bits) };
}

function parsePrefixes(reader: TokenReader): Prefixes {
  const prefixes: Prefixes = { wait: false, repeat: 0, lock: 0, segment: 0, operandSize: 0, addressSize: 0, encoding: undefined };
  for (;;) {
    const token = reader.peek();
    if (reader.peekSymbol("{")) {
      parseEncodingPrefix(reader, prefixes);
      continue;
    }
    const name = token?.text.toLowerCase() ?? "";
    const waits = name === "wait" && reader.peek(1)?.kind === "name";
    if (token?.kind !== "name" || !(waits || PREFIX_NAMES.has(name))) return prefixes;
    reader.next();
    if (waits) prefixes.wait = true;
    else if (name in REPEAT) prefixes.repeat = REPEAT[name]!;
    else if (name in SEGMENT) prefixes.segment = SEGMENT[name]!;
    else if (name === "lock") prefixes.lock = 0xf0;
    else if (name.startsWith("o")) prefixes.operandSize = Number(name.slice(1));
    else prefixes.addressSize = Number(name.slice(1));
  }
}

function parseEncodingPrefix(reader: TokenReader, prefixes: Prefixes): void {
  reader.expectSymbol("{");
  const name = reader.acceptName("vex", "vex2", "vex3", "evex");
  if (name === undefined) reader.fail("expected vex, vex3 or evex");
  prefixes.encoding = name === "vex3" || name === "evex" ? name : "vex";
  reader.expectSymbol("}");
}

const OUT_OF_REACH = "the target is out of reach of a short jump";

interface Choice {
  readonly candidate: Candidate;
  readonly operands: readonly (Operand | undefined)[];
  readonly context: EncodeContext;
  readonly bytes: number[];
}

export interface EncodedInstruction {
  readonly bytes: readonly number[];
  /** The bytes depend on where they stand. */
  readonly relative: boolean;
}

/** The statement's bytes at the context's address. */
export function encodeInstruction(parsed: ParsedInstruction, context: InstructionContext): EncodedInstruction {
  const { prefixes } = parsed;
  if (parsed.request === undefined) return { bytes: lonePrefixes(prefixes, context.bits), relative: false };
  const key = cacheKey(parsed.request, prefixes, context.bits);
  let encoding = key === undefined ? undefined : cached(key);
  const relative = key === undefined;
  if (encoding === undefined) {
    encoding = encodeAnew(parsed.request, prefixes, context);
    if (key !== undefined) remember(key, encoding);
  }
  for (const message of encoding.warnings) context.warn(message);
  return { bytes: encoding.bytes, relative };
}

function encodeAnew(wanted: InstructionRequest, prefixes: Prefixes, context: InstructionContext): CachedEncoding {
  const { candidate, operands, bytes } = choose(wanted, prefixes, context);
  checkRelocatable(operands, wanted);
  const warnings = candidate.patterns.map((pattern, i) => overflow(pattern, operands[i]));
  return { bytes, warnings: warnings.filter((w) => w !== undefined) };
}

function lonePrefixes(prefixes: Prefixes, bits: number): number[] {
  const out = [prefixes.repeat, prefixes.lock, prefixes.segment].filter((b) => b !== 0);
  if (prefixes.operandSize !== 0 && prefixes.operandSize !== bits) out.push(0x66);
  if (prefixes.addressSize !== 0 && prefixes.addressSize !== bits) out.push(0x67);
  return out;
}

function choose(wanted: InstructionRequest, prefixes: Prefixes, context: InstructionContext): Choice {
  const fitting: Choice[] = [];
  let matched = false;
  for (const operands of orders(wanted)) {
    for (const candidate of wanted.mnemonics.flatMap((m) => candidatesOf(m))) {
      const placed = allowed(candidate, wanted, prefixes, context.bits) ? placeOperands(candidate, operands, context.bits) : undefined;
      if (placed === undefined) continue;
      matched = true;
      const choice = tryEncode(candidate, placed, prefixes, context);
      if (choice !== undefined) fitting.push(choice);
    }
  }
  if (fitting.length === 0) throw new SourceProblem(whyNot(wanted, matched, context.bits), wanted.at);
  const usable = fitting.filter((c) => reaches(c, context));
  if (usable.length === 0) throw new SourceProblem(OUT_OF_REACH, wanted.at);
  const sized = wanted.operandSize === 0 ? prefixes.operandSize : wanted.operandSize;
  const exact = usable.filter((c) => sized !== 0 && c.candidate.operandSize === sized);
  const ranked = (exact.length > 0 ? exact : usable).sort((a, b) => compare(rank(a, context), rank(b, context)));
  checkAmbiguity(wanted, ranked);
  return shorten(ranked[0]!, wanted, prefixes, context);
}

/** XCHG and TEST take their operands in either order; NASM encodes XCHG's first register as modrm.reg. */
function orders(wanted: InstructionRequest): readonly (readonly Operand[])[] {
  const [a, b] = wanted.operands;
  if (wanted.operands.length !== 2 || a === undefined || b === undefined) return [wanted.operands];
  const swapped = [b, a];
  if (wanted.mnemonics[0] === "xchg") return [swapped, wanted.operands];
  return wanted.mnemonics[0] === "test" && b.kind === "memory" ? [swapped] : [wanted.operands];
}

/** Does the source leave this encoding open? */
function allowed(candidate: Candidate, wanted: InstructionRequest, prefixes: Prefixes, bits: number): boolean {
  if (prefixes.encoding === "evex" && candidate.encoding !== EncodingKind.EVEX) return false;
  if ((prefixes.encoding === "vex" || prefixes.encoding === "vex3") && candidate.encoding !== EncodingKind.VEX) return false;
  return !isExcluded(candidate, wanted, bits);
}

function tryEncode(
  candidate: Candidate,
  operands: readonly (Operand | undefined)[],
  prefixes: Prefixes,
  context: InstructionContext,
): Choice | undefined {
  const encodeContext: EncodeContext = {
    bits: context.bits,
    address: context.address,
    prefixes: prefixBytes(candidate, operands, prefixes, context.bits),
    preventVex2: prefixes.encoding === "vex3",
  };
  if (prefixes.addressSize !== 0 && candidate.addressSize !== 0 && candidate.addressSize !== prefixes.addressSize) return undefined;
  const bytes = encode(candidate, operands, encodeContext);
  return bytes === undefined ? undefined : { candidate, operands, context: encodeContext, bytes };
}

/** Prefixes that iced does not put there by itself. */
function prefixBytes(candidate: Candidate, operands: readonly (Operand | undefined)[], prefixes: Prefixes, bits: number): PrefixBytes {
  const memory = operands.find((o) => o?.kind === "memory");
  const segment = memory?.kind === "memory" ? memory.address.segment : undefined;
  const { operandSize, addressSize } = prefixes;
  const other = (size: number) => size !== 0 && size !== bits && !(bits === 64 && size === 32 && size === operandSize);
  return {
    wait: prefixes.wait,
    repeat: prefixes.repeat,
    lock: prefixes.lock,
    segment: segment === undefined ? prefixes.segment : SEGMENT[segment.name]!,
    operandSize: candidate.operandSize === 0 && operandSize !== 64 && other(operandSize),
    addressSize: candidate.addressSize === 0 && memory === undefined && other(addressSize),
  };
}

/** Is a short form's target near enough? Checked on the bytes: iced refuses nothing that wraps. */
function reaches(choice: Choice, context: InstructionContext): boolean {
  const place = choice.candidate.patterns.findIndex((p) => p.kind === "branch" && p.bits === 8);
  const operand = choice.operands[place];
  if (operand?.kind !== "immediate") return true;
  const { value } = operand;
  if (value.unknown) return true;
  // LOOP and JCXZ (their counter makes an address size) have no other form, and `short` allows none.
  const onlyShort = operand.distance === "short" || choice.candidate.addressSize !== 0;
  if (sectionOf(value) !== context.section && !onlyShort) return false;
  const distance = (resolve(value) ?? 0n) - context.address - BigInt(choice.bytes.length);
  return distance >= -128n && distance <= 127n;
}

type Rank = readonly number[];

/** Smaller is better: living processors, no size prefix, then short, then NASM's taste, then iced's order. */
function rank(choice: Choice, context: InstructionContext): Rank {
  const { candidate, bytes } = choice;
  const { bits } = context;
  const override = (size: number) => (size === 0 || size === bits || (bits === 64 && size === 32) ? 0 : 1);
  const operandPenalty = bits === 64 ? (candidate.operandSize === 16 ? 1 : farPenalty(candidate)) : override(candidate.operandSize);
  const addressPenalty = candidate.addressSize === 0 || candidate.addressSize === bits ? 0 : 1;
  // VEX and EVEX forms are taken in order, not by length.
  const length = candidate.encoding === EncodingKind.Legacy ? bytes.length : 100 + encodingOrder(candidate);
  const signExtended = candidate.patterns.some((p) => p.kind === "immediate" && p.bits === 8 && p.extended > 8) ? 0 : 1;
  return [operandPenalty + addressPenalty + (candidate.extinct ? 10 : 0), length, signExtended, candidate.order];
}

/** VEX before EVEX, but not where VEX came later than EVEX. */
function encodingOrder(candidate: Candidate): number {
  return candidate.encoding === EncodingKind.VEX && LATE_VEX.has(candidate.code) ? EncodingKind.EVEX + 1 : candidate.encoding;
}

const LATE_VEX = new Set(
  ["vpdpbusd", "vpdpbusds", "vpdpwssd", "vpdpwssds", "vpmadd52luq", "vpmadd52huq", "vcvtneps2bf16"]
    .flatMap((m) => candidatesOf(m))
    .map((c) => c.code),
);

/** In 64-bit mode NASM reads far pointers of 80 bits unless told otherwise. */
function farPenalty(candidate: Candidate): number {
  return candidate.farPointer && candidate.operandSize !== 64 ? 1 : 0;
}

function compare(a: Rank, b: Rank): number {
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return a[i]! - b[i]!;
  return 0;
}

/** A memory operand without a size, and encodings of several sizes that nothing else tells apart. */
function checkAmbiguity(wanted: InstructionRequest, ranked: readonly Choice[]): void {
  const memory = wanted.operands.find((o) => o.kind === "memory");
  if (memory?.kind !== "memory" || memory.size !== 0 || memory.far || DEFAULT_SIZED.has(wanted.mnemonics[0]!)) return;
  const second = wanted.operands[1];
  if (second?.kind === "immediate" && second.size !== 0) return;
  const sizes = new Set(ranked.map((c) => c.candidate.memoryBits).filter((b) => b !== 0));
  if (sizes.size > 1) throw new SourceProblem("the size of the memory operand is not specified", memory.at);
}

const DEFAULT_SIZED = new Set(["call", "jmp", "sldt", "str", "smsw", "cvtsi2sd", "cvtsi2ss", "lar", "lsl", "pinsrw", "pextrw"]);

/** `mov rax, 5` is `mov eax, 5`. */
function shorten(best: Choice, wanted: InstructionRequest, prefixes: Prefixes, context: InstructionContext): Choice {
  const [to, from] = wanted.operands;
  const wide = wanted.mnemonics[0] === "mov" && to?.kind === "register" && to.register.class === "r64" && from?.kind === "immediate";
  if (!wide || from.strict || !(from.size === 0 || from.size === 64)) return best;
  const small = isScalar(from.value) && from.value.n >= 0n && from.value.n <= 0xffffffffn;
  if (small) {
    const narrow = { ...to, size: 0, register: generalRegister("r32", to.register.number) };
    return choose({ ...wanted, operands: [narrow, { ...from, size: 0 }] }, prefixes, context);
  }
  return best;
}

/** Addresses that sections may move must fill their whole field. */
function checkRelocatable(operands: Choice["operands"], wanted: InstructionRequest): void {
  for (const operand of operands) {
    if (operand?.kind !== "immediate" && operand?.kind !== "memory") continue;
    const value = operand.kind === "immediate" ? operand.value : operand.address.displacement;
    if (resolve(value) === undefined) throw new SourceProblem("the expression is not one address plus a number", wanted.at);
  }
}

function whyNot(wanted: InstructionRequest, matched: boolean, bits: number): string {
  if (matched && wanted.operands.length === 1 && wanted.operands[0]?.kind === "immediate") return OUT_OF_REACH;
  if (matched) return "these operands cannot be encoded together";
  const all = wanted.mnemonics.flatMap((m) => candidatesOf(m));
  if (all.every((c) => !c.modes.includes(bits))) return `this instruction does not exist in ${bits}-bit mode`;
  return `no form of \`${wanted.at.line.text.slice(wanted.at.column).split(/\s/, 1)[0]}\` takes these operands`;
}
