// What the manuals leave open, so that a difference from the recorded processor is not an error. Everything else must be equal.
// Flags: iced-x86's list for the form, and here the cases that hang on the operands' values.
import { Code, type Instruction, Mnemonic, OpKind, Register, RflagsBits } from "iced-x86";
import { ECX, FX_FSW, IMAGE_FX, IMAGE_RIP, IMAGE_VECTOR, type StateImage } from "./layout.js";

const CF = 0x1;
const PF = 0x4;
const AF = 0x10;
const ZF = 0x40;
const SF = 0x80;
const OF = 0x800;
const ARITHMETIC = CF | PF | AF | ZF | SF | OF;

const ICED_FLAGS: readonly (readonly [RflagsBits, number])[] = [
  [RflagsBits.OF, OF],
  [RflagsBits.SF, SF],
  [RflagsBits.ZF, ZF],
  [RflagsBits.AF, AF],
  [RflagsBits.CF, CF],
  [RflagsBits.PF, PF],
];
const ICED_CONDITIONS: readonly (readonly [RflagsBits, number])[] = [
  [RflagsBits.C0, 0x100],
  [RflagsBits.C1, 0x200],
  [RflagsBits.C2, 0x400],
  [RflagsBits.C3, 0x4000],
];

function translate(bits: number, table: readonly (readonly [RflagsBits, number])[]): number {
  return table.reduce((mask, [iced, real]) => (bits & iced ? mask | real : mask), 0);
}

const SHIFTS = new Set([Mnemonic.Shl, Mnemonic.Sal, Mnemonic.Shr, Mnemonic.Sar]);
const ROTATES = new Set([Mnemonic.Rol, Mnemonic.Ror, Mnemonic.Rcl, Mnemonic.Rcr]);
const DOUBLE_SHIFTS = new Set([Mnemonic.Shld, Mnemonic.Shrd]);

/** Width in bits of the first operand. */
function operandBits(instruction: Instruction): number {
  const name = Code[instruction.code]!;
  return /_(rm|r)8/.test(name) ? 8 : /_(rm|r)16/.test(name) ? 16 : 32;
}

function count(instruction: Instruction, input: StateImage): number {
  const last = instruction.opCount - 1;
  if (instruction.opKind(last) === OpKind.Register && instruction.opRegister(last) === Register.CL) return input.gpr(ECX) & 31;
  return Number(instruction.immediate(last)) & 31;
}

/** SDM 2B "SAL/SAR/SHL/SHR", "RCL/RCR/ROL/ROR", "SHLD", "SHRD": by the count, which is masked to five bits. */
function undefinedByCount(instruction: Instruction, input: StateImage): number {
  const n = count(instruction, input);
  const bits = operandBits(instruction);
  if (n === 0) return 0;
  const overflow = n === 1 ? 0 : OF;
  if (ROTATES.has(instruction.mnemonic)) return overflow;
  if (DOUBLE_SHIFTS.has(instruction.mnemonic)) return n > bits ? ARITHMETIC : overflow | AF;
  return overflow | AF | (instruction.mnemonic !== Mnemonic.Sar && n >= bits ? CF : 0);
}

/** EFLAGS bits that need not agree. */
export function undefinedFlags(instruction: Instruction, input: StateImage, completed: boolean): number {
  const { mnemonic } = instruction;
  if (!completed) return mnemonic === Mnemonic.Div || mnemonic === Mnemonic.Idiv ? ARITHMETIC : 0;
  if (SHIFTS.has(mnemonic) || ROTATES.has(mnemonic) || DOUBLE_SHIFTS.has(mnemonic)) return undefinedByCount(instruction, input);
  return translate(instruction.rflagsUndefined, ICED_FLAGS);
}

/** C0-C3 in the x87 status word that need not agree. */
export function undefinedConditions(instruction: Instruction): number {
  return translate(instruction.rflagsUndefined, ICED_CONDITIONS);
}

/** Bits of the destination register that are undefined. */
export function undefinedRegisterBits(instruction: Instruction): number {
  // SDM 2A "LAR": bits 19:16 of the result are undefined.
  return instruction.mnemonic === Mnemonic.Lar ? 0xf0000 : 0;
}

/** The destination register is undefined as a whole. */
export function undefinedDestination(instruction: Instruction, input: StateImage): boolean {
  // SDM 2A "BSWAP": with a 16-bit register the result is undefined.
  if (instruction.code === Code.Bswap_r16) return true;
  return DOUBLE_SHIFTS.has(instruction.mnemonic) && operandBits(instruction) === 16 && count(instruction, input) > 16;
}

const PARTIAL_REMAINDERS = new Set([Mnemonic.Fprem, Mnemonic.Fprem1]);

/** SDM 2A "FPREM": exponents further than 63 apart are reduced by an amount each processor chooses. */
export function partialRemainder(instruction: Instruction, expected: StateImage): boolean {
  return PARTIAL_REMAINDERS.has(instruction.mnemonic) && (expected.u16(IMAGE_FX + FX_FSW) & 0x400) !== 0;
}

export const TRANSCENDENTAL = new Set([
  Mnemonic.Fsin,
  Mnemonic.Fcos,
  Mnemonic.Fsincos,
  Mnemonic.Fptan,
  Mnemonic.Fpatan,
  Mnemonic.F2xm1,
  Mnemonic.Fyl2x,
  Mnemonic.Fyl2xp1,
]);

export const APPROXIMATE = new Set([Mnemonic.Rcpps, Mnemonic.Rcpss, Mnemonic.Rsqrtps, Mnemonic.Rsqrtss]);

/** The INT3 around the instruction was reached, or a fault met at another address: fetching it from an absent page. */
export function completed(input: StateImage, output: StateImage): boolean {
  return output.u32(IMAGE_VECTOR) === 3 || output.u32(IMAGE_RIP) !== input.u32(IMAGE_RIP);
}
