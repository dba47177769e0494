// What becomes of a guest instruction. The hypervisor's list of those that must not run in ring 1 as they are: the privileged ones, and those
// of Robin and Irvine (USENIX Security 2000) that do not fault there but lie. SDM 3A "Privileged Instructions", SDM 2 "Exceptions".
import { Code, FlowControl, type Instruction, Mnemonic, OpKind, Register } from "iced-x86";
import { VIRTUAL_CR0, VIRTUAL_CR2, VIRTUAL_CR3, VIRTUAL_CR4, VIRTUAL_CS, VIRTUAL_GS, VIRTUAL_SS } from "./state.js";

export type Kind =
  | "ident"
  /** Copied with GS loaded around it: its operand is in the guest's GS, or in its CS, which the cache's CS is not. */
  | "swap-gs"
  | "swap-cs"
  /** It stores the address of the last x87 instruction, which must be the guest's by then. */
  | "x87-pointers"
  | "cli"
  | "sti"
  | "pushf"
  | "popf"
  /** MOV or POP to DS, ES or FS from a selector that the real tables have. */
  | "load-segment"
  /** MOV to a register, or PUSH, of a segment or control register whose value is in the state segment. */
  | "read-state"
  | "jump"
  | "condition"
  | "counter"
  | "call"
  | "jump-indirect"
  | "call-indirect"
  | "return"
  | "sensitive"
  | "branch-form"
  | "invalid";

/** Not privileged for iced-x86, but not for ring 1: they lie, or answer for the real processor, or enter a kernel or a hypervisor. */
const SENSITIVE: ReadonlySet<Mnemonic> = new Set([
  Mnemonic.Sgdt,
  Mnemonic.Sidt,
  Mnemonic.Sldt,
  Mnemonic.Str,
  Mnemonic.Smsw,
  Mnemonic.Lar,
  Mnemonic.Lsl,
  Mnemonic.Verr,
  Mnemonic.Verw,
  Mnemonic.Iret,
  Mnemonic.Iretd,
  Mnemonic.Retf,
  Mnemonic.Int,
  Mnemonic.Int1,
  Mnemonic.Int3,
  Mnemonic.Into,
  Mnemonic.Lds,
  Mnemonic.Les,
  Mnemonic.Lfs,
  Mnemonic.Lgs,
  Mnemonic.Lss,
  Mnemonic.In,
  Mnemonic.Out,
  Mnemonic.Insb,
  Mnemonic.Insw,
  Mnemonic.Insd,
  Mnemonic.Outsb,
  Mnemonic.Outsw,
  Mnemonic.Outsd,
  Mnemonic.Cpuid,
  Mnemonic.Rdpmc,
  Mnemonic.Xgetbv,
  Mnemonic.Sysenter,
  Mnemonic.Sysexit,
  Mnemonic.Syscall,
  Mnemonic.Sysret,
  Mnemonic.Vmcall,
  Mnemonic.Vmmcall,
  Mnemonic.Vmfunc,
  Mnemonic.Monitor,
  Mnemonic.Mwait,
  Mnemonic.Rsm,
  Mnemonic.Getsec,
  Mnemonic.Stgi,
  Mnemonic.Skinit,
]);

const INLINE: ReadonlyMap<Mnemonic, Kind> = new Map<Mnemonic, Kind>([
  [Mnemonic.Cli, "cli"],
  [Mnemonic.Sti, "sti"],
  [Mnemonic.Pushf, "pushf"],
  [Mnemonic.Pushfd, "pushf"],
  [Mnemonic.Popf, "popf"],
  [Mnemonic.Popfd, "popf"],
  [Mnemonic.Fnstenv, "x87-pointers"],
  [Mnemonic.Fnsave, "x87-pointers"],
  [Mnemonic.Fxsave, "x87-pointers"],
]);

/** They name a memory operand that they never access. */
const NO_ACCESS: ReadonlySet<Mnemonic> = new Set([Mnemonic.Nop, Mnemonic.Lea, Mnemonic.Reservednop]);

const SEGMENTED: ReadonlySet<OpKind> = new Set([
  OpKind.Memory,
  OpKind.MemorySegSI,
  OpKind.MemorySegESI,
  OpKind.MemorySegDI,
  OpKind.MemorySegEDI,
]);

/** `nativeSegments`: see BtOptions. */
export function classify(instruction: Instruction, nativeSegments = false): Kind {
  const { mnemonic } = instruction;
  if (instruction.code === Code.INVALID) return "invalid";
  const inline = INLINE.get(mnemonic);
  if (inline === "x87-pointers" && place(instruction) !== "ident") return "sensitive";
  if (inline) return inline;
  const native = nativeSegments ? moveOfSegment(instruction) : undefined;
  if (native) return native;
  if (instruction.isPrivileged || SENSITIVE.has(mnemonic) || usesSpecialRegister(instruction)) return "sensitive";
  if (instruction.flowControl === FlowControl.Next || instruction.flowControl === FlowControl.Exception) return place(instruction);
  return branch(instruction);
}

