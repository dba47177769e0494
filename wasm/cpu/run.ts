// The run loop: events, fetch, then either the interpreter for as long as nothing happens or one instruction alone.

import { EXIT_BUDGET, EXIT_EVENT, EXIT_GUEST, EXIT_HALT, EXIT_SHUTDOWN, EXIT_STOP, EXIT_TRANSLATE } from "../abi/exit";
import { HOT_COUNT, HOT_LIMIT } from "../abi/region";
import {
  ACTIVITY,
  ACTIVITY_EVENT,
  ACTIVITY_EXITED,
  ACTIVITY_HALTED,
  ACTIVITY_RUNNING,
  ACTIVITY_SHUTDOWN,
  GIF_CLEAR,
  GUEST,
  INTR,
  NMI_BLOCKED,
  NMI_PENDING,
  PENDING_DEBUG,
  RFLAGS,
  SHADOW,
  STOP_REQUEST,
} from "../abi/state";
import { HIT_KIND } from "../abi/stop";
import { VMEXIT_INTR, VMEXIT_NMI, VMEXIT_VINTR } from "../abi/svm";
import { U_EXEC, UOP_SIZE } from "../abi/uop";
import { interruptAcknowledge } from "../host";
import { debugActive, deliverDebugTrap, fetchBreakpoint } from "../system/debug";
import { clearDelivered, deliverFault, deliverInterrupt, deliverNmi } from "../system/interrupt";
import { allIsWatched, stopsBefore } from "../system/stop";
import { isIntercepted } from "../system/svm/intercept";
import { interruptAccepted, interruptsMasked, takeVirtualInterrupt, virtualInterruptWaits } from "../system/svm/interrupts";
import { leaveBetween } from "../system/svm/world";
import {
  alone,
  fetch,
  fetchedPage,
  MARGIN,
  reserve,
  runEnded,
  selectMode,
  setReserve,
  setRunEnded,
  startBudget,
  straddles,
  syncInstructions,
} from "./branch";
import { clearFault, fault, NEEDS_STEP, VECTOR_DB } from "./fault";
import { FLAG_I, FLAG_RF, FLAG_T } from "./flags";
import { exitUop, interpret } from "./generated/interpreter";
import { countMiss, nextSlice, sample } from "./region";
import { takeRepeat } from "./repeat";
import { currentRip, getRip, modeChanged, nextRip, setModeChanged, setRip, setStepping } from "./state";

/** Largest count run() takes at once: the budget is kept as instructions x 32 in 31 bits. */
const RUN_LIMIT: i32 = 1 << 25;
const DR6_BS: u32 = 1 << 14;

let left: i32 = 0;
/** The interpreter stopped at a branch: only targets of branches are worth entering. */
let branched: bool = false;
/** The host has let the processor go just now. */
let resumed: bool = false;

/** A repeated instruction has iterations left. SDM 3B "Instruction-Breakpoint Exception": RF is set, in the image of interrupts and traps too. */
function stayAt(u: usize): void {
  setRip(currentRip(u));
  store<u32>(RFLAGS, load<u32>(RFLAGS) | FLAG_RF);
}

/** Execute exactly `u`. Its memory-mapped I/O and stores to code happen now. A fault is delivered. */
function step(u: usize): void {
  branched = false;
  const flags = load<u32>(RFLAGS);
  const shadow = load<u32>(SHADOW);
  const guest = load<u32>(GUEST);
  clearDelivered();
  // RF lasts for one instruction, unless that is the one which loads it.
  store<u32>(RFLAGS, flags & ~FLAG_RF);
  setRip(nextRip(u));
  syncInstructions(left);
  setStepping(true);
  call_indirect<void>(<u32>load<u16>(u, U_EXEC), u);
  setStepping(false);
  left -= UOP_SIZE;
  const again = takeRepeat();
  if (fault) {
    store<u32>(RFLAGS, load<u32>(RFLAGS) | (flags & FLAG_RF));
    setRip(currentRip(u));
    deliver();
    return;
  }
  if (again) stayAt(u);
  // A shadow lasts for one instruction too: drop what was there before, keep what this one made.
  if (shadow) store<u32>(SHADOW, load<u32>(SHADOW) & ~shadow);
  // The trap of a VMRUN would be the host's.
  if (flags & FLAG_T && load<u32>(GUEST) == guest) store<u32>(PENDING_DEBUG, load<u32>(PENDING_DEBUG) | DR6_BS);
}

function deliver(): void {
  syncInstructions(left);
  if (fault != VECTOR_DB + 1) store<u32>(PENDING_DEBUG, 0);
  deliverFault();
  clearFault();
}

/** An NMI can be taken: GIF is set and none is being handled. */
function nmiWaits(): bool {
  return load<u32>(NMI_PENDING) != 0 && !load<u32>(NMI_BLOCKED) && !load<u32>(GIF_CLEAR);
}

/**
 * Deliver what waits at an instruction boundary: traps first, then NMI, then the INTR pin, then virtual interrupts. SDM 3A "Priority Among
 * Concurrent Events". What a guest's VMCB intercepts ends guest mode instead, and stays pending; with GIF clear, nothing of it comes then.
 */
