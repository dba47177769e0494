// Virtual events through the guest's virtual IDT. SDM 3A "Interrupt and Exception Handling", SDM 2A "INT n/INTO/INT3/INT1".
// Not here: task gates (refused with a sentence), virtual-8086 mode and real mode (the road refuses them before).
import * as STATE from "../../../wasm/abi/state.js";
import { FLAG_I, FLAG_NT, FLAG_RF, FLAG_T, FLAG_VM } from "../state.js";
import {
  type Descriptor,
  isCode,
  isConforming,
  isNull,
  isPresent,
  markAccessed,
  readDescriptor,
  segmentOf,
  setCode,
  stackDescriptor,
  TYPE_32,
} from "./descriptor.js";
import {
  type Guest,
  GuestException,
  selectorException,
  Unsupported,
  VECTOR_DF,
  VECTOR_GP,
  VECTOR_NP,
  VECTOR_PF,
  VECTOR_TS,
} from "./guest.js";

export interface VirtualEvent {
  readonly vector: number;
  /** Error code, for vectors that push one. */
  readonly code?: number;
  /** INT n, INT3, INTO: the gate's DPL counts. */
  readonly software: boolean;
  /** Of that instruction, in bytes: EIP is behind it, and before it for an exception in its place. */
  readonly length?: number;
  /** EFLAGS to push. */
  readonly flags: number;
  /** Of #PF. */
  readonly address?: number;
  /** An interrupt or NMI: what its delivery raises is no double fault. */
  readonly external?: boolean;
}

const TASK_GATE = 5;
const GATES = [6, 7, 14, 15];
/** Exceptions in the delivery of exceptions: more than any chain that ends by itself has. */
const DEEPEST = 16;
const WITH_CODE = [8, 10, 11, 12, 13, 14, 17];

export function hasErrorCode(vector: number): boolean {
  return WITH_CODE.includes(vector);
}

/** Deliver an event, and whatever its delivery raises. Returns what was delivered in the end; undefined: shutdown. Throws Unsupported. */
export function deliver(guest: Guest, first: VirtualEvent): VirtualEvent | undefined {
  let event = first;
  let external = !event.software;
  let fromException = !event.software && !event.external;
  for (let depth = 0; depth < DEEPEST; depth++) {
    if (event.address !== undefined) guest.state.set(STATE.CR2, event.address);
    const raised = attempt(guest, event, external);
    if (!raised) return event;
    guest.state.rip = (guest.state.rip - (event.length ?? 0)) >>> 0;
    const next = fromException ? combine(event.vector, raised) : raised;
    if (!next) return undefined;
    external = true;
    fromException = true;
    event = {
      vector: next.vector,
      software: false,
      flags: guest.state.flags | FLAG_RF,
      ...(hasErrorCode(next.vector) ? { code: next.code } : {}),
      ...(next.address === undefined ? {} : { address: next.address }),
    };
  }
  return undefined;
}

function attempt(guest: Guest, event: VirtualEvent, external: boolean): GuestException | undefined {
  try {
    enter(guest, event, external ? 1 : 0);
    return undefined;
  } catch (raised) {
    if (raised instanceof GuestException) return raised;
    throw raised;
  }
}

const isContributory = (vector: number) => vector === 0 || (vector >= VECTOR_TS && vector <= VECTOR_GP);

/** SDM 3A table "Conditions for Generating a Double Fault". Undefined: shutdown. */
function combine(first: number, second: GuestException): GuestException | undefined {
  if (first === VECTOR_DF) return undefined;
  const double = new GuestException(VECTOR_DF, 0, second.address);
  if (isContributory(first) && isContributory(second.vector)) return double;
  if (first === VECTOR_PF && (isContributory(second.vector) || second.vector === VECTOR_PF)) return double;
  return second;
}

/** EXT in the error codes of a delivery. */
function withExternal(raised: GuestException, external: number): GuestException {
  return raised.vector === VECTOR_PF ? raised : new GuestException(raised.vector, raised.code | external, raised.address);
}

function enter(guest: Guest, event: VirtualEvent, external: number): void {
  try {
    throughGate(guest, event);
  } catch (raised) {
    if (raised instanceof GuestException) throw withExternal(raised, external);
    throw raised;
  }
}

