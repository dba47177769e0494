// Delivery of exceptions and interrupts through the real-mode vector table and the IDT. SDM 3A "Interrupt and Exception Handling".
// A delivery that faults has changed nothing but memory below the stack pointer (and CR2); deliverFault() then goes on with the new
// exception, a double fault, or shutdown. Not modelled: machine checks, SMIs, the shadow stack.
import {
  DEPRIVILEGED,
  EVENT_CODE,
  EVENT_FLAGS,
  EVENT_KIND,
  EVENT_LENGTH,
  EVENT_VECTOR,
  KIND_EXTERNAL,
  KIND_FAULT,
  KIND_NMI,
  KIND_SOFTWARE,
  KIND_TRAP,
} from "../abi/deprivileged";
import {
  ACTIVITY,
  ACTIVITY_EVENT,
  ACTIVITY_HALTED,
  ACTIVITY_RUNNING,
  ACTIVITY_SHUTDOWN,
  CR2,
  CS,
  EXCEPTIONS,
  IDTR_BASE,
  IDTR_LIMIT,
  LAST_EXCEPTION,
  NMI_BLOCKED,
  NMI_PENDING,
  REGS,
  RFLAGS,
  RSP,
  SEG_LIMIT,
  SHADOW,
} from "../abi/state";
import { COUNT_EXCEPTIONS, COUNT_INTERRUPTS, COUNT_PAGE_FAULTS, COUNT_SYSTEM_CALLS } from "../abi/statistics";
import { HIT_EXCEPTION, HIT_SOFTWARE, STOP_ON_EXCEPTION, STOP_ON_SOFTWARE } from "../abi/stop";
import {
  EVENT_EXCEPTION,
  EVENT_EXTERNAL,
  EVENT_HAS_CODE,
  EVENT_NMI,
  EVENT_SOFTWARE,
  EVENT_TYPE_SHIFT,
  EVENT_VALID_BIT,
  VMEXIT_EXCEPTION,
  VMEXIT_SHUTDOWN,
} from "../abi/svm";
import {
  clearFault,
  fault,
  faultAddress,
  faultCode,
  NEEDS_STEP,
  raise,
  VECTOR_AC,
  VECTOR_BP,
  VECTOR_DB,
  VECTOR_DE,
  VECTOR_DF,
  VECTOR_GP,
  VECTOR_NMI,
  VECTOR_NP,
  VECTOR_OF,
  VECTOR_PF,
  VECTOR_TS,
  VMEXIT,
} from "../cpu/fault";
import { FLAG_AC, FLAG_I, FLAG_RF, FLAG_T, readFlags } from "../cpu/flags";
import { readSystem, selectTlb, systemAtHand } from "../cpu/memory";
import { getRip, segment, setModeChanged, setRip, setStepping, stepping } from "../cpu/state";
import { count } from "../cpu/statistics";
import { enterDebugHandler } from "./debug";
import {
  currentPrivilege,
  dplOf,
  gateSelector,
  isPresent,
  raiseGate,
  setExternal,
  systemType,
  TYPE_INTERRUPT_GATE16,
  TYPE_INTERRUPT_GATE32,
  TYPE_TASK_GATE,
  TYPE_TRAP_GATE16,
  TYPE_TRAP_GATE32,
} from "./descriptor";
import { beginFrame, framePointer, pushSized } from "./frame";
import { enterGate } from "./interrupt-gate";
import { isProtected } from "./mode";
import { selectorOf, setParagraph } from "./segment";
import { mustBeAlone, noteEvent, noteInterrupt } from "./stop";
import { isIntercepted, setExit } from "./svm/intercept";
import { leaveGuest } from "./svm/world";
import { availableTask, clearTaskSwitched, switchTask, TASK_EVENT, taskSwitched } from "./task";
import { tssIs32 } from "./tss";

/** An event has been delivered since this was last cleared: a single-step trap that was due is lost with the old TF. */
export let delivered: bool = false;

export function clearDelivered(): void {
  delivered = false;
}

/** The event being delivered: EFLAGS image, error code, and whether an INT instruction asked (then the gate's DPL counts). */
export let eventFlags: u32 = 0;
export let eventCode: u32 = 0;
export let eventHasCode: bool = false;
let eventSoftware: bool = false;
/** What deliverFault() delivers: KIND_FAULT or KIND_TRAP. */
let faultKind: i32 = KIND_FAULT;

/**
 * The event whose delivery by an exec function has raised a fault, in the form of EXITINTINFO (abi/svm.ts), or 0: AMD APM vol. 2 "Interrupt
 * Intercepts" has a guest's #VMEXIT tell of it.
 */
let interrupted: u64 = 0;

