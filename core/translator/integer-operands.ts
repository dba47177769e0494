/** What the integer rules share. */
import { UF_DST_MEM } from "../../wasm/abi/uop.js";
import { OP } from "./emit/code.js";
import type { Emitter, Instruction } from "./emitter.js";
import * as L from "./locals.js";

/** Emits one instruction. */
export type Emit = (e: Emitter, i: Instruction, size: number) => void;

export const EAX = 0;
export const ECX = 1;
export const EDX = 2;
export const ESP = 4;
export const EBP = 5;
export const log2 = (size: number) => 31 - Math.clz32(size);

/** Sign-extend the value on the stack from `size` bytes. */
export function extend(e: Emitter, size: number): void {
  if (size === 1) e.code.op(OP.i32_extend8_s);
  else if (size === 2) e.code.op(OP.i32_extend16_s);
}

/** Operands into FLAG_A and FLAG_B. All checks are done before these are written. */
export function operands(e: Emitter, i: Instruction, size: number, write: boolean): void {
  if (i.flags & UF_DST_MEM) {
    e.destination(i, size, true, write);
    e.code.set(L.FLAG_A);
    e.source(i, size, true);
    e.code.set(L.FLAG_B);
  } else {
    e.source(i, size, true);
    e.code.set(L.FLAG_B);
    e.getSigned(i.dst, size);
    e.code.set(L.FLAG_A);
  }
}
