// NASM's instruction names in terms of iced-x86's: synonyms, pseudo-instructions, and operands that NASM lets one leave out.

import { candidatesOf, isIcedMnemonic } from "./code-table.js";
import { Register } from "./iced.js";
import type { ImmediateOperand, Operand, RegisterOperand } from "./operand.js";
import { addressBits, findRegister, generalRegister } from "./registers.js";
import type { Position } from "./source.js";
import { scalar } from "./value.js";

export interface InstructionRequest {
  readonly at: Position;
  /** Names in iced's list; more than one where size decides (`iret`). */
  readonly mnemonics: readonly string[];
  readonly operands: readonly Operand[];
  /** Operand size that the name itself fixes (`retw`), or 0. */
  readonly operandSize: number;
}

/** Condition codes: iced's spelling, then the others. */
const CONDITIONS = "o no b,c,nae ae,nb,nc e,z ne,nz be,na a,nbe s ns p,pe np,po l,nge ge,nl le,ng g,nle"
  .split(" ")
  .map((c) => c.split(","));

const SYNONYMS = new Map<string, readonly string[]>([
  ["iret", ["iret", "iretd"]],
  ["iretw", ["iret"]],
  ["pusha", ["pusha", "pushad"]],
  ["pushaw", ["pusha"]],
  ["popa", ["popa", "popad"]],
  ["popaw", ["popa"]],
  ["pushf", ["pushf", "pushfd", "pushfq"]],
  ["pushfw", ["pushf"]],
  ["popf", ["popf", "popfd", "popfq"]],
  ["popfw", ["popf"]],
  ["sal", ["shl"]],
  ["retn", ["ret"]],
  ["xlat", ["xlatb"]],
  ["fwait", ["wait"]],
  ["icebp", ["int1"]],
  ["int01", ["int1"]],
  ["int03", ["int3"]],
  ["ud2a", ["ud2"]],
  ["ud2b", ["ud1"]],
  ["loopz", ["loope"]],
  ["loopnz", ["loopne"]],
  ["pmulhrwa", ["pmulhrw"]],
  ["sysret", ["sysret", "sysretq"]],
  ["sysexit", ["sysexit", "sysexitq"]],
  ["movsx", ["movsx", "movsxd"]],
]);

/** `retw`, `retfd` and so on: a name that fixes the operand size. */
const SIZED = new Map<string, readonly [string, number]>();
for (const base of ["ret", "retn", "retf", "enter", "leave"]) {
  for (const [suffix, size] of [
    ["w", 16],
    ["d", 32],
    ["q", 64],
  ] as const) {
    SIZED.set(base + suffix, [base.replace("retn", "ret"), size]);
  }
}

for (const group of CONDITIONS) {
  const [canonical, ...others] = group;
  const exchange = group.map((c) => `cmp${c}xadd`).find(isIcedMnemonic);
  for (const c of group) if (exchange !== undefined) SYNONYMS.set(`cmp${c}xadd`, [exchange]);
  for (const other of others) {
    for (const prefix of ["j", "set", "cmov"]) SYNONYMS.set(prefix + other, [prefix + canonical]);
  }
}

