// One instruction with a chosen encoding, turned into bytes by iced-x86. Prefixes are put in NASM's order here.

import type { Candidate, OperandPattern } from "./code-table.js";
import type { EffectiveAddress } from "./effective-address.js";
import { type Code, Encoder, Instruction, OpKind, Register, RoundingControl } from "./iced.js";
import type { Operand, RoundingOperand } from "./operand.js";
import { resolve, type Value } from "./value.js";

/** Where and how an instruction is encoded. */
export interface EncodeContext {
  readonly bits: 16 | 32 | 64;
  /** Address of the first byte, as far as known in this pass. */
  readonly address: bigint;
  /** Bytes of prefixes that come first and that iced does not know of. */
  readonly prefixes: PrefixBytes;
  readonly preventVex2: boolean;
}

/** Prefix bytes by NASM's slots; the order of emission is the order of the fields. */
export interface PrefixBytes {
  readonly wait: boolean;
  readonly repeat: number;
  readonly lock: number;
  readonly segment: number;
  readonly operandSize: boolean;
  readonly addressSize: boolean;
}

const encoders = new Map<number, Encoder>();

function encoderFor(bits: number): Encoder {
  let encoder = encoders.get(bits);
  if (encoder === undefined) {
    encoder = new Encoder(bits);
    encoders.set(bits, encoder);
  }
  return encoder;
}

/** The bytes, or undefined if iced refuses (REX with AH, VEX with XMM16: another encoding may do). */
export function encode(candidate: Candidate, operands: readonly (Operand | undefined)[], context: EncodeContext): number[] | undefined {
  // Prefixes that iced does not know of lengthen the instruction, and so shorten the distance to a target.
  const first = encodeOnce(candidate, operands, context, 0);
  if (first === undefined || first.added === 0 || !usesDistance(candidate, operands)) return first?.bytes;
  return encodeOnce(candidate, operands, context, first.added)?.bytes;
}

function usesDistance(candidate: Candidate, operands: readonly (Operand | undefined)[]): boolean {
  return candidate.patterns.some((p) => p.kind === "branch") || operands.some((o) => o?.kind === "memory" && o.address.ripRelative);
}

/** Addresses are encoded relative to this one, so that 16-bit code beyond 64 KiB encodes as well. */
const ORIGIN = 0x4000n;

function encodeOnce(
  candidate: Candidate,
  operands: readonly (Operand | undefined)[],
  context: EncodeContext,
  added: number,
): { bytes: number[]; added: number } | undefined {
  const instruction = new Instruction();
  const encoder = encoderFor(context.bits);
  try {
    instruction.code = candidate.code as Code;
    const builder = new Builder(instruction, context, BigInt(added));
    candidate.patterns.forEach((pattern, i) => {
      builder.set(i, pattern, operands[i]);
    });
    builder.decorate(operands);
    encoder.preventVEX2 = context.preventVex2;
    encoder.encode(instruction, ORIGIN);
    const raw = encoder.takeBuffer();
    const bytes = arrangePrefixes([...raw], candidate, context.prefixes);
    return { bytes, added: bytes.length - raw.length };
  } catch (refusal) {
    if (!(refusal instanceof Error)) throw refusal;
    encoder.takeBuffer();
    return undefined;
  } finally {
    instruction.free();
  }
}

/** Fills iced's instruction operand by operand. */
class Builder {
  private immediates = 0;

  constructor(
    private readonly instruction: Instruction,
    private readonly context: EncodeContext,
    private readonly added: bigint,
  ) {}

  set(i: number, pattern: OperandPattern, operand: Operand | undefined): void {
    switch (pattern.kind) {
      case "implicit":
        this.setImplicit(i, pattern.memory);
        break;
      case "fixed":
        this.setRegister(i, pattern.register);
        break;
      case "immediate":
        this.setImmediate(i, pattern, operand);
        break;
      case "branch":
        this.setBranch(i, pattern, operand);
        break;
      case "far":
        this.setFar(i, pattern.bits, operand);
        break;
      default:
        if (operand?.kind === "register") this.setRegister(i, operand.register.register);
        if (operand?.kind === "memory") this.setMemory(i, operand.address, pattern.kind === "offset");
    }
  }

  private setRegister(i: number, register: Register): void {
    this.instruction.setOpKind(i, OpKind.Register);
    this.instruction.setOpRegister(i, register);
  }

