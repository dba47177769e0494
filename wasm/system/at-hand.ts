// The common case of instructions that touch system state, for translated code: each of these does all of it, or nothing at all and returns
// 0; then the exec function does it. None of them faults, misses the TLB or asks the host. Repeated strings are those of flat code.
import { CUT_LIMIT } from "../abi/region";
import { CPL, DRS, GDTR_BASE, GDTR_LIMIT, RFLAGS, SEG_ACCESS, SEG_BASE, SEG_LIMIT, SEG_SELECTOR } from "../abi/state";
import { FLAG_D } from "../cpu/flags";
import { readableAtHand, systemAtHand, writableAtHand } from "../cpu/memory";
import { segment } from "../cpu/state";
import { ACCESSED, accessOf, baseOf, dplOf, isConforming, isNull, isPresent, isReadable, limitOf } from "./descriptor";
import { usesDescriptors } from "./mode";
import { changesMode, marksOf, paragraphAccess, paragraphLimit, setSegmentCache } from "./segment";

const DR7: usize = DRS + 56;
const DR7_ENABLES: u32 = 0xff;
/** A chunk of a repeated instruction ends with the page. */
const PAGE: u32 = 4096;
/** Up to so many bytes a loop is quicker than an engine's function for it. */
const SHORT: u32 = 96;

/** Set a segment register, unless the mode of the code would change with it. CS and SS are not loaded here. */
function setIfSameMode(n: i32, selector: u32, base: u64, limit: u32, access: u32): i32 {
  const s = segment(n);
  if (access == load<u32>(s, SEG_ACCESS) && base == load<u64>(s, SEG_BASE) && limit == load<u32>(s, SEG_LIMIT)) {
    store<u32>(s, selector, SEG_SELECTOR);
    return 1;
  }
  if (changesMode(n, marksOf(n, base, limit, access), limit, access)) return 0;
  setSegmentCache(n, selector, base, limit, access);
  return 1;
}

/** Load ES, DS, FS or GS. */
export function loadSegmentAtHand(n: i32, selector: u32): i32 {
  if (!usesDescriptors()) return setIfSameMode(n, selector, (<u64>selector) << 4, paragraphLimit(n), paragraphAccess(n));
  if (selector & 4) return 0;
  if (isNull(selector)) return setIfSameMode(n, selector, 0, 0, 0);
  const index = selector & 0xfff8;
  if (index + 7 > load<u32>(GDTR_LIMIT)) return 0;
  const host = systemAtHand((load<u64>(GDTR_BASE) + index) & 0xffffffff, 8);
  if (!host) return 0;
  const d = load<u64>(host);
  const access = accessOf(d);
  const dpl = dplOf(d);
  if (!isReadable(d) || !isPresent(d) || !(access & ACCESSED)) return 0;
  if (!isConforming(d) && ((selector & 3) > dpl || load<u32>(CPL) > dpl)) return 0;
  return setIfSameMode(n, selector, baseOf(d), limitOf(d), access);
}

/** Whether `count` elements of 1 << shift bytes can be moved in one go: forwards, without a trap after each. */
function isPlainRepeat(count: u32, shift: i32): bool {
  return count <= PAGE >> shift && (load<u32>(RFLAGS) & FLAG_D) == 0 && (load<u32>(DR7) & DR7_ENABLES) == 0;
}

/** Whether a segment may end within these bytes, at most a page: where code is flat but for the ends of its segments. */
function isCutOff(linear: u32, bytes: u32): bool {
  return linear > load<u32>(CUT_LIMIT) - (bytes - 1);
}

/** REP MOVS of `count` elements of 1 << shift bytes at linear addresses, if it is one chunk and does not overlap. */
export function moveAtHand(from: u32, to: u32, count: u32, shift: i32): i32 {
  if (!isPlainRepeat(count, shift)) return 0;
  if (!count) return 1;
  const bytes = count << shift;
  if (isCutOff(from, bytes) || isCutOff(to, bytes)) return 0;
  const source = readableAtHand(from, bytes);
  if (!source) return 0;
  const target = writableAtHand(to, bytes, false);
  if (!target || (target > source - bytes && target < source + bytes)) return 0;
  if (bytes > SHORT || bytes & 3) memory.copy(target, source, bytes);
  else for (let i: usize = 0; i < bytes; i += 4) store<u32>(target + i, load<u32>(source + i));
  return 1;
}

/** REP STOS likewise. */
export function fillAtHand(value: u32, to: u32, count: u32, shift: i32): i32 {
  if (!isPlainRepeat(count, shift)) return 0;
  if (!count) return 1;
  const bytes = count << shift;
  if (isCutOff(to, bytes)) return 0;
  const target = writableAtHand(to, bytes, false);
  if (!target) return 0;
  if (shift == 0 || value == 0) memory.fill(target, <u8>value, bytes);
  else if (shift == 2) for (let i: usize = 0; i < bytes; i += 4) store<u32>(target + i, value);
  else for (let i: usize = 0; i < bytes; i += 2) store<u16>(target + i, <u16>value);
  return 1;
}
