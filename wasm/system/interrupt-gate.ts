// Interrupt and trap gates: to the same privilege, to an inner one, and out of virtual-8086 mode. SDM 2A "INT n/INTO/INT3/INT1".
import { CS, DS, ES, FS, GS, REGS, RFLAGS, RSP, SS } from "../abi/state";
import { fault, VECTOR_GP, VECTOR_NP, VECTOR_TS } from "../cpu/fault";
import { FLAG_I, FLAG_NT, FLAG_RF, FLAG_T, FLAG_VM } from "../cpu/flags";
import { getRip, setRip } from "../cpu/state";
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
} from "./descriptor";
import { beginFrame, beginInnerFrame, framePointer, pushSized, wholeFrame } from "./frame";
import { eventCode, eventFlags, eventHasCode } from "./interrupt";
import { isVirtual8086 } from "./mode";
import { selectorOf, setCode, setNull, setSegment, stackDescriptor } from "./segment";
import { innerSp, innerSs, readInnerStack } from "./tss";

/** The part of the frame that every gate pushes. */
function pushEvent(size: u32): void {
  pushSized(size, eventFlags);
  pushSized(size, selectorOf(CS));
  pushSized(size, getRip());
  if (eventHasCode) pushSized(size, eventCode);
}

/** The same as a whole, at a host address. Returns the address after it. */
function storeEvent(at: usize): usize {
  if (eventHasCode) {
    store<u32>(at, eventCode);
    at += 4;
  }
  store<u32>(at, <u32>getRip());
  store<u32>(at, selectorOf(CS), 4);
  store<u32>(at, eventFlags, 8);
  return at + 12;
}

/** The handler starts: no trap, no nested task, no virtual-8086 mode; and through an interrupt gate no interrupts. */
function commit(gate: u64, selector: u32, d: u64, cpl: u32, interrupt: bool): void {
  store<u64>(REGS + RSP, framePointer());
  let cleared = FLAG_T | FLAG_NT | FLAG_RF | FLAG_VM;
  if (interrupt) cleared |= FLAG_I;
  store<u32>(RFLAGS, load<u32>(RFLAGS) & ~cleared);
  setCode(selector, d, cpl);
  setRip(gateOffset(gate));
}

function limitHolds(gate: u64, d: u64): bool {
  if (gateOffset(gate) <= limitOf(d)) return true;
  raiseSelector(VECTOR_GP, 0);
  return false;
}

function enterSame(gate: u64, selector: u32, d: u64, interrupt: bool): void {
  const size: u32 = systemType(gate) & TYPE_32 ? 4 : 2;
  beginFrame();
  const whole = size == 4 ? wholeFrame(eventHasCode ? 16 : 12) : 0;
  if (whole) storeEvent(whole);
  else pushEvent(size);
  if (!fault && limitHolds(gate, d)) commit(gate, selector, d, currentPrivilege(), interrupt);
}

function pushInner(size: u32, virtual: bool): void {
  if (virtual) {
    pushSized(size, selectorOf(GS));
    pushSized(size, selectorOf(FS));
    pushSized(size, selectorOf(DS));
    pushSized(size, selectorOf(ES));
  }
  pushSized(size, selectorOf(SS));
  pushSized(size, load<u64>(REGS + RSP));
  pushEvent(size);
}

function enterInner(gate: u64, selector: u32, d: u64, interrupt: bool): void {
  const size: u32 = systemType(gate) & TYPE_32 ? 4 : 2;
  const cpl = dplOf(d);
  const virtual = isVirtual8086();
  readInnerStack(cpl);
  if (fault) return;
  const ss = innerSs;
  const stack = stackDescriptor(ss, cpl, VECTOR_TS);
  if (fault) return;
  beginInnerFrame(ss, stack, innerSp);
  const whole = size == 4 && !virtual ? wholeFrame(eventHasCode ? 24 : 20) : 0;
  if (whole) {
    const outer = storeEvent(whole);
    store<u32>(outer, load<u32>(REGS + RSP));
    store<u32>(outer, selectorOf(SS), 4);
  } else pushInner(size, virtual);
  if (fault || !limitHolds(gate, d)) return;
  commit(gate, selector, d, cpl, interrupt);
  setSegment(SS, ss, stack);
  if (!virtual) return;
  setNull(GS, 0);
  setNull(FS, 0);
  setNull(DS, 0);
  setNull(ES, 0);
}

/** Enter the handler of a present interrupt or trap gate. */
export function enterGate(gate: u64, interrupt: bool): void {
  const selector = gateSelector(gate);
  if (isNull(selector)) {
    raiseSelector(VECTOR_GP, 0);
    return;
  }
  const found = readDescriptor(selector, VECTOR_GP);
  if (fault) return;
  const dpl = dplOf(found);
  const cpl = currentPrivilege();
  const inner = !isConforming(found) && dpl < cpl;
  // Out of virtual-8086 mode the handler must be in ring 0.
  if (!isCode(found) || dpl > cpl || (isVirtual8086() && !(inner && dpl == 0))) {
    raiseSelector(VECTOR_GP, selector);
    return;
  }
  if (!isPresent(found)) {
    raiseSelector(VECTOR_NP, selector);
    return;
  }
  const d = markAccessed(selector, found);
  if (fault) return;
  if (inner) enterInner(gate, selector, d, interrupt);
  else enterSame(gate, selector, d, interrupt);
}
