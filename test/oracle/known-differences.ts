// Where the recorded processors (AMD, Zen 4 and 5, under KVM and Linux) give one of several right answers or a wrong one, and ours another. What the manuals
// call undefined is in masks.ts; here is what they do not order, or leave to the model.
import { Code, type Instruction, InstructionInfoFactory, MemorySizeExt, Mnemonic, OpKind, Register, type UsedMemory } from "iced-x86";
import { CODE_BASE, ECX, EDI, FX_MXCSR, IMAGE_RFLAGS, IMAGE_RIP, IMAGE_VECTOR, PAGE, type StateImage } from "./layout.js";
import { linearAddress } from "./operands.js";

const NONE: ReadonlySet<number> = new Set();
const AC = 17;
const SS = 12;
const GP = 13;
const PF = 14;
const FLAG_AC = 0x40000;
const FLAG_DF = 0x400;
const POP_ALL = new Set([Mnemonic.Popa, Mnemonic.Popad]);
const MASKED_STORES = new Set([Mnemonic.Maskmovq, Mnemonic.Maskmovdqu]);
const FX_STATE = new Set([Mnemonic.Fxsave, Mnemonic.Fxrstor]);
const MOVES = new Set([Mnemonic.Movsb, Mnemonic.Movsw, Mnemonic.Movsd]);
const PORT_STRINGS = new Set([Mnemonic.Insb, Mnemonic.Insw, Mnemonic.Insd, Mnemonic.Outsb, Mnemonic.Outsw, Mnemonic.Outsd]);

const LOOPS = new Set([Mnemonic.Loop, Mnemonic.Loope, Mnemonic.Loopne]);

const factory = new InstructionInfoFactory();

/** Why a vector is not compared at all, or undefined. */
export function notComparable(instruction: Instruction, input: StateImage, expected: StateImage): string | undefined {
  const { mnemonic } = instruction;
  const vector = expected.u32(IMAGE_VECTOR);
  if (POP_ALL.has(mnemonic) && (vector === PF || vector === AC)) return "AMD's POPA may fault with some registers loaded";
  if (mnemonic === Mnemonic.Enter && vector === AC) return "AMD checks the alignment of the word that ENTER only probes";
  if ((mnemonic === Mnemonic.Ud0 || mnemonic === Mnemonic.Ud1) && input.u32(IMAGE_RIP) + 16 > CODE_BASE + PAGE)
    return "AMD's UD0 and UD1 have no ModRM byte to fetch";
  if (mnemonic === Mnemonic.Retf && vector === PF) return "AMD's far return reads the outer stack before it looks at the selector";
  if (FX_STATE.has(mnemonic) && vector === AC) return 'a misaligned FXSAVE area may be #AC or #GP (SDM 2A "FXSAVE")';
  if (MASKED_STORES.has(mnemonic) && (vector === PF || vector === AC))
    return "whether bytes that a mask leaves out can fault is up to the processor";
  if (PORT_STRINGS.has(instruction.mnemonic) && instruction.hasRepPrefix && repeatCount(instruction, input) === 0) {
    return "AMD checks the I/O permission of REP INS and OUTS before the count, Intel only per repetition";
  }
  if (LOOPS.has(mnemonic) && leadsIntoItself(instruction)) return "without its prefixes it may go on for as long as ECX says";
  if (MOVES.has(mnemonic) && isUnseenOverlap(instruction, input)) return "Zen 5 looks at all of EDI for an overlap of 16-bit REP MOVS";
  const reserved = instruction.code === Code.Reservednop_rm16_r16_0F0D || instruction.code === Code.Reservednop_rm32_r32_0F0D;
  if (reserved && instruction.op0Kind === OpKind.Register) return "0F 0D with a register is #UD on AMD (3DNow! prefetch), a NOP on Intel";
  return undefined;
}

function leadsIntoItself({ ip, nextIP, nearBranchTarget }: Instruction): boolean {
  return nearBranchTarget > ip && nearBranchTarget < nextIP;
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

/**
 * A repeated move upwards by SI and DI whose destination begins inside its source, while the upper half of EDI is not zero. Zen 5 (family
 * 26, model 2) then copies larger pieces than the distance and so loses the repeated pattern, as if it compared all of EDI with SI;
 * with the upper half zero, with DF set, or with 32-bit addresses it does not (measured over 30,000 random moves of each kind).
 */
function isUnseenOverlap(instruction: Instruction, input: StateImage): boolean {
  const short = instruction.op0Kind === OpKind.MemoryESDI && input.gpr(EDI) > 0xffff;
  if (!short || !(instruction.hasRepPrefix || instruction.hasRepnePrefix) || input.u32(IMAGE_RFLAGS) & FLAG_DF) return false;
  const info = factory.info(instruction);
  const used = info.usedMemory() as UsedMemory[];
  const [to, from] = used.map((memory) => linearAddress(memory, input));
  const bytes = repeatCount(instruction, input) * MemorySizeExt.size(instruction.memorySize);
  for (const object of [info, ...used]) object.free();
  return to! > from! && to! - from! < bytes;
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
  Mnemonic.Cmpsb,
  Mnemonic.Cmpsw,
  Mnemonic.Cmpsd,
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

/**
 * Which of #AC and #PF comes first differs between processors, and between the accesses of one instruction. Nor is it said whether 16 bytes beyond
 * the stack segment's end (#SS) that are not aligned (#GP) are first beyond it.
 */
export function faultOrderIsFree(instruction: Instruction, input: StateImage, expected: StateImage, got: StateImage): boolean {
  const vectors = [expected, got].map((image) => image.u32(IMAGE_VECTOR));
  if (vectors.every((vector) => vector === SS || vector === GP)) return isMisalignedOnStack(instruction, input);
  if (!vectors.every((vector) => vector === PF || vector === AC)) return false;
  return (input.u32(IMAGE_RFLAGS) & FLAG_AC) !== 0 || SEVERAL_ACCESSES.has(instruction.mnemonic);
}

function isMisalignedOnStack(instruction: Instruction, input: StateImage): boolean {
  if (instruction.memorySegment !== Register.SS || MemorySizeExt.size(instruction.memorySize) !== 16) return false;
  const info = factory.info(instruction);
  const used = info.usedMemory() as UsedMemory[];
  const isMisaligned = used.some((memory) => (linearAddress(memory, input) & 15) !== 0);
  for (const object of [info, ...used]) object.free();
  return isMisaligned;
}

/** Linear addresses of bytes that differ by model: FXSAVE's MXCSR_MASK, in which AMD shows misaligned SSE (bit 17). */
export function modelSpecificBytes(instruction: Instruction, input: StateImage): ReadonlySet<number> {
  if (instruction.mnemonic !== Mnemonic.Fxsave) return NONE;
  const info = factory.info(instruction);
  const used = info.usedMemory() as UsedMemory[];
  const mask = linearAddress(used[0]!, input) + FX_MXCSR + 4;
  for (const object of [info, ...used]) object.free();
  return new Set([mask, mask + 1, mask + 2, mask + 3]);
}
