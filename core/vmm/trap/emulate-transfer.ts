// Far transfers, by virtual privilege: IRET, far RET, far JMP and CALL, SYSENTER and SYSEXIT. SDM 3A "Privilege Level Checking When
// Transferring Program Control Between Code Segments".
// Not here, and refused with a sentence: call gates, task switches, virtual-8086 mode, rings 1 and 2.
import * as STATE from "../../../wasm/abi/state.js";
import { FLAG_AC, FLAG_D, FLAG_I, FLAG_ID, FLAG_NT, FLAG_RF, FLAG_T, FLAG_VIF, FLAG_VIP, FLAG_VM, FLAGS_IOPL } from "../state.js";
import type { Decoded } from "./decode.js";
import {
  BIG,
  CODE,
  type Descriptor,
  dropInnerSegments,
  GRANULAR,
  isCode,
  isConforming,
  isNull,
  isPresent,
  markAccessed,
  PRESENT,
  readDescriptor,
  segmentOf,
  setCode,
  stackDescriptor,
  USER_SEGMENT,
  WRITABLE,
} from "./descriptor.js";
import { type Guest, GuestException, selectorException, Unsupported, VECTOR_GP, VECTOR_NP } from "./guest.js";

const ESP = 4;
const ECX = 1;
const EDX = 2;
const FLAGS_ARITHMETIC = 0x8d5;
const FLAT = PRESENT | USER_SEGMENT | WRITABLE | 1 | BIG | GRANULAR;

export function emulateTransfer(guest: Guest, d: Decoded): void {
  switch (d.mnemonic) {
    case "iret":
      iret(guest, d.operandSize);
      break;
    case "retf":
      retf(guest, d.operandSize, d.immediate ?? 0);
      break;
    case "sysenter":
      sysenter(guest);
      break;
    case "sysexit":
      sysexit(guest);
      break;
    default:
      farTransfer(guest, d);
  }
}

/** Descriptor of the code segment to return to, checked. SDM 2A "IRET", 2B "RET". */
function returnDescriptor(guest: Guest, selector: number): Descriptor {
  if (isNull(selector)) throw new GuestException(VECTOR_GP);
  const d = readDescriptor(guest, selector, VECTOR_GP);
  const rpl = selector & 3;
  const fits = isConforming(d) ? d.dpl <= rpl : d.dpl === rpl;
  if (rpl < guest.state.cpl || !isCode(d) || !fits) throw selectorException(VECTOR_GP, selector);
  if (!isPresent(d)) throw selectorException(VECTOR_NP, selector);
  if (rpl === 1 || rpl === 2) throw new Unsupported(`the guest goes to ring ${rpl}, and this road has rings 0 and 3 only`);
  return markAccessed(guest, d);
}

/** `popped`: size of the frame up to the outer SS:ESP, if there is one; `released`: parameters of RET n. */
function returnTo(guest: Guest, selector: number, rip: number, size: number, popped: number, released: number): void {
  const { state } = guest;
  const d = returnDescriptor(guest, selector);
  if (rip > d.limit) throw new GuestException(VECTOR_GP);
  const cpl = selector & 3;
  if (cpl === state.cpl) {
    guest.moveStack(popped);
    setCode(guest, selector, d, cpl);
  } else {
    const sp = guest.readStack(popped, size);
    const ss = guest.readStack(popped + size, 2);
    const stack = stackDescriptor(guest, ss, cpl, VECTOR_GP);
    state.setSegment(STATE.SS, segmentOf(ss, stack));
    state.setRegisterPart(ESP, guest.bigStack ? 4 : 2, sp + released);
    setCode(guest, selector, d, cpl);
    dropInnerSegments(guest);
  }
  state.rip = rip;
}

/** Which flags an IRET or POPF at privilege `cpl` may change. */
export function changeableFlags(cpl: number, iopl: number, size: number): number {
  let mask = FLAGS_ARITHMETIC | FLAG_T | FLAG_D | FLAG_NT;
  if (size === 4) mask |= FLAG_RF | FLAG_AC | FLAG_ID;
  if (cpl <= iopl) mask |= FLAG_I;
  if (cpl === 0) mask |= size === 4 ? FLAGS_IOPL | FLAG_VIF | FLAG_VIP : FLAGS_IOPL;
  return mask;
}

