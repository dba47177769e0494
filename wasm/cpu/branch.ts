// Finding the next micro-op: decoded runs, links inside a page, and lookups across pages.
import { MODE_BIG, MODE_FLAT_CODE } from "../abi/code-mode";
import { SCRATCH_UOPS, STRADDLE_BYTES } from "../abi/layout";
import { CS, INSTRUCTIONS, SEG_BASE, SEG_LIMIT } from "../abi/state";
import { U_IMM, U_LENGTH, U_LINK, U_OFFSET, U_OP, UOP_SIZE } from "../abi/uop";
import { executesAlone } from "../system/stop";
import { allocateUops, codeDrops, dropAllCode, ENTRIES, markDecoded, trimUops } from "./code-cache";
import { codeLookup, descriptorAt, fetchPhysical, hostPage, knownDescriptor, mode } from "./code-tlb";
import { DECODE_MORE, decode, leafEnds } from "./decode";
import { fault, raiseCode, VECTOR_GP } from "./fault";
import { OP_LINK, OP_STRADDLE } from "./generated/hot-ops";
import { readPhysical } from "./paging";
import { settled } from "./region";
import { repeating } from "./repeat";
import { selectHot } from "./select-hot";
import { getRip, nextRip, pageLinear, segment, setPageLinear, setRip } from "./state";
import { completeStraddle } from "./straddle";

export { codeLookup, flatTop, mode, selectMode } from "./code-tlb";

/** Longest run of micro-ops between two looks at the budget. */
const RUN_MAX: i32 = 128;
/** Budget (instructions x 32) at or below which the run loop steps, so that it stops exactly. A run may overshoot by its length. */
export const MARGIN: i32 = (RUN_MAX + 2) * UOP_SIZE;

/** Value INSTRUCTIONS will have when the budget is used up. */
let runEnd: u64 = 0;

/** The part of the budget that lies behind the end of the interpreter's slice: `left` does not contain it. */
export let reserve: i32 = 0;
export function setReserve(budget: i32): void {
  reserve = budget;
}

export function startBudget(instructions: i32): void {
  runEnd = load<u64>(INSTRUCTIONS) + instructions;
}

/** Make INSTRUCTIONS exact when `left` (instructions x 32) remains of the budget. */
export function syncInstructions(left: i32): void {
  store<u64>(INSTRUCTIONS, runEnd - <i64>((left + reserve) >> 5));
}

function link(u: usize, offset: u32, length: u32, target: usize): void {
  memory.fill(u, 0, UOP_SIZE);
  store<u16>(u, OP_LINK, U_OP);
  store<u16>(u, offset, U_OFFSET);
  store<u8>(u, length, U_LENGTH);
  store<u32>(u, <u32>target, U_LINK);
}

/** Decode a run at `offset` of a page. Returns its first micro-op, or 0 if the arena is full. */
function decodeRun(descriptor: usize, start: u32): usize {
  const first = allocateUops(<usize>((RUN_MAX + 1) * UOP_SIZE));
  if (!first) return 0;
  const page = hostPage(descriptor);
  const big = (mode & MODE_BIG) != 0;
  const flat = (mode & MODE_FLAT_CODE) != 0;
  let u = first;
  let offset = start;
  let previous: usize = 0;
  for (let count = 0; ; count++) {
    const known = offset < 4096 ? <usize>load<u32>(descriptor + ENTRIES + (offset << 2)) : 0;
    if (known || offset >= 4096 || count == RUN_MAX) {
      link(u, offset, 0, known);
      u += UOP_SIZE;
      break;
    }
    const length = decode(u, page + offset, 4096 - offset, big, false);
    store<u16>(u, offset, U_OFFSET);
    store<u32>(descriptor + ENTRIES + (offset << 2), <u32>u);
    if (length == DECODE_MORE) {
      // Its other half waits in the slot after it until it is executed: abi/uop.ts.
      memory.fill(u, 0, UOP_SIZE * 2);
      store<u16>(u, OP_STRADDLE, U_OP);
      store<u16>(u, offset, U_OFFSET);
      markDecoded(descriptor, offset, 4096);
      u += UOP_SIZE * 2;
      break;
    }
    markDecoded(descriptor, offset, length);
    const goesOn = selectHot(u, previous, flat, leafEnds(u));
    previous = u;
    offset += length;
    u += UOP_SIZE;
    if (!goesOn) break;
  }
  trimUops(u);
  return first;
}

/** takeBranch() stopped where no branch is. */
export let runEnded: bool = false;

export function setRunEnded(value: bool): void {
  runEnded = value;
}

/**
 * A direct branch, or the end of a run: set RIP to where `u` leads, and return the micro-op there (remembering it if it is in this page),
 * or 0 if the run loop must take over: budget used up, another page that is not at hand, no room.
 */
export function takeBranch(u: usize, left: i32): usize {
  const target = <u32>pageLinear() + load<u16>(u, U_OFFSET) + load<u8>(u, U_LENGTH) + load<u32>(u, U_IMM);
  setRip((<u64>target - load<u64>(segment(CS), SEG_BASE)) & 0xffffffff);
  if (left <= MARGIN) {
    runEnded = load<u16>(u) == OP_LINK;
    return 0;
  }
  if ((target & 0xfffff000) != <u32>pageLinear()) return mode & MODE_FLAT_CODE ? codeLookup(target) : 0;
  // Only through the code TLB: a walk could find another page here than the one that runs, which must not be linked to.
  const descriptor = knownDescriptor(target);
  if (!descriptor) return 0;
  const at = descriptor + ENTRIES + ((target & 0xfff) << 2);
  let next = <usize>load<u32>(at);
  if (!next) next = decodeRun(descriptor, target & 0xfff);
  if (next) store<u32>(u, <u32>next, U_LINK);
  return next;
}

