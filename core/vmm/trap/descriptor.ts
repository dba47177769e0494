// Descriptors of the guest's own tables, and loading of segment registers with all checks, by the guest's virtual privilege.
// SDM 3A "Segment Descriptors", "Privilege Level Checking When Accessing Data Segments".
import * as STATE from "../../../wasm/abi/state.js";
import type { SegmentRegister } from "../../cpu/segment.js";
import { type Guest, GuestException, selectorException, VECTOR_GP, VECTOR_NP, VECTOR_SS } from "./guest.js";

export const ACCESSED = 1;
export const WRITABLE = 2;
/** Conforming code, expand-down data. */
export const CONFORMING = 4;
export const CODE = 8;
export const USER_SEGMENT = 0x10;
export const PRESENT = 0x80;
export const BIG = 0x4000;
export const GRANULAR = 0x8000;
export const TYPE_LDT = 2;
/** Bit of a TSS or gate type: 32-bit. */
export const TYPE_32 = 8;
export const TSS_BUSY = 2;

/** A descriptor as its table has it. */
export interface Descriptor {
  /** Its second word. */
  readonly rights: number;
  readonly base: number;
  /** In bytes. */
  readonly limit: number;
  /** Bits 40-55, without those of the limit. */
  readonly access: number;
  readonly dpl: number;
  /** Linear address in its table. */
  readonly at: number;
}

/** From its two words. */
export function parseDescriptor(low: number, high: number, at: number): Descriptor {
  const access = (high >>> 8) & 0xf0ff;
  const limit = (low & 0xffff) | (high & 0xf0000);
  return {
    rights: high,
    base: ((low >>> 16) | ((high & 0xff) << 16) | (high & 0xff000000)) >>> 0,
    limit: access & GRANULAR ? ((limit << 12) | 0xfff) >>> 0 : limit,
    access,
    dpl: (access >> 5) & 3,
    at,
  };
}

export const isNull = (selector: number) => (selector & 0xfffc) === 0;
export const isCode = (d: Descriptor) => (d.access & (USER_SEGMENT | CODE)) === (USER_SEGMENT | CODE);
export const isConforming = (d: Descriptor) => isCode(d) && (d.access & CONFORMING) !== 0;
export const isSystem = (d: Descriptor) => !(d.access & USER_SEGMENT);
export const isPresent = (d: Descriptor) => (d.access & PRESENT) !== 0;
export const isWritableData = (d: Descriptor) => (d.access & (USER_SEGMENT | CODE | WRITABLE)) === (USER_SEGMENT | WRITABLE);
export const isReadable = (d: Descriptor) => !isSystem(d) && (d.access & (CODE | WRITABLE)) !== CODE;

/** The descriptor that a selector names, or undefined where its table ends before it. */
export function findDescriptor(guest: Guest, selector: number): Descriptor | undefined {
  const index = selector & 0xfff8;
  const { state } = guest;
  let base = state.u32(STATE.GDTR_BASE);
  let limit = state.u32(STATE.GDTR_LIMIT);
  if (selector & 4) {
    const ldt = state.segment(STATE.LDTR);
    if (!(ldt.access & PRESENT) || isNull(ldt.selector)) return undefined;
    ({ base, limit } = ldt);
  }
  if (index + 7 > limit) return undefined;
  const at = (base + index) >>> 0;
  return parseDescriptor(guest.read(at, 4), guest.read(at + 4, 4), at);
}

/** As findDescriptor(). Throws `vector`(selector) where there is none. */
export function readDescriptor(guest: Guest, selector: number, vector: number): Descriptor {
  const found = findDescriptor(guest, selector);
  if (!found) throw selectorException(vector, selector);
  return found;
}

/** Set the accessed bit in the guest's table. Returns the descriptor with the bit. */
export function markAccessed(guest: Guest, d: Descriptor): Descriptor {
  if (d.access & ACCESSED) return d;
  guest.write(d.at + 5, 1, ((d.rights >>> 8) & 0xff) | ACCESSED);
  return { ...d, access: d.access | ACCESSED };
}

export function segmentOf(selector: number, d: Descriptor): SegmentRegister {
  return { selector, base: d.base, limit: d.limit, access: d.access };
}

/** Present but useless: what a null selector leaves. */
export function nullSegment(selector: number): SegmentRegister {
  return { selector, base: 0, limit: 0, access: 0 };
}

/** Stack segment for privilege `cpl`, checked; the accessed bit is set. */
export function stackDescriptor(guest: Guest, selector: number, cpl: number, vector: number): Descriptor {
  if (isNull(selector)) throw new GuestException(vector);
  const d = readDescriptor(guest, selector, vector);
  if ((selector & 3) !== cpl || d.dpl !== cpl || !isWritableData(d)) throw selectorException(vector, selector);
  if (!isPresent(d)) throw selectorException(VECTOR_SS, selector);
  return markAccessed(guest, d);
}

/** Load ES, SS, DS, FS or GS as MOV, POP and LxS do. */
export function loadSegment(guest: Guest, n: number, selector: number): void {
  const { state } = guest;
  if (n === STATE.SS) {
    state.setSegment(n, segmentOf(selector, stackDescriptor(guest, selector, state.cpl, VECTOR_GP)));
    return;
  }
  if (isNull(selector)) {
    state.setSegment(n, nullSegment(selector));
    return;
  }
  const d = readDescriptor(guest, selector, VECTOR_GP);
  if (!isReadable(d) || (!isConforming(d) && ((selector & 3) > d.dpl || state.cpl > d.dpl))) throw selectorException(VECTOR_GP, selector);
  if (!isPresent(d)) throw selectorException(VECTOR_NP, selector);
  state.setSegment(n, segmentOf(selector, markAccessed(guest, d)));
}

/** CS of privilege `cpl`. */
export function setCode(guest: Guest, selector: number, d: Descriptor, cpl: number): void {
  guest.state.setSegment(STATE.CS, segmentOf((selector & 0xfffc) | cpl, d));
  guest.state.cpl = cpl;
}

/** After a return to outer privilege: data segments that it may not use become null. SDM 2B "RET". */
export function dropInnerSegments(guest: Guest): void {
  const { state } = guest;
  for (const n of [STATE.ES, STATE.DS, STATE.FS, STATE.GS]) {
    const { access } = state.segment(n);
    const conforming = (access & (CODE | CONFORMING)) === (CODE | CONFORMING);
    if (access & PRESENT && !conforming && ((access >> 5) & 3) < state.cpl) state.setSegment(n, nullSegment(0));
  }
}
