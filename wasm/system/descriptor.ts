// Segment and system descriptors as raw 64-bit values, where they lie, and selector error codes. SDM 3A "Segment Descriptors".
// Not modelled: the 16-byte system descriptors of long mode.
import { CPL, GDTR_BASE, GDTR_LIMIT, LDTR, SEG_BASE, SEG_LIMIT } from "../abi/state";
import { fault, raiseCode } from "../cpu/fault";
import { readSystem, systemAtHand, writeSystem } from "../cpu/memory";
import { segment, segmentIsUsable } from "../cpu/state";

// Bits of SEG_ACCESS, which are bits 40-55 of a descriptor.
export const ACCESSED: u32 = 1;
/** Writable data, readable code. */
export const WRITABLE: u32 = 2;
/** Expand-down data, conforming code. */
export const EXPAND_DOWN: u32 = 4;
export const CODE: u32 = 8;
/** Code or data, as opposed to a system descriptor. */
export const USER_SEGMENT: u32 = 0x10;
export const PRESENT: u32 = 0x80;
export const DEFAULT_BIG: u32 = 0x4000;
export const GRANULAR: u32 = 0x8000;

// SDM 3A table "System-Segment and Gate-Descriptor Types".
export const TYPE_TSS16: u32 = 1;
export const TYPE_LDT: u32 = 2;
export const TYPE_TSS16_BUSY: u32 = 3;
export const TYPE_CALL_GATE16: u32 = 4;
export const TYPE_TASK_GATE: u32 = 5;
export const TYPE_INTERRUPT_GATE16: u32 = 6;
export const TYPE_TRAP_GATE16: u32 = 7;
export const TYPE_TSS32: u32 = 9;
export const TYPE_TSS32_BUSY: u32 = 11;
export const TYPE_CALL_GATE32: u32 = 12;
export const TYPE_INTERRUPT_GATE32: u32 = 14;
export const TYPE_TRAP_GATE32: u32 = 15;
/** Bit of a TSS type. */
export const TSS_BUSY: u32 = 2;
/** Bit of a gate or TSS type: the 32-bit kind. */
export const TYPE_32: u32 = 8;

/** EXT bit of error codes: 1 while an event that no INT instruction caused is being delivered. SDM 3A "Error Code". */
let external: u32 = 0;

export function setExternal(on: bool): void {
  external = on ? 1 : 0;
}

export function raiseSelector(vector: i32, selector: u32): void {
  raiseCode(vector, (selector & 0xfffc) | external);
}

/** Error code that names an IDT entry. */
export function raiseGate(vector: i32, entry: i32): void {
  raiseCode(vector, ((<u32>entry) << 3) | 2 | external);
}

export function isNull(selector: u32): bool {
  return (selector & 0xfffc) == 0;
}

/** Linear address of a descriptor, or 2^32 if it lies beyond its table. */
function descriptorAddress(selector: u32): u64 {
  const index = selector & 0xfff8;
  if (selector & 4) {
    const ldtr = segment(LDTR);
    if (!segmentIsUsable(LDTR) || index + 7 > load<u32>(ldtr, SEG_LIMIT)) return 0x100000000;
    return (load<u64>(ldtr, SEG_BASE) + index) & 0xffffffff;
  }
  if (index + 7 > load<u32>(GDTR_LIMIT)) return 0x100000000;
  return (load<u64>(GDTR_BASE) + index) & 0xffffffff;
}

export function isInTable(selector: u32): bool {
  return descriptorAddress(selector) >> 32 == 0;
}

/** Read a descriptor. Raises `vector` with the selector if it lies beyond the end of its table. */
export function readDescriptor(selector: u32, vector: i32): u64 {
  const address = descriptorAddress(selector);
  const host = address >> 32 ? 0 : systemAtHand(address, 8);
  return host ? load<u64>(host) : readFarDescriptor(selector, address, vector);
}

function readFarDescriptor(selector: u32, address: u64, vector: i32): u64 {
  if (address >> 32) {
    raiseSelector(vector, selector);
    return 0;
  }
  return readSystem<u64>(address);
}

/** Set the accessed bit in the table if it is clear. Returns the descriptor with the bit. May fault. */
export function markAccessed(selector: u32, d: u64): u64 {
  return accessOf(d) & ACCESSED ? d : setAccessed(selector, d);
}

function setAccessed(selector: u32, d: u64): u64 {
  writeSystem<u8>(descriptorAddress(selector) + 5, <u8>(d >> 40) | <u8>ACCESSED);
  return d | ((<u64>ACCESSED) << 40);
}

/** Set or clear the busy bit of a TSS in the GDT. */
export function setBusy(selector: u32, busy: bool): void {
  const at = descriptorAddress(selector) + 5;
  const type = readSystem<u8>(at);
  if (fault) return;
  writeSystem<u8>(at, busy ? type | <u8>TSS_BUSY : type & ~(<u8>TSS_BUSY));
}

export function busyAddress(selector: u32): u64 {
  return descriptorAddress(selector) + 5;
}

export function baseOf(d: u64): u64 {
  return ((d >> 16) & 0xffffff) | ((d >> 32) & 0xff000000);
}

/** Limit in bytes. */
export function limitOf(d: u64): u32 {
  const limit = (<u32>d & 0xffff) | (<u32>(d >> 32) & 0xf0000);
  return accessOf(d) & GRANULAR ? (limit << 12) | 0xfff : limit;
}

/** SEG_ACCESS form: the limit's upper bits are cleared. */
export function accessOf(d: u64): u32 {
  return <u32>(d >> 40) & 0xf0ff;
}

export function dplOf(d: u64): u32 {
  return <u32>(d >> 45) & 3;
}

export function isPresent(d: u64): bool {
  return (accessOf(d) & PRESENT) != 0;
}

/** Type of a system descriptor, or 0 (reserved) for code and data. */
export function systemType(d: u64): u32 {
  const access = accessOf(d);
  return access & USER_SEGMENT ? 0 : access & 15;
}

export function isCode(d: u64): bool {
  return (accessOf(d) & (USER_SEGMENT | CODE)) == (USER_SEGMENT | CODE);
}

export function isConforming(d: u64): bool {
  return (accessOf(d) & (USER_SEGMENT | CODE | EXPAND_DOWN)) == (USER_SEGMENT | CODE | EXPAND_DOWN);
}

export function isWritableData(d: u64): bool {
  return (accessOf(d) & (USER_SEGMENT | CODE | WRITABLE)) == (USER_SEGMENT | WRITABLE);
}

/** Data, or code that may be read. */
export function isReadable(d: u64): bool {
  const access = accessOf(d);
  return (access & USER_SEGMENT) != 0 && (access & (CODE | WRITABLE)) != CODE;
}

export function gateSelector(d: u64): u32 {
  return <u32>(d >> 16) & 0xffff;
}

/** Offset in a call, interrupt or trap gate. */
export function gateOffset(d: u64): u64 {
  const low = d & 0xffff;
  return systemType(d) & TYPE_32 ? low | ((d >> 32) & 0xffff0000) : low;
}

export function currentPrivilege(): u32 {
  return load<u32>(CPL);
}
