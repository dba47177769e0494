// Segment registers: the hidden part, its marks, and loading with all checks. SDM 3A "Segment Registers", "Privilege Level Checking".
// In real mode a load changes base and access rights but keeps the limit and the B bit, as processors do ("unreal mode").
import {
  CS,
  DS,
  ES,
  FS,
  GS,
  LDTR,
  MARK_CUT,
  MARK_EXPAND_DOWN,
  MARK_FLAT,
  MARK_READ,
  MARK_USABLE,
  MARK_WRITE,
  SEG_ACCESS,
  SEG_BASE,
  SEG_LIMIT,
  SEG_MARKS,
  SEG_SELECTOR,
  SS,
} from "../abi/state";
import { fault, VECTOR_GP, VECTOR_NP, VECTOR_SS } from "../cpu/fault";
import { segment, setModeChanged } from "../cpu/state";
import {
  ACCESSED,
  accessOf,
  baseOf,
  CODE,
  currentPrivilege,
  DEFAULT_BIG,
  dplOf,
  EXPAND_DOWN,
  isCode,
  isConforming,
  isNull,
  isPresent,
  isReadable,
  isWritableData,
  limitOf,
  markAccessed,
  PRESENT,
  raiseSelector,
  readDescriptor,
  USER_SEGMENT,
  WRITABLE,
} from "./descriptor";
import { isProtected, isVirtual8086, setPrivilege } from "./mode";

/** Present, writable, accessed data of DPL 0; the type that real mode gives to every segment, CS included. */
export const ACCESS_REAL: u32 = PRESENT | USER_SEGMENT | WRITABLE | ACCESSED;
const ACCESS_VIRTUAL8086: u32 = ACCESS_REAL | (3 << 5);
/** The bits of SEG_ACCESS above the descriptor's type byte. */
const ACCESS_ATTRIBUTES: u32 = 0xf000;

export function marksOf(n: i32, base: u64, limit: u32, access: u32): u32 {
  if (!(access & PRESENT)) return 0;
  if (n >= LDTR) return MARK_USABLE;
  const code = (access & CODE) != 0;
  let marks: u32 = MARK_USABLE;
  if (!isProtected()) marks |= MARK_READ | MARK_WRITE;
  else if (code) marks |= access & WRITABLE ? MARK_READ : 0;
  else marks |= MARK_READ | (access & WRITABLE ? MARK_WRITE : 0);
  if (!code && access & EXPAND_DOWN) return marks | MARK_EXPAND_DOWN;
  const needed: u32 = n == CS ? MARK_READ : MARK_READ | MARK_WRITE;
  if (base != 0 || (marks & needed) != needed) return marks;
  if (limit == 0xffffffff) marks |= MARK_FLAT;
  else if (n != CS && limit > 0xffff) marks |= MARK_CUT;
  return marks;
}

/** Whether the mode of the code, which decoded pages are keyed by, or flatTop may change when segment register `n` gets these marks and rights. */
export function changesMode(n: i32, marks: u32, limit: u32, access: u32): bool {
  if (n == CS) return true;
  const s = segment(n);
  if (n <= DS && marks & MARK_CUT && limit != load<u32>(s, SEG_LIMIT)) return true;
  return n <= DS && (marks != load<u32>(s, SEG_MARKS) || ((access ^ load<u32>(s, SEG_ACCESS)) & DEFAULT_BIG) != 0);
}

/** The one place that writes the hidden part of a segment register. Access 0 makes it unusable (null). */
export function setSegmentCache(n: i32, selector: u32, base: u64, limit: u32, access: u32): void {
  const s = segment(n);
  const marks = marksOf(n, base, limit, access);
  if (changesMode(n, marks, limit, access)) setModeChanged(true);
  store<u32>(s, selector, SEG_SELECTOR);
  store<u32>(s, limit, SEG_LIMIT);
  store<u64>(s, base, SEG_BASE);
  store<u32>(s, access, SEG_ACCESS);
  store<u32>(s, marks, SEG_MARKS);
}

/** Recompute the marks of all segments, after a change of CR0.PE or a load of the state from outside. */
export function refreshSegments(): void {
  for (let n = 0; n < 8; n++) {
    const s = segment(n);
    setSegmentCache(n, load<u32>(s, SEG_SELECTOR), load<u64>(s, SEG_BASE), load<u32>(s, SEG_LIMIT), load<u32>(s, SEG_ACCESS));
  }
}

export function setSegment(n: i32, selector: u32, d: u64): void {
  setSegmentCache(n, selector, baseOf(d), limitOf(d), accessOf(d));
}

export function setNull(n: i32, selector: u32): void {
  setSegmentCache(n, selector, 0, 0, 0);
}

