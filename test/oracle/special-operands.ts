// Instructions whose operands must be chosen with care: so that divisions divide, branches land in the code page, selectors select.
import { Code, Mnemonic, OpKind, Register } from "iced-x86";
import { farPointer } from "./encoding.js";
import { controlWord, elements, mxcsr, setXmm, statusWord } from "./floating-state.js";
import { F80, floatOperand, gather } from "./floats.js";
import {
  CODE_BASE,
  DATA_BASE,
  EAX,
  EBP,
  ECX,
  EDI,
  EDX,
  ESI,
  ESP,
  FX_FCW,
  FX_FSW,
  FX_FTW,
  FX_MXCSR,
  FX_ST,
  IMAGE_FX,
  STACK_BASE,
  StateImage,
} from "./layout.js";
import { aim, type Context, gprNumber, linearAddress, memoryBytes, readGpr, writeGpr } from "./operands.js";
import { integerOperand, littleEndian, type Random } from "./random.js";

export const SELECTORS = [0, 3, 0x2b, 0x2b, 0x23, 0x0f, 0x17, 0x1f, 0x27, 0x2f, 0x37, 0x3f, 0x07, 0x7ff7, 0x2a, 0x0c];

function codeAddress(random: Random): number {
  return random.chance(94) ? CODE_BASE + 0x10 + random.below(0xfe0) : random.pick([0x5000, 0x9000]);
}

function peek(image: StateImage, linear: number, bytes: number): bigint {
  let value = 0n;
  for (let i = bytes - 1; i >= 0; i--) {
    const at = StateImage.offsetOf(linear + i);
    value = (value << 8n) | BigInt(at < 0 ? 0 : image.bytes[at]!);
  }
  return value;
}

function explicitMemory({ memory }: Context, skipStack = true): Context["memory"][number] | undefined {
  return memory.find((operand) => !(skipStack && (operand.base === Register.ESP || operand.base === Register.SP)));
}

/** Value and width of the first operand, wherever it is. */
function sourceOperand(context: Context): { value: bigint; bits: number } {
  const { instruction, image } = context;
  if (instruction.op0Kind === OpKind.Register) {
    const bits =
      Number(instruction.op0Register) >= Number(Register.EAX) ? 32 : Number(instruction.op0Register) >= Number(Register.AX) ? 16 : 8;
    return { value: BigInt(readGpr(image, instruction.op0Register)), bits };
  }
  const operand = context.memory[0]!;
  const bytes = memoryBytes(operand);
  return { value: peek(image, linearAddress(operand, image), bytes), bits: bytes * 8 };
}

/** A dividend whose quotient fits, three times in four, unless the operand shares a register with it. */
function division(context: Context): void {
  const { random, image, instruction } = context;
  const { value, bits } = sourceOperand(context);
  if (value === 0n || random.chance(20)) return;
  const wide = BigInt(bits);
  const signed = instruction.mnemonic === Mnemonic.Idiv;
  const divisor = signed ? BigInt.asIntN(bits, value) : value;
  const quotient = signed ? BigInt.asIntN(bits, integerOperand(random, bits)) : integerOperand(random, bits);
  const magnitude = divisor < 0n ? -divisor : divisor;
  const rest = random.u64() % magnitude;
  const dividend = BigInt.asUintN(bits * 2, quotient * divisor + (quotient < 0n !== divisor < 0n ? -rest : rest));
  const operand = explicitMemory(context);
  const addressed = operand
    ? [operand.base, operand.index].filter((r) => r !== Register.None).map(gprNumber)
    : [gprNumber(instruction.op0Register)];
  if (addressed.includes(EAX) || (bits > 8 && addressed.includes(EDX))) return;
  if (bits === 8) {
    image.setGpr(EAX, (image.gpr(EAX) & 0xffff0000) | Number(dividend));
    return;
  }
  const keep = bits === 16 ? 0xffff0000 : 0;
  image.setGpr(EAX, (image.gpr(EAX) & keep) | Number(BigInt.asUintN(bits, dividend)));
  image.setGpr(EDX, (image.gpr(EDX) & keep) | Number(dividend >> wide));
}

