/**
 * XMM and MMX registers in translated code. The XMM registers that a region names are locals: loaded at its start, stored where it ends,
 * and around exec functions that may look at them. MMX registers stay in memory, in the x87 register file.
 *
 * Whether SSE instructions may run (CR0, CR4) is a local too, asked once a block; so is whether MXCSR lets host arithmetic stand for the
 * guest's (simd-float.ts). Both change only by instructions that are executed through exec functions.
 */
import * as STATE from "../../wasm/abi/state.js";
import { UF_DST_MEM, UF_SRC_IMM, UF_SRC_MEM } from "../../wasm/abi/uop.js";
import { simdRows } from "../isa/simd.js";
import { type Code, MEMORY, OP } from "./emit/code.js";
import type { Emitter, Instruction } from "./emitter.js";
import * as L from "./locals.js";
import { SIMD } from "./simd-codes.js";

const CR0_EM_TS = 0xc;
const CR4_OSFXSR = 0x200;
const STATUS_ERROR = 0x80;
const STATUS_TOP = 7 << 11;
const ALL_EMPTY = 0xffff;
const MXCSR_ROUNDING = 0x6000;
/** MXCSR: precision exception seen and masked. */
const MXCSR_SILENT = 0x1020;
/** Masks of two and of four elements that are all set; and what is added to them where host arithmetic only serves for exact results. */
export const ALL_2 = 3;
export const ALL_4 = 15;
export const EXACT_2 = 4;
export const EXACT_4 = 16;
/** Size in bytes of operands whose row names none. */
const GENERAL_SIZE = 4;

export type RegisterFile = "xmm" | "mmx" | "other";

interface Files {
  readonly dst: RegisterFile;
  readonly src: RegisterFile;
  /** It has floating-point exceptions. */
  readonly float: boolean;
}

function fileOf(operand: string): RegisterFile {
  return /^[VUW]/.test(operand) ? "xmm" : /^[PNQ]/.test(operand) ? "mmx" : "other";
}

const FILES = new Map<string, Files>();
for (const { exec, size, operands, faults } of simdRows) {
  const [dst, src] = operands.split(",").map(fileOf);
  const key = `${exec} ${size ?? GENERAL_SIZE}`;
  // Forms of one function that differ have memory there.
  const other = FILES.get(key);
  FILES.set(key, {
    dst: dst && dst !== "other" ? dst : (other?.dst ?? "other"),
    src: src && src !== "other" ? src : (other?.src ?? "other"),
    float: faults?.includes("#XM") ?? false,
  });
}

/** Which registers the operands of an MMX or SSE instruction are, if it is one. */
export function filesOf(i: Instruction): Files | undefined {
  return FILES.get(`${i.effects.name} ${i.size}`);
}

/** Number of the XMM register that is the destination, or -1. */
function destination(i: Instruction): number {
  return filesOf(i)?.dst === "xmm" && !(i.flags & UF_DST_MEM) ? i.dst >> 4 : -1;
}

function source(i: Instruction): number {
  return filesOf(i)?.src === "xmm" && !(i.flags & (UF_SRC_MEM | UF_SRC_IMM)) ? i.src >> 4 : -1;
}

const bit = (register: number) => (register < 0 ? 0 : 1 << register);

const EDI = 7;

/** General registers that an MMX or SSE instruction reads, but for its memory operand's. */
export function generalSources(i: Instruction): number {
  const files = filesOf(i);
  if (!files) return 0;
  if (i.effects.name.startsWith("maskmov")) return 1 << EDI;
  return files.src === "other" && !(i.flags & (UF_SRC_MEM | UF_SRC_IMM)) ? 1 << (i.src >> 3) : 0;
}

/** Other instructions that read or write all of them. */
const savesAll = (i: Instruction) => i.effects.name === "fxsave" || i.effects.name === "fxrstor";

export class Vectors {
  /** Registers that the region names, and those that it writes. */
  private used = 0;
  private written = 0;
  /** Whether the region has any MMX or SSE instruction, and one on XMM registers. */
  present = false;
  private sse = false;
  /** Registers whose memory copy is right just now. */
  stored = 0;
  /** This block has found that SSE may run, and that the x87 unit is in MMX mode. */
  private ready = false;
  private mmx = false;

  /** Dwords of which locals hold four each. */
  private readonly constants: number[] = [];

  constructor(private readonly code: Code) {}

  /** Takes note of an instruction of the region, before anything is emitted. */
  scan(i: Instruction): void {
    const files = filesOf(i);
    if (!files) return;
    this.present = true;
    if (files.dst === "xmm" || files.src === "xmm") this.sse = true;
    this.used |= bit(destination(i)) | bit(source(i));
    this.written |= bit(destination(i));
  }

  beginBlock(): void {
    this.stored = 0;
    this.ready = false;
    this.mmx = false;
  }

  // ------------------------------------------------------------------------------------------------------------ XMM registers

  /** Local of a register, by its offset in the register file. */
  local(offset: number): number {
    return L.XMM + (offset >> 4);
  }

  /** Set a register to what is on the stack. */
  set(offset: number): void {
    this.code.set(this.local(offset));
    this.stored &= ~(1 << (offset >> 4));
  }

  private load(mask: number): void {
    for (let n = 0; n < 8; n++) {
      if (!((mask >> n) & 1)) continue;
      this.code
        .i32(0)
        .simdMemory(SIMD.v128_load, STATE.XMM + n * 16)
        .set(L.XMM + n);
      this.stored |= 1 << n;
    }
  }

