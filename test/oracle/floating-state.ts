// x87, MMX and SSE parts of the input image: control words, stack depth, register contents that suit the instruction.
import { Code, type Instruction, MemorySize, Mnemonic } from "iced-x86";
import { bias, F32, F64, F80, type FloatFormat, floatOperand, type Gathering, gather, normal } from "./floats.js";
import { FX_FCW, FX_FSW, FX_FTW, FX_MXCSR, FX_ST, FX_XMM, IMAGE_FX, type StateImage } from "./layout.js";
import { integerOperand, littleEndian, type Random } from "./random.js";

/** The element format a memory operand of this kind has, or undefined for integers. */
export function elementFormat(size: MemorySize): FloatFormat | undefined {
  switch (size) {
    case MemorySize.Float32:
    case MemorySize.Packed64_Float32:
    case MemorySize.Packed128_Float32:
      return F32;
    case MemorySize.Float64:
    case MemorySize.Packed128_Float64:
      return F64;
    case MemorySize.Float80:
      return F80;
    default:
      return undefined;
  }
}

/** `bytes` bytes made of operands of one format, or of integers. */
export function elements(random: Random, bytes: number, format: FloatFormat | undefined, around?: Gathering): Uint8Array {
  const out = new Uint8Array(bytes);
  const near = format && (around ?? gather(random, format));
  const width = format === F32 ? 4 : format === F64 ? 8 : random.pick([1, 2, 4, 8]);
  for (let at = 0; at < bytes; at += width) {
    const value = format && near ? floatOperand(random, format, near) : integerOperand(random, width * 8);
    out.set(littleEndian(value, Math.min(width, bytes - at)), at);
  }
  return out;
}

/** Exception masks: mostly all masked. `count` bits. */
function masks(random: Random): number {
  return random.chance(72) ? 0x3f : random.below(0x40);
}

export function controlWord(random: Random): number {
  const precision = random.pick([3, 3, 3, 2, 0]);
  return 0x40 | masks(random) | (precision << 8) | (random.below(4) << 10) | (random.chance(5) ? 0x1000 : 0);
}

/** Status without TOP: sticky flags that are masked, now and then one that is not (then ES and B are set too). */
export function statusWord(random: Random, control: number): number {
  const conditions = random.chance(50) ? (random.below(8) << 8) | (random.below(2) << 14) : 0;
  if (random.chance(75)) return conditions;
  const flags = random.below(0x40) | (random.chance(20) ? 0x40 : 0);
  const unmasked = flags & ~control & 0x3f;
  if (unmasked === 0) return conditions | flags;
  return random.chance(20) ? conditions | flags | 0x8080 : conditions | (flags & (control | 0x40));
}

export function mxcsr(random: Random): number {
  const sticky = random.chance(25) ? random.below(0x40) : 0;
  const zeros = (random.chance(15) ? 0x8000 : 0) | (random.chance(15) ? 0x40 : 0);
  return sticky | zeros | (masks(random) << 7) | (random.below(4) << 13);
}

/** Make st(0)..st(depth-1) valid and the others empty. */
function setDepth(image: StateImage, top: number, depth: number): void {
  let tags = 0;
  for (let i = 0; i < depth; i++) tags |= 1 << ((top + i) & 7);
  image.setU16(IMAGE_FX + FX_FTW, tags);
}

function setSt(image: StateImage, i: number, value: bigint): void {
  image.bytes.set(littleEndian(value, 10), IMAGE_FX + FX_ST + i * 16);
}

