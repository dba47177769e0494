/** The stack in translated code, and PUSH, POP and LEAVE of 32 bits. */
import { OP } from "./emit/code.js";
import type { Emitter } from "./emitter.js";
import { EBP, type Emit, ESP } from "./integer-operands.js";
import * as L from "./locals.js";

/** Push local `value`. */
export function pushLocal(e: Emitter, value: number): void {
  const { code: c } = e;
  c.get(L.GPR + ESP)
    .i32(4)
    .op(OP.i32_sub)
    .set(L.ADDRESS);
  e.hostOfStack(4, true);
  c.get(value);
  e.store(4);
  c.get(L.ADDRESS);
  e.setTop(ESP);
}

/** Read the top of the stack into local `value`. ESP stays. */
export function peekStack(e: Emitter, value: number): void {
  e.code.get(L.GPR + ESP).set(L.ADDRESS);
  e.hostOfStack(4, false);
  e.load(4, false);
  e.code.set(value);
}

export function dropStack(e: Emitter, bytes: number): void {
  e.code
    .get(L.GPR + ESP)
    .i32(bytes)
    .op(OP.i32_add);
  e.setTop(ESP);
}

export const push: Emit = (e, i) => {
  e.source(i, 4, false);
  e.code.set(L.T0);
  pushLocal(e, L.T0);
};

export const pop: Emit = (e, i) => {
  peekStack(e, L.T0);
  dropStack(e, 4);
  e.set(i.dst, 4, L.T0);
};

export const leave: Emit = (e) => {
  const { code: c } = e;
  c.get(L.GPR + EBP).set(L.ADDRESS);
  e.hostOfStack(4, false);
  e.load(4, false);
  c.set(L.T0)
    .get(L.GPR + EBP)
    .i32(4)
    .op(OP.i32_add);
  e.setTop(ESP);
  c.get(L.T0);
  e.setTop(EBP);
};