  /** Store the registers whose memory copy is old. */
  store(mask = this.written): void {
    for (let n = 0; n < 8; n++) {
      if (!(((mask & this.written & ~this.stored) >> n) & 1)) continue;
      this.code
        .i32(0)
        .get(L.XMM + n)
        .simdMemory(SIMD.v128_store, STATE.XMM + n * 16);
      this.stored |= 1 << n;
    }
  }

  /** Push a vector of four equal dwords. Those that are used often are locals: engines make constants anew wherever they are used. */
  constant(dword: number): void {
    let n = this.constants.indexOf(dword);
    if (n < 0 && this.constants.length < L.CONSTANTS) n = this.constants.push(dword) - 1;
    if (n < 0) this.code.i32(dword).simd(SIMD.i32x4_splat);
    else this.code.get(L.FIRST_CONSTANT + n);
  }

  // ------------------------------------------------------------------------------------------------------------ what is allowed

  /** At the region's start. */
  begin(): void {
    this.loadConstants();
    this.loadAll();
  }

  /** Where anything may have changed. */
  private loadAll(): void {
    if (!this.sse) return;
    this.load(this.used);
    this.loadControl();
    this.loadNative();
  }

  // What is set on one branch only is a value to an engine. What is not, it may compute again wherever it is used.

  private loadConstants(): void {
    if (this.constants.length === 0) return;
    const { code: c } = this;
    // Always so.
    c.get(L.LEFT).i32(0).op(OP.i32_gt_s).if();
    for (const [n, dword] of this.constants.entries()) {
      c.i32(dword)
        .simd(SIMD.i32x4_splat)
        .set(L.FIRST_CONSTANT + n);
    }
    c.end();
  }

  private loadControl(): void {
    const { code: c } = this;
    c.i32(0).memory(MEMORY.i32_load, STATE.CR0).i32(CR0_EM_TS).op(OP.i32_and);
    c.i32(0).memory(MEMORY.i32_load, STATE.CR4).i32(CR4_OSFXSR).op(OP.i32_and).i32(CR4_OSFXSR).op(OP.i32_xor, OP.i32_or);
    c.if().i32(1).set(L.SSE_OFF).else().i32(0).set(L.SSE_OFF).end();
  }

  private mxcsr(mask: number): void {
    this.code.i32(0).memory(MEMORY.i32_load, STATE.MXCSR).i32(mask).op(OP.i32_and);
  }

  private setNative(two: number, four: number): void {
    this.code.i32(two).set(L.NATIVE_2).i32(four).set(L.NATIVE_4);
  }

  /** What all elements' masks have to be: where the guest rounds otherwise than to nearest, they never are. */
  private loadNative(): void {
    const { code: c } = this;
    this.mxcsr(MXCSR_ROUNDING);
    c.if();
    this.setNative(-1, -1);
    c.else();
    this.mxcsr(MXCSR_SILENT);
    c.i32(MXCSR_SILENT).op(OP.i32_eq).if();
    this.setNative(ALL_2, ALL_4);
    c.else();
    this.setNative(ALL_2 | EXACT_2, ALL_4 | EXACT_4);
    c.end().end();
  }

  /** After the first inexact result the region is entered anew: so it is not asked again and again in loops. */
  private leaveIfNative(e: Emitter, i: Instruction): void {
    const { code: c } = this;
    c.get(L.NATIVE_2)
      .i32(ALL_2 | EXACT_2)
      .op(OP.i32_eq);
    this.mxcsr(MXCSR_SILENT);
    c.i32(MXCSR_SILENT).op(OP.i32_eq, OP.i32_and).if();
    e.leaveBehind(i);
    c.end();
  }

  /** Leave the region unless an instruction on this register file may run. */
  require(e: Emitter, file: RegisterFile): void {
    const { code: c } = this;
    if (file === "xmm" ? this.ready : this.mmx) return;
    if (file === "xmm") {
      c.get(L.SSE_OFF);
      this.ready = true;
    } else {
      c.i32(0).memory(MEMORY.i32_load, STATE.CR0).i32(CR0_EM_TS).op(OP.i32_and);
      c.i32(0).memory(MEMORY.i32_load, STATE.FPU_STATUS).i32(STATUS_ERROR).op(OP.i32_and, OP.i32_or);
    }
    e.exitIf();
  }

  /** All x87 registers become valid, or empty, and TOP 0: for MMX instructions that can not fault any more. */
  enterMmx(empty = false): void {
    if (this.mmx && !empty) return;
    const { code: c } = this;
    c.i32(0)
      .i32(empty ? ALL_EMPTY : 0)
      .memory(MEMORY.i32_store, STATE.FPU_TAGS);
    c.i32(0).i32(0).memory(MEMORY.i32_load, STATE.FPU_STATUS).i32(~STATUS_TOP).op(OP.i32_and).memory(MEMORY.i32_store, STATE.FPU_STATUS);
    this.mmx = !empty;
  }

  /** An x87 instruction follows: it may leave MMX mode. */
  leaveMmx(): void {
    this.mmx = false;
  }

  // ------------------------------------------------------------------------------------------------------------ exec functions

  /** An exec function is going to execute `i`. */
  beforeExec(i: Instruction): void {
    if (savesAll(i)) this.store();
    else if (filesOf(i)) this.store(bit(destination(i)) | bit(source(i)));
  }

  afterExec(e: Emitter, i: Instruction): void {
    this.mmx = false;
    if (savesAll(i)) this.loadAll();
    const files = filesOf(i);
    if (!files) return;
    this.load(bit(destination(i)));
    if (i.effects.name === "ldmxcsr") this.loadNative();
    else if (files.float) this.leaveIfNative(e, i);
  }

  afterEnding(): void {
    this.loadAll();
    this.ready = false;
    this.mmx = false;
  }
}
