// Test cases: one instruction with a whole input image. The outputs come from the processor (executor.c).
import {
  Code,
  Instruction,
  type InstructionInfo,
  InstructionInfoFactory,
  Mnemonic,
  Register,
  RegisterExt,
  type UsedMemory,
  type UsedRegister,
} from "iced-x86";
import { claimedCodes } from "../isa/claimed.js";
import { decoderFor, type Encoded, encode, type Form, formOf } from "./encoding.js";
import { elementFormat, registerFormat, setMmx, setX87, setXmm } from "./floating-state.js";
import { F32, F64 } from "./floats.js";
import { MODE_16, MODE_16_STACK16, MODE_32, type Vector } from "./format.js";
import {
  CODE_BASE,
  FX_FCW,
  FX_MXCSR,
  FX_ST,
  FX_XMM,
  IMAGE_DATA,
  IMAGE_FX,
  IMAGE_RFLAGS,
  IMAGE_RIP,
  PAGE,
  SEG_CS,
  SEG_DS,
  SEG_ES,
  SEG_SS,
  SEL_CODE16,
  SEL_CODE32,
  SEL_DATA32,
  SEL_STACK16,
  STACK_BASE,
  StateImage,
} from "./layout.js";
import { type Context, linearAddress, setMemory, setRegisters, setSegments, setStack } from "./operands.js";
import { Random } from "./random.js";
import { setSpecial } from "./special-operands.js";

/** Forms that cannot be compared: what they return or do belongs to the machine, not to the instruction. */
const NOT_EXECUTED = new Map<Mnemonic, string>([
  [Mnemonic.Cpuid, "identifies the processor"],
  [Mnemonic.Rdtsc, "reads the clock"],
  [Mnemonic.Rdpmc, "reads the processor's own counters"],
  [Mnemonic.Sysenter, "enters the host's kernel"],
  [Mnemonic.Sysexit, "undefined outside 64-bit mode on AMD"],
  [Mnemonic.Sgdt, "emulated by Linux under UMIP"],
  [Mnemonic.Sidt, "emulated by Linux under UMIP"],
  [Mnemonic.Sldt, "emulated by Linux under UMIP"],
  [Mnemonic.Str, "emulated by Linux under UMIP"],
  [Mnemonic.Smsw, "emulated by Linux under UMIP"],
  [Mnemonic.Vmrun, "only there once EFER.SVME is set"],
  [Mnemonic.Vmmcall, "only there once EFER.SVME is set"],
  [Mnemonic.Vmload, "only there once EFER.SVME is set"],
  [Mnemonic.Vmsave, "only there once EFER.SVME is set"],
  [Mnemonic.Stgi, "only there once EFER.SVME is set"],
  [Mnemonic.Clgi, "only there once EFER.SVME is set"],
  [Mnemonic.Skinit, "only there once EFER.SVME is set"],
  [Mnemonic.Invlpga, "only there once EFER.SVME is set"],
]);

export function executableForms(): Form[] {
  return claimedCodes()
    .filter(({ code }) => !NOT_EXECUTED.has(mnemonicOf(code)))
    .map(formOf);
}

function mnemonicOf(code: Code): Mnemonic {
  const instruction = new Instruction();
  instruction.code = code;
  const { mnemonic } = instruction;
  instruction.free();
  return mnemonic;
}

/** Every register has a value of its own, so that reading or writing the wrong one shows. */
export function defaultImage(): StateImage {
  const image = new StateImage();
  for (let i = 0; i < 8; i++) image.setGpr(i, 0x9e3779b9 * (i + 1));
  image.setGpr(4, STACK_BASE + 0x800);
  image.setU32(IMAGE_RIP, CODE_BASE + 0x800);
  image.setU32(IMAGE_RFLAGS, 0x202);
  for (const n of [SEG_ES, SEG_SS, SEG_DS]) image.setSegment(n, SEL_DATA32);
  image.setSegment(SEG_CS, SEL_CODE32);
  image.setU16(IMAGE_FX + FX_FCW, 0x37f);
  image.setU32(IMAGE_FX + FX_MXCSR, 0x1f80);
  for (let i = 0; i < 8; i++) {
    for (let j = 0; j < 8; j++) image.bytes[IMAGE_FX + FX_ST + i * 16 + j] = 0x80 + i * 13 + j * 3;
    image.setU16(IMAGE_FX + FX_ST + i * 16 + 8, 0x3ff8 + i);
    for (let j = 0; j < 16; j++) image.bytes[IMAGE_FX + FX_XMM + i * 16 + j] = 0x11 * (i + 1) + j;
  }
  for (let i = 0; i < 2 * PAGE; i++) image.bytes[IMAGE_DATA + i] = (i * 37 + (i >> 4) * 11 + 5) & 0xff;
  return image;
}

const DEFAULT = defaultImage();

/** Addresses where neither side has anything but the windows: not the executor's program, not the end of the address space. */
function absent(linear: number): boolean {
  return linear < 0x0800_0000 || (linear >= 0x1000_0000 && linear < 0xc000_0000);
}

function place(image: StateImage, random: Random, length: number): void {
  const nearEnd = random.chance(1);
  image.setU32(IMAGE_RIP, CODE_BASE + (nearEnd ? PAGE - 1 - random.below(length) : 0x780 + random.below(0x100)));
}

