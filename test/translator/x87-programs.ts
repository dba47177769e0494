// Random x87 instructions from the rows of the instruction table, mixed with others, and states for them on which implementations differ:
// special numbers, all rounding modes, precisions and masks, empty registers, pending errors.
import type { InstructionRow } from "../../core/isa/row.js";
import { x87Rows } from "../../core/isa/x87.js";
import { CR0_DEFAULT, DATA, DATA_BYTES, type Input } from "./pair.js";
import { encode as encodeSimd, type Random, randomInput, ENCODINGS as SIMD_ENCODINGS } from "./simd-programs.js";

const MIDDLE = DATA_BYTES / 2;
const SPREAD = 48;
const [ESI] = [6];

export interface Encoding {
  readonly name: string;
  readonly opcode: number;
  /** modrm, but for what names a memory operand or a register. */
  readonly modrm: number | undefined;
  readonly operand: "memory" | "register" | "none";
}

function encoding({ opcode, mnemonic, operands }: InstructionRow): Encoding {
  const [first, second] = opcode.split(" ") as [string, string | undefined];
  const operand = /\bM/.test(operands) ? "memory" : operands.includes("STi") ? "register" : "none";
  const modrm = second?.startsWith("=") ? Number.parseInt(second.slice(1), 16) : second ? Number(second[1]) << 3 : undefined;
  return { name: `${mnemonic} ${operands}`, opcode: Number.parseInt(first, 16), modrm, operand };
}

/** Without FXSAVE and FXRSTOR, whose operand is larger than the data. */
export const ENCODINGS: readonly Encoding[] = x87Rows.filter((row) => row.feature !== "FXSR").map(encoding);
/** What programs are made of: little that spoils the stack or takes long. */
const RARE = /^(fninit|fldenv|frstor|fnsave|fnstenv|fbld|fbstp|f2xm1|fyl2x|fptan|fpatan|fsin|fcos|fprem|ffree|fincstp|fdecstp)/;
const COMMON = ENCODINGS.filter(({ name }) => !RARE.test(name));
const PUSHES = ENCODINGS.filter(({ name }) => /^(fld1|fldz|fld|fild) ?(M.|ST.)?$/.test(name));

/** Operands of four sizes lie apart, so that each is likely to be read as what it is. */
function displacement(random: Random): number {
  return (random.below(2 * SPREAD) - SPREAD) & ~(random.below(4) ? 15 : 7);
}

export function encode({ opcode, modrm, operand }: Encoding, random: Random): number[] {
  if (operand === "memory") return [opcode, 0x40 | modrm! | ESI, displacement(random) & 0xff];
  if (operand === "register") return [opcode, 0xc0 | modrm! | random.pick([0, 0, 1, 1, 1, 2, 3, random.below(8)])];
  return modrm === undefined ? [opcode] : [opcode, modrm];
}

/** add eax, ebx; cmp eax, edx; sub edx, 3; mov [esi], eax; mov eax, [esi]; adc ebx, eax. */
const INTEGERS = [
  [0x01, 0xd8],
  [0x39, 0xd0],
  [0x83, 0xea, 3],
  [0x89, 0x06],
  [0x8b, 0x06],
  [0x11, 0xc3],
];

/** The code of a program of so many instructions, and their names. */
export function program(random: Random, length: number, mostBytes: number): { name: string; code: number[] } {
  const code: number[] = [];
  const names: string[] = [];
  for (let n = 0; n < length; n++) {
    const kind = random.below(24);
    let part: number[];
    let name = "integer";
    if (kind === 0) {
      const chosen = random.pick(SIMD_ENCODINGS);
      part = encodeSimd(chosen, random);
      name = chosen.name;
    } else if (kind < 4) part = [...random.pick(INTEGERS)];
    else {
      const chosen = random.pick(kind < 9 ? PUSHES : kind < 22 ? COMMON : ENCODINGS);
      part = encode(chosen, random);
      name = chosen.name;
    }
    // Branches over one instruction: Jcc.
    if (random.below(10) === 0) part = [0x70 | random.below(16), part.length, ...part];
    if (code.length + part.length > mostBytes) break;
    code.push(...part);
    names.push(name);
  }
  return { name: names.join("; "), code };
}

// ------------------------------------------------------------------------------------------------------------------ states

const TOP_BIT = 1n << 63n;
const EXPONENTS = [
  0, 1, 2, 0x1fff, 0x2000, 0x2fff, 0x3000, 0x3c00, 0x3c01, 0x3f80, 0x3f81, 0x3ffe, 0x43fe, 0x43ff, 0x4fff, 0x5000, 0x7ffe, 0x7fff,
];

