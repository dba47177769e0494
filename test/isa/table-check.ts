// Compares the instruction table (core/isa) with iced-x86's list of instruction forms: presence, names, operands, memory sizes, flags.
// Flags that iced does not know (T, N) and the x87 condition codes are not compared.
import { Decoder, OpCodeOperandKind as Kind, MemorySizeExt, RflagsBits } from "iced-x86";
import { operandCodes, parseOpcode } from "../../core/isa/generate/opcode.js";
import type { InstructionRow } from "../../core/isa/row.js";
import { encode, type Form } from "../oracle/encoding.js";
import { Random } from "../oracle/random.js";

/** A form in the terms of a row's opcode: one shape of modrm.rm. */
interface Shape {
  readonly form: Form;
  readonly map: number;
  readonly byte: number;
  readonly plusReg: boolean;
  readonly prefix: number;
  readonly reg: number | undefined;
  readonly modrm: number | undefined;
  readonly memory: boolean;
}

const EITHER = new Set<Kind>([Kind.r8_or_mem, Kind.r16_or_mem, Kind.r32_or_mem, Kind.mm_or_mem, Kind.xmm_or_mem]);
const PLUS_REG = new Set<Kind>([Kind.r8_opcode, Kind.r16_opcode, Kind.r32_opcode]);
const PREFIX_BYTE = new Map([
  [0x66, 1],
  [0xf3, 2],
  [0xf2, 3],
]);

/** The shapes a form has: register, memory, or both. */
export function shapesOf(form: Form): Shape[] {
  const bytes = form.opcode[0] === 0x0f ? form.opcode.slice(1) : [...form.opcode];
  const fixed = bytes.length === 2;
  const modrm = fixed ? bytes[1]! : form.rmGroup >= 0 ? 0xc0 | (form.group << 3) | form.rmGroup : undefined;
  const base = {
    form,
    map: form.opcode[0] === 0x0f ? 1 : 0,
    byte: bytes[0]!,
    plusReg: form.kinds.some((kind) => PLUS_REG.has(kind)),
    prefix: PREFIX_BYTE.get(form.mandatory) ?? 0,
    reg: modrm !== undefined ? (modrm >> 3) & 7 : form.group >= 0 ? form.group : undefined,
    modrm,
  };
  const register = !form.kinds.includes(Kind.mem);
  const memory = form.kinds.includes(Kind.mem) || form.kinds.some((kind) => EITHER.has(kind));
  return [...(register ? [{ ...base, memory: false }] : []), ...(memory ? [{ ...base, memory: true }] : [])];
}

/** How specifically a row matches a shape; 0 is not at all. */
function score(row: InstructionRow, shape: Shape): number {
  const opcode = parseOpcode(row);
  if (row.mode === "64") return 0;
  if (opcode.map !== shape.map || opcode.byte !== shape.byte || opcode.plusReg !== shape.plusReg) return 0;
  if (opcode.prefix !== undefined && opcode.prefix !== shape.prefix) return 0;
  if (opcode.modrm !== undefined && opcode.modrm !== shape.modrm) return 0;
  if (opcode.reg !== undefined && opcode.reg !== shape.reg) return 0;
  if (opcode.rm === "mem" && !shape.memory) return 0;
  if (opcode.rm === "reg" && shape.memory) return 0;
  return 1 + (opcode.prefix !== undefined ? 8 : 0) + (opcode.modrm !== undefined ? 4 : 0) + (opcode.reg !== undefined ? 2 : 0);
}

/** The row a decoder would take, or undefined. Two equally specific rows are an error of the table. */
export function rowFor(rows: readonly InstructionRow[], shape: Shape): InstructionRow | undefined {
  const scored = rows.map((row) => ({ row, score: score(row, shape) })).filter((entry) => entry.score > 0);
  const best = Math.max(0, ...scored.map((entry) => entry.score));
  const chosen = scored.filter((entry) => entry.score === best);
  if (chosen.length > 1) throw new Error(`${chosen.map(({ row }) => rowKey(row)).join(" and ")} both match ${shape.form.name}`);
  return chosen[0]?.row;
}

export function rowKey(row: InstructionRow): string {
  return `${row.opcode} ${row.mnemonic} ${row.operands}`.trim();
}

/** The manual's name of an instruction, where iced names each of its operand sizes. */
const OTHER_NAMES: readonly (readonly [string, RegExp])[] = [
  ["ins", /^ins[bwd]$/],
  ["outs", /^outs[bwd]$/],
  ["pushf", /^pushfd$/],
  ["popf", /^popfd$/],
  ["iret", /^iretd$/],
  ["fwait", /^wait$/],
  ["nop", /^reservednop$/],
];