function events(): void {
  if (load<u32>(PENDING_DEBUG)) {
    deliverDebugTrap();
    clearFault();
    if (load<u32>(ACTIVITY) == ACTIVITY_EVENT) return;
  }
  if (nmiWaits() && load<u32>(SHADOW) == 0) {
    if (isIntercepted(VMEXIT_NMI)) leaveBetween(VMEXIT_NMI);
    else {
      store<u32>(NMI_PENDING, 0);
      store<u32>(ACTIVITY, ACTIVITY_RUNNING);
      deliverNmi();
      clearFault();
    }
    if (load<u32>(ACTIVITY) == ACTIVITY_EVENT) return;
  }
  if (load<u32>(INTR) && interruptAccepted()) {
    if (isIntercepted(VMEXIT_INTR)) leaveBetween(VMEXIT_INTR);
    else {
      const vector = interruptAcknowledge();
      store<u32>(ACTIVITY, ACTIVITY_RUNNING);
      if (vector >= 0) {
        deliverInterrupt(vector);
        clearFault();
      }
    }
  }
  if (virtualInterruptWaits() && (load<u32>(RFLAGS) & FLAG_I) != 0 && load<u32>(SHADOW) == 0) {
    store<u32>(ACTIVITY, ACTIVITY_RUNNING);
    if (isIntercepted(VMEXIT_VINTR)) leaveBetween(VMEXIT_VINTR);
    else {
      deliverInterrupt(takeVirtualInterrupt());
      clearFault();
    }
  }
}

function wakes(): bool {
  if (load<u32>(PENDING_DEBUG) || nmiWaits()) return true;
  if (virtualInterruptWaits() && (load<u32>(RFLAGS) & FLAG_I) != 0) return true;
  return load<u32>(INTR) != 0 && !interruptsMasked();
}

/** Budget that the interpreter may use before the next sample, and whether that was used up. */
let sliceLeft: i32 = 0;
let sampleDue: bool = false;
/** Budget to come to the next branch. */
const SHORT_SLICE: i32 = MARGIN + UOP_SIZE;

/** Interpret until something happens, but at most to the next sample: then the place where it stands is counted, to find hot code. */
function interpretSlice(u: usize): void {
  if (sampleDue && branched) {
    sampleDue = false;
    sliceLeft = nextSlice();
    sample(u, <u32>fetchedPage, 0);
  } else if (sampleDue) sliceLeft = SHORT_SLICE;
  const slice = min(left, sliceLeft);
  setReserve(left - slice);
  setRunEnded(false);
  const rest = interpret(u, slice);
  left = rest + reserve;
  setReserve(0);
  sliceLeft -= slice - rest;
  if (sliceLeft <= MARGIN) sampleDue = true;
  branched = exitUop == 0 ? !runEnded : getRip() != nextRip(exitUop);
}

/** One turn: fetch at RIP and execute a stretch, or one instruction. */
function turn(): void {
  if (modeChanged) {
    setModeChanged(false);
    selectMode();
  }
  const rip = getRip();
  if (stopsBefore(rip)) return;
  const watched = debugActive() || allIsWatched();
  if (debugActive() && !(load<u32>(RFLAGS) & FLAG_RF) && fetchBreakpoint(rip)) {
    deliver();
    left -= UOP_SIZE;
    return;
  }
  const u = fetch(rip);
  if (fault) {
    deliver();
    left -= UOP_SIZE;
    return;
  }
  if (alone || watched || left <= MARGIN || load<u32>(SHADOW) || load<u32>(RFLAGS) & (FLAG_T | FLAG_RF)) {
    step(u);
    return;
  }
  if (resumed) {
    resumed = false;
    countMiss(u);
  }
  interpretSlice(u);
  if (fault == NEEDS_STEP) {
    clearFault();
    step(exitUop);
  } else if (fault) {
    left -= UOP_SIZE;
    setRip(currentRip(exitUop));
    deliver();
  } else if (exitUop) {
    if (straddles) setRip(currentRip(exitUop));
    else if (takeRepeat()) stayAt(exitUop);
  }
}

/**
 * Execute at most `count` instructions (fewer only for one of the reasons returned; a delivered exception counts as one).
 * Returns EXIT_*.
 */
export function run(count: i32): i32 {
  const n = min(count, RUN_LIMIT);
  startBudget(n);
  left = n << 5;
  branched = false;
  resumed = true;
  store<u32>(STOP_REQUEST, 0);
  while (true) {
    if (load<u32>(ACTIVITY) == ACTIVITY_HALTED && !wakes()) return leave(EXIT_HALT);
    if (load<u32>(ACTIVITY) == ACTIVITY_SHUTDOWN) return leave(EXIT_SHUTDOWN);
    if (load<u32>(ACTIVITY) == ACTIVITY_EXITED) return leave(EXIT_GUEST);
    if (load<u32>(ACTIVITY) == ACTIVITY_EVENT) return leaveForEvent();
    if (left <= 0) return leave(EXIT_BUDGET);
    if (load<u32>(STOP_REQUEST)) return leave(EXIT_STOP);
    if (load<u32>(HOT_COUNT) >= load<u32>(HOT_LIMIT)) return leave(EXIT_TRANSLATE);
    events();
    if (load<u32>(ACTIVITY) != ACTIVITY_RUNNING || load<u32>(HIT_KIND)) continue;
    turn();
    syncInstructions(left);
  }
}

/** A hypervisor takes the event: abi/deprivileged.ts. */
function leaveForEvent(): i32 {
  store<u32>(ACTIVITY, ACTIVITY_RUNNING);
  // The delivery would have cleared TF, and with it the trap that INT was due for.
  store<u32>(PENDING_DEBUG, load<u32>(PENDING_DEBUG) & ~DR6_BS);
  return leave(EXIT_EVENT);
}

function leave(reason: i32): i32 {
  syncInstructions(left);
  return reason;
}
