// Far JMP and CALL: direct, through call gates and task gates, and to TSSs. SDM 3A "Privilege Level Checking When Transferring Program
// Control Between Code Segments". Far RET is in return.ts.
import { CS, REGS, RSP, SEG_LIMIT, SS } from "../abi/state";
import { U_IMM, U_IMM2, U_SIZE } from "../abi/uop";
import { fault, raise, VECTOR_GP, VECTOR_NP, VECTOR_TS } from "../cpu/fault";
import { readFlags } from "../cpu/flags";
import { readMemAt } from "../cpu/operand";
import { readStack } from "../cpu/stack";
import { getRip, segment, setRip } from "../cpu/state";
import {
  currentPrivilege,
  dplOf,
  gateOffset,
  gateSelector,
  isCode,
  isConforming,
  isNull,
  isPresent,
  limitOf,
  markAccessed,
  raiseSelector,
  readDescriptor,
  systemType,
  TYPE_32,
  TYPE_CALL_GATE16,
  TYPE_CALL_GATE32,
  TYPE_TASK_GATE,
  TYPE_TSS16,
  TYPE_TSS32,
} from "./descriptor";
import { beginFrame, beginInnerFrame, framePointer, pushSized } from "./frame";
import { finishTransfer } from "./interrupt";
import { usesDescriptors } from "./mode";
import { codeFitsPrivilege, selectorOf, setCode, setParagraph, setSegment, stackDescriptor } from "./segment";
import { availableTask, switchTask, TASK_CALL, TASK_JMP } from "./task";
import { innerSp, innerSs, readInnerStack } from "./tss";

/** Push CS:RIP on the stack in use; nothing moves if that faults. */
function pushReturn(size: u32): void {
  beginFrame();
  pushSized(size, selectorOf(CS));
  pushSized(size, getRip());
  if (!fault) store<u64>(REGS + RSP, framePointer());
}

function toParagraph(selector: u32, offset: u64, size: u32, call: bool): void {
  if (offset > <u64>load<u32>(segment(CS), SEG_LIMIT)) {
    raise(VECTOR_GP);
    return;
  }
  if (call) pushReturn(size);
  if (fault) return;
  setParagraph(CS, selector);
  setRip(offset);
}

/** The last steps of a transfer at the same privilege; `checked` has passed all but the limit. */
function toCode(selector: u32, checked: u64, offset: u64, size: u32, call: bool): void {
  if (offset > limitOf(checked)) {
    raise(VECTOR_GP);
    return;
  }
  const d = markAccessed(selector, checked);
  if (fault) return;
  if (call) pushReturn(size);
  if (fault) return;
  setCode(selector, d, currentPrivilege());
  setRip(offset);
}

function toTask(selector: u32, call: bool): void {
  const d = availableTask(selector);
  if (!fault) switchTask(selector, d, call ? TASK_CALL : TASK_JMP, readFlags());
}

/** CALL through a gate to a more privileged segment. */
function callInner(gate: u64, selector: u32, d: u64): void {
  const cpl = dplOf(d);
  const size: u32 = systemType(gate) & TYPE_32 ? 4 : 2;
  readInnerStack(cpl);
  if (fault) return;
  const stack = stackDescriptor(innerSs, cpl, VECTOR_TS);
  if (fault) return;
  beginInnerFrame(innerSs, stack, innerSp);
  pushSized(size, selectorOf(SS));
  pushSized(size, load<u64>(REGS + RSP));
  const count = <i32>(gate >> 32) & 31;
  for (let i = count - 1; i >= 0 && !fault; i--) {
    pushSized(size, size == 4 ? <u64>readStack<u32>(i * 4) : <u64>readStack<u16>(i * 2));
  }
  pushSized(size, selectorOf(CS));
  pushSized(size, getRip());
  if (fault) return;
  if (gateOffset(gate) > limitOf(d)) {
    raise(VECTOR_GP);
    return;
  }
  setSegment(SS, innerSs, stack);
  store<u64>(REGS + RSP, framePointer());
  setCode(selector, d, cpl);
  setRip(gateOffset(gate));
}

function throughGate(gate: u64, call: bool): void {
  const selector = gateSelector(gate);
  if (isNull(selector)) {
    raise(VECTOR_GP);
    return;
  }
  const d = readDescriptor(selector, VECTOR_GP);
  if (fault) return;
  const cpl = currentPrivilege();
  const same = isConforming(d) || dplOf(d) == cpl;
  if (!isCode(d) || dplOf(d) > cpl || !(call || same)) {
    raiseSelector(VECTOR_GP, selector);
    return;
  }
  if (!isPresent(d)) {
    raiseSelector(VECTOR_NP, selector);
    return;
  }
  if (same) toCode(selector, d, gateOffset(gate), systemType(gate) & TYPE_32 ? 4 : 2, call);
  else {
    const marked = markAccessed(selector, d);
    if (!fault) callInner(gate, selector, marked);
  }
}

/** A far pointer that names a gate or a TSS. */
function toSystem(selector: u32, d: u64, call: bool): void {
  const type = systemType(d);
  const gate = type == TYPE_CALL_GATE16 || type == TYPE_CALL_GATE32 || type == TYPE_TASK_GATE;
  const known = gate || type == TYPE_TSS16 || type == TYPE_TSS32;
  if (!known || dplOf(d) < currentPrivilege() || dplOf(d) < (selector & 3)) raiseSelector(VECTOR_GP, selector);
  else if (!gate) toTask(selector, call);
  else if (!isPresent(d)) raiseSelector(VECTOR_NP, selector);
  else if (type == TYPE_TASK_GATE) toTask(gateSelector(d), call);
  else throughGate(d, call);
}

function toSelector(selector: u32, offset: u64, size: u32, call: bool): void {
  if (isNull(selector)) {
    raise(VECTOR_GP);
    return;
  }
  const d = readDescriptor(selector, VECTOR_GP);
  if (fault) return;
  if (!isCode(d)) toSystem(selector, d, call);
  else if (!codeFitsPrivilege(d, selector & 3, currentPrivilege())) raiseSelector(VECTOR_GP, selector);
  else if (!isPresent(d)) raiseSelector(VECTOR_NP, selector);
  else toCode(selector, d, offset, size, call);
}

function farTransfer(selector: u32, offset: u64, size: u32, call: bool): void {
  if (usesDescriptors()) toSelector(selector, offset, size, call);
  else toParagraph(selector, offset, size, call);
  finishTransfer();
}

function immediateTransfer(u: usize, call: bool): void {
  const size = <u32>load<u8>(u, U_SIZE);
  const offset = <u64>load<u32>(u, U_IMM) & (size == 4 ? 0xffffffff : 0xffff);
  farTransfer(load<u32>(u, U_IMM2) & 0xffff, offset, size, call);
}

function memoryTransfer(u: usize, call: bool): void {
  const size = <u32>load<u8>(u, U_SIZE);
  const offset = size == 4 ? <u64>readMemAt<u32>(u, 0) : <u64>readMemAt<u16>(u, 0);
  if (fault) return;
  const selector = <u32>readMemAt<u16>(u, size);
  if (!fault) farTransfer(selector, offset, size, call);
}

export function jmpFar(u: usize): void {
  immediateTransfer(u, false);
}

export function jmpFarMemory(u: usize): void {
  memoryTransfer(u, false);
}

export function callFar(u: usize): void {
  immediateTransfer(u, true);
}

export function callFarMemory(u: usize): void {
  memoryTransfer(u, true);
}
