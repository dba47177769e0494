// The software TLBs: filling and flushing. A data entry is (u64 tag, u32 addend): host address = linear + addend. An entry is invalid
// when its tag is a page that can not map to its slot, so that the fast path `linear - tag < 4097 - size` needs no other test.
import {
  CODE_TLB_BASE,
  CODE_TLB_FILLS_BASE,
  CODE_TLB_FILLS_MAX,
  CODE_TLB_SIZE,
  LARGE_REGIONS,
  TLB_BASE,
  TLB_FILLS_BASE,
  TLB_FILLS_MAX,
  TLB_GLOBAL_FILLS_BASE,
  TLB_SET_SIZE,
  TLB_SETS,
  TLB_TABLE_SIZE,
  TLB_WRITE_OFFSET,
} from "../abi/layout";
import { JUMP_GENERATION, JUMP_STEP, JUMP_TABLE_SIZE, JUMPS, REGIONS_DROPPED } from "../abi/region";
import { globalPage, largePage } from "./paging";

// The list of code entries is two: others first, then global ones.
const CODE_FILLS_MAX: i32 = CODE_TLB_FILLS_MAX / 2;
/** Tag of an entry of the code TLBs that is empty. */
const NO_CODE: u32 = 0xffffffff;
const GLOBAL_CODE_FILLS: i32 = CODE_TLB_FILLS_BASE + CODE_FILLS_MAX * 4;

// How many entries were filled since the last flush; above the maximum, the list does not hold them all and counting stops.
let fills: i32 = 0;
let globalFills: i32 = 0;
let codeFills: i32 = 0;
let globalCodeFills: i32 = 0;
/** Entries of the code TLBs were filled that a flush of all but global ones drops. */
let localSupervisorCode: bool = false;
let localUserCode: bool = false;

/**
 * Offset of a page's entry in its table. Bits 24-31 take part, so that buffers a multiple of 16 MiB apart do not fight for one entry; the
 * slots of the first 16 MiB are plain, which invalidate() relies on. Handlers and translated code compute it in line.
 */
export function tlbSlot(linear: u32): usize {
  return ((linear >>> 8) ^ (linear >>> 20)) & 0xfff0;
}

function invalidate(entry: usize): void {
  store<u64>(entry, <u64>(((((entry >> 4) ^ 0x800) & 0xfff) << 12) | 1));
}

function invalidateTables(): void {
  const end = TLB_BASE + TLB_SET_SIZE * TLB_SETS;
  for (let entry: usize = TLB_BASE; entry < <usize>end; entry += 16) invalidate(entry);
}

/** What was looked up for jumps between regions of supervisor or user code may not be true any more. */
function forgetJumpsOf(user: bool): void {
  const at: usize = JUMP_GENERATION + (user ? 4 : 0);
  const generation = load<u32>(at) + JUMP_STEP;
  store<u32>(at, generation);
  if (!generation) memory.fill(JUMPS, 0xff, JUMP_TABLE_SIZE * TLB_SETS);
}

export function forgetJumps(): void {
  forgetJumpsOf(false);
  forgetJumpsOf(true);
}

function isUserCode(entry: usize): bool {
  return entry >= <usize>(CODE_TLB_BASE + CODE_TLB_SIZE);
}

/** Make all TLBs empty, whatever the fill lists say (reset, load of a snapshot). */
export function resetTlb(): void {
  invalidateTables();
  fills = 0;
  globalFills = 0;
  memory.fill(CODE_TLB_BASE, 0xff, CODE_TLB_SIZE * 2);
  codeFills = 0;
  globalCodeFills = 0;
  forgetJumps();
  memory.fill(LARGE_REGIONS, 0, 1024);
}

function markLarge(linear: u64): void {
  if (largePage) store<u8>((<usize>linear >> 22) + LARGE_REGIONS, 1);
}

function isValid(entry: usize): bool {
  return !(load<u8>(entry) & 1);
}

/** Whether an entry holds this translation and no other. */
function isSame(entry: usize, linear: u64, host: usize): bool {
  return load<u64>(entry) == (linear & ~0xfff) && load<u32>(entry, 8) == <u32>host - <u32>linear;
}

/**
 * Enter a page: `entry` is the slot, `linear` and `host` any address in the page and where it lies. What the write table holds, the read table
 * holds too: so both serve reads alike, whatever a guest does to its page tables without a word.
 */
export function tlbFill(entry: usize, linear: u64, host: usize): void {
  markLarge(linear);
  enter(entry, linear, host);
  if (((entry - TLB_BASE) & (TLB_SET_SIZE - 1)) >= <usize>TLB_WRITE_OFFSET) {
    if (!isSame(entry - TLB_WRITE_OFFSET, linear, host)) enter(entry - TLB_WRITE_OFFSET, linear, host);
    return;
  }
  const writes = entry + TLB_WRITE_OFFSET;
  if (!isValid(writes) || isSame(writes, linear, host)) return;
  invalidate(writes);
  store<u32>(REGIONS_DROPPED, 1);
}

function enter(entry: usize, linear: u64, host: usize): void {
  // A valid translation goes: translated code may still know it.
  if (isValid(entry) && !isSame(entry, linear, host)) store<u32>(REGIONS_DROPPED, 1);
  store<u64>(entry, linear & ~0xfff);
  store<u32>(entry, <u32>host - <u32>linear, 8);
  if (globalPage) {
    if (globalFills < TLB_FILLS_MAX) store<u32>(TLB_GLOBAL_FILLS_BASE + ((<usize>globalFills) << 2), <u32>entry);
    if (globalFills <= TLB_FILLS_MAX) globalFills++;
  } else {
    if (fills < TLB_FILLS_MAX) store<u32>(TLB_FILLS_BASE + ((<usize>fills) << 2), <u32>entry);
    if (fills <= TLB_FILLS_MAX) fills++;
  }
}