function setFlags(image: StateImage, random: Random, instruction: Instruction): void {
  let flags = 0x202 | (random.u32() & 0x8d5);
  if (random.chance(instruction.isStringInstruction ? 30 : 3)) flags |= 0x400;
  if (random.chance(3)) flags |= 0x40000;
  if (random.chance(3)) flags |= 0x200000;
  image.setU32(IMAGE_RFLAGS, flags);
}

function setMode(image: StateImage, mode: number): void {
  if (mode !== MODE_32) image.setSegment(SEG_CS, SEL_CODE16);
  if (mode === MODE_16_STACK16) image.setSegment(SEG_SS, SEL_STACK16);
}

function numbers(used: readonly UsedRegister[], is: (register: Register) => boolean, first: Register): number[] {
  return used
    .map((entry) => entry.register)
    .filter(is)
    .map((register) => register - first);
}

function setFloating(image: StateImage, random: Random, instruction: Instruction, form: Form, used: readonly UsedRegister[]): void {
  const mmx = numbers(used, (r) => RegisterExt.isMM(r), Register.MM0);
  const xmm = numbers(used, (r) => RegisterExt.isXMM(r), Register.XMM0);
  const st = numbers(used, (r) => RegisterExt.isST(r), Register.ST0);
  const x87 = form.features.some((feature) => feature.startsWith("FPU")) || instruction.mnemonic === Mnemonic.Wait;
  if (x87 || instruction.mnemonic === Mnemonic.Fxsave) setX87(image, random, instruction, Math.max(0, ...st));
  if (mmx.length > 0 || instruction.mnemonic === Mnemonic.Emms) setMmx(image, random, mmx);
  if (xmm.length > 0 || form.features.some((feature) => feature.startsWith("SSE"))) {
    const format = registerFormat(form.code, form.name) ?? elementFormat(form.memorySize);
    setXmm(image, random, xmm, format && random.chance(4) ? random.pick([F32, F64]) : format);
  }
}

/** Immediates that must be chosen. INT 80h is a system call of the host; every other gate but those of INT3 and INTO has DPL 0 there. */
function setImmediate({ bytes }: Encoded, form: Form, random: Random): void {
  if (form.code === Code.Int_imm8) bytes[bytes.length - 1] = random.pick([0x03, 0x04, 0x21, 0x0d, 0xff]);
  // The final stack pointer stays out of the code page, where the emulator would have to execute ENTER twice.
  if (form.name.startsWith("Enter")) bytes[bytes.length - 2] = random.below(0x60);
  // Processors may read the outer stack's frame before they look at the selector: keep it inside the window.
  if (/^Retf._imm16/.test(form.name)) bytes.set([random.below(64) * 4, random.below(2)], bytes.length - 2);
}

const factory = new InstructionInfoFactory();

/** One vector without outputs, or undefined if the random bytes read as another instruction. */
function buildCase(form: Form, random: Random, mode: number): Vector | undefined {
  const bits = mode === MODE_32 ? 32 : 16;
  const encoded = encode(form, random, bits);
  setImmediate(encoded, form, random);
  const image = DEFAULT.copy();
  place(image, random, encoded.bytes.length);
  const decoder = decoderFor(bits, encoded.bytes, form.reservedNop);
  decoder.ip = BigInt(image.u32(IMAGE_RIP));
  const instruction = decoder.decode();
  const info = factory.info(instruction);
  const right = instruction.code === form.code && instruction.length === encoded.bytes.length;
  const locked = instruction.code === Code.INVALID && encoded.bytes.includes(0xf0);
  const usable = (right || locked) && fill(image, random, instruction, info, form, mode);
  for (const object of [decoder, instruction, info]) object.free();
  return usable ? { mode, code: encoded.bytes, input: image.bytes, output: image.bytes } : undefined;
}

function fill(image: StateImage, random: Random, instruction: Instruction, info: InstructionInfo, form: Form, mode: number): boolean {
  const registers = info.usedRegisters() as UsedRegister[];
  const memory = info.usedMemory() as UsedMemory[];
  const operandSize = form.operandSize || (mode === MODE_32 ? 32 : 16);
  const context: Context = { random, image, instruction, registers, memory, operandSize };
  setMode(image, mode);
  setFlags(image, random, instruction);
  setStack(context);
  setRegisters(context);
  setSegments(context);
  setFloating(image, random, instruction, form, registers);
  setMemory(context);
  setSpecial(context);
  const usable = memory.every((operand) => absent(linearAddress(operand, image)));
  for (const object of [...registers, ...memory]) object.free();
  return usable;
}

/** Floating-point forms have rounding modes, precisions and masks to go through. */
function weight(form: Form): number {
  if (form.features.some((feature) => feature.startsWith("FPU"))) return 3;
  return elementFormat(form.memorySize) && form.features[0] !== "MMX" ? 3 : 1;
}

/** Cases for every form: `count` in 32-bit code (more for floating point), a quarter as many in 16-bit code. */
export function buildCases(forms: readonly Form[], seed: number, count: number): Vector[] {
  const random = new Random(seed);
  const cases: Vector[] = [];
  for (const form of forms) {
    const wanted = count * weight(form);
    const inCode16 = Math.ceil(count / 4);
    let built = 0;
    for (let tries = 0; tries < 40 * wanted && built < wanted + inCode16; tries++) {
      const mode = built < wanted ? MODE_32 : random.chance(40) ? MODE_16_STACK16 : MODE_16;
      const vector = buildCase(form, random, mode);
      if (!vector) continue;
      cases.push(vector);
      built++;
    }
    if (built === 0) throw new Error(`No encoding of ${form.name} was found.`);
  }
  return cases;
}
