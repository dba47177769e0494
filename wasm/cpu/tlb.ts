// The software TLBs: filling and flushing. An entry of a data TLB is what to add to the linear addresses of its page, with the low 12 bits
// inverted, or 0: so one test tells whether it serves an access and the bytes lie on one page (misses() in memory.ts).
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
import { forgetNested } from "./nested-paging";
import { globalPage, largePage } from "./paging";

// The list of code entries is two: others first, then global ones.
const CODE_FILLS_MAX: i32 = CODE_TLB_FILLS_MAX / 2;
/** Tag of an entry of the code TLBs that is empty. */
const NO_CODE: u32 = 0xffffffff;
const GLOBAL_CODE_FILLS: i32 = CODE_TLB_FILLS_BASE + CODE_FILLS_MAX * 4;

// How many entries the lists hold.
let fills: i32 = 0;
let globalFills: i32 = 0;
// Of code entries, how many were filled since the last flush; above the maximum, the list does not hold them all and counting stops.
let codeFills: i32 = 0;
let globalCodeFills: i32 = 0;
/** Entries of the code TLBs were filled that a flush of all but global ones drops. */
let localSupervisorCode: bool = false;
let localUserCode: bool = false;

/** Offset of a page's entry in its table. Handlers and translated code compute it in line. */
export function tlbSlot(linear: u32): usize {
  return (linear >>> 10) & 0x3ffffc;
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

/** The guest whose translations the TLBs hold, by ASID; 0 for those of anybody else. */
export let tlbAsid: u32 = 0;

/** From now on the TLBs are those of a guest, or with 0 of the code outside of guests. They are empty, or hold nothing that is not true there. */
export function setTlbAsid(asid: u32): void {
  tlbAsid = asid;
}

/** Make all TLBs empty, and nobody's (reset, load of a snapshot). */
export function resetTlb(): void {
  setTlbAsid(0);
  forgetNested();
  dropFills();
  dropGlobalFills();
  memory.fill(CODE_TLB_BASE, 0xff, CODE_TLB_SIZE * 2);
  codeFills = 0;
  globalCodeFills = 0;
  forgetJumps();
  memory.fill(LARGE_REGIONS, 0, 1024);
}

function markLarge(linear: u64): void {
  if (largePage) store<u8>((<usize>linear >> 22) + LARGE_REGIONS, 1);
}

/**
 * Enter a page: `entry` is the slot, `linear` and `host` any address in the page and where it lies. What the write table holds, the read table
 * holds too: so both serve reads alike, whatever a guest does to its page tables without a word.
 */
export function tlbFill(entry: usize, linear: u64, host: usize): void {
  markLarge(linear);
  // Room for two entries.
  if (globalPage && globalFills > TLB_FILLS_MAX - 2) dropGlobalFills();
  if (!globalPage && fills > TLB_FILLS_MAX - 2) dropFills();
  const addend = ((<u32>host - <u32>linear) & ~0xfff) | 0xfff;
  if (isWriteEntry(entry)) {
    if (load<u32>(entry - TLB_WRITE_OFFSET) != addend) enter(entry - TLB_WRITE_OFFSET, addend);
    enter(entry, addend);
    return;
  }
  enter(entry, addend);
  const writes = entry + TLB_WRITE_OFFSET;
  const known = load<u32>(writes);
  if (known == 0 || known == addend) return;
  store<u32>(writes, 0);
  store<u32>(REGIONS_DROPPED, 1);
}

function isWriteEntry(entry: usize): bool {
  return ((entry - TLB_BASE) & <usize>TLB_WRITE_OFFSET) != 0;
}

function enter(entry: usize, addend: u32): void {
  // A valid translation goes: translated code may still know it.
  const known = load<u32>(entry);
  if (known != 0 && known != addend) store<u32>(REGIONS_DROPPED, 1);
  if (globalPage) {
    store<u32>(TLB_GLOBAL_FILLS_BASE + ((<usize>globalFills) << 2), <u32>entry);
    globalFills++;
  } else {
    store<u32>(TLB_FILLS_BASE + ((<usize>fills) << 2), <u32>entry);
    fills++;
  }
  store<u32>(entry, addend);
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
 * Drop the entries of a list, and with one of a read table that of the write table, which may be on the other list: what the write table holds,
 * the read table has to hold.
 */
function dropListed(list: usize, count: i32): void {
  store<u32>(REGIONS_DROPPED, 1);
  const end = list + ((<usize>count) << 2);
  for (let at = list; at < end; at += 4) {
    const entry = <usize>load<u32>(at);
    store<u32>(entry, 0);
    if (!isWriteEntry(entry)) store<u32>(entry + TLB_WRITE_OFFSET, 0);
  }
}

function dropFills(): void {
  dropListed(TLB_FILLS_BASE, fills);
  fills = 0;
}

function dropGlobalFills(): void {
  dropListed(TLB_GLOBAL_FILLS_BASE, globalFills);
  globalFills = 0;
}

/** Flush all translations, or all but global ones (MOV to CR3). */
export function flushTlb(includingGlobal: bool): void {
  dropFills();
  if (includingGlobal) dropGlobalFills();
  flushCodeTlb(includingGlobal);
}

/** Flush what is known of guest-physical addresses, too. */
export function flushWorld(): void {
  flushTlb(true);
  forgetNested();
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
  const end = TLB_BASE + TLB_SET_SIZE * TLB_SETS;
  for (let entry = <usize>TLB_BASE + tlbSlot(<u32>page); entry < <usize>end; entry += TLB_TABLE_SIZE) store<u32>(entry, 0);
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
  protectListed(host, TLB_FILLS_BASE, fills);
  protectListed(host, TLB_GLOBAL_FILLS_BASE, globalFills);
}

function protectListed(host: usize, list: usize, count: i32): void {
  const end = list + ((<usize>count) << 2);
  for (let at = list; at < end; at += 4) {
    const entry = <usize>load<u32>(at);
    if (!isWriteEntry(entry)) continue;
    const linear = (<u32>((entry - TLB_BASE) & (TLB_TABLE_SIZE - 1))) << 10;
    if (linear + (load<u32>(entry) ^ 0xfff) == <u32>host) store<u32>(entry, 0);
  }
}