/** `cmpeqps` is `cmpps` with an immediate. */
const PREDICATES = "eq lt le unord neq nlt nle ord".split(" ");
const AVX_PREDICATES = [
  ...PREDICATES,
  ..."eq_uq nge ngt false neq_oq ge gt true eq_os lt_oq le_oq unord_s neq_us nlt_uq nle_uq ord_s eq_us nge_uq ngt_uq false_os neq_os ge_oq gt_oq true_us".split(
    " ",
  ),
];
const PSEUDO = new Map<string, readonly [string, bigint]>();
for (const type of ["ps", "pd", "ss", "sd", "ph", "sh"]) {
  PREDICATES.forEach((p, i) => {
    if (!type.endsWith("h")) PSEUDO.set(`cmp${p}${type}`, [`cmp${type}`, BigInt(i)]);
  });
  AVX_PREDICATES.forEach((p, i) => {
    PSEUDO.set(`vcmp${p}${type}`, [`vcmp${type}`, BigInt(i)]);
  });
}
for (const [i, p] of "eq lt le _ neq nlt nle _".split(" ").entries()) {
  for (const type of "b w d q ub uw ud uq".split(" ")) {
    // VPCMPEQB and so on exist under their own names.
    if (p !== "_" && !isIcedMnemonic(`vpcmp${p}${type}`)) PSEUDO.set(`vpcmp${p}${type}`, [`vpcmp${type}`, BigInt(i)]);
  }
}
for (const [i, p] of "lt le gt ge eq neq false true".split(" ").entries()) {
  for (const type of "b w d q ub uw ud uq".split(" ")) PSEUDO.set(`vpcom${p}${type}`, [`vpcom${type}`, BigInt(i)]);
}
for (const [i, half] of ["lqlq", "hqlq", "lqhq", "hqhq"].entries()) {
  const selector = BigInt((i & 1) | ((i >> 1) << 4));
  PSEUDO.set(`pclmul${half}dq`, ["pclmulqdq", selector]);
  PSEUDO.set(`vpclmul${half}dq`, ["vpclmulqdq", selector]);
}

export function isMnemonic(name: string): boolean {
  return SYNONYMS.has(name) || SIZED.has(name) || PSEUDO.has(name) || isIcedMnemonic(name);
}

/** Translate a NASM instruction. */
export function request(name: string, operands: readonly Operand[], at: Position, bits: 16 | 32 | 64): InstructionRequest {
  const pseudo = PSEUDO.get(name);
  if (pseudo !== undefined) return { at, mnemonics: [pseudo[0]], operands: [...operands, immediate(pseudo[1], at)], operandSize: 0 };
  const sized = SIZED.get(name);
  if (sized !== undefined) return { at, mnemonics: [sized[0]], operands, operandSize: sized[1] };
  const mnemonics = SYNONYMS.get(name) ?? [name];
  return { at, mnemonics, operands: complete(name, operands, at, bits), operandSize: 0 };
}

function immediate(n: bigint, at: Position): ImmediateOperand {
  return { kind: "immediate", at, size: 0, value: scalar(n), strict: false, distance: undefined };
}

function register(name: string, at: Position): RegisterOperand {
  return { kind: "register", at, size: 0, register: findRegister(name)!, to: false, mask: undefined, zeroing: false, broadcast: 0 };
}

/** Put in operands that the source may leave out, and widen registers whose width does not matter. */
function complete(name: string, operands: readonly Operand[], at: Position, bits: 16 | 32 | 64): readonly Operand[] {
  const [first, second] = operands;
  if ((name === "aam" || name === "aad") && first === undefined) return [immediate(10n, at)];
  if (name === "imul" && operands.length === 2 && first?.kind === "register" && second?.kind === "immediate") return [first, first, second];
  if (LOOPS.has(name) && second !== undefined) return [first!];
  if (name === "ud0" || name === "ud1" || name === "ud2b") return operands;
  if (IMPLIED_OPERANDS.has(name)) return [];
  if (IMPLIED_XMM0.has(name) && isRegister(operands[2], Register.XMM0)) return operands.slice(0, 2);
  const widened = widen(name, operands, bits);
  return name.startsWith("f") ? completeFpu(name, widened, at) : widened;
}

/** The counter may be named: `loop target,ecx` is handled as an address size (see addressSizeOf). */
const LOOPS = new Set(["loop", "loope", "loopne", "loopz", "loopnz"]);
/** Instructions whose registers NASM lets one spell out. */
const IMPLIED_OPERANDS = new Set(["monitor", "mwait", "monitorx", "mwaitx", "invlpga", "skinit", "vmrun", "vmload", "vmsave", "clzero"]);

/** The mask in XMM0 may be named too. */
const IMPLIED_XMM0 = new Set(["pblendvb", "blendvps", "blendvpd", "sha256rnds2"]);

/** The address size that a named counter or address register asks for, or 0. */
export function addressSizeOf(name: string, operands: readonly Operand[]): number {
  const named = LOOPS.has(name) ? operands[1] : IMPLIED_OPERANDS.has(name) ? operands[0] : undefined;
  return named?.kind === "register" ? (addressBits(named.register) ?? 0) : 0;
}

