// Bytes of one instruction form, with random registers, addressing, prefixes and immediates. Built from iced-x86's description of the
// form, not with its encoder, so that odd but legal encodings occur too (long displacements, useless prefixes, scaled index without base).
import {
  CodeExt,
  Decoder,
  DecoderOptions,
  OpCodeOperandKind as Kind,
  MandatoryPrefix,
  Mnemonic,
  type OpCodeInfo,
  OpCodeTableKind,
} from "iced-x86";
import type { ClaimedCode } from "../isa/claimed.js";
import { integerOperand, littleEndian, type Random } from "./random.js";

export interface Form extends ClaimedCode {
  /** In lower case. */
  readonly mnemonic: string;
  readonly opcode: readonly number[];
  readonly mandatory: number;
  readonly kinds: readonly Kind[];
  readonly group: number;
  readonly rmGroup: number;
  readonly operandSize: number;
  readonly addressSize: number;
  readonly memorySize: number;
  readonly canLock: boolean;
  readonly canRep: boolean;
  readonly canRepne: boolean;
  readonly reservedNop: boolean;
}

export interface Encoded {
  readonly bytes: Uint8Array;
  readonly hasMemory: boolean;
}

const MANDATORY = new Map<number, number>([
  [MandatoryPrefix.P66, 0x66],
  [MandatoryPrefix.PF3, 0xf3],
  [MandatoryPrefix.PF2, 0xf2],
]);

function opcodeBytes(info: OpCodeInfo): number[] {
  const table = info.table === OpCodeTableKind.T0F ? [0x0f] : [];
  return info.opCodeLength === 2 ? [...table, info.opCode >> 8, info.opCode & 0xff] : [...table, info.opCode];
}

export function formOf(claimed: ClaimedCode): Form {
  const info = CodeExt.opCode(claimed.code);
  const form: Form = {
    ...claimed,
    mnemonic: Mnemonic[info.mnemonic]!.toLowerCase(),
    opcode: opcodeBytes(info),
    mandatory: MANDATORY.get(info.mandatoryPrefix) ?? 0,
    kinds: Array.from({ length: info.opCount }, (_, i) => info.opKind(i)),
    group: info.groupIndex,
    rmGroup: info.rmGroupIndex,
    operandSize: info.operandSize,
    addressSize: info.addressSize,
    memorySize: info.memorySize,
    canLock: info.canUseLockPrefix,
    canRep: info.canUseRepPrefix,
    canRepne: info.canUseRepnePrefix,
    reservedNop: claimed.name.startsWith("Reservednop"),
  };
  info.free();
  return form;
}

const REGISTER_FIELD = new Set<Kind>([
  Kind.r8_reg,
  Kind.r16_reg,
  Kind.r32_reg,
  Kind.mm_reg,
  Kind.xmm_reg,
  Kind.seg_reg,
  Kind.cr_reg,
  Kind.dr_reg,
]);
const EITHER = new Set<Kind>([Kind.r8_or_mem, Kind.r16_or_mem, Kind.r32_or_mem, Kind.mm_or_mem, Kind.xmm_or_mem]);
const REGISTER_ONLY = new Set<Kind>([Kind.r16_rm, Kind.r32_rm, Kind.mm_rm, Kind.xmm_rm]);
const OPCODE_REGISTER = new Set<Kind>([Kind.r8_opcode, Kind.r16_opcode, Kind.r32_opcode, Kind.sti_opcode]);
const SEGMENT_OVERRIDES = [0x26, 0x2e, 0x36, 0x3e, 0x64, 0x65];

function hasModrm(form: Form): boolean {
  return (
    form.group >= 0 ||
    form.kinds.some((kind) => REGISTER_FIELD.has(kind) || EITHER.has(kind) || REGISTER_ONLY.has(kind) || kind === Kind.mem)
  );
}

/** Displacement within 32 KiB, so that a base register with any 16-bit offset can reach the windows. */
function displacement(random: Random, bytes: number): Uint8Array {
  if (bytes === 1) return random.bytes(1);
  return littleEndian(random.chance(30) ? integerOperand(random, bytes * 8) : BigInt(random.below(0x400)), bytes);
}

/** An absolute offset that lies in the data window. */
function absolute(random: Random, bytes: number): Uint8Array {
  return littleEndian(BigInt(0x8000 + 16 * random.below(0xf0) + (random.chance(20) ? random.below(16) : 0)), bytes);
}

function memory16(random: Random, reg: number): number[] {
  const rm = random.below(8);
  const mod = random.below(3);
  const modrm = (mod << 6) | (reg << 3) | rm;
  if (mod === 0 && rm === 6) return [modrm, ...absolute(random, 2)];
  return [modrm, ...(mod === 0 ? [] : displacement(random, mod))];
}

function memory32(random: Random, reg: number): number[] {
  const mod = random.below(3);
  const rm = random.below(8);
  const modrm = (mod << 6) | (reg << 3) | rm;
  const width = mod === 1 ? 1 : mod === 2 ? 4 : 0;
  if (rm !== 4) return mod === 0 && rm === 5 ? [modrm, ...absolute(random, 4)] : [modrm, ...displacement(random, width)];
  const base = random.below(8);
  let index = random.below(8);
  // The same register as base and index has no solution for most addresses; 4 means none.
  if (index === base) index = 4;
  const noBase = mod === 0 && base === 5;
  const sib = (random.below(4) << 6) | (index << 3) | base;
  if (noBase && index === 4) return [modrm, sib, ...absolute(random, 4)];
  return [modrm, sib, ...displacement(random, noBase ? 4 : width)];
}