/** Bit offsets of a register reach at most 1 KiB to either side of the memory operand, which is put in the middle of the window. */
function bitString(context: Context): void {
  const { random, image, instruction } = context;
  const operand = explicitMemory(context);
  if (!operand || instruction.op1Kind !== OpKind.Register) return;
  const bit = random.below(0x3000) - 0x1800;
  writeGpr(image, instruction.op1Register, random.chance(70) ? bit : random.below(32));
  aim(operand, image, DATA_BASE + 0x700 + random.below(0x100));
}

function shiftCount({ random, image, instruction }: Context): void {
  if (instruction.op1Kind !== OpKind.Register && instruction.op2Kind !== OpKind.Register) return;
  writeGpr(image, Register.CL, random.chance(80) ? random.below(34) : random.below(256));
}

/** LOOP and JCXZ: counts around the one that matters. */
function loopCount({ random, image }: Context): void {
  image.setGpr(ECX, random.pick([0, 1, 2, 0x10000, 0x10001, random.u32()]));
}

/** Flags as POPF and IRET may find them: TF would end in a single-step trap, NT and VM in modes of their own. */
function poppedFlags(random: Random): number {
  return (random.u32() & 0x003e8ed7) | 2;
}

function pokeStack({ image, operandSize }: Context, words: readonly number[]): void {
  const width = operandSize / 8;
  words.forEach((word, i) => {
    image.poke((stackTop(image) + i * width) >>> 0, littleEndian(BigInt(word >>> 0), width));
  });
}

/** SP is set to the low half of ESP in every mode, so that 16-bit stacks work with the same value. */
function stackTop(image: StateImage): number {
  return image.gpr(ESP) & 0xffff;
}

function returnAddress(context: Context): void {
  pokeStack(context, [codeAddress(context.random)]);
}

function farReturn(context: Context): void {
  const { random, instruction } = context;
  const [low, high, selectorLow, selectorHigh] = farPointer(random, 2) as [number, number, number, number];
  pokeStack(context, [
    low | (high << 8),
    selectorLow | (selectorHigh << 8),
    ...(instruction.mnemonic === Mnemonic.Iret ? [poppedFlags(random)] : []),
  ]);
}

/** CALL and JMP through a register or memory, near or far. */
function indirectBranch(context: Context): void {
  const { random, image, instruction } = context;
  if (instruction.op0Kind === OpKind.Register) {
    writeGpr(image, instruction.op0Register, codeAddress(random));
    return;
  }
  const operand = explicitMemory(context, false);
  if (!operand || instruction.op0Kind !== OpKind.Memory) return;
  const bytes = memoryBytes(operand);
  const linear = linearAddress(operand, image);
  const far = Code[instruction.code]!.includes("_m16");
  image.poke(linear, far ? Uint8Array.from(farPointer(random, bytes - 2)) : littleEndian(BigInt(codeAddress(random)), bytes));
}

/** MOV, POP and LxS to a segment register, and the instructions that look at a descriptor. */
function selectorSource(context: Context): void {
  const { random, image, instruction } = context;
  const selector = random.pick(SELECTORS);
  for (let i = 0; i < instruction.opCount; i++) {
    if (instruction.opKind(i) !== OpKind.Register) continue;
    const register = instruction.opRegister(i);
    if (register >= Register.AL && register <= Register.R15)
      writeGpr(image, register, (random.u32() & 0xffff0000) | random.pick(SELECTORS));
  }
  const operand = explicitMemory(context);
  if (operand) image.poke(linearAddress(operand, image) + Math.max(0, memoryBytes(operand) - 2), littleEndian(BigInt(selector), 2));
}

function poppedSegment(context: Context): void {
  if (
    context.instruction.op0Kind === OpKind.Register &&
    context.instruction.op0Register >= Register.ES &&
    context.instruction.op0Register <= Register.GS
  ) {
    pokeStack(context, [context.random.pick(SELECTORS)]);
  }
}

function moved(context: Context): void {
  const register = context.instruction.op0Register;
  if (context.instruction.op0Kind === OpKind.Register && register >= Register.ES && register <= Register.GS) selectorSource(context);
}

