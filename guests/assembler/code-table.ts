// iced-x86's list of encodings, indexed by mnemonic, with each operand's kind taken apart for matching.
//
// MVEX (Knights Corner) encodings are left out.

import {
  Code,
  CodeExt,
  EncodingKind,
  MandatoryPrefix,
  MemorySize,
  MemorySizeExt,
  Mnemonic,
  type OpCodeInfo,
  OpCodeOperandKind,
  Register,
} from "./iced.js";
import type { RegisterClass } from "./registers.js";

/** What one operand of an encoding takes. */
export type OperandPattern =
  | { readonly kind: "register"; readonly class: RegisterClass; readonly memory: boolean }
  | { readonly kind: "fixed"; readonly register: Register }
  | { readonly kind: "memory"; readonly vector: RegisterClass | undefined }
  | { readonly kind: "offset" }
  /** `bits` stored, sign-extended to `extended`. */
  | { readonly kind: "immediate"; readonly bits: number; readonly extended: number; readonly one: boolean }
  | { readonly kind: "branch"; readonly bits: number; readonly operandSize: 16 | 32 | 64; readonly xbegin: boolean }
  | { readonly kind: "far"; readonly bits: 16 | 32 }
  /** Not written in the source: the string instructions' memory. */
  | { readonly kind: "implicit"; readonly memory: "si" | "es-di" | "di" | "bx-al" };

export interface Candidate {
  readonly code: Code;
  readonly patterns: readonly OperandPattern[];
  /** Operands that the source writes (string instructions: none). */
  readonly written: readonly number[];
  readonly operandSize: number;
  readonly addressSize: number;
  /** 0x66, 0xf2, 0xf3, or 0. */
  readonly mandatoryPrefix: number;
  readonly fwait: boolean;
  readonly encoding: EncodingKind;
  readonly modes: readonly number[];
  /** Bits of the memory operand; 0 if it has no size that could be written. */
  readonly memoryBits: number;
  /** Of one element of a broadcast, in bits. */
  readonly broadcastBits: number;
  readonly farPointer: boolean;
  readonly canMask: boolean;
  readonly canRound: boolean;
  readonly canSuppress: boolean;
  /** Only processors long gone had it. */
  readonly extinct: boolean;
  /** Position in iced's list: among equals the earlier is taken. */
  readonly order: number;
}

const SPECIAL_PATTERNS: Readonly<Record<string, OperandPattern>> = {
  mem: { kind: "memory", vector: undefined },
  mem_mpx: { kind: "memory", vector: undefined },
  mem_mib: { kind: "memory", vector: undefined },
  sibmem: { kind: "memory", vector: undefined },
  mem_offs: { kind: "offset" },
  imm4_m2z: { kind: "immediate", bits: 4, extended: 4, one: false },
  imm8_const_1: { kind: "immediate", bits: 8, extended: 8, one: true },
  farbr2_2: { kind: "far", bits: 16 },
  farbr4_2: { kind: "far", bits: 32 },
  xbegin_2: { kind: "branch", bits: 16, operandSize: 16, xbegin: true },
  xbegin_4: { kind: "branch", bits: 32, operandSize: 32, xbegin: true },
  brdisp_2: { kind: "branch", bits: 16, operandSize: 16, xbegin: false },
  brdisp_4: { kind: "branch", bits: 32, operandSize: 32, xbegin: false },
  seg_rSI: { kind: "implicit", memory: "si" },
  es_rDI: { kind: "implicit", memory: "es-di" },
  seg_rDI: { kind: "implicit", memory: "di" },
  seg_rBX_al: { kind: "implicit", memory: "bx-al" },
  sti_opcode: { kind: "register", class: "st", memory: false },
};

const FIXED: Readonly<Record<string, Register>> = {
  es: Register.ES,
  cs: Register.CS,
  ss: Register.SS,
  ds: Register.DS,
  fs: Register.FS,
  gs: Register.GS,
  al: Register.AL,
  cl: Register.CL,
  ax: Register.AX,
  dx: Register.DX,
  eax: Register.EAX,
  rax: Register.RAX,
  st0: Register.ST0,
};

