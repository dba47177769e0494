// Operand values in the input image: registers by what the instruction uses, memory where its addresses can reach the windows.
import {
  type Instruction,
  type MemorySize,
  MemorySizeExt,
  OpAccess,
  Register,
  RegisterExt,
  type UsedMemory,
  type UsedRegister,
} from "iced-x86";
import { elementFormat, elements } from "./floating-state.js";
import { bcdOperand } from "./floats.js";
import {
  DATA_BASE,
  EBP,
  ESP,
  PAGE,
  SEG_ES,
  SEG_FS,
  SEG_GS,
  SEL_CODE16,
  SEL_EXPAND_DOWN,
  SEL_LIMITED,
  STACK_BASE,
  type StateImage,
  UNMAPPED,
} from "./layout.js";
import { integerOperand, littleEndian, type Random } from "./random.js";

export interface Context {
  readonly random: Random;
  readonly image: StateImage;
  readonly instruction: Instruction;
  readonly registers: readonly UsedRegister[];
  readonly memory: readonly UsedMemory[];
  /** Operand size attribute in bits: 16 or 32. */
  readonly operandSize: number;
}

const SEGMENTS = [Register.ES, Register.CS, Register.SS, Register.DS, Register.FS, Register.GS];

function isGpr(register: Register): boolean {
  return RegisterExt.isGPR(register);
}

/** Number of the 32-bit register a general register is part of. */
export function gprNumber(register: Register): number {
  return RegisterExt.number(RegisterExt.fullRegister32(register));
}

/** The value a general register (or part of one) has in the image. */
export function readGpr(image: StateImage, register: Register): number {
  const full = image.gpr(gprNumber(register));
  if (RegisterExt.isGPR32(register)) return full;
  if (RegisterExt.isGPR16(register)) return full & 0xffff;
  return register >= Register.AH && register <= Register.BH ? (full >> 8) & 0xff : full & 0xff;
}

export function writeGpr(image: StateImage, register: Register, value: number): void {
  const n = gprNumber(register);
  const full = image.gpr(n);
  if (RegisterExt.isGPR32(register)) image.setGpr(n, value);
  else if (RegisterExt.isGPR16(register)) image.setGpr(n, (full & 0xffff0000) | (value & 0xffff));
  else if (register >= Register.AH && register <= Register.BH) image.setGpr(n, (full & ~0xff00) | ((value & 0xff) << 8));
  else image.setGpr(n, (full & ~0xff) | (value & 0xff));
}

/** Every general register the instruction uses, except the stack pointer, gets an operand in all its 32 bits. */
export function setRegisters({ random, image, registers }: Context): void {
  const done = new Set<number>();
  for (const { register, access } of registers) {
    if (!isGpr(register) || access === OpAccess.None) continue;
    const n = gprNumber(register);
    if (n === ESP || done.has(n)) continue;
    done.add(n);
    if (RegisterExt.isGPR32(register)) image.setGpr(n, Number(integerOperand(random, 32)));
    else image.setGpr(n, random.u32());
  }
  for (const { register } of registers) {
    if (isGpr(register) && gprNumber(register) !== ESP && RegisterExt.size(register) < 4) {
      writeGpr(image, register, Number(integerOperand(random, RegisterExt.size(register) * 8)));
    }
  }
}

/** ESP in the stack window, nearly always aligned; now and then where a push or pop meets the page's edge. */
export function setStack({ random, image }: Context): void {
  const edge = random.chance(3);
  const offset = edge ? random.pick([0, 2, 4, 8, 0xff0, 0xffc, 0xffe]) : 0x700 + 4 * random.below(0x40);
  image.setGpr(ESP, STACK_BASE + offset + (random.chance(8) ? random.below(4) : 0));
  image.setGpr(EBP, STACK_BASE + 0x900 + 4 * random.below(0x40));
}

function segmentBase(image: StateImage, segment: Register): number {
  const n = SEGMENTS.indexOf(segment);
  return n >= 0 && image.segment(n) === SEL_LIMITED ? 0x1000 : 0;
}

/** A linear address for `size` bytes: inside a window, aligned more often than not; now and then over its end or in an absent page. */
function target(random: Random, size: number, window: number): number {
  if (random.chance(2)) return random.pick(UNMAPPED) + random.below(PAGE - 64);
  if (random.chance(3)) return window + PAGE - random.below(size + 8);
  const slot = window + 0x200 + 16 * random.below(0xa0);
  return random.chance(size >= 16 ? 90 : 65) ? slot : slot + random.below(16);
}

function scaled(memory: UsedMemory, image: StateImage): number {
  return memory.index === Register.None ? 0 : Math.imul(readGpr(image, memory.index), memory.scale);
}

export function effectiveAddress(memory: UsedMemory, image: StateImage): number {
  const base = memory.base === Register.None ? 0 : readGpr(image, memory.base);
  const sum = base + scaled(memory, image) + Number(BigInt.asUintN(32, memory.displacement));
  const register = memory.base !== Register.None ? memory.base : memory.index;
  const is16 = register !== Register.None && RegisterExt.isGPR16(register);
  return is16 ? sum & 0xffff : sum >>> 0;
}

export function linearAddress(memory: UsedMemory, image: StateImage): number {
  return (effectiveAddress(memory, image) + segmentBase(image, memory.segment)) >>> 0;
}

/** Choose the address registers so that the operand lies at a linear address. A base is solved for; without one the index is. */
export function aim(memory: UsedMemory, image: StateImage, linear: number): void {
  const offset = linear - segmentBase(image, memory.segment);
  const displacement = Number(BigInt.asUintN(32, memory.displacement));
  if (memory.base !== Register.None) writeGpr(image, memory.base, (offset - displacement - scaled(memory, image)) >>> 0);
  else if (memory.index !== Register.None) writeGpr(image, memory.index, Math.floor(((offset - displacement) >>> 0) / memory.scale));
}

export function memoryBytes(memory: UsedMemory): number {
  return Math.max(1, MemorySizeExt.size(memory.memorySize));
}

/** Contents for a memory operand of the given kind. */
export function contents(random: Random, size: MemorySize, bytes: number): Uint8Array {
  const format = elementFormat(size);
  if (bytes === 10 && !format) return littleEndian(random.chance(70) ? bcdOperand(random) : BigInt(random.u32()) << 47n, 10);
  if (format || bytes > 8) return elements(random, bytes, format);
  return littleEndian(integerOperand(random, bytes * 8), bytes);
}

/** Put every operand of the instruction that lies in memory into a window, with fitting contents. */
export function setMemory({ random, image, memory }: Context): void {
  for (const operand of memory) {
    const bytes = memoryBytes(operand);
    const throughStack = operand.base === Register.ESP || operand.base === Register.SP;
    if (!throughStack)
      aim(operand, image, target(random, bytes, operand.base === Register.EBP && random.chance(50) ? STACK_BASE : DATA_BASE));
    const linear = linearAddress(operand, image);
    image.poke(linear, contents(random, operand.memorySize, bytes));
  }
}

/** Segments other than flat ones where an operand names FS, GS or ES; rarely elsewhere. */
export function setSegments({ random, image, memory }: Context): void {
  const named = new Set(memory.map((operand) => operand.segment));
  if (named.has(Register.FS)) image.setSegment(SEG_FS, random.chance(95) ? SEL_LIMITED : 0);
  if (named.has(Register.GS)) image.setSegment(SEG_GS, random.chance(95) ? SEL_EXPAND_DOWN : 0);
  if (named.has(Register.ES) && random.chance(3)) image.setSegment(SEG_ES, random.pick([SEL_LIMITED, 0, SEL_CODE16]));
}