/** |x| small enough for the instruction, and of the sign it wants; now and then it is anything. */
function setTranscendental(image: StateImage, random: Random, mnemonic: Mnemonic): void {
  const middle = bias(F80);
  if (random.chance(12)) return;
  const positive = (value: bigint): bigint => value & ~(1n << 79n);
  const near = (exponent: number, spread: number): bigint => normal(random, F80, { exponent, spread });
  switch (mnemonic) {
    case Mnemonic.Fsin:
    case Mnemonic.Fcos:
    case Mnemonic.Fsincos:
    case Mnemonic.Fptan:
      setSt(image, 0, near(middle - 4, random.pick([3, 5, 30])));
      return;
    case Mnemonic.F2xm1:
      setSt(image, 0, near(middle - 35, 34));
      return;
    case Mnemonic.Fyl2xp1:
      setSt(image, 0, near(middle - 35, 33));
      setSt(image, 1, near(middle, 20));
      return;
    case Mnemonic.Fyl2x:
      setSt(image, 0, positive(near(middle, random.pick([1, 30, 2000]))));
      setSt(image, 1, near(middle, 20));
      return;
    case Mnemonic.Fscale:
      setSt(image, 1, near(middle + 5, 9));
      return;
    default:
  }
}

/** Partial remainders: an exponent difference below 64 has one right answer, above the processor may choose how far it goes. */
function setRemainder(image: StateImage, random: Random): void {
  const exponent = 200 + random.below(30000);
  setSt(image, 1, normal(random, F80, { exponent, spread: 1 }));
  setSt(image, 0, normal(random, F80, { exponent: exponent + random.below(random.chance(90) ? 60 : 400), spread: 1 }));
}

export function setX87(image: StateImage, random: Random, instruction: Instruction, deepest: number): void {
  const control = controlWord(random);
  const top = random.below(8);
  image.setU16(IMAGE_FX + FX_FCW, control);
  image.setU16(IMAGE_FX + FX_FSW, statusWord(random, control) | (top << 11));
  const pushes = instruction.fpuTopIncrement < 0 || instruction.mnemonic === Mnemonic.Fptan || instruction.mnemonic === Mnemonic.Fsincos;
  const least = random.chance(92) ? deepest + 1 : 0;
  const most = pushes && random.chance(92) ? 7 : 8;
  setDepth(image, top, Math.min(most, least + random.below(9 - least)));
  const around = gather(random, F80);
  for (const i of new Set([0, 1, deepest])) setSt(image, i, floatOperand(random, F80, around));
  if (random.chance(6)) setSt(image, deepest, BigInt.asUintN(80, (random.u64() << 64n) | random.u64()));
  if (instruction.mnemonic === Mnemonic.Fprem || instruction.mnemonic === Mnemonic.Fprem1) {
    if (random.chance(88)) setRemainder(image, random);
  }
  setTranscendental(image, random, instruction.mnemonic);
}

/** MMX register i is the significand of physical register i, which FXSAVE stores at st((i - TOP) & 7). */
export function setMmx(image: StateImage, random: Random, registers: readonly number[]): void {
  const top = random.below(8);
  const control = controlWord(random);
  image.setU16(IMAGE_FX + FX_FCW, control);
  image.setU16(IMAGE_FX + FX_FSW, (random.chance(90) ? 0 : statusWord(random, control)) | (top << 11));
  image.setU16(IMAGE_FX + FX_FTW, random.below(256));
  for (const i of registers) {
    const slot = IMAGE_FX + FX_ST + ((i - top) & 7) * 16;
    image.bytes.set(elements(random, 8, undefined), slot);
    image.setU16(slot + 8, random.chance(60) ? 0xffff : random.below(0x10000));
  }
}

export function setXmm(image: StateImage, random: Random, registers: readonly number[], format: FloatFormat | undefined): void {
  image.setU32(IMAGE_FX + FX_MXCSR, mxcsr(random));
  const around = format && gather(random, format);
  for (const i of registers) image.bytes.set(elements(random, 16, format, around), IMAGE_FX + FX_XMM + i * 16);
}

/** Formats of register-only conversions, that no memory operand tells. */
export function registerFormat(code: Code, name: string): FloatFormat | undefined {
  if (code === Code.INVALID) return undefined;
  if (/^(Cvtt?ps|Cvtt?ss|Movmskps|Movhlps|Movlhps)/.test(name)) return F32;
  if (/^(Cvtt?pd|Cvtt?sd|Movmskpd|Movddup)/.test(name)) return F64;
  return undefined;
}
