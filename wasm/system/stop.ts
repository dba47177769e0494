// Stops for a debugger outside of the guest (abi/stop.ts): nothing here can be seen by the guest. Its own debug registers are in debug.ts.

import { CPL, CR0, CR4, CS, INSTRUCTIONS, RFLAGS, SEG_BASE, STOP_REQUEST } from "../abi/state";
import {
  HIT_DATA,
  HIT_EXECUTE,
  HIT_FIRST,
  HIT_INTERRUPT,
  HIT_KIND,
  HIT_MODE,
  HIT_MSR,
  HIT_SECOND,
  LAST_INTERRUPT,
  STOP_DATA,
  STOP_DATA_COUNT,
  STOP_DATA_PAGES,
  STOP_DATA_SIZE,
  STOP_EVENTS,
  STOP_EXECUTE,
  STOP_EXECUTE_COUNT,
  STOP_EXECUTE_PAGES,
  STOP_MODE,
  STOP_ON_INTERRUPT,
  STOP_ON_MODE,
  STOP_ON_MSR,
  STOP_PASS_COUNT,
  STOP_PASS_LINEAR,
  STOP_READ,
  STOP_WRITE,
} from "../abi/stop";
import { needStep } from "../cpu/fault";
import { FLAG_RF, FLAG_VM } from "../cpu/flags";
import { segment, stepping } from "../cpu/state";

const CR0_PE: u32 = 1;
const CR0_PG: u32 = 1 << 31;
const CR4_PAE: u32 = 1 << 5;

function report(kind: i32, first: u32, second: u32): void {
  store<u32>(STOP_REQUEST, 1);
  if (load<u32>(HIT_KIND)) return;
  store<u32>(HIT_KIND, kind);
  store<u32>(HIT_FIRST, first);
  store<u32>(HIT_SECOND, second);
}

function pageIsIn(bitmap: usize, linear: u32): bool {
  return (load<u8>(bitmap + (linear >>> 15)) & (1 << ((linear >>> 12) & 7))) != 0;
}

/** Whether code at `linear` has to be executed one instruction at a time, each found by the run loop. */
export function executesAlone(linear: u32): bool {
  return load<u32>(STOP_EXECUTE_COUNT) != 0 && pageIsIn(STOP_EXECUTE_PAGES, linear);
}

/** Whether accesses to the page of `linear` have to be seen. */
export function dataIsWatched(linear: u32): bool {
  return load<u32>(STOP_DATA_COUNT) != 0 && pageIsIn(STOP_DATA_PAGES, linear);
}

/** Whether everything has to be executed one instruction at a time. */
export function allIsWatched(): bool {
  return (load<u32>(STOP_EVENTS) & STOP_ON_MODE) != 0;
}

/** Whether the run ends before the instruction at `rip`. As with the guest's own breakpoints, RF lets it pass: it was stopped for already. */
export function stopsBefore(rip: u64): bool {
  if (load<u32>(STOP_EVENTS) & STOP_ON_MODE && modeHasChanged()) return true;
  const count = load<u32>(STOP_EXECUTE_COUNT);
  if (!count || load<u32>(RFLAGS) & FLAG_RF) return false;
  const linear = <u32>(load<u64>(segment(CS), SEG_BASE) + rip);
  if (!pageIsIn(STOP_EXECUTE_PAGES, linear) || !isListed(linear, count)) return false;
  if (load<u32>(STOP_PASS_LINEAR) == linear && load<u64>(STOP_PASS_COUNT) == load<u64>(INSTRUCTIONS)) return false;
  report(HIT_EXECUTE, linear, 0);
  return true;
}

function isListed(linear: u32, count: u32): bool {
  let low: u32 = 0;
  let high = count;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const address = load<u32>(STOP_EXECUTE + ((<usize>middle) << 2));
    if (address == linear) return true;
    if (address < linear) low = middle + 1;
    else high = middle;
  }
  return false;
}

/** Bit 31 CR0.PG, bit 4 CR4.PAE, bit 3 EFLAGS.VM, bits 1-2 CPL, bit 0 CR0.PE. */
function modeNow(): u32 {
  const paging = load<u32>(CR0) & (CR0_PE | CR0_PG);
  const extended = load<u32>(CR4) & CR4_PAE ? <u32>16 : 0;
  const virtual = load<u32>(RFLAGS) & FLAG_VM ? <u32>8 : 0;
  return paging | extended | virtual | (load<u32>(CPL) << 1);
}

function modeHasChanged(): bool {
  const mode = modeNow();
  if (mode == load<u32>(STOP_MODE)) return false;
  store<u32>(STOP_MODE, mode);
  report(HIT_MODE, mode, 0);
  return true;
}

/** The instruction that is executed alone has accessed [linear, linear + size). */
export function noteAccess(linear: u64, size: u32, write: bool): void {
  const kind: u32 = write ? STOP_WRITE : STOP_READ;
  const count = load<u32>(STOP_DATA_COUNT);
  for (let n: u32 = 0; n < count; n++) {
    const range = <usize>STOP_DATA + <usize>n * STOP_DATA_SIZE;
    const first = <u64>load<u32>(range);
    if (!(load<u32>(range, 8) & kind) || linear > <u64>load<u32>(range, 4) || linear + size <= first) continue;
    report(HIT_DATA, <u32>max(linear, first), kind);
  }
}

/** An event of kind `hit` was delivered, if runs stop for those of `mask`. */
export function noteEvent(mask: u32, hit: i32, first: u32, second: u32): void {
  if (load<u32>(STOP_EVENTS) & mask) report(hit, first, second);
}

export function noteInterrupt(vector: i32): void {
  store<u64>(LAST_INTERRUPT, load<u64>(INSTRUCTIONS) + 1);
  noteEvent(STOP_ON_INTERRUPT, HIT_INTERRUPT, vector, 0);
}

/** For an instruction that runs stop after: whether it has to be executed alone, and is not. Then it is asked for. */
export function mustBeAlone(mask: u32): bool {
  if (!(load<u32>(STOP_EVENTS) & mask) || stepping) return false;
  needStep();
  return true;
}

export function noteMsr(index: u32, write: bool): void {
  noteEvent(STOP_ON_MSR, HIT_MSR, index, write ? STOP_WRITE : STOP_READ);
}
