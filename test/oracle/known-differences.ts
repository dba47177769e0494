// Where the recorded processor (AMD, Zen 4, under KVM and Linux) is one of several right answers, and ours gives another. What the manuals
// call undefined is in masks.ts; here is what they do not order, or leave to the model.
import { Code, type Instruction, InstructionInfoFactory, Mnemonic, OpKind, type UsedMemory } from "iced-x86";
import { ECX, FX_MXCSR, IMAGE_VECTOR, type StateImage } from "./layout.js";
import { linearAddress } from "./operands.js";

const NONE: ReadonlySet<number> = new Set();
const AC = 17;
const PF = 14;
const PORT_STRINGS = new Set([Mnemonic.Insb, Mnemonic.Insw, Mnemonic.Insd, Mnemonic.Outsb, Mnemonic.Outsw, Mnemonic.Outsd]);

/** Why a vector is not compared at all, or undefined. */
export function notComparable(instruction: Instruction, input: StateImage): string | undefined {
  if (PORT_STRINGS.has(instruction.mnemonic) && instruction.hasRepPrefix && repeatCount(instruction, input) === 0) {
    return "AMD checks the I/O permission of REP INS and OUTS before the count, Intel only per repetition";
  }
  const reserved = instruction.code === Code.Reservednop_rm16_r16_0F0D || instruction.code === Code.Reservednop_rm32_r32_0F0D;
  if (reserved && instruction.op0Kind === OpKind.Register) return "0F 0D with a register is #UD on AMD (3DNow! prefetch), a NOP on Intel";
  return undefined;
}

const SHORT_ADDRESS = new Set([OpKind.MemoryESDI, OpKind.MemorySegSI]);

/** CX or ECX, by the address size. */
function repeatCount(instruction: Instruction, input: StateImage): number {
  const short = SHORT_ADDRESS.has(instruction.op0Kind) || SHORT_ADDRESS.has(instruction.op1Kind);
  return short ? input.gpr(ECX) & 0xffff : input.gpr(ECX);
}

/** KVM reports INT1 (ICEBP) at the instruction; the processor pushes the address behind it. SDM 3A "Debug Exception (#DB)". */
export function eipDiffers(instruction: Instruction): boolean {
  return instruction.code === Code.Int1;
}

/** Instructions that make several accesses: which of them faults first is not architectural. */
const SEVERAL_ACCESSES = new Set([
  Mnemonic.Iret,
  Mnemonic.Iretd,
  Mnemonic.Retf,
  Mnemonic.Call,
  Mnemonic.Pusha,
  Mnemonic.Pushad,
  Mnemonic.Popa,
  Mnemonic.Popad,
  Mnemonic.Enter,
  Mnemonic.Bound,
  Mnemonic.Lds,
  Mnemonic.Les,
  Mnemonic.Lfs,
  Mnemonic.Lgs,
  Mnemonic.Lss,
  Mnemonic.Jmp,
  Mnemonic.Fnsave,
  Mnemonic.Frstor,
  Mnemonic.Fnstenv,
  Mnemonic.Fldenv,
  Mnemonic.Fxsave,
  Mnemonic.Fxrstor,
]);

/** #AC and #PF are of one priority class when an instruction makes several accesses. SDM 3A "Priority Among Concurrent Events". */
export function faultOrderIsFree(instruction: Instruction, expected: StateImage, got: StateImage): boolean {
  if (!SEVERAL_ACCESSES.has(instruction.mnemonic)) return false;
  const vectors = [expected, got].map((image) => image.u32(IMAGE_VECTOR));
  return vectors.every((vector) => vector === PF || vector === AC);
}

const factory = new InstructionInfoFactory();

/** Linear addresses of bytes that differ by model: FXSAVE's MXCSR_MASK, in which AMD shows misaligned SSE (bit 17). */
export function modelSpecificBytes(instruction: Instruction, input: StateImage): ReadonlySet<number> {
  if (instruction.mnemonic !== Mnemonic.Fxsave) return NONE;
  const info = factory.info(instruction);
  const used = info.usedMemory() as UsedMemory[];
  const mask = linearAddress(used[0]!, input) + FX_MXCSR + 4;
  for (const object of [info, ...used]) object.free();
  return new Set([mask, mask + 1, mask + 2, mask + 3]);
}