function significand(random: Random): bigint {
  const any = (BigInt(random.next()) << 32n) | BigInt(random.next());
  switch (random.below(8)) {
    case 0:
      return TOP_BIT;
    case 1:
      return TOP_BIT | BigInt(random.below(4));
    case 2:
      return (1n << 64n) - 1n - BigInt(random.below(3));
    case 3:
      return TOP_BIT | ((any >> 1n) & ~0x7ffn) | random.pick([0n, 0x3ffn, 0x400n, 0x401n, 0x7ffn]);
    case 4:
      return any;
    case 5:
      return TOP_BIT | (BigInt(random.below(256)) << 55n);
    default:
      return TOP_BIT | any;
  }
}

/** Near the size of integers and of each other, most often. */
function exponent(random: Random, base: number): number {
  switch (random.below(10)) {
    case 0:
      return random.pick(EXPONENTS);
    case 1:
      return random.below(0x8000);
    case 2:
      return base + random.below(130) - 65;
    default:
      return base + random.below(5) - 2;
  }
}

function put80(view: DataView, at: number, random: Random, base: number): void {
  const zero = random.below(12) === 0;
  view.setBigUint64(at, zero ? 0n : significand(random), true);
  view.setUint16(at + 8, (random.below(2) << 15) | (zero ? 0 : exponent(random, base) & 0x7fff), true);
}

/** What memory holds at a multiple of 16: any type of number. */
function putOperand(view: DataView, at: number, random: Random, base: number): void {
  const kind = random.below(6);
  const value = (random.next() - 2 ** 31) / 2 ** random.below(40);
  if (kind === 0) put80(view, at, random, base);
  else if (kind === 1) view.setFloat64(at, value, true);
  else if (kind === 2) view.setFloat32(at, value, true);
  else if (kind === 3) view.setUint16(at, random.pick([0x37f, 0x27f, 0x7f, 0xf7f, 0xb7f, 0x35f, 0x340, random.next() & 0xffff]), true);
  else if (kind === 4) view.setBigUint64(at, significand(random), true);
  else view.setFloat64(at, random.pick([0, -0, 1, -1, 0.5, 1 / 3, 3, NaN, Infinity, -Infinity, 5e-324, 1e-310, 1e308]), true);
}

function controlWord(random: Random): number {
  switch (random.below(8)) {
    case 0:
      return 0x40 | (random.next() & 0x1f3f);
    case 1:
      return 0x7f | (random.below(4) << 8) | (random.below(4) << 10);
    case 2:
      return 0x37f & ~(1 << random.below(6));
    default:
      return 0x37f;
  }
}

/** Empty and full registers in the order of the stack, mostly one run of each. */
function tags(random: Random, top: number): number {
  const used = random.below(9);
  let inOrder = (0xffff << (used * 2)) & 0xffff;
  if (random.below(8) === 0) inOrder ^= 3 << (random.below(8) * 2);
  return ((inOrder << (top * 2)) | (inOrder >>> (16 - top * 2))) & 0xffff;
}

const ES_AND_BUSY = 0x8080;

export function randomX87Input(random: Random): Input {
  const input = randomInput(random);
  const floats = new DataView(input.floats.buffer);
  const data = new DataView(input.data.buffer);
  const base = random.pick([0x3fff, 0x3fff, 0x3fff, 0x4010, 0x401d, random.pick(EXPONENTS)]);
  input.floats.fill(0);
  for (let n = 0; n < 8; n++) put80(floats, n * 16, random, base);
  for (let at = MIDDLE - 64; at < MIDDLE + 64; at += 16) {
    data.setBigUint64(at + 8, BigInt(random.next()), true);
    putOperand(data, at, random, base);
  }
  input.registers[ESI] = DATA + MIDDLE + (random.below(6) === 0 ? random.below(SPREAD) : -128 * random.below(2));
  const x87Control = controlWord(random);
  const top = random.below(8);
  let x87Status = (top << 11) | (random.next() & 0x4720);
  if (random.below(8) === 0) x87Status |= random.next() & 0x7f & x87Control;
  if (random.below(30) === 0) x87Status |= ES_AND_BUSY;
  const cr0 = random.below(40) === 0 ? CR0_DEFAULT | random.pick([2, 4, 8, 10, 12]) : CR0_DEFAULT;
  return { ...input, x87Control, x87Status, x87Tags: tags(random, top), cr0 };
}