/**
 * The straddling instruction `u` was executed and leads on into the page `second`: set pageLinear, and return the micro-op there, or 0 with
 * RIP set if the run loop must take over.
 */
export function afterStraddle(u: usize, second: usize, left: i32): usize {
  const offset = (load<u16>(u, U_OFFSET) + load<u8>(u, U_LENGTH)) & 0xfff;
  setRip(nextRip(u));
  if (left <= MARGIN) return 0;
  setPageLinear(<u64>(<u32>pageLinear() + 4096));
  const next = <usize>load<u32>(second + ENTRIES + (offset << 2));
  return next ? next : decodeRun(second, offset);
}

/**
 * An instruction was executed that may have changed anything: the micro-op at RIP, found as the run loop would find it, or 0 if the run loop
 * must take over: something waits, or the code is not at hand.
 */
export function afterEnding(left: i32): usize {
  if (left <= MARGIN || repeating || !(mode & MODE_FLAT_CODE) || !settled()) return 0;
  return mode & MODE_FLAT_CODE ? codeLookup(<u32>getRip()) : 0;
}

/** The run loop must fetch the instruction `u`, which lies on two pages; see fetch(). */
export let straddles: bool = false;
/** Descriptor of the page that fetch() found its micro-op in. */
export let fetchedPage: usize = 0;
export function needStraddle(): void {
  straddles = true;
}

/**
 * The micro-op at RIP. Faults of the fetch are raised. `alone` is set if it must be executed by itself: it lies in the scratch area, or in
 * the page in which its code segment ends.
 */
export let alone: bool = false;
export function fetch(rip: u64): usize {
  const cs = segment(CS);
  const limit = load<u32>(cs, SEG_LIMIT);
  straddles = false;
  if (rip > <u64>limit) {
    raiseCode(VECTOR_GP, 0);
    return 0;
  }
  const target = <u32>(load<u64>(cs, SEG_BASE) + rip);
  alone = executesAlone(target);
  const descriptor = descriptorAt(target);
  if (fault) return 0;
  setPageLinear(<u64>(target & 0xfffff000));
  if (!descriptor) return fetchScratch(target, <u32>rip, limit);
  fetchedPage = descriptor;
  const offset = target & 0xfff;
  let u = <usize>load<u32>(descriptor + ENTRIES + (offset << 2));
  if (!u) u = decodeRun(descriptor, offset);
  if (!u) {
    dropAllCode();
    return fetch(rip);
  }
  if (load<u16>(u) == <u16>OP_STRADDLE) return fetchStraddle(u, descriptor, target, <u32>rip, limit);
  if (limit - <u32>rip < 4095 - offset) {
    alone = true;
    checkEnd(u, <u32>rip, limit);
  }
  return u;
}

/** SDM 3A "Limit Checking": the last byte of an instruction must lie within the segment. */
function checkEnd(u: usize, rip: u32, limit: u32): void {
  if (limit - rip < <u32>load<u8>(u, U_LENGTH) - 1) raiseCode(VECTOR_GP, 0);
}

/** The micro-op `u` of the page `first` with its other half, which may have to be decoded. In flat code the interpreter can run it. */
function fetchStraddle(u: usize, first: usize, target: u32, rip: u32, limit: u32): usize {
  const held: u32 = 4096 - (target & 0xfff);
  // The second page is only looked at if the segment goes on there.
  if (held > limit - rip) {
    raiseCode(VECTOR_GP, 0);
    return 0;
  }
  const drops = codeDrops;
  const second = descriptorAt(target + held);
  if (fault) return 0;
  if (!second) return fetchScratch(target, rip, limit);
  // To make room for the second page, all code may have been dropped.
  if (codeDrops != drops) return fetch(<u64>rip);
  completeStraddle(u, first, second);
  alone = (mode & MODE_FLAT_CODE) == 0 || executesAlone(target) || executesAlone(target + held);
  checkEnd(u, rip, limit);
  return u;
}

/** Decode one instruction byte by byte into the scratch micro-op: it lies on two pages, or in no plain memory. */
function fetchScratch(target: u32, rip: u32, limit: u32): usize {
  const u = <usize>SCRATCH_UOPS;
  alone = true;
  let physical = fetchPhysical(<u64>target);
  if (fault) return 0;
  for (let i = 0; i < 15; i++) {
    const linear = target + i;
    if (i && (linear & 0xfff) == 0) {
      // The next page is only looked at when the instruction goes on there.
      if (decode(u, STRADDLE_BYTES, i, (mode & MODE_BIG) != 0, false) != DECODE_MORE) break;
      if (<u32>i > limit - rip) {
        raiseCode(VECTOR_GP, 0);
        return 0;
      }
      physical = fetchPhysical(<u64>linear);
      if (fault) return 0;
    }
    store<u8>(<usize>(STRADDLE_BYTES + i), readPhysical<u8>((physical & ~0xfff) | (linear & 0xfff)));
  }
  decode(u, STRADDLE_BYTES, 15, (mode & MODE_BIG) != 0, false);
  store<u16>(u, target & 0xfff, U_OFFSET);
  checkEnd(u, rip, limit);
  return u;
}