function patternOf(kind: OpCodeOperandKind): OperandPattern {
  const name = OpCodeOperandKind[kind];
  const special = SPECIAL_PATTERNS[name];
  if (special !== undefined) return special;
  const fixed = FIXED[name];
  if (fixed !== undefined) return { kind: "fixed", register: fixed };
  const branch = /^br(\d+)_(\d)$/.exec(name);
  if (branch) return { kind: "branch", bits: Number(branch[2]) * 8, operandSize: Number(branch[1]) as 16 | 32 | 64, xbegin: false };
  const immediate = /^imm(\d+)(?:sex(\d+))?$/.exec(name);
  if (immediate) {
    const bits = Number(immediate[1]);
    return { kind: "immediate", bits, extended: Number(immediate[2] ?? bits), one: false };
  }
  const vsib = /^mem_vsib\d+([xyz])$/.exec(name);
  if (vsib) return { kind: "memory", vector: `${vsib[1]}mm` as RegisterClass };
  const register = /^(r8|r16|r32|r64|seg|cr|dr|tr|k|mm|xmm|ymm|zmm|tmm|bnd)(?:p\d)?_(\w+)$/.exec(name);
  if (register === null) throw new Error(`unknown operand kind ${name} of iced-x86`);
  return { kind: "register", class: register[1] as RegisterClass, memory: register[2]!.startsWith("or_mem") };
}

const PREFIX_BYTES = new Map<MandatoryPrefix, number>([
  [MandatoryPrefix.P66, 0x66],
  [MandatoryPrefix.PF3, 0xf3],
  [MandatoryPrefix.PF2, 0xf2],
]);

/** Sizes a keyword can name. Descriptor tables, FPU environments and the like have none. */
const NAMEABLE = new Set([1, 2, 4, 8, 10, 16, 32, 64]);
const FAR_BITS = new Map<MemorySize, number>([
  [MemorySize.SegPtr16, 16],
  [MemorySize.SegPtr32, 32],
  [MemorySize.SegPtr64, 64],
]);
const UNNAMED = new Set<MemorySize>([MemorySize.Bound16_WordWord, MemorySize.Bound32_DwordDword, MemorySize.SegmentDescSelector]);

function memoryBitsOf(size: MemorySize): number {
  const far = FAR_BITS.get(size);
  if (far !== undefined) return far;
  const bytes = MemorySizeExt.size(size);
  return NAMEABLE.has(bytes) && !UNNAMED.has(size) ? bytes * 8 : 0;
}

function candidateOf(code: Code, info: OpCodeInfo): Candidate {
  const patterns: OperandPattern[] = [];
  for (let i = 0; i < info.opCount; i++) patterns.push(patternOf(info.opKind(i)));
  // A string instruction's registers are as implicit as its memory; MASKMOVQ's are not.
  const string = patterns.some((p) => p.kind === "implicit" && p.memory !== "di");
  const isWritten = (p: OperandPattern) => p.kind !== "implicit" && !(string && p.kind === "fixed");
  return {
    code,
    patterns,
    written: patterns.map((_, i) => i).filter((i) => isWritten(patterns[i]!)),
    operandSize: info.operandSize,
    addressSize: info.addressSize,
    mandatoryPrefix: PREFIX_BYTES.get(info.mandatoryPrefix) ?? 0,
    fwait: info.fwait,
    encoding: info.encoding,
    modes: [16, 32, 64].filter((bits) => info.isAvailableInMode(bits)),
    memoryBits: memoryBitsOf(info.memorySize),
    broadcastBits: info.canBroadcast ? MemorySizeExt.elementSize(info.broadcastMemorySize) * 8 : 0,
    farPointer: FAR_BITS.has(info.memorySize) && info.opCount === 1,
    canMask: info.canUseOpMaskRegister,
    canRound: info.canUseRoundingControl,
    canSuppress: info.canSuppressAllExceptions,
    extinct: info.decoderOption !== 0,
    order: code,
  };
}

let codesByMnemonic: Map<string, Code[]> | undefined;
const candidatesByMnemonic = new Map<string, readonly Candidate[]>();

function codes(): Map<string, Code[]> {
  if (codesByMnemonic !== undefined) return codesByMnemonic;
  codesByMnemonic = new Map();
  for (const code of Object.values(Code)) {
    if (typeof code !== "number" || code < Code.Add_rm8_r8) continue;
    const info = CodeExt.opCode(code);
    const name = Mnemonic[info.mnemonic].toLowerCase();
    const wanted = info.encoding !== EncodingKind.MVEX;
    info.free();
    if (!wanted) continue;
    const list = codesByMnemonic.get(name);
    if (list === undefined) codesByMnemonic.set(name, [code]);
    else list.push(code);
  }
  return codesByMnemonic;
}

export function isIcedMnemonic(name: string): boolean {
  return codes().has(name);
}

/** Every encoding of one of iced's mnemonics (lower case). */
export function candidatesOf(mnemonic: string): readonly Candidate[] {
  let found = candidatesByMnemonic.get(mnemonic);
  if (found === undefined) {
    found = (codes().get(mnemonic) ?? []).map((code) => {
      const info = CodeExt.opCode(code);
      const candidate = candidateOf(code, info);
      info.free();
      return candidate;
    });
    candidatesByMnemonic.set(mnemonic, found);
  }
  return found;
}