  private setImplicit(i: number, memory: "si" | "es-di" | "di" | "bx-al"): void {
    const { instruction } = this;
    const wide = this.context.bits === 64 ? 2 : this.context.bits === 32 ? 1 : 0;
    if (memory !== "bx-al") {
      const first = { si: OpKind.MemorySegSI, "es-di": OpKind.MemoryESDI, di: OpKind.MemorySegDI }[memory];
      instruction.setOpKind(i, first + wide);
      return;
    }
    instruction.setOpKind(i, OpKind.Memory);
    instruction.memoryBase = [Register.BX, Register.EBX, Register.RBX][wide]!;
    instruction.memoryIndex = Register.AL;
    instruction.memoryIndexScale = 1;
  }

  private setImmediate(i: number, pattern: { bits: number; extended: number }, operand: Operand | undefined): void {
    const n = operand?.kind === "immediate" ? (resolve(operand.value) ?? 0n) : 0n;
    const kind = immediateKind(pattern.bits, pattern.extended, this.immediates++ > 0);
    this.instruction.setOpKind(i, kind);
    this.instruction.setImmediateI64(i, BigInt.asIntN(pattern.bits === 4 ? 8 : pattern.bits, n));
  }

  private setBranch(i: number, pattern: { bits: number; operandSize: number; xbegin: boolean }, operand: Operand | undefined): void {
    const value = operand?.kind === "immediate" ? operand.value : undefined;
    // A target not known yet is taken to be near.
    const target = value === undefined || value.unknown ? this.context.address : (resolve(value) ?? 0n);
    const relative = target - this.context.address + ORIGIN - this.added;
    const { instruction } = this;
    // XBEGIN always counts in full: its operand size only picks the width of the field.
    const size = pattern.xbegin ? (this.context.bits === 64 ? 64 : 32) : pattern.operandSize;
    if (size === 64) {
      instruction.setOpKind(i, OpKind.NearBranch64);
      instruction.nearBranch64 = BigInt.asUintN(64, relative);
    } else if (size === 32) {
      instruction.setOpKind(i, OpKind.NearBranch32);
      instruction.nearBranch32 = Number(BigInt.asUintN(32, relative));
    } else {
      instruction.setOpKind(i, OpKind.NearBranch16);
      instruction.nearBranch16 = Number(BigInt.asUintN(16, relative));
    }
  }

  private setFar(i: number, bits: 16 | 32, operand: Operand | undefined): void {
    const { instruction } = this;
    const number = (v: Value | undefined) => (v === undefined ? 0n : (resolve(v) ?? 0n));
    const far = operand?.kind === "far" ? operand : undefined;
    instruction.setOpKind(i, bits === 16 ? OpKind.FarBranch16 : OpKind.FarBranch32);
    instruction.farBranchSelector = Number(BigInt.asUintN(16, number(far?.selector)));
    if (bits === 16) instruction.farBranch16 = Number(BigInt.asUintN(16, number(far?.offset)));
    else instruction.farBranch32 = Number(BigInt.asUintN(32, number(far?.offset)));
  }

  private setMemory(i: number, address: EffectiveAddress, offsetOnly: boolean): void {
    const { instruction } = this;
    instruction.setOpKind(i, OpKind.Memory);
    const n = resolve(address.displacement) ?? 0n;
    if (address.ripRelative) {
      instruction.memoryBase = Register.RIP;
      instruction.memoryDisplSize = 8;
      instruction.memoryDisplacementU64 = BigInt.asUintN(64, n - this.context.address + ORIGIN - this.added);
      return;
    }
    instruction.memoryBase = address.base?.register ?? Register.None;
    instruction.memoryIndex = address.index?.register ?? Register.None;
    instruction.memoryIndexScale = address.scale;
    const lone = address.base === undefined && address.index === undefined;
    const size = lone || offsetOnly ? address.bits / 8 : displacementSize(address, n);
    instruction.memoryDisplSize = size;
    const wrapped = BigInt.asIntN(address.bits, n);
    instruction.memoryDisplacementU64 = BigInt.asUintN(
      address.bits === 64 ? 64 : 32,
      address.bits === 16 ? BigInt.asUintN(16, n) : wrapped,
    );
  }