function namesAgree(row: InstructionRow, form: Form): boolean {
  if (row.mnemonic.split("/").includes(form.mnemonic)) return true;
  return OTHER_NAMES.some(([name, pattern]) => name === row.mnemonic && pattern.test(form.mnemonic));
}

const K = Kind;
type Kinds = readonly Kind[];
const FIXED: Readonly<Record<string, Kinds>> = {
  "1": [K.imm8_const_1],
  AL: [K.al],
  CL: [K.cl],
  DX: [K.dx],
  AX: [K.ax],
  rAX: [K.ax, K.eax],
  eAX: [K.ax, K.eax],
  ST0: [K.st0],
  STi: [K.sti_opcode],
  ES: [K.es],
  CS: [K.cs],
  SS: [K.ss],
  DS: [K.ds],
  FS: [K.fs],
  GS: [K.gs],
  Ib: [K.imm8, K.imm8sex16, K.imm8sex32],
  Jb: [K.br16_1, K.br32_1],
};
/** By addressing method (first letter) and operand size: 8-bit, 16-bit, 32-bit kinds. */
const SIZED: Readonly<Record<string, readonly [Kinds, Kinds, Kinds]>> = {
  E: [[K.r8_or_mem], [K.r16_or_mem], [K.r32_or_mem]],
  G: [[K.r8_reg], [K.r16_reg], [K.r32_reg]],
  I: [[K.imm8], [K.imm16], [K.imm32]],
  J: [[], [K.br16_2], [K.br32_4]],
  R: [[], [K.r16_rm, K.r16_or_mem], [K.r32_rm, K.r32_or_mem]],
  Z: [[K.r8_opcode], [K.r16_opcode], [K.r32_opcode]],
};
const UNSIZED: Readonly<Record<string, Kinds>> = {
  A: [K.farbr2_2, K.farbr4_2],
  C: [K.cr_reg],
  D: [K.dr_reg],
  M: [K.mem],
  N: [K.mm_rm, K.mm_or_mem],
  O: [K.mem_offs],
  P: [K.mm_reg],
  Q: [K.mm_or_mem],
  S: [K.seg_reg],
  U: [K.xmm_rm, K.xmm_or_mem],
  V: [K.xmm_reg],
  W: [K.xmm_or_mem],
  X: [K.seg_rSI],
  Y: [K.es_rDI],
};

/** Does an SDM Appendix A code stand for iced's operand kind, at this operand size? */
function agrees(code: string, kind: Kind, operandSize: number, memory: boolean): boolean {
  const fixed = FIXED[code];
  if (fixed) return fixed.includes(kind);
  const method = code[0]!;
  const type = code.slice(1);
  const sized = SIZED[method];
  if (!sized) return (UNSIZED[method] ?? []).includes(kind) || (method === "M" && memory && EITHER.has(kind));
  if (type === "b") return sized[0].includes(kind);
  // A 16-bit operand in a 32-bit register: iced has two forms (r16 and r32/m16), the manual one code.
  if (type === "w") return sized[1].includes(kind) || (operandSize !== 16 && sized[2].includes(kind));
  if (type === "d" || type === "y") return sized[2].includes(kind);
  return sized[operandSize === 16 ? 1 : 2].includes(kind);
}

/** Operands that one side lists and the other takes as understood. */
const IMPLICIT = new Set<Kind>([K.st0, K.seg_rBX_al, K.seg_rDI, K.al, K.ax, K.eax, K.dx, K.es_rDI, K.seg_rSI]);

function sameOperands(codes: readonly string[], kinds: readonly Kind[], operandSize: number, memory: boolean): boolean {
  return codes.length === kinds.length && codes.every((code, i) => agrees(code, kinds[i]!, operandSize, memory));
}

function operandsAgree(row: InstructionRow, shape: Shape): boolean {
  const codes = operandCodes(row);
  const { kinds, operandSize } = shape.form;
  if (sameOperands(codes, kinds, operandSize, shape.memory)) return true;
  const explicitCodes = codes.filter((code) => !(FIXED[code] ?? []).some((kind) => IMPLICIT.has(kind)));
  const explicitKinds = kinds.filter((kind) => !IMPLICIT.has(kind));
  const listed = codes.length < kinds.length ? codes : explicitCodes;
  return sameOperands(listed, codes.length < kinds.length ? explicitKinds : kinds, operandSize, shape.memory);
}

const TYPE_BYTES: Readonly<Record<string, readonly number[]>> = {
  b: [1],
  w: [2],
  d: [4],
  q: [8],
  t: [10],
  y: [4],
  dq: [16],
  ps: [16],
  pd: [16],
  ss: [4],
  sd: [8],
  p: [4, 6],
  a: [4, 8],
  s: [6],
};