/** MOV to a segment register, LAR, LTR and their like read 16 bits of any register; MOV from one and SLDT clear the rest. */
function widen(name: string, operands: readonly Operand[], bits: 16 | 32 | 64): readonly Operand[] {
  const [to, from] = operands;
  if (name === "mov" && isClass(to, "seg") && from?.kind === "register") return [to!, resize(from, bits === 16 ? "r16" : "r32")];
  if (name === "mov" && isClass(from, "seg") && isClass(to, "r64")) return [resize(to as RegisterOperand, "r32"), from!];
  if (SELECTOR_READERS.has(name) && isClass(to, "r16") && bits !== 16) return [resize(to as RegisterOperand, "r32")];
  if (name === "arpl" && bits === 32) return operands.map((o) => (o.kind === "register" ? resize(o, "r32") : o));
  if (name === "sldt" && isClass(to, "r64")) return [resize(to as RegisterOperand, "r32")];
  if (ZERO_EXTENDING.has(name) && isClass(to, "r64")) return [resize(to as RegisterOperand, "r32"), ...operands.slice(1)];
  if ((name === "lar" || name === "lsl") && to?.kind === "register" && from?.kind === "register") {
    return [to, resize(from, to.register.class as "r16" | "r32" | "r64")];
  }
  return operands;
}

/** NASM encodes their 64-bit forms as the 32-bit ones, which clear the upper half anyway. */
const ZERO_EXTENDING = new Set(["vmovmskps", "vmovmskpd", "vpmovmskb", "vpextrw", "vpextrb", "pextrb"]);
const SELECTOR_READERS = new Set(["verr", "verw", "lldt", "ltr", "lmsw"]);

function isClass(operand: Operand | undefined, cls: string): boolean {
  return operand?.kind === "register" && operand.register.class === cls;
}

function resize(operand: RegisterOperand, cls: "r16" | "r32" | "r64"): RegisterOperand {
  const from = operand.register.class;
  if (from !== "r16" && from !== "r32" && from !== "r64") return operand;
  return { ...operand, size: 0, register: generalRegister(cls, operand.register.number) };
}

const ST0 = () => findRegister("st0")!.register;

/** `fadd st1`, `fadd to st1`, `faddp`, `fxch`: the stack registers NASM does not ask for. */
function completeFpu(name: string, operands: readonly Operand[], at: Position): readonly Operand[] {
  const [first, second] = operands;
  if (operands.length > 2 || (first !== undefined && !isClass(first, "st"))) return operands;
  const shapes = new Set(candidatesOf(name).map(stackShape));
  const st = (n: number) => register(`st${n}`, at);
  if (first === undefined) {
    if (shapes.has("")) return operands;
    if (shapes.has("0i") && shapes.has("i0")) return [st(1), st(0)];
    if (shapes.has("0i")) return [st(0), st(1)];
    if (shapes.has("i0")) return [st(1), st(0)];
    return shapes.has("i") ? [st(1)] : operands;
  }
  if (second === undefined) {
    if (shapes.has("0i") && !(first as RegisterOperand).to) return [st(0), first];
    return shapes.has("i0") ? [first, st(0)] : operands;
  }
  // `fxch st1,st0` is `fxch st0,st1`.
  if (name === "fxch" && isRegister(second, ST0())) return [second, first];
  return operands;
}

function isRegister(operand: Operand | undefined, wanted: Register): boolean {
  return operand?.kind === "register" && operand.register.register === wanted;
}

function stackShape(candidate: ReturnType<typeof candidatesOf>[number]): string {
  return candidate.patterns.map((p) => (p.kind === "fixed" ? "0" : p.kind === "register" && p.class === "st" ? "i" : "m")).join("");
}

/** The mnemonic is `fadd` without operands: NASM means the popping form. */
export function poppingForm(name: string, operandCount: number): string {
  return operandCount === 0 && POPPING.has(name) ? `${name}p` : name;
}
const POPPING = new Set(["fadd", "fmul", "fsub", "fsubr", "fdiv", "fdivr"]);
