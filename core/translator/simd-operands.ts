/**
 * Operands of MMX and SSE instructions in translated code. Every function that may leave the region does so before anything has changed:
 * a rule first calls one of the sources (or require()), then computes and puts.
 */
import { FPU_REGS } from "../../wasm/abi/state.js";
import { UF_DST_MEM, UF_SRC_MEM } from "../../wasm/abi/uop.js";
import { MEMORY } from "./emit/code.js";
import type { Emitter, Instruction } from "./emitter.js";
import * as L from "./locals.js";
import { laneMemory, SIMD } from "./simd-codes.js";
import type { RegisterFile } from "./vectors.js";

/** Emits one instruction. */
export type Emit = (e: Emitter, i: Instruction) => void;

/** Sign and exponent of an x87 register that an MMX instruction has written. SDM 1 "Effect of MMX Instructions on x87 FPU Tag Word". */
const MMX_EXPONENT = 0xffff;

export const isMemory = (i: Instruction) => (i.flags & UF_SRC_MEM) !== 0;
export const isStore = (i: Instruction) => (i.flags & UF_DST_MEM) !== 0;

/** The register file of an instruction that exists for both, by its operand size. */
export const fileBySize = (i: Instruction): RegisterFile => (i.size === 16 ? "xmm" : "mmx");

const LOADS: Readonly<Record<number, number>> = { 4: SIMD.v128_load32_zero, 8: SIMD.v128_load64_zero, 16: SIMD.v128_load };

/** Push the host address of the memory operand. */
export function memoryOperand(e: Emitter, i: Instruction, bytes: number, aligned = false): void {
  e.address(i);
  e.host(i, bytes, isStore(i), aligned);
}

/** Push the memory operand, zero-extended. */
function loadOperand(e: Emitter, i: Instruction, bytes: number, aligned: boolean): void {
  memoryOperand(e, i, bytes, aligned);
  e.code.simdMemory(LOADS[bytes]!);
}

/** The local that holds the source: an XMM register, or so many bytes of memory. */
export function xmmSource(e: Emitter, i: Instruction, bytes: number, aligned = bytes === 16): number {
  e.vectors.require(e, "xmm");
  if (!isMemory(i)) return e.vectors.local(i.src);
  loadOperand(e, i, bytes, aligned);
  e.code.set(L.V0);
  return L.V0;
}

/** The same for MMX; the instruction can not fault after it. */
function mmxSource(e: Emitter, i: Instruction, bytes: number): number {
  e.vectors.require(e, "mmx");
  if (isMemory(i)) loadOperand(e, i, bytes, false);
  else getMmx(e, i.src);
  e.code.set(L.V0);
  e.vectors.enterMmx();
  return L.V0;
}

/** The local that holds the source of an instruction that exists for both files. */
export function source(e: Emitter, i: Instruction, mmxBytes = 8): number {
  return fileBySize(i) === "xmm" ? xmmSource(e, i, 16) : mmxSource(e, i, mmxBytes);
}

/** For instructions without a source that may fault. */
export function begin(e: Emitter, file: RegisterFile): void {
  e.vectors.require(e, file);
  if (file === "mmx") e.vectors.enterMmx();
}

/** Push an MMX register, zero-extended. */
function getMmx(e: Emitter, offset: number): void {
  e.code.i32(0).simdMemory(SIMD.v128_load64_zero, FPU_REGS + offset);
}

/** Push the destination before the instruction. */
export function get(e: Emitter, i: Instruction): void {
  if (fileBySize(i) === "xmm") e.code.get(e.vectors.local(i.dst));
  else getMmx(e, i.dst);
}

/** Set the destination to what `value` pushes; of an MMX register's, quadword `lane`. */
export function put(e: Emitter, i: Instruction, value: () => void, lane = 0): void {
  if (fileBySize(i) === "xmm") {
    value();
    e.vectors.set(i.dst);
    return;
  }
  e.code.i32(0);
  value();
  laneMemory(e.code, SIMD.v128_store64_lane, lane, FPU_REGS + i.dst);
  markMmx(e, i.dst);
}

function markMmx(e: Emitter, offset: number): void {
  e.code
    .i32(0)
    .i32(MMX_EXPONENT)
    .memory(MEMORY.i32_store16, FPU_REGS + offset + 8);
}

/** Push an MMX register as an i64. */
export function getQuad(e: Emitter, offset: number): void {
  e.code.i32(0).memory(MEMORY.i64_load, FPU_REGS + offset);
}

/** Set an MMX register to the i64 that `value` pushes. */
export function putQuad(e: Emitter, offset: number, value: () => void): void {
  e.code.i32(0);
  value();
  e.code.memory(MEMORY.i64_store, FPU_REGS + offset);
  markMmx(e, offset);
}