function iret(guest: Guest, size: 2 | 4): void {
  const { state } = guest;
  // Even an IRET that faults lets NMIs in again. SDM 3A "Handling Multiple NMIs".
  state.set(STATE.NMI_BLOCKED, 0);
  if (state.flags & FLAG_NT) throw new Unsupported("the guest returns from a nested task, and this road has no task switches");
  const rip = guest.readStack(0, size);
  const selector = guest.readStack(size, size) & 0xffff;
  const image = guest.readStack(2 * size, size);
  const { cpl } = state;
  if (size === 4 && cpl === 0 && image & FLAG_VM)
    throw new Unsupported("the guest enters virtual-8086 mode, which this road does not have");
  const mask = changeableFlags(cpl, (state.flags & FLAGS_IOPL) >> 12, size);
  returnTo(guest, selector, rip, size, size * 3, 0);
  state.flags = (state.flags & ~mask) | (image & mask);
}

function retf(guest: Guest, size: 2 | 4, released: number): void {
  const rip = guest.readStack(0, size);
  const selector = guest.readStack(size, size) & 0xffff;
  returnTo(guest, selector, rip, size, size * 2 + released, released);
}

function farTransfer(guest: Guest, d: Decoded): void {
  const size = d.operandSize;
  const offset = d.memory ? guest.readOperand(d.memory.segment, d.memory.offset, size) : d.immediate!;
  const selector = d.memory ? guest.readOperand(d.memory.segment, d.memory.offset + size, 2) : d.selector;
  const { state } = guest;
  if (isNull(selector)) throw new GuestException(VECTOR_GP);
  const found = readDescriptor(guest, selector, VECTOR_GP);
  if (!isCode(found)) throwForSystem(guest, selector, found);
  const fits = isConforming(found) ? found.dpl <= state.cpl : found.dpl === state.cpl && (selector & 3) <= state.cpl;
  if (!fits) throw selectorException(VECTOR_GP, selector);
  if (!isPresent(found)) throw selectorException(VECTOR_NP, selector);
  if (offset > found.limit) throw new GuestException(VECTOR_GP);
  const marked = markAccessed(guest, found);
  if (d.mnemonic === "call far") pushReturn(guest, size, (state.rip + d.length) >>> 0);
  setCode(guest, selector, marked, state.cpl);
  state.rip = offset;
}

function pushReturn(guest: Guest, size: 2 | 4, rip: number): void {
  guest.writeOperand(STATE.SS, guest.stackOffset(-size), size, guest.state.segment(STATE.CS).selector);
  guest.writeOperand(STATE.SS, guest.stackOffset(-2 * size), size, rip);
  guest.moveStack(-2 * size);
}

/** Gates and task-state segments: refused if the guest may use them. */
function throwForSystem({ state }: Guest, selector: number, d: Descriptor): never {
  const type = d.access & 0x1f;
  const known = [1, 4, 5, 9, 12].includes(type);
  if (!known || d.dpl < state.cpl || d.dpl < (selector & 3)) throw selectorException(VECTOR_GP, selector);
  if (!isPresent(d)) throw selectorException(VECTOR_NP, selector);
  const what = type === 4 || type === 12 ? "a call gate" : "a task";
  throw new Unsupported(`the guest jumps or calls through selector ${selector.toString(16)}, ${what}, which this road does not have`);
}

/** CS = selector, SS = selector + 8, both flat. SDM 2B "SYSENTER", "SYSEXIT". */
function setFlat({ state }: Guest, selector: number, cpl: number): void {
  const rights = FLAT | (cpl << 5);
  state.setSegment(STATE.CS, { selector: selector | cpl, base: 0, limit: 0xffffffff, access: rights | CODE });
  state.setSegment(STATE.SS, { selector: (selector + 8) | cpl, base: 0, limit: 0xffffffff, access: rights });
  state.cpl = cpl;
}

function sysenterSelector({ state }: Guest): number {
  const selector = state.u32(STATE.MSR_SYSENTER_CS) & 0xfffc;
  if (isNull(selector)) throw new GuestException(VECTOR_GP);
  return selector;
}

function sysenter(guest: Guest): void {
  const { state } = guest;
  const selector = sysenterSelector(guest);
  state.flags &= ~(FLAG_VM | FLAG_I | FLAG_RF);
  setFlat(guest, selector, 0);
  state.setRegister(ESP, state.u32(STATE.MSR_SYSENTER_ESP));
  state.rip = state.u32(STATE.MSR_SYSENTER_EIP);
}

function sysexit(guest: Guest): void {
  const { state } = guest;
  const selector = sysenterSelector(guest);
  if (state.cpl !== 0) throw new GuestException(VECTOR_GP);
  setFlat(guest, (selector + 16) & 0xfffc, 3);
  state.setRegister(ESP, state.register(ECX));
  state.rip = state.register(EDX);
}