function memoryAgrees(row: InstructionRow, shape: Shape): boolean {
  if (!shape.memory || shape.form.memorySize === 0) return true;
  const code = operandCodes(row).find((c) => /^[EMQW]/.test(c));
  if (!code || code === "M") return code !== undefined;
  const bytes = MemorySizeExt.size(shape.form.memorySize);
  const allowed = /[vz]$/.test(code) ? [shape.form.operandSize / 8] : (TYPE_BYTES[code.slice(1)] ?? []);
  return allowed.includes(bytes);
}

/** The `feature` column in iced's words. */
const FEATURES: Readonly<Record<string, readonly string[]>> = {
  "8086": ["INTEL8086"],
  "186": ["INTEL186"],
  "286": ["INTEL286"],
  "386": ["INTEL386"],
  "486": ["INTEL486", "CPUID"],
  "586": ["MSR", "TSC"],
  "686": ["MULTIBYTENOP", "RDPMC"],
  SVM: ["SVM", "SKINIT_or_SVM"],
  SSE2: ["SSE2", "PAUSE"],
};

function featureAgrees(row: InstructionRow, form: Form): boolean {
  // A row stands for every operand size, and is dated by its first; iced dates the 32-bit form by itself.
  if (
    (form.operandSize === 32 || form.addressSize === 32) &&
    form.features[0] === "INTEL386" &&
    ["8086", "186", "286"].includes(row.feature)
  )
    return true;
  const allowed = FEATURES[row.feature];
  return allowed ? form.features.some((feature) => allowed.includes(feature)) : form.features.some((f) => f.startsWith(row.feature));
}

const LETTERS: readonly (readonly [string, RflagsBits])[] = [
  ["O", RflagsBits.OF],
  ["S", RflagsBits.SF],
  ["Z", RflagsBits.ZF],
  ["A", RflagsBits.AF],
  ["P", RflagsBits.PF],
  ["C", RflagsBits.CF],
  ["D", RflagsBits.DF],
  ["I", RflagsBits.IF],
  ["V", RflagsBits.AC],
];

function letters(bits: number): string {
  return LETTERS.filter(([, bit]) => bits & bit)
    .map(([letter]) => letter)
    .join("");
}

function ordered(text: string | undefined): string {
  return LETTERS.map(([letter]) => letter)
    .filter((letter) => text?.includes(letter))
    .join("");
}

export interface FlagLists {
  readonly reads: string;
  readonly writes: string;
  readonly undefined: string;
  readonly sets: string;
  readonly clears: string;
}

/** iced's flags of a form. Immediates count (a shift by zero writes none), so shifts are asked about with a count of five. */
function icedFlags(form: Form): FlagLists {
  const random = new Random(1);
  for (let i = 0; i < 100; i++) {
    const { bytes } = encode(form, random, 32);
    if (/^(Ro|Rc|Sh|Sa)[lr]d?_.*_imm8$/.test(form.name)) bytes[bytes.length - 1] = 5;
    const decoder = new Decoder(32, bytes, form.reservedNop ? 1 : 0);
    const instruction = decoder.decode();
    const right = instruction.code === form.code;
    const flags = {
      reads: letters(instruction.rflagsRead),
      writes: letters(instruction.rflagsWritten),
      undefined: letters(instruction.rflagsUndefined),
      sets: letters(instruction.rflagsSet),
      clears: letters(instruction.rflagsCleared),
    };
    instruction.free();
    decoder.free();
    if (right) return flags;
  }
  throw new Error(`no encoding of ${form.name}`);
}

/** What of a row differs from what iced says of a form, as sentences. */
export function differences(row: InstructionRow, shape: Shape): string[] {
  const list: string[] = [];
  const { form } = shape;
  if (!namesAgree(row, form)) list.push(`name: iced has ${form.mnemonic}`);
  if (!operandsAgree(row, shape)) list.push(`operands: iced has ${form.kinds.map((kind) => Kind[kind]).join(", ")}`);
  if (!memoryAgrees(row, shape)) list.push(`memory: iced has ${MemorySizeExt.size(form.memorySize)} bytes`);
  if (!featureAgrees(row, form)) list.push(`feature: iced has ${form.features.join("+")}`);
  const flags = icedFlags(form);
  for (const key of ["reads", "writes", "undefined", "sets", "clears"] as const) {
    const ours = ordered(row.flags?.[key]);
    if (ours !== flags[key]) list.push(`flags ${key}: ours "${ours}", iced "${flags[key]}"`);
  }
  return list;
}