/** Enter a page of code: the mode key is part of the tag. The page is the one last translated. */
export function codeTlbFill(entry: usize, tag: u32, descriptor: usize): void {
  markLarge(tag);
  const user = isUserCode(entry);
  if (load<u32>(entry) != NO_CODE) forgetJumpsOf(user);
  store<u32>(entry, tag);
  store<u32>(entry, <u32>descriptor, 4);
  if (globalPage) {
    if (globalCodeFills < CODE_FILLS_MAX) store<u32>(GLOBAL_CODE_FILLS + ((<usize>globalCodeFills) << 2), <u32>entry);
    if (globalCodeFills <= CODE_FILLS_MAX) globalCodeFills++;
  } else {
    if (user) localUserCode = true;
    else localSupervisorCode = true;
    if (codeFills < CODE_FILLS_MAX) store<u32>(CODE_TLB_FILLS_BASE + ((<usize>codeFills) << 2), <u32>entry);
    if (codeFills <= CODE_FILLS_MAX) codeFills++;
  }
}

/** Drop cached translations of code; global ones only when asked. */
export function flushCodeTlb(includingGlobal: bool): void {
  if (includingGlobal || localSupervisorCode) forgetJumpsOf(false);
  if (includingGlobal || localUserCode) forgetJumpsOf(true);
  localSupervisorCode = false;
  localUserCode = false;
  if (codeFills > CODE_FILLS_MAX || (includingGlobal && globalCodeFills > CODE_FILLS_MAX)) {
    memory.fill(CODE_TLB_BASE, 0xff, CODE_TLB_SIZE * 2);
    globalCodeFills = 0;
  } else {
    for (let i = 0; i < codeFills; i++) store<u32>(load<u32>(CODE_TLB_FILLS_BASE + ((<usize>i) << 2)), NO_CODE);
    if (includingGlobal) {
      for (let i = 0; i < globalCodeFills; i++) store<u32>(load<u32>(GLOBAL_CODE_FILLS + ((<usize>i) << 2)), NO_CODE);
      globalCodeFills = 0;
    }
  }
  codeFills = 0;
}

/**
 * Drop an entry, and with one of the read table that of the write table, which may be on the other list: what the write table holds, the read
 * table has to hold.
 */
function forget(entry: usize): void {
  invalidate(entry);
  if (((entry - TLB_BASE) & (TLB_SET_SIZE - 1)) < <usize>TLB_WRITE_OFFSET) invalidate(entry + TLB_WRITE_OFFSET);
}

/** Flush all translations, or all but global ones (MOV to CR3). */
export function flushTlb(includingGlobal: bool): void {
  store<u32>(REGIONS_DROPPED, 1);
  if (fills > TLB_FILLS_MAX || (includingGlobal && globalFills > TLB_FILLS_MAX)) {
    invalidateTables();
    globalFills = 0;
  } else {
    for (let i = 0; i < fills; i++) forget(load<u32>(TLB_FILLS_BASE + ((<usize>i) << 2)));
    if (includingGlobal) {
      for (let i = 0; i < globalFills; i++) forget(load<u32>(TLB_GLOBAL_FILLS_BASE + ((<usize>i) << 2)));
      globalFills = 0;
    }
  }
  fills = 0;
  flushCodeTlb(includingGlobal);
}

/** INVLPG. A large page was entered as many small ones, so where one was, the whole aligned 4 MiB goes. */
export function flushTlbPage(linear: u64): void {
  store<u32>(REGIONS_DROPPED, 1);
  if (load<u8>((<usize>linear >> 22) + LARGE_REGIONS) == 0) {
    dropPage(linear & 0xfffff000);
    return;
  }
  const first = linear & 0xffc00000;
  for (let i: u64 = 0; i < 1024; i++) dropPage(first + (i << 12));
}

function dropPage(page: u64): void {
  const slot = tlbSlot(<u32>page);
  for (let entry = <usize>TLB_BASE + slot; entry < <usize>(TLB_BASE + TLB_SET_SIZE * TLB_SETS); entry += TLB_TABLE_SIZE) {
    if (load<u64>(entry) == page) invalidate(entry);
  }
  const code = <usize>CODE_TLB_BASE + ((<usize>page >> 8) & 0x3ff0);
  dropCode(code);
  dropCode(code + CODE_TLB_SIZE);
}

function dropCode(entry: usize): void {
  if (load<u32>(entry) == NO_CODE) return;
  store<u32>(entry, NO_CODE);
  forgetJumpsOf(isUserCode(entry));
}

/** Write entries of a page are dropped because stores to it must be seen (it now holds code, or its dirty mark was taken). */
export function protectHostPage(host: usize): void {
  store<u32>(REGIONS_DROPPED, 1);
  for (let set = 0; set < TLB_SETS; set++) {
    const table = <usize>(TLB_BASE + set * TLB_SET_SIZE + TLB_TABLE_SIZE);
    for (let entry = table; entry < table + TLB_TABLE_SIZE; entry += 16) {
      if (<u32>load<u64>(entry) + load<u32>(entry, 8) == <u32>host) invalidate(entry);
    }
  }
}