/** Repetition counts that mostly end inside the window, and equal runs for the comparing instructions. */
function stringOperands(context: Context): void {
  const { random, image, instruction, memory } = context;
  if (instruction.hasRepPrefix || instruction.hasRepnePrefix) {
    const count = random.chance(75) ? random.below(9) : random.below(900);
    const wide = memory.some((operand) => operand.base === Register.ESI || operand.base === Register.EDI);
    image.setGpr(ECX, wide ? count : (random.u32() & 0xffff0000) | count);
  }
  if (memory.length === 2 && random.chance(15)) image.setGpr(EDI, image.gpr(ESI) + random.below(17) - 8);
  if (random.chance(50)) return;
  const width = 1 << random.below(3);
  const filler = littleEndian(random.chance(50) ? BigInt(readGpr(image, Register.EAX)) : integerOperand(random, 32), 4);
  for (const operand of memory) {
    const run = Uint8Array.from({ length: 96 }, (_, i) => filler[i % width]!);
    if (random.chance(70)) run[random.below(96)]! ^= 1;
    image.poke(linearAddress(operand, image) - 48, run);
  }
}

function equalOperands(context: Context): void {
  const { random, image, instruction } = context;
  if (random.chance(50)) return;
  if (instruction.mnemonic === Mnemonic.Cmpxchg8b) {
    const value = peek(image, linearAddress(context.memory[0]!, image), 8);
    const addressed = [context.memory[0]!.base, context.memory[0]!.index].filter((r) => r !== Register.None).map(gprNumber);
    if (addressed.includes(EAX) || addressed.includes(EDX)) return;
    image.setGpr(EAX, Number(BigInt.asUintN(32, value)));
    image.setGpr(EDX, Number(value >> 32n));
    return;
  }
  const { value, bits } = sourceOperand(context);
  const accumulator = bits === 8 ? Register.AL : bits === 16 ? Register.AX : Register.EAX;
  const operand = explicitMemory(context);
  if (!operand || ![operand.base, operand.index].includes(Register.EAX)) writeGpr(image, accumulator, Number(value));
}

/** Bounds in order, and an index inside them half of the time. */
function bounds(context: Context): void {
  const { random, image, instruction } = context;
  const operand = explicitMemory(context, false)!;
  const width = memoryBytes(operand) / 2;
  const bits = width * 8;
  const at = linearAddress(operand, image);
  const values = [0, 1, 2].map(() => BigInt.asIntN(bits, integerOperand(random, bits))).sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
  if (random.chance(70) && ![operand.base, operand.index].includes(instruction.op0Register)) {
    image.poke(at, littleEndian(BigInt.asUintN(bits, values[0]!), width));
    image.poke(at + width, littleEndian(BigInt.asUintN(bits, values[2]!), width));
    writeGpr(image, instruction.op0Register, Number(BigInt.asUintN(bits, random.chance(70) ? values[1]! : values[0]! - 1n)));
  }
}

/** LEAVE and ENTER follow EBP. */
function framePointer({ random, image }: Context): void {
  image.setGpr(EBP, STACK_BASE + 0x300 + 4 * random.below(0x200));
}

/** A state image to load: control and status words as random as in setX87, registers of every class. */
function loadedState(context: Context): void {
  const { random, image, instruction, memory } = context;
  const operand = memory.find((m) => m.base !== Register.ESP) ?? memory[0]!;
  const at = linearAddress(operand, image);
  const control = controlWord(random);
  const status = statusWord(random, control) | (random.below(8) << 11);
  if (instruction.mnemonic === Mnemonic.Ldmxcsr) {
    image.poke(at, littleEndian(BigInt(random.chance(92) ? mxcsr(random) : mxcsr(random) | (1 << (18 + random.below(14)))), 4));
    return;
  }
  if (instruction.mnemonic === Mnemonic.Fldcw) {
    image.poke(at, littleEndian(BigInt(control), 2));
    return;
  }
  if (instruction.mnemonic === Mnemonic.Fxrstor) {
    if (random.chance(92)) aim(operand, image, DATA_BASE + 16 * random.below(0xd0));
    image.poke(linearAddress(operand, image), fxImage(context, control, status));
    return;
  }
  const width = memoryBytes(operand) === 14 || memoryBytes(operand) === 94 ? 2 : 4;
  const words = [control, status, random.below(0x10000), random.u32(), random.u32() & 0x07ffffff, random.u32(), random.u32()];
  words.forEach((word, i) => {
    image.poke(at + i * width, littleEndian(BigInt(word >>> 0), width));
  });
  if (instruction.mnemonic !== Mnemonic.Frstor) return;
  for (let i = 0; i < 8; i++) image.poke(at + 7 * width + 10 * i, littleEndian(floatOperand(random, F80, gather(random, F80)), 10));
}