const NATIVE_SEGMENTS: ReadonlySet<Register> = new Set([Register.DS, Register.ES, Register.FS]);
const SEGMENT_READS: ReadonlySet<Code> = new Set([
  Code.Mov_r32m16_Sreg,
  Code.Mov_rm16_Sreg,
  Code.Pushd_DS,
  Code.Pushd_ES,
  Code.Pushd_FS,
  Code.Pushw_DS,
  Code.Pushw_ES,
  Code.Pushw_FS,
]);
/** Where the state segment has what such an instruction reads. */
const IN_STATE: ReadonlyMap<Register, number> = new Map([
  [Register.CS, VIRTUAL_CS],
  [Register.SS, VIRTUAL_SS],
  [Register.GS, VIRTUAL_GS],
  [Register.CR0, VIRTUAL_CR0],
  [Register.CR2, VIRTUAL_CR2],
  [Register.CR3, VIRTUAL_CR3],
  [Register.CR4, VIRTUAL_CR4],
]);
const STATE_READS: ReadonlySet<Code> = new Set([Code.Mov_r32m16_Sreg, Code.Mov_r32_cr, Code.Pushd_CS, Code.Pushd_SS, Code.Pushd_GS]);
const SEGMENT_LOADS: ReadonlySet<Code> = new Set([Code.Mov_Sreg_r32m16, Code.Mov_Sreg_rm16, Code.Popd_DS, Code.Popd_ES, Code.Popd_FS]);

/** Offset in the state segment of what the instruction moves to a register or pushes; undefined for other instructions. */
export function stateRead(instruction: Instruction): number | undefined {
  if (!STATE_READS.has(instruction.code) || instruction.op0Kind !== OpKind.Register) return undefined;
  return IN_STATE.get(instruction.opRegister(instruction.opCount - 1));
}

/** Moves of segment registers whose real selectors are the guest's. */
function moveOfSegment(instruction: Instruction): Kind | undefined {
  const { code } = instruction;
  if (stateRead(instruction) !== undefined) return "read-state";
  const reads = SEGMENT_READS.has(code);
  if (!reads && !SEGMENT_LOADS.has(code)) return undefined;
  const operand = reads && instruction.opCount === 2 ? 1 : 0;
  if (!NATIVE_SEGMENTS.has(instruction.opRegister(operand))) return undefined;
  const kind = place(instruction);
  if (reads) return kind;
  return kind === "ident" ? "load-segment" : undefined;
}

/** Segment, control and debug registers as operands: MOV, PUSH and POP of them. */
function usesSpecialRegister(instruction: Instruction): boolean {
  for (let n = 0; n < Math.min(instruction.opCount, 2); n++) {
    if (instruction.opKind(n) !== OpKind.Register) continue;
    const register = instruction.opRegister(n);
    if (register >= Register.ES && register <= Register.GS) return true;
    if (register >= Register.CR0 && register < Register.ST0) return true;
  }
  return false;
}

function hasSegmentedOperand(instruction: Instruction): boolean {
  if (NO_ACCESS.has(instruction.mnemonic)) return false;
  for (let n = 0; n < instruction.opCount; n++) if (SEGMENTED.has(instruction.opKind(n))) return true;
  return false;
}

/** By the segment of its operand. */
function place(instruction: Instruction): Kind {
  const { segmentPrefix } = instruction;
  if ((segmentPrefix !== Register.GS && segmentPrefix !== Register.CS) || !hasSegmentedOperand(instruction)) return "ident";
  return segmentPrefix === Register.GS ? "swap-gs" : "swap-cs";
}

function branch(instruction: Instruction): Kind {
  if (instruction.isJccShortOrNear) return "condition";
  if (instruction.isJcxShort || instruction.isLoop || instruction.isLoopcc) return "counter";
  if (instruction.isJmpShortOrNear) return "jump";
  switch (instruction.code) {
    case Code.Call_rel32_32:
      return "call";
    case Code.Retnd:
    case Code.Retnd_imm16:
      return "return";
    case Code.Jmp_rm32:
      return place(instruction) === "ident" ? "jump-indirect" : "branch-form";
    case Code.Call_rm32:
      return place(instruction) === "ident" ? "call-indirect" : "branch-form";
    case Code.Call_rel16:
    case Code.Retnw:
    case Code.Retnw_imm16:
    case Code.Jmp_rm16:
    case Code.Call_rm16:
      return "branch-form";
    default:
      return "sensitive";
  }
}
