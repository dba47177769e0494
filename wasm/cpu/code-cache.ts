// Decoded pages, keyed by physical page and mode, so that they outlive address-space switches. A descriptor says for each byte offset
// where its micro-op is; a bitmap says which bytes were decoded, so that a store beside the code costs nothing but time.
//
// Descriptor: u32 key (physical page << 12 | mode), u32 next in its hash chain, u32 in use, u32 PAGE_TRANSLATED, u32 list of the straddling
// micro-ops of other pages whose instructions end here; at 512 a bitmap of 4,096 bits; at 1,024 the
// micro-op address of each offset (0: not decoded). Micro-ops are taken from one arena; when arena or descriptors run out, all is dropped.

import { MODES } from "../abi/code-mode";
import {
  CODE_HASH_BASE,
  CODE_HASH_ENTRIES,
  CODE_PAGE_SIZE,
  CODE_PAGES_BASE,
  CODE_PAGES_MAX,
  PAGE_CODE,
  PHYS_MAP,
  UOP_ARENA_BASE,
  UOP_ARENA_SIZE,
} from "../abi/layout";
import { PAGE_ENTRIES, PAGE_TRANSLATED, REGIONS_DROPPED } from "../abi/region";
import { STRADDLE_NEXT, STRADDLE_SECOND } from "../abi/uop";
import { regionsDropped } from "../host";
import { forgetSamples } from "./region";
import { flushCodeTlb, forgetJumps, protectHostPage } from "./tlb";

/** u32 in the header: 1 if anything is decoded. */
const IN_USE: usize = 8;
const STRADDLES: usize = 16;
const BITMAP: usize = 512;
export const ENTRIES: usize = PAGE_ENTRIES;

/** How often dropAllCode() was called. */
export let codeDrops: u32 = 0;

let pagesUsed: i32 = 0;
let freePages: usize = 0;
let arena: usize = UOP_ARENA_BASE;

function slotOf(key: u32): usize {
  return CODE_HASH_BASE + ((<usize>((key >> 12) + (key & 7) * 0x155) & (CODE_HASH_ENTRIES - 1)) << 2);
}

/** The descriptor of a physical page in a mode, or 0. */
export function findCodePage(key: u32): usize {
  let d = <usize>load<u32>(slotOf(key));
  while (d && load<u32>(d) != key) d = load<u32>(d, 4);
  return d;
}

/** The descriptor of a physical page in a mode, made if there is none. May drop everything else. */
export function codePage(key: u32): usize {
  let d = findCodePage(key);
  if (d) return d;
  if (freePages) {
    d = freePages;
    freePages = load<u32>(d, 4);
  } else {
    if (pagesUsed == CODE_PAGES_MAX) dropAllCode();
    d = CODE_PAGES_BASE + pagesUsed++ * CODE_PAGE_SIZE;
  }
  memory.fill(d, 0, CODE_PAGE_SIZE);
  const slot = slotOf(key);
  store<u32>(d, key);
  store<u32>(d, load<u32>(slot), 4);
  store<u32>(slot, <u32>d);
  const map = ((<usize>(key >> 12)) << 2) + PHYS_MAP;
  const page = load<u32>(map);
  if (!(page & PAGE_CODE)) {
    store<u32>(map, page | PAGE_CODE);
    protectHostPage(page & ~0xfff);
  }
  return d;
}

/** Room for `count` micro-ops in the arena, or 0 if there is none until dropAllCode(). */
export function allocateUops(bytes: usize): usize {
  if (arena + bytes > <usize>(UOP_ARENA_BASE + UOP_ARENA_SIZE)) return 0;
  const at = arena;
  arena += bytes;
  return at;
}

/** Give back the unused end of the newest allocation. */
export function trimUops(end: usize): void {
  arena = end;
}

/** Remember that [offset, offset + length) of the page is code (clipped to the page). */
export function markDecoded(descriptor: usize, offset: u32, length: u32): void {
  store<u32>(descriptor, 1, IN_USE);
  for (let i = offset; i < offset + length && i < 4096; i++) {
    const at = descriptor + BITMAP + (i >> 3);
    store<u8>(at, load<u8>(at) | <u8>((<u32>1) << (i & 7)));
  }
}

/** The straddling micro-op `u` was decoded with `bytes` bytes of this page: it is to be forgotten with the page's own micro-ops. */
export function rememberStraddle(u: usize, descriptor: usize, bytes: u32): void {
  markDecoded(descriptor, 0, bytes);
  store<u32>(u, <u32>descriptor, STRADDLE_SECOND);
  store<u32>(u, load<u32>(descriptor, STRADDLES), STRADDLE_NEXT);
  store<u32>(descriptor, <u32>u, STRADDLES);
}

