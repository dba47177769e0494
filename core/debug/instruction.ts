// As much of an instruction as a stepper needs: whether it calls, repeats or returns, and where the next one lies. SDM 2A "Instruction Format".
// Not here: all other instructions; the stepper just executes them.
import * as STATE from "../../wasm/abi/state.js";
import type { DebugVcpu } from "./target.js";

/** "over": CALL, INT or a repeated string instruction, which comes back to `next` (an offset in the code segment). */
export type StepKind = { readonly kind: "over"; readonly next: number } | { readonly kind: "return" } | { readonly kind: "other" };

const LONGEST = 15;
const DEFAULT_BIG = 1 << 14;
const PREFIXES = new Set([0x26, 0x2e, 0x36, 0x3e, 0x64, 0x65, 0x66, 0x67, 0xf0, 0xf2, 0xf3]);
/** INS OUTS, MOVS CMPS, STOS LODS SCAS. */
const isString = (opcode: number) =>
  (opcode >= 0x6c && opcode <= 0x6f) || (opcode >= 0xa4 && opcode <= 0xa7) || (opcode >= 0xaa && opcode <= 0xaf);
/** RET, RETF, IRET. */
const RETURNS = new Set([0xc2, 0xc3, 0xca, 0xcb, 0xcf]);
/** INT3, INT1, INTO; INT n has a byte more. */
const INTERRUPTS = new Set([0xcc, 0xf1, 0xce]);

/** Bytes of ModRM, SIB and displacement. SDM 2A "ModR/M and SIB Bytes". */
function modrmLength(bytes: Uint8Array, at: number, address32: boolean): number {
  const modrm = bytes[at] ?? 0;
  const mod = modrm >> 6;
  const rm = modrm & 7;
  if (mod === 3) return 1;
  if (!address32) return 1 + (mod === 0 ? (rm === 6 ? 2 : 0) : mod);
  const sib = rm === 4 ? 1 : 0;
  const base = sib ? (bytes[at + 1] ?? 0) & 7 : rm;
  const displacement = mod === 1 ? 1 : mod === 2 || base === 5 ? 4 : 0;
  return 1 + sib + displacement;
}

function lengthOfCall(bytes: Uint8Array, at: number, operand32: boolean, address32: boolean): number | undefined {
  const opcode = bytes[at]!;
  if (opcode === 0xe8) return operand32 ? 5 : 3;
  if (opcode === 0x9a) return operand32 ? 7 : 5;
  if (opcode === 0xcd) return 2;
  if (INTERRUPTS.has(opcode)) return 1;
  const extension = ((bytes[at + 1] ?? 0) >> 3) & 7;
  return opcode === 0xff && (extension === 2 || extension === 3) ? 1 + modrmLength(bytes, at + 1, address32) : undefined;
}

/** The instruction that `vcpu` executes next. */
export function nextStep(vcpu: DebugVcpu): StepKind {
  const code = vcpu.segment(STATE.CS);
  const eip = Number(vcpu.read("eip"));
  const bytes = vcpu.readMemory((code.base + eip) >>> 0, LONGEST);
  let at = 0;
  while (at < bytes.length && PREFIXES.has(bytes[at]!)) at++;
  if (at === bytes.length) return { kind: "other" };
  const prefixes = bytes.subarray(0, at);
  const big = (code.access & DEFAULT_BIG) !== 0;
  const length = lengthOfCall(bytes, at, big !== prefixes.includes(0x66), big !== prefixes.includes(0x67));
  const over = (size: number): StepKind => ({ kind: "over", next: (eip + at + size) >>> 0 });
  if (length !== undefined) return over(length);
  const opcode = bytes[at]!;
  if (isString(opcode) && (prefixes.includes(0xf2) || prefixes.includes(0xf3))) return over(1);
  return RETURNS.has(opcode) ? { kind: "return" } : { kind: "other" };
}