/** Limit of a segment register after a load in real or virtual-8086 mode. */
export function paragraphLimit(n: i32): u32 {
  const s = segment(n);
  // What a null selector of protected mode leaves is not documented; a fresh 64 KiB segment is what real-mode code can live with.
  const keeps = !isProtected() && (load<u32>(s, SEG_MARKS) & MARK_USABLE) != 0;
  return keeps ? load<u32>(s, SEG_LIMIT) : 0xffff;
}

/** Its access rights. */
export function paragraphAccess(n: i32): u32 {
  if (isProtected()) return ACCESS_VIRTUAL8086;
  return (load<u32>(segment(n), SEG_ACCESS) & ACCESS_ATTRIBUTES) | ACCESS_REAL;
}

/** Load in virtual-8086 mode. */
export function setVirtualSegment(n: i32, selector: u32): void {
  setSegmentCache(n, selector, (<u64>selector) << 4, 0xffff, ACCESS_VIRTUAL8086);
}

/** Load in real or virtual-8086 mode. */
export function setParagraph(n: i32, selector: u32): void {
  setSegmentCache(n, selector, (<u64>selector) << 4, paragraphLimit(n), paragraphAccess(n));
}

/** Load CS, and with it the privilege level. */
export function setCode(selector: u32, d: u64, cpl: u32): void {
  setSegment(CS, (selector & 0xfffc) | cpl, d);
  setPrivilege(cpl);
}

export function selectorOf(n: i32): u32 {
  return load<u32>(segment(n), SEG_SELECTOR) & 0xffff;
}

/**
 * The descriptor for a stack of privilege `cpl`, checked. `vector` is #GP for loads and returns, #TS where a TSS gave the selector;
 * a null selector gives `vector`(selector), not present is always #SS. The accessed bit is set.
 */
export function stackDescriptor(selector: u32, cpl: u32, vector: i32): u64 {
  if (isNull(selector)) {
    raiseSelector(vector, 0);
    return 0;
  }
  const d = readDescriptor(selector, vector);
  if (fault) return 0;
  if ((selector & 3) != cpl || dplOf(d) != cpl || !isWritableData(d)) {
    raiseSelector(vector, selector);
    return 0;
  }
  if (!isPresent(d)) {
    raiseSelector(VECTOR_SS, selector);
    return 0;
  }
  return markAccessed(selector, d);
}

/** The descriptor for DS, ES, FS or GS, checked; `selector` is not null. `vector` as above; not present is #NP. */
export function dataDescriptor(selector: u32, vector: i32): u64 {
  const d = readDescriptor(selector, vector);
  if (fault) return 0;
  const dpl = dplOf(d);
  if (!isReadable(d) || (!isConforming(d) && ((selector & 3) > dpl || currentPrivilege() > dpl))) {
    raiseSelector(vector, selector);
    return 0;
  }
  if (!isPresent(d)) {
    raiseSelector(VECTOR_NP, selector);
    return 0;
  }
  return markAccessed(selector, d);
}

/** Load ES, SS, DS, FS or GS as MOV, POP and LxS do. */
export function loadSegment(n: i32, selector: u32): void {
  if (!isProtected() || isVirtual8086()) {
    setParagraph(n, selector);
  } else if (n == SS) {
    const d = stackDescriptor(selector, currentPrivilege(), VECTOR_GP);
    if (!fault) setSegment(SS, selector, d);
  } else if (isNull(selector)) {
    setNull(n, selector);
  } else {
    const d = dataDescriptor(selector, VECTOR_GP);
    if (!fault) setSegment(n, selector, d);
  }
}

/** After a return to outer privilege: data segments that it may not use become null. SDM 2B "RET". */
export function dropInnerSegments(): void {
  const cpl = currentPrivilege();
  if (isInnerSegment(ES, cpl)) setNull(ES, 0);
  if (isInnerSegment(DS, cpl)) setNull(DS, 0);
  if (isInnerSegment(FS, cpl)) setNull(FS, 0);
  if (isInnerSegment(GS, cpl)) setNull(GS, 0);
}

function isInnerSegment(n: i32, cpl: u32): bool {
  const access = load<u32>(segment(n), SEG_ACCESS);
  if (!(access & PRESENT) || ((access >> 5) & 3) >= cpl) return false;
  return (access & (CODE | EXPAND_DOWN)) != (CODE | EXPAND_DOWN);
}

/** Check the descriptor of a direct far transfer's or task's code segment for privilege `cpl` and selector RPL `rpl`. */
export function codeFitsPrivilege(d: u64, rpl: u32, cpl: u32): bool {
  if (!isCode(d)) return false;
  return isConforming(d) ? dplOf(d) <= cpl : dplOf(d) == cpl && rpl <= cpl;
}