/** The straddling micro-op `u` will be decoded with another second page. */
export function forgetStraddle(u: usize): void {
  const descriptor = <usize>load<u32>(u, STRADDLE_SECOND);
  if (!descriptor) return;
  let at = descriptor + STRADDLES;
  while (<usize>load<u32>(at) != u) at = <usize>load<u32>(at) + STRADDLE_NEXT;
  store<u32>(at, load<u32>(u, STRADDLE_NEXT));
}

function forgetStraddles(descriptor: usize): void {
  let u = <usize>load<u32>(descriptor, STRADDLES);
  store<u32>(descriptor, 0, STRADDLES);
  for (; u; u = load<u32>(u, STRADDLE_NEXT)) store<u32>(u, 0, STRADDLE_SECOND);
}

/** Regions made from this page's code must not be entered again. */
function dropRegions(descriptor: usize): void {
  if (!load<u32>(descriptor, PAGE_TRANSLATED)) return;
  store<u32>(descriptor, 0, PAGE_TRANSLATED);
  store<u32>(REGIONS_DROPPED, 1);
  forgetJumps();
  regionsDropped(<i32>descriptor);
}

/** Forget all decoded code. */
export function dropAllCode(): void {
  codeDrops++;
  store<u32>(REGIONS_DROPPED, 1);
  regionsDropped(0);
  for (let i = 0; i < CODE_HASH_ENTRIES; i++) {
    let d = <usize>load<u32>(CODE_HASH_BASE + ((<usize>i) << 2));
    while (d) {
      const map = ((<usize>(load<u32>(d) >> 12)) << 2) + PHYS_MAP;
      store<u32>(map, load<u32>(map) & ~PAGE_CODE);
      d = load<u32>(d, 4);
    }
  }
  memory.fill(CODE_HASH_BASE, 0, CODE_HASH_ENTRIES * 4);
  pagesUsed = 0;
  freePages = 0;
  arena = UOP_ARENA_BASE;
  forgetSamples();
  flushCodeTlb(true);
}

function overlaps(descriptor: usize, offset: u32, size: u32): bool {
  for (let i = offset; i < offset + size && i < 4096; i++) {
    if (load<u8>(descriptor + BITMAP + (i >> 3)) & (1 << (i & 7))) return true;
  }
  return false;
}

function dropPage(descriptor: usize): void {
  dropRegions(descriptor);
  forgetStraddles(descriptor);
  const slot = slotOf(load<u32>(descriptor));
  let at = slot;
  while (<usize>load<u32>(at) != descriptor) at = <usize>load<u32>(at) + 4;
  store<u32>(at, load<u32>(descriptor, 4));
  store<u32>(descriptor, <u32>freePages, 4);
  freePages = descriptor;
}

/** Forget the micro-ops of a page, but keep its descriptor: code that rewrites itself is decoded again at once. */
function clearPage(descriptor: usize): void {
  dropRegions(descriptor);
  forgetStraddles(descriptor);
  store<u32>(descriptor, 0, IN_USE);
  memory.fill(descriptor + BITMAP, 0, CODE_PAGE_SIZE - BITMAP);
}

/**
 * `size` bytes (within one page) of guest-physical memory were written by other means than the fast path. A descriptor whose code was hit
 * is emptied; one found empty by the next store goes, so that a page which became data is soon as fast as any other.
 */
export function codeWritten(physical: u32, size: u32): void {
  const map = ((<usize>(physical >> 12)) << 2) + PHYS_MAP;
  if (!(load<u32>(map) & PAGE_CODE)) return;
  let left = false;
  let dropped = false;
  for (let mode: u32 = 0; mode < <u32>MODES; mode++) {
    const d = findCodePage((physical & ~0xfff) | mode);
    if (!d) continue;
    if (!load<u32>(d, IN_USE)) {
      dropPage(d);
      dropped = true;
      continue;
    }
    left = true;
    if (overlaps(d, physical & 0xfff, size)) clearPage(d);
  }
  if (!left) store<u32>(map, load<u32>(map) & ~PAGE_CODE);
  if (!dropped) return;
  // The page that runs goes too: a region must end, so that it is looked up again as it is for the interpreter.
  store<u32>(REGIONS_DROPPED, 1);
  flushCodeTlb(true);
}