function eventInfo(vector: i32, type: i32, hasCode: bool, code: u32): u64 {
  const info = ((<u64>1) << EVENT_VALID_BIT) | (type << EVENT_TYPE_SHIFT) | vector;
  return hasCode ? info | EVENT_HAS_CODE | ((<u64>code) << 32) : info;
}

/** SDM 3A table "Exceptions and Interrupts": vectors that push an error code. */
function hasErrorCode(vector: i32): bool {
  return vector == VECTOR_DF || (vector >= VECTOR_TS && vector <= VECTOR_PF) || vector == VECTOR_AC;
}

/**
 * Push FLAGS, CS and IP and go where an entry of an 8086 vector table says, in real or virtual-8086 mode. False: a fault, and nothing has
 * changed but memory below the stack pointer.
 */
export function enter8086Handler(entry: u32, flags: u32): bool {
  beginFrame();
  pushSized(2, flags);
  pushSized(2, selectorOf(CS));
  pushSized(2, getRip());
  if (fault) return false;
  if ((entry & 0xffff) > load<u32>(segment(CS), SEG_LIMIT)) {
    raise(VECTOR_GP);
    return false;
  }
  store<u64>(REGS + RSP, framePointer());
  setParagraph(CS, entry >> 16);
  setRip(entry & 0xffff);
  return true;
}

/** Through the real-mode vector table. SDM 3B "Interrupt and Exception Handling" of real-address mode. */
function enterReal(vector: i32): void {
  if (<u32>vector * 4 + 3 > load<u32>(IDTR_LIMIT)) {
    raiseGate(VECTOR_GP, vector);
    return;
  }
  const entry = readSystem<u32>((load<u64>(IDTR_BASE) + vector * 4) & 0xffffffff);
  if (fault) return;
  if (!enter8086Handler(entry, eventFlags)) return;
  store<u32>(RFLAGS, load<u32>(RFLAGS) & ~(FLAG_I | FLAG_T | FLAG_AC | FLAG_RF));
  selectTlb();
}

/** Through a task gate; the error code goes to the new task's stack. */
function enterTask(gate: u64): void {
  const selector = gateSelector(gate);
  const d = availableTask(selector);
  if (fault) return;
  switchTask(selector, d, TASK_EVENT, eventFlags);
  if (fault || !eventHasCode) return;
  beginFrame();
  pushSized(tssIs32() ? 4 : 2, eventCode);
  if (!fault) store<u64>(REGS + RSP, framePointer());
}

function enterProtected(vector: i32): void {
  if (<u32>vector * 8 + 7 > load<u32>(IDTR_LIMIT)) {
    raiseGate(VECTOR_GP, vector);
    return;
  }
  const at = (load<u64>(IDTR_BASE) + vector * 8) & 0xffffffff;
  const host = systemAtHand(at, 8);
  const gate = host ? load<u64>(host) : readSystem<u64>(at);
  if (fault) return;
  const type = systemType(gate);
  const interrupt = type == TYPE_INTERRUPT_GATE16 || type == TYPE_INTERRUPT_GATE32;
  const known = interrupt || type == TYPE_TRAP_GATE16 || type == TYPE_TRAP_GATE32 || type == TYPE_TASK_GATE;
  if (!known || (eventSoftware && dplOf(gate) < currentPrivilege())) raiseGate(VECTOR_GP, vector);
  else if (!isPresent(gate)) raiseGate(VECTOR_NP, vector);
  else if (type == TYPE_TASK_GATE) enterTask(gate);
  else enterGate(gate, interrupt);
}

/** A hypervisor takes the event: note it, and leave run() before anything else happens. False: there is none. */
function taken(kind: i32, vector: i32, length: u32): bool {
  if (!load<u32>(DEPRIVILEGED)) return false;
  store<u32>(EVENT_KIND, kind);
  store<u32>(EVENT_VECTOR, vector);
  store<u32>(EVENT_CODE, eventHasCode ? eventCode : 0);
  store<u32>(EVENT_FLAGS, eventFlags);
  store<u32>(EVENT_LENGTH, length);
  store<u32>(ACTIVITY, ACTIVITY_EVENT);
  return true;
}

/** The same for an event without error code that no fault caused. */
function takenAt(kind: i32, vector: i32, length: u32): bool {
  if (!load<u32>(DEPRIVILEGED)) return false;
  eventFlags = readFlags();
  eventHasCode = false;
  return taken(kind, vector, length);
}

function enter(vector: i32): void {
  if (isProtected()) enterProtected(vector);
  else enterReal(vector);
  if (!fault) delivered = true;
}

