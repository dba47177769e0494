// Stack instructions: PUSH POP PUSHA POPA ENTER LEAVE. SDM 2 under each name. A fault leaves every register as it was.
// Not here: segment registers and flags (system).
import { RAX, RBP, RBX, RCX, RDI, RDX, REGS, RSI, RSP, SS } from "../abi/state";
import { U_IMM, U_IMM2 } from "../abi/uop";
import { fault } from "../cpu/fault";
import { probeWrite } from "../cpu/memory";
import { readSrc, segmentLinear, writeDst } from "../cpu/operand";
import { moveStack, push as pushValue, readStack, setStackPointer, stackMask, stackPointer, top, writeStack } from "../cpu/stack";
import { getReg, setReg } from "../cpu/state";

export function push<T>(u: usize): void {
  const value = readSrc<T>(u);
  if (!fault) pushValue<T>(value);
}

/** The stack pointer moves before the destination's address is computed: POP [ESP + 4]. SDM 2 "POP". */
export function pop<T>(u: usize): void {
  const value = top<T>();
  if (fault) return;
  const before = load<u64>(REGS + RSP);
  moveStack(sizeof<T>());
  writeDst<T>(u, value);
  if (fault) store<u64>(REGS + RSP, before);
}

export function pusha<T>(u: usize): void {
  for (let i = 0; i < 8; i++) {
    writeStack<T>(-(<i64>sizeof<T>()) * (i + 1), getReg<T>(i * 8));
    if (fault) return;
  }
  moveStack(-(<i64>sizeof<T>()) * 8);
}

/** The value saved for the stack pointer is skipped. */
export function popa<T>(u: usize): void {
  const size = <i64>sizeof<T>();
  const di = readStack<T>(0);
  if (fault) return;
  const si = readStack<T>(size);
  if (fault) return;
  const bp = readStack<T>(size * 2);
  if (fault) return;
  const bx = readStack<T>(size * 4);
  if (fault) return;
  const dx = readStack<T>(size * 5);
  if (fault) return;
  const cx = readStack<T>(size * 6);
  if (fault) return;
  const ax = readStack<T>(size * 7);
  if (fault) return;
  setReg<T>(RDI, di);
  setReg<T>(RSI, si);
  setReg<T>(RBP, bp);
  setReg<T>(RBX, bx);
  setReg<T>(RDX, dx);
  setReg<T>(RCX, cx);
  setReg<T>(RAX, ax);
  moveStack(size * 8);
}

/** Copy the `count` frame pointers below the caller's rBP to below `size` bytes under the stack pointer. */
function copyDisplay<T>(count: i32): void {
  const size = <i64>sizeof<T>();
  const delta = getReg<u64>(RBP) - getReg<u64>(RSP);
  for (let i = 1; i <= count; i++) {
    const pointer = readStack<T>(delta - size * i);
    if (fault) return;
    writeStack<T>(-size * (i + 1), pointer);
    if (fault) return;
  }
}

export function enter<T>(u: usize): void {
  const size = <i64>sizeof<T>();
  const level = <i32>(load<u32>(u, U_IMM2) & 31);
  writeStack<T>(-size, getReg<T>(RBP));
  if (fault) return;
  const frame = (stackPointer() - size) & stackMask();
  let pushed: i64 = 1;
  if (level) {
    copyDisplay<T>(level - 1);
    if (fault) return;
    writeStack<T>(-size * (level + 1), <T>frame);
    if (fault) return;
    pushed += level;
  }
  const end = getReg<u64>(RSP) - pushed * size - <u64>(load<u32>(u, U_IMM) & 0xffff);
  // SDM 2 "ENTER": faults if a write at the final stack pointer would.
  const linear = segmentLinear(SS, end & stackMask(), sizeof<T>(), true);
  if (!fault) probeWrite(linear, sizeof<T>());
  if (fault) return;
  setReg<T>(RBP, <T>frame);
  setStackPointer(end);
}

export function leave<T>(u: usize): void {
  const frame = getReg<u64>(RBP);
  const saved = readStack<T>(frame - getReg<u64>(RSP));
  if (fault) return;
  setStackPointer(frame + sizeof<T>());
  setReg<T>(RBP, saved);
}