function registerField(form: Form, random: Random): number {
  if (form.group >= 0) return form.group;
  if (form.kinds.includes(Kind.seg_reg)) return random.below(6);
  return random.below(8);
}

/** ModRM, SIB and displacement. */
function operandBytes(form: Form, random: Random, address32: boolean): { bytes: number[]; memory: boolean } {
  if (!hasModrm(form)) return { bytes: [], memory: false };
  const reg = registerField(form, random);
  const mustRegister =
    form.rmGroup >= 0 || form.kinds.some((kind) => REGISTER_ONLY.has(kind) || kind === Kind.cr_reg || kind === Kind.dr_reg);
  const memory = form.kinds.includes(Kind.mem) || (!mustRegister && random.chance(50));
  if (memory) return { bytes: address32 ? memory32(random, reg) : memory16(random, reg), memory };
  return { bytes: [0xc0 | (reg << 3) | (form.rmGroup >= 0 ? form.rmGroup : random.below(8))], memory };
}

/** A near branch stays in the code page: the instruction is near its middle. */
function branch(random: Random, bytes: number): Uint8Array {
  if (bytes === 1) return random.bytes(1);
  const far = random.chance(5) ? 0x5000 : 0;
  return littleEndian(BigInt.asUintN(bytes * 8, BigInt(random.below(0x700) - 0x380 + far)), bytes);
}

const FAR_SELECTORS = [0x23, 0x23, 0x23, 0x07, 0x07, 0x3f, 0x37, 0, 0x2b, 0x2f, 0x7ff7, 0x20];

export function farPointer(random: Random, offsetBytes: number): number[] {
  const offset = random.chance(90) ? 0x4000 + random.below(0x1000) : random.below(0x10000);
  return [...littleEndian(BigInt(offset), offsetBytes), ...littleEndian(BigInt(random.pick(FAR_SELECTORS)), 2)];
}

function immediate(kind: Kind, random: Random, address32: boolean): ArrayLike<number> {
  switch (kind) {
    case Kind.imm8:
    case Kind.imm8sex16:
    case Kind.imm8sex32:
      return littleEndian(integerOperand(random, 8), 1);
    case Kind.imm16:
      return littleEndian(integerOperand(random, 16), 2);
    case Kind.imm32:
      return littleEndian(integerOperand(random, 32), 4);
    case Kind.br16_1:
    case Kind.br32_1:
      return branch(random, 1);
    case Kind.br16_2:
      return branch(random, 2);
    case Kind.br32_4:
      return branch(random, 4);
    case Kind.farbr2_2:
      return farPointer(random, 2);
    case Kind.farbr4_2:
      return farPointer(random, 4);
    case Kind.mem_offs:
      return absolute(random, address32 ? 4 : 2);
    default:
      return [];
  }
}

function isString(form: Form): boolean {
  return form.kinds.some((kind) => kind === Kind.es_rDI || kind === Kind.seg_rSI);
}

/** AMD: LOCK MOV CR0 is MOV CR8, and VERR, VERW take no notice of LOCK. */
function lockHasOtherMeaning(form: Form): boolean {
  return form.kinds.includes(Kind.cr_reg) || (form.opcode[0] === 0x0f && form.opcode[1] === 0x00);
}

/** Prefixes in random order, as the processor allows; the mandatory one closest to the opcode. */
function prefixes(form: Form, random: Random, bits: number, address32: boolean, memory: boolean): number[] {
  const list: number[] = [];
  if (form.operandSize !== 0 && form.operandSize !== bits && form.mandatory !== 0x66) list.push(0x66);
  if (address32 !== (bits === 32)) list.push(0x67);
  if ((memory || isString(form) || form.kinds.includes(Kind.mem_offs)) && random.chance(12)) list.push(random.pick(SEGMENT_OVERRIDES));
  if (random.chance(memory && form.canLock ? 25 : 1) && !lockHasOtherMeaning(form)) list.push(0xf0);
  if (isString(form) && (form.canRep || form.canRepne) && random.chance(70)) list.push(form.canRepne && random.chance(40) ? 0xf2 : 0xf3);
  for (let i = list.length - 1; i > 0; i--) {
    const j = random.below(i + 1);
    [list[i], list[j]] = [list[j]!, list[i]!];
  }
  if (form.mandatory) list.push(form.mandatory);
  return list;
}

/** A lone register operand in the opcode byte, or nothing to add. */
function opcodeRegister(form: Form, random: Random): number {
  return form.kinds.some((kind) => OPCODE_REGISTER.has(kind)) ? random.below(8) : 0;
}

export function encode(form: Form, random: Random, bits: number): Encoded {
  const address32 = form.addressSize !== 0 ? form.addressSize === 32 : (bits === 32) !== random.chance(12);
  const { bytes: operand, memory } = operandBytes(form, random, address32);
  const opcode = [...form.opcode];
  opcode[opcode.length - 1]! |= opcodeRegister(form, random);
  const immediates = form.kinds.flatMap((kind) => Array.from(immediate(kind, random, address32)));
  const bytes = Uint8Array.from([...prefixes(form, random, bits, address32, memory), ...opcode, ...operand, ...immediates]);
  return { bytes, hasMemory: memory || isString(form) || form.kinds.includes(Kind.mem_offs) };
}

/** iced decodes only one reading of some opcodes (reserved NOPs against later instructions): ask for the one the form names. */
export function decoderFor(bits: number, bytes: Uint8Array, reservedNop: boolean): Decoder {
  return new Decoder(bits, bytes, reservedNop ? DecoderOptions.ForceReservedNop : DecoderOptions.None);
}