/** Deliver an event that no exception caused; one that faults is over, and the fault is delivered in its stead. */
function deliverEvent(vector: i32, type: i32): void {
  const wasStepping = stepping;
  setStepping(true);
  clearTaskSwitched();
  eventFlags = readFlags();
  eventHasCode = false;
  eventSoftware = false;
  setExternal(true);
  enter(vector);
  if (fault) deliverPending(-1, eventInfo(vector, type, false, 0));
  setExternal(false);
  clearTaskSwitched();
  setStepping(wasStepping);
}

function contributory(vector: i32): bool {
  return vector == VECTOR_DE || (vector >= VECTOR_TS && vector <= VECTOR_GP);
}

/** SDM 3A table "Conditions for Generating a Double Fault": what comes of `second` while `first` was being delivered; -1 is shutdown. */
function combine(first: i32, second: i32): i32 {
  if (first == VECTOR_DF) return -1;
  // #AC whose frame is misaligned too: hardware never gets out of that one. Here it ends in shutdown.
  if (first == VECTOR_AC && second == VECTOR_AC) return VECTOR_DF;
  if (contributory(first) && contributory(second)) return VECTOR_DF;
  if (first == VECTOR_PF && (contributory(second) || second == VECTOR_PF)) return VECTOR_DF;
  return second;
}

/** RF in the image of a fault, so that the handler's IRET gets past an instruction breakpoint. SDM 3B "Instruction-Breakpoint Exception". */
function faultFlags(vector: i32): u32 {
  if (vector == VECTOR_DB) return readFlags() | enterDebugHandler();
  return readFlags() | FLAG_RF;
}

function shutDown(info: u64): void {
  clearFault();
  if (isIntercepted(VMEXIT_SHUTDOWN)) {
    setExit(VMEXIT_SHUTDOWN, 0, 0, 0);
    leaveGuest(info);
    return;
  }
  store<u32>(ACTIVITY, ACTIVITY_SHUTDOWN);
  setModeChanged(true);
}

/** Exceptions in the delivery of exceptions: more than any chain that ends by itself has. */
const DEEPEST: i32 = 16;

/** Whether a guest's exception is intercepted. It is left then, instead of the event `info`, if that was being delivered. */
function exceptionIntercepted(vector: i32, code: u32, info: u64): bool {
  if (!isIntercepted(VMEXIT_EXCEPTION + vector)) return false;
  setExit(VMEXIT_EXCEPTION + vector, hasErrorCode(vector) ? <u64>code : 0, vector == VECTOR_PF ? faultAddress : 0, 0);
  leaveGuest(info);
  return true;
}

/**
 * Deliver the pending fault, and whatever its delivery raises. EXT is set for all but the first. `first` is the exception in whose delivery it
 * was raised, or -1; `interruptedEvent` the event, in the form of EXITINTINFO, or 0.
 */
function deliverPending(first: i32, interruptedEvent: u64): void {
  let before = first;
  let info = interruptedEvent;
  for (let depth = 0; ; depth++) {
    if (fault == VMEXIT) {
      leaveGuest(info);
      return;
    }
    let vector = fault - 1;
    let code = faultCode;
    clearFault();
    const flags = faultFlags(vector);
    // Intercepts see the second exception before it makes a double fault.
    if (exceptionIntercepted(vector, code, info)) return;
    if (vector == VECTOR_PF) store<u64>(CR2, faultAddress);
    const combined = before < 0 ? vector : combine(before, vector);
    // A benign exception whose delivery raises it again (#AC on a misaligned ring-3 stack) would hold a real processor for ever.
    if (combined < 0 || depth == DEEPEST) {
      shutDown(info);
      return;
    }
    if (combined != vector) {
      vector = VECTOR_DF;
      code = 0;
      if (exceptionIntercepted(vector, code, info)) return;
    }
    store<u32>(SHADOW, 0);
    store<u32>(EXCEPTIONS, load<u32>(EXCEPTIONS) + 1);
    store<u32>(LAST_EXCEPTION, vector);
    store<u32>(LAST_EXCEPTION + 4, code);
    noteEvent(STOP_ON_EXCEPTION, HIT_EXCEPTION, vector, code);
    eventCode = code;
    eventHasCode = hasErrorCode(vector);
    eventSoftware = false;
    eventFlags = flags;
    if (taken(faultKind, vector, 0)) return;
    count(vector == VECTOR_PF ? COUNT_PAGE_FAULTS : COUNT_EXCEPTIONS);
    setExternal(true);
    enter(vector);
    if (!fault) return;
    before = vector;
    info = eventInfo(vector, EVENT_EXCEPTION, hasErrorCode(vector), code);
  }
}

/** Deliver the pending #DB of traps, behind the instruction that caused it. */
export function deliverTrap(): void {
  faultKind = KIND_TRAP;
  deliverFault();
  faultKind = KIND_FAULT;
}

