// Translated code seen from the processor: finding what deserves it (by samples of where the interpreter stands), entering it, and the
// instructions that it leaves to exec functions.
import { MODE_FLAT_CODE } from "../abi/code-mode";
import {
  CHAIN_MISS,
  ENDING_LEFT,
  ENTRY_COPY,
  ENTRY_FUNCTION,
  ENTRY_LINEAR,
  ENTRY_NEED,
  ENTRY_NUMBER,
  ENTRY_TLB,
  HEAT_ENTRIES,
  HEAT_PERIOD,
  HEAT_TABLE,
  HEAT_THRESHOLD,
  HOT_COUNT,
  HOT_LIST,
  HOT_MAX,
  HOT_MISSED,
  HOT_RECORD_SIZE,
  LEAVE_BELOW,
  LEAVE_KIND,
  LEAVE_KIND_SET,
  LEAVE_PAGE,
  LEAVE_SPAN,
  LEAVE_UOP,
  NEXT_UOP,
  REGIONS_DROPPED,
  TRANSLATED,
} from "../abi/region";
import {
  ACTIVITY,
  ACTIVITY_RUNNING,
  CS,
  GUEST,
  INTR,
  NMI_PENDING,
  PENDING_DEBUG,
  RFLAGS,
  SEG_BASE,
  SEG_LIMIT,
  SHADOW,
  STOP_REQUEST,
} from "../abi/state";
import { U_EXEC, U_LINK, U_OFFSET, UOP_SIZE } from "../abi/uop";
import { debugActive } from "../system/debug";
import { hostTakesInterrupts, noteShadow, virtualInterruptWaits } from "../system/svm/interrupts";
import { codeLookup, flatTop, MARGIN, mode, reserve, selectMode, setReserve, syncInstructions } from "./branch";
import { knownDescriptor } from "./code-tlb";
import { clearFault, fault } from "./fault";
import { FLAG_I, FLAG_RF, FLAG_T, setLazyKind } from "./flags";
import { OP_ENTER, OP_STRADDLE } from "./generated/hot-ops";
import { tlb } from "./memory";
import { takeRepeat } from "./repeat";
import { currentRip, getRip, modeChanged, nextRip, pageLinear, segment, setModeChanged, setPageLinear, setRip, setStepping } from "./state";

let random: u32 = 1;

/** How much budget the interpreter may use before the next sample: about HEAT_PERIOD instructions, not in step with the guest's loops. */
export function nextSlice(): i32 {
  random = random * 1664525 + 1013904223;
  const period = load<u32>(HEAT_PERIOD);
  return MARGIN + UOP_SIZE + <i32>(((period >> 1) + ((<u64>period * <u64>random) >> 32)) << 5);
}

/** The interpreter's slice ended at the branch target `u`: count it. `missed` is 0 or HOT_MISSED. */
export function sample(u: usize, descriptor: u32, missed: u32): void {
  const threshold = load<u32>(HEAT_THRESHOLD);
  const op = <i32>load<u16>(u);
  if (!threshold || op == OP_ENTER || op == OP_STRADDLE) return;
  const counter = HEAT_TABLE + (((<u32>u >> 5) & (HEAT_ENTRIES - 1)) << 3);
  let count: u32 = 1;
  if (load<u32>(counter) == <u32>u) count += load<u32>(counter, 4);
  else {
    const other = load<u32>(counter, 4);
    if (other > 1 && other < threshold) {
      store<u32>(counter, other - 1, 4);
      return;
    }
    store<u32>(counter, <u32>u);
  }
  store<u32>(counter, count, 4);
  const hot = load<u32>(HOT_COUNT);
  // Not translated although it was said to be hot: say so again, ever more rarely.
  if (count < threshold || (count & (count - 1) && count != threshold) || hot == HOT_MAX) return;
  const record = HOT_LIST + hot * HOT_RECORD_SIZE;
  store<u32>(record, <u32>u);
  store<u32>(record, descriptor, 4);
  store<u32>(record, <u32>pageLinear() | missed, 8);
  store<u32>(record, <u32>tlb, 12);
  store<u32>(record, <u32>load<u64>(segment(CS), SEG_BASE), 16);
  store<u32>(HOT_COUNT, hot + 1);
}