  decorate(operands: readonly (Operand | undefined)[]): void {
    const { instruction } = this;
    for (const operand of operands) {
      if (operand?.kind === "rounding") this.round(operand);
      if (operand?.kind !== "register" && operand?.kind !== "memory") continue;
      if (operand.mask !== undefined) instruction.opMask = operand.mask.register;
      if (operand.zeroing) instruction.zeroingMasking = true;
      if (operand.kind === "memory" && operand.broadcast > 0) instruction.isBroadcast = true;
    }
  }

  private round(operand: RoundingOperand): void {
    const modes = {
      rn: RoundingControl.RoundToNearest,
      rd: RoundingControl.RoundDown,
      ru: RoundingControl.RoundUp,
      rz: RoundingControl.RoundTowardZero,
    };
    if (operand.mode === "sae") this.instruction.suppressAllExceptions = true;
    else this.instruction.roundingControl = modes[operand.mode];
  }
}

/** 0 for none, 1 for a byte, otherwise the full size: NASM never shortens an address that a section may move. */
function displacementSize(address: EffectiveAddress, n: bigint): number {
  const full = address.bits === 16 ? 2 : address.bits === 32 ? 4 : 8;
  if (address.displacementSize === "byte") return 1;
  const movable = address.displacement.terms.length > 0 || address.displacement.unknown;
  if (address.displacementSize === "full" || movable) return full;
  const wrapped = BigInt.asIntN(address.bits, n);
  // Without a base the field is always there in full.
  if (address.base === undefined) return full;
  if (wrapped === 0n && !needsDisplacement(address)) return 0;
  return compressible(wrapped) ? 1 : full;
}

/** iced itself scales EVEX displacements, and falls back to the full size. */
function compressible(n: bigint): boolean {
  return n >= -128n * 64n && n <= 127n * 64n;
}

function needsDisplacement(address: EffectiveAddress): boolean {
  const name = address.base?.name;
  return (name === "bp" && address.index === undefined) || name === "ebp" || name === "rbp" || name === "r13" || name === "r13d";
}

function immediateKind(bits: number, extended: number, second: boolean): OpKind {
  if (bits <= 8 && extended <= 8) return second ? OpKind.Immediate8_2nd : OpKind.Immediate8;
  switch (`${bits}/${extended}`) {
    case "8/16":
      return OpKind.Immediate8to16;
    case "8/32":
      return OpKind.Immediate8to32;
    case "8/64":
      return OpKind.Immediate8to64;
    case "16/16":
      return OpKind.Immediate16;
    case "32/32":
      return OpKind.Immediate32;
    case "32/64":
      return OpKind.Immediate32to64;
    default:
      return OpKind.Immediate64;
  }
}

const LEGACY_PREFIXES = new Set([0x26, 0x2e, 0x36, 0x3e, 0x64, 0x65, 0x66, 0x67, 0xf0, 0xf2, 0xf3]);

/** Take iced's legacy prefixes off the front. */
function strip(bytes: readonly number[], candidate: Candidate): { found: Set<number>; rest: readonly number[] } {
  const found = new Set<number>();
  let at = candidate.fwait && bytes[0] === 0x9b ? 1 : 0;
  while (LEGACY_PREFIXES.has(bytes[at]!)) found.add(bytes[at++]!);
  return { found, rest: bytes.slice(at) };
}

/** NASM's order: WAIT, REP, LOCK, segment, operand size, address size, mandatory prefix, REX. */
function arrangePrefixes(bytes: readonly number[], candidate: Candidate, prefixes: PrefixBytes): number[] {
  const { found, rest } = strip(bytes, candidate);
  const { mandatoryPrefix } = candidate;
  const mandatory = found.delete(mandatoryPrefix) && mandatoryPrefix !== prefixes.repeat;
  const out: number[] = candidate.fwait || prefixes.wait ? [0x9b] : [];
  if (prefixes.repeat !== 0) out.push(prefixes.repeat);
  if (prefixes.lock !== 0) out.push(prefixes.lock);
  if (prefixes.segment !== 0) out.push(prefixes.segment);
  if (found.has(0x66) || prefixes.operandSize) out.push(0x66);
  if (found.has(0x67) || prefixes.addressSize) out.push(0x67);
  // XRELEASE and the like aside, what is left is F2 or F3 that belongs to the opcode (PAUSE).
  for (const byte of found) if (byte === 0xf2 || byte === 0xf3) out.push(byte);
  if (mandatory) out.push(mandatoryPrefix);
  return [...out, ...rest];
}