/** Deliver the pending `fault` for the instruction at the state's RIP. */
export function deliverFault(): void {
  const wasStepping = stepping;
  const info = interrupted;
  interrupted = 0;
  setStepping(true);
  clearTaskSwitched();
  deliverPending(-1, info);
  setExternal(false);
  clearTaskSwitched();
  setStepping(wasStepping);
}

/**
 * Event injection: what a VMCB's EVENTINJ asks for, which has been checked. Nothing intercepts it, but what its delivery raises may be
 * intercepted. INT n, #BP and #OF return to `next`, the VMCB's nRIP, as there is no instruction to find the length of. AMD APM vol. 2
 * "Event Injection".
 */
export function injectEvent(event: u64, next: u64): void {
  if (!((event >> EVENT_VALID_BIT) & 1)) return;
  const type = <i32>(event >> EVENT_TYPE_SHIFT) & 7;
  const vector = type == EVENT_NMI ? VECTOR_NMI : <i32>event & 0xff;
  const exception = type == EVENT_EXCEPTION;
  const wasStepping = stepping;
  const rip = getRip();
  setStepping(true);
  clearTaskSwitched();
  if (type == EVENT_SOFTWARE || (exception && (vector == VECTOR_BP || vector == VECTOR_OF))) setRip(next & 0xffffffff);
  if (type == EVENT_NMI) store<u32>(NMI_BLOCKED, 1);
  store<u32>(SHADOW, 0);
  eventFlags = readFlags();
  eventHasCode = exception && (event & EVENT_HAS_CODE) != 0;
  eventCode = <u32>(event >> 32);
  eventSoftware = type == EVENT_SOFTWARE;
  setExternal(type != EVENT_SOFTWARE);
  enter(vector);
  if (fault) {
    if (!taskSwitched) setRip(rip);
    deliverPending(exception ? vector : -1, event);
  }
  setExternal(false);
  clearTaskSwitched();
  setStepping(wasStepping);
}

/** Leave HLT, and any shadow. */
export function wake(): void {
  if (load<u32>(ACTIVITY) == ACTIVITY_HALTED) store<u32>(ACTIVITY, ACTIVITY_RUNNING);
  store<u32>(SHADOW, 0);
}

/** Deliver an external interrupt that has been acknowledged. */
export function deliverInterrupt(vector: i32): void {
  wake();
  if (takenAt(KIND_EXTERNAL, vector, 0)) return;
  count(COUNT_INTERRUPTS);
  noteInterrupt(vector);
  deliverEvent(vector, EVENT_EXTERNAL);
}

export function deliverNmi(): void {
  wake();
  store<u32>(NMI_PENDING, 0);
  if (takenAt(KIND_NMI, VECTOR_NMI, 0)) return;
  store<u32>(NMI_BLOCKED, 1);
  count(COUNT_INTERRUPTS);
  noteInterrupt(VECTOR_NMI);
  deliverEvent(VECTOR_NMI, EVENT_NMI);
}

/**
 * INT n, INT3, INTO of so many bytes: the gate's DPL counts and EXT is 0. For exec functions: a fault stays pending, with nothing changed.
 * `type`: EVENT_*, of EXITINTINFO.
 */
export function softwareInterrupt(vector: i32, type: i32, length: u32): void {
  if (takenAt(KIND_SOFTWARE, vector, length) || mustBeAlone(STOP_ON_SOFTWARE)) return;
  eventFlags = readFlags();
  eventHasCode = false;
  eventSoftware = true;
  enter(vector);
  if (!fault) {
    count(COUNT_SYSTEM_CALLS);
    noteEvent(STOP_ON_SOFTWARE, HIT_SOFTWARE, vector, 0);
  }
  finishInstruction(vector, type);
}

/** INT1: like a hardware exception in all but its cause. */
export function privilegedSoftwareException(vector: i32, length: u32): void {
  if (takenAt(KIND_TRAP, vector, length)) return;
  eventFlags = readFlags();
  eventHasCode = false;
  eventSoftware = false;
  setExternal(true);
  enter(vector);
  setExternal(false);
  finishInstruction(vector, EVENT_EXCEPTION);
}

function finishInstruction(vector: i32, type: i32): void {
  interrupted = fault ? eventInfo(vector, type, false, 0) : 0;
  finishTransfer();
}

/** At the end of any instruction that may switch tasks: a fault past the commit point is delivered in the new task. */
export function finishTransfer(): void {
  if (taskSwitched) {
    delivered = true;
    if (fault && fault != NEEDS_STEP) deliverFault();
  }
  clearTaskSwitched();
}