function fxImage({ random }: Context, control: number, status: number): Uint8Array {
  const scratch = new StateImage();
  scratch.setU16(IMAGE_FX + FX_FCW, control);
  scratch.setU16(IMAGE_FX + FX_FSW, status);
  scratch.setU16(IMAGE_FX + FX_FTW, random.below(256));
  setXmm(scratch, random, [0, 1, 2, 3, 4, 5, 6, 7], undefined);
  if (random.chance(5)) scratch.setU32(IMAGE_FX + FX_MXCSR, 1 << (18 + random.below(14)));
  for (let i = 0; i < 8; i++)
    scratch.bytes.set(littleEndian(floatOperand(random, F80, gather(random, F80)), 10), IMAGE_FX + FX_ST + i * 16);
  return scratch.bytes.slice(IMAGE_FX, IMAGE_FX + 288);
}

/** MASKMOVQ and MASKMOVDQU: half of the mask bytes write. */
function maskedStore({ random, image, instruction }: Context): void {
  if (instruction.mnemonic !== Mnemonic.Maskmovdqu) return;
  const mask = instruction.op2Register - Register.XMM0;
  image.bytes.set(elements(random, 16, undefined), IMAGE_FX + 160 + mask * 16);
}

const M = Mnemonic;
const BY_MNEMONIC = new Map<Mnemonic, (context: Context) => void>([
  ...[M.Div, M.Idiv].map((m) => [m, division] as const),
  ...[M.Bt, M.Bts, M.Btr, M.Btc].map((m) => [m, bitString] as const),
  ...[M.Rol, M.Ror, M.Rcl, M.Rcr, M.Shl, M.Shr, M.Sal, M.Sar, M.Shld, M.Shrd].map((m) => [m, shiftCount] as const),
  ...[M.Loop, M.Loope, M.Loopne, M.Jcxz, M.Jecxz].map((m) => [m, loopCount] as const),
  ...[M.Call, M.Jmp].map((m) => [m, indirectBranch] as const),
  ...[M.Lar, M.Lsl, M.Verr, M.Verw, M.Arpl, M.Lds, M.Les, M.Lfs, M.Lgs, M.Lss].map((m) => [m, selectorSource] as const),
  ...[M.Retf, M.Iret].map((m) => [m, farReturn] as const),
  ...[M.Cmpxchg, M.Cmpxchg8b].map((m) => [m, equalOperands] as const),
  ...[M.Enter, M.Leave].map((m) => [m, framePointer] as const),
  ...[M.Fxrstor, M.Frstor, M.Fldenv, M.Fldcw, M.Ldmxcsr].map((m) => [m, loadedState] as const),
  [M.Ret, returnAddress],
  [M.Popf, (context) => pokeStack(context, [poppedFlags(context.random)])],
  [M.Popfd, (context) => pokeStack(context, [poppedFlags(context.random)])],
  [M.Iretd, (context) => farReturn(context)],
  [M.Pop, poppedSegment],
  [M.Mov, moved],
  [M.Bound, bounds],
  [M.Maskmovdqu, maskedStore],
]);

export function setSpecial(context: Context): void {
  BY_MNEMONIC.get(context.instruction.mnemonic)?.(context);
  if (context.instruction.isStringInstruction) stringOperands(context);
}