function throughGate(guest: Guest, event: VirtualEvent): void {
  const { state } = guest;
  const { vector } = event;
  const gateError = vector * 8 + 2;
  if (vector * 8 + 7 > state.u32(STATE.IDTR_LIMIT)) throw new GuestException(VECTOR_GP, gateError);
  const gate = guest.read64((state.u32(STATE.IDTR_BASE) + vector * 8) >>> 0);
  const rights = Number((gate >> 40n) & 0xffn);
  const type = rights & 0x1f;
  if (type !== TASK_GATE && !GATES.includes(type)) throw new GuestException(VECTOR_GP, gateError);
  if (event.software && ((rights >> 5) & 3) < state.cpl) throw new GuestException(VECTOR_GP, gateError);
  if (!(rights & 0x80)) throw new GuestException(VECTOR_NP, gateError);
  if (type === TASK_GATE) throw new Unsupported(`vector ${vector} has a task gate, and this road has no task switches`);
  const wide = (type & TYPE_32) !== 0;
  const offset = Number(gate & 0xffffn) + (wide ? Number((gate >> 48n) << 16n) : 0);
  const selector = Number((gate >> 16n) & 0xffffn);
  enterHandler(guest, event, { selector, offset, size: wide ? 4 : 2, interrupt: (type & 1) === 0 });
}

interface Handler {
  readonly selector: number;
  readonly offset: number;
  readonly size: 2 | 4;
  /** An interrupt gate: IF is cleared. */
  readonly interrupt: boolean;
}

function enterHandler(guest: Guest, event: VirtualEvent, handler: Handler): void {
  const { state } = guest;
  const { selector } = handler;
  if (isNull(selector)) throw new GuestException(VECTOR_GP);
  const found = readDescriptor(guest, selector, VECTOR_GP);
  const { cpl } = state;
  if (!isCode(found) || found.dpl > cpl) throw selectorException(VECTOR_GP, selector);
  if (!isPresent(found)) throw selectorException(VECTOR_NP, selector);
  const d = markAccessed(guest, found);
  const inner = !isConforming(d) && d.dpl < cpl;
  const frame = [event.flags, state.segment(STATE.CS).selector, state.rip, ...(event.code === undefined ? [] : [event.code])];
  if (inner) enterInner(guest, handler, d, frame);
  else enterSame(guest, handler, d, frame);
  let cleared = FLAG_T | FLAG_NT | FLAG_RF | FLAG_VM;
  if (handler.interrupt) cleared |= FLAG_I;
  state.flags &= ~cleared;
  state.rip = handler.offset;
}

function checkOffset(handler: Handler, d: Descriptor): void {
  if (handler.offset > d.limit) throw new GuestException(VECTOR_GP);
}

function enterSame(guest: Guest, handler: Handler, d: Descriptor, frame: readonly number[]): void {
  const { size } = handler;
  for (const [i, value] of frame.entries()) guest.writeOperand(STATE.SS, guest.stackOffset(-size * (i + 1)), size, value);
  checkOffset(handler, d);
  guest.moveStack(-size * frame.length);
  setCode(guest, handler.selector, d, guest.state.cpl);
}

/** The stack for an inner ring, from the guest's TSS. SDM 3A "Stack Switching". */
export function innerStack(guest: Guest, cpl: number): { readonly ss: number; readonly sp: number } {
  const tss = guest.state.segment(STATE.TR);
  const wide = (tss.access & TYPE_32) !== 0;
  const offset = wide ? 4 + cpl * 8 : 2 + cpl * 4;
  if (offset + (wide ? 5 : 3) > tss.limit) throw selectorException(VECTOR_TS, tss.selector);
  const at = (tss.base + offset) >>> 0;
  return { sp: guest.read(at, wide ? 4 : 2), ss: guest.read(at + (wide ? 4 : 2), 2) };
}

function enterInner(guest: Guest, handler: Handler, d: Descriptor, frame: readonly number[]): void {
  const { state } = guest;
  const { size } = handler;
  const cpl = d.dpl;
  const { ss, sp } = innerStack(guest, cpl);
  const stack = stackDescriptor(guest, ss, cpl, VECTOR_TS);
  const outer = [state.segment(STATE.SS).selector, state.register(4), ...frame];
  const old = state.segment(STATE.SS);
  const oldCpl = state.cpl;
  state.setSegment(STATE.SS, segmentOf(ss, stack));
  state.cpl = cpl;
  const wide = guest.bigStack;
  const top = (i: number) => (wide ? (sp - size * i) >>> 0 : (sp - size * i) & 0xffff);
  try {
    for (const [i, value] of outer.entries()) guest.writeOperand(STATE.SS, top(i + 1), size, value);
    checkOffset(handler, d);
  } catch (raised) {
    state.setSegment(STATE.SS, old);
    state.cpl = oldCpl;
    // SDM 2A "INT n": the limit of the new stack is checked with its selector in the error code.
    if (raised instanceof GuestException && raised.vector === 12) throw selectorException(12, ss);
    throw raised;
  }
  state.setRegister(4, wide ? top(outer.length) : ((sp & 0xffff0000) | top(outer.length)) >>> 0);
  setCode(guest, handler.selector, d, cpl);
}
