/** The stack in translated code, and PUSH, POP and LEAVE. */
import { OP } from "./emit/code.js";
import type { Emitter } from "./emitter.js";
import { EBP, type Emit, ESP } from "./integer-operands.js";
import * as L from "./locals.js";

/** Push the low `size` bytes of local `value`. */
export function pushLocal(e: Emitter, value: number, size: number): void {
  const { code: c } = e;
  c.get(L.GPR + ESP)
    .i32(size)
    .op(OP.i32_sub);
  e.segments?.maskStack();
  c.set(L.ADDRESS);
  e.hostOfStack(size, true);
  c.get(value);
  e.store(size);
  if (e.segments) dropStack(e, -size);
  else {
    c.get(L.ADDRESS);
    e.setTop(ESP);
  }
}

/** Read `size` bytes at the stack pointer that `register` is into local `value`. */
function readStack(e: Emitter, register: number, value: number, size: number): void {
  e.code.get(L.GPR + register);
  e.segments?.maskStack();
  e.code.set(L.ADDRESS);
  e.hostOfStack(size, false);
  e.load(size, false);
  e.code.set(value);
}

/** Read the top of the stack into local `value`. ESP stays. */
export function peekStack(e: Emitter, value: number, size: number): void {
  readStack(e, ESP, value, size);
}

/** Set the stack pointer to so many bytes above `register`. */
function moveStack(e: Emitter, register: number, bytes: number): void {
  e.code
    .get(L.GPR + register)
    .i32(bytes)
    .op(OP.i32_add);
  e.segments?.mergeStack(L.GPR + ESP);
  e.setTop(ESP);
}

export function dropStack(e: Emitter, bytes: number): void {
  moveStack(e, ESP, bytes);
}

export const push: Emit = (e, i, size) => {
  e.source(i, size, false);
  e.code.set(L.T0);
  pushLocal(e, L.T0, size);
};

export const pop: Emit = (e, i, size) => {
  peekStack(e, L.T0, size);
  dropStack(e, size);
  e.set(i.dst, size, L.T0);
};

export const leave: Emit = (e, _, size) => {
  readStack(e, EBP, L.T0, size);
  moveStack(e, EBP, size);
  e.set(EBP * 8, size, L.T0);
};