/** Forget all samples: micro-ops have moved. */
export function forgetSamples(): void {
  memory.fill(HEAT_TABLE, 0, HEAT_ENTRIES * 8);
  store<u32>(HOT_COUNT, 0);
}

/**
 * Enter the region of `u` with all that is left of the budget. Returns what is left of the interpreter's slice, so that samples count only
 * interpreted instructions. Afterwards NEXT_UOP says where to go on.
 */
export function enterRegion(u: usize, left: i32): i32 {
  const record = <usize>load<u32>(u, U_LINK);
  const total = left + reserve;
  if (total <= load<i32>(record, ENTRY_NEED) || load<u32>(record, ENTRY_TLB) != <u32>tlb) {
    store<u32>(NEXT_UOP, <u32>record + ENTRY_COPY);
    return left;
  }
  setReserve(0);
  const after = enterRegions(record, total);
  store<u64>(TRANSLATED, load<u64>(TRANSLATED) + ((total - after) >> 5));
  const slice = min(left, after);
  setReserve(after - slice);
  return slice;
}

/** So many ways out of regions to where none begins count as one sample. */
const MISSES: u32 = 64;
let misses: u32 = 0;

/** The interpreter takes over at `u`, where a region or the host led: if that is often so, it deserves a region. */
export function countMiss(u: usize): void {
  if (++misses % MISSES) return;
  const descriptor = knownDescriptor(<u32>pageLinear());
  if (descriptor) sample(u, <u32>descriptor, HOT_MISSED);
}

/** The same for a branch, if the region has ended with one. */
function countChainMiss(): void {
  const u = <usize>load<u32>(CHAIN_MISS);
  if (!u) return;
  store<u32>(CHAIN_MISS, 0);
  countMiss(u);
}

/** An instruction of a region has led elsewhere, and nothing waits for the run loop. */
let elsewhere: bool = false;

/** One region, and those that instructions which end runs lead to: interrupts, their returns, system calls. Returns what is left. */
function enterRegions(first: usize, total: i32): i32 {
  let record = first;
  let left = total;
  while (true) {
    elsewhere = false;
    const delta = <i32>(<u32>pageLinear() - load<u32>(record, ENTRY_LINEAR));
    left = call_indirect<i32>(load<u32>(record, ENTRY_FUNCTION), load<i32>(record, ENTRY_NUMBER), left, delta);
    countChainMiss();
    if (!elsewhere || load<u32>(NEXT_UOP) || left <= MARGIN) return left;
    const u = codeLookup(<u32>(load<u64>(segment(CS), SEG_BASE) + getRip()));
    if (!u) return left;
    if (<i32>load<u16>(u) == OP_ENTER) {
      record = load<u32>(u, U_LINK);
      if (left > load<i32>(record, ENTRY_NEED) && load<u32>(record, ENTRY_TLB) == <u32>tlb) continue;
    } else countMiss(u);
    // The run loop looks at the limit of the code segment.
    if (mode & MODE_FLAT_CODE) store<u32>(NEXT_UOP, <u32>u);
    return left;
  }
}

/**
 * A region does not lie in its code segment as it was entered at the record's micro-op: nothing of it was executed. The interpreter goes on
 * there, through the run loop where the segment ends in the page.
 */
export function refuseEntry(record: u32): void {
  const u = <usize>record + ENTRY_COPY;
  const rip = currentRip(u);
  const limit = load<u32>(segment(CS), SEG_LIMIT);
  const whole = rip <= <u64>limit && limit - <u32>rip >= <u32>4095 - load<u16>(u, U_OFFSET);
  setRip(rip);
  store<u32>(NEXT_UOP, whole ? <u32>u : 0);
}

/** Nothing waits for the run loop at this instruction boundary. Takes over a change of mode. */
export function settled(): bool {
  if (load<u32>(PENDING_DEBUG) || load<u32>(STOP_REQUEST) || load<u32>(NMI_PENDING) || load<u32>(ACTIVITY) != ACTIVITY_RUNNING)
    return false;
  const flags = load<u32>(RFLAGS);
  const pin = load<u32>(INTR);
  const interrupt = pin != 0 || virtualInterruptWaits();
  if (flags & (FLAG_T | FLAG_RF) || (interrupt && flags & FLAG_I) || (pin && hostTakesInterrupts())) return false;
  if (load<u32>(SHADOW)) {
    // An interrupt shadow matters only if something may come before the next boundary: without a host call, and with budget left, nothing can.
    if (interrupt) return false;
    if (load<u32>(GUEST)) noteShadow();
    store<u32>(SHADOW, 0);
  }
  if (modeChanged) {
    if (debugActive()) return false;
    setModeChanged(false);
    selectMode();
  }
  return true;
}

/**
 * Execute an instruction that may change more than registers and memory, for translated code: `left` is the budget before it, `page` the
 * linear address of its page. Returns 0 if translated code may go on with the next instruction. Otherwise it must return to its caller at
 * once, with nothing stored: NEXT_UOP, RIP and ENDING_LEFT are set.
 */
export function executeEnding(u: usize, left: i32, page: u32): i32 {
  setPageLinear(<u64>page);
  const next = nextRip(u);
  store<u32>(REGIONS_DROPPED, 0);
  const tables = tlb;
  const before = mode;
  const top = flatTop;
  let rest = left;
  while (true) {
    syncInstructions(rest);
    setRip(next);
    setStepping(true);
    call_indirect<void>(<u32>load<u16>(u, U_EXEC), u);
    setStepping(false);
    if (fault) return leaveAt(u, rest, rest == left);
    rest -= UOP_SIZE;
    store<i32>(ENDING_LEFT, rest);
    if (!takeRepeat()) break;
    if (!goesOn(u, rest, tables, before)) return leaveAt(u, rest, false);
  }
  // Where code is not flat, CS may have been loaded, and the next instruction be another at the same RIP.
  const sameCode = (before & MODE_FLAT_CODE) != 0 || !modeChanged;
  if (settled()) {
    // Translated code counts one instruction: further chunks are told by leaving it.
    const single = rest == left - UOP_SIZE;
    if (single && sameCode && getRip() == next && tlb == tables && mode == before && flatTop == top && !load<u32>(REGIONS_DROPPED))
      return 0;
    elsewhere = true;
  }
  store<u32>(NEXT_UOP, 0);
  return 1;
}

/**
 * For a region that is left before an instruction: `way` is its record (LEAVE_*), `left` the budget before the instructions that are done,
 * `delta` the region's, `address` what an access was addressed by. `counters` are the region's. Returns the budget left.
 */
export function leaveRegion(way: usize, left: i32, delta: u32, address: u32, counters: usize): i32 {
  const page = load<u32>(way, LEAVE_PAGE);
  store<u32>(NEXT_UOP, load<u32>(way, LEAVE_UOP));
  setPageLinear(<u64>((page & ~0xfff) + delta));
  const kind = load<u32>(way, LEAVE_KIND);
  if (kind != LEAVE_KIND_SET) setLazyKind(kind);
  const span = <u32>load<u16>(way, LEAVE_SPAN);
  if (span) {
    const first = address - load<u16>(way, LEAVE_BELOW);
    store<u32>(counters, load<u32>(counters) + 1);
    if ((first & 0xfff) > 0x1000 - span) store<u32>(counters, load<u32>(counters, 4) + 1, 4);
  }
  return left - ((page & 0xfff) << 5);
}

/** The interpreter goes on with `u`; unless it is there for the first time, through the run loop, as after any chunk of a repeated instruction. */
function leaveAt(u: usize, left: i32, first: bool): i32 {
  store<i32>(ENDING_LEFT, left);
  store<u32>(NEXT_UOP, first ? <u32>u : 0);
  if (first) return 1;
  clearFault();
  setRip(currentRip(u));
  store<u32>(RFLAGS, load<u32>(RFLAGS) | FLAG_RF);
  return 1;
}

/** Whether a repeated instruction may go on with its next chunk at once: nothing is different, its own code included. */
function goesOn(u: usize, left: i32, tables: usize, before: u32): bool {
  if (left <= MARGIN || !settled() || tlb != tables || mode != before) return false;
  return codeLookup(<u32>pageLinear() + load<u16>(u, U_OFFSET)) == u;
}
