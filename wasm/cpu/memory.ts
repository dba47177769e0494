// Guest memory by linear and by physical address: the slow side of the software TLB. The hot handlers inline the fast side.
// Convention: a function that may fault returns a value that means nothing when `fault` is set; look at `fault` first.
import {
  PAGE_CODE,
  PAGE_DIRTY,
  PAGE_RAM,
  PAGE_ROM,
  PAGE_TRACK,
  PHYS_MAP,
  TLB_BASE,
  TLB_SET_NONE,
  TLB_SET_SIZE,
  TLB_SET_SUPERVISOR,
  TLB_SET_SUPERVISOR_AC,
  TLB_SET_USER,
  TLB_WRITE_OFFSET,
} from "../abi/layout";
import { REGIONS_DROPPED } from "../abi/region";
import { CPL, CR0, CR4, RFLAGS } from "../abi/state";
import { mmioRead, mmioWrite } from "../host";
import { checkDataBreakpoint } from "../system/debug";
import { dataIsWatched, noteAccess } from "../system/stop";
import { codeWritten } from "./code-cache";
import { clearFault, fault, needStep, raise, VECTOR_AC } from "./fault";
import { FLAG_AC } from "./flags";
import { ACCESS_IMPLICIT, ACCESS_READ, ACCESS_USER, ACCESS_WRITE, throughA20, translate } from "./paging";
import { stepping } from "./state";
import { tlbFill, tlbSlot } from "./tlb";

const CR0_AM: u32 = 1 << 18;
const CR4_SMAP: u32 = 1 << 21;

/** Read table of the set for implicit accesses. */
const SYSTEM_TLB: i32 = TLB_BASE + TLB_SET_SUPERVISOR * TLB_SET_SIZE;

/** Read table of the set that accesses may use unseen; the write table lies TLB_WRITE_OFFSET further on. */
export let tlb: usize = TLB_BASE;
/** Read table of the set of the current privilege: `tlb`, but for when every access must be seen. */
let ownTlb: usize = TLB_BASE;
let userAccess: i32 = 0;
let dataWatch: bool = false;
let alignmentChecked: bool = false;

/** Choose the TLB set for CPL, SMAP and alignment checking. Call after any change of CPL, EFLAGS.AC, CR0.AM or CR4.SMAP. */
export function selectTlb(): void {
  const user = load<u32>(CPL) == 3;
  const ac = (load<u32>(RFLAGS) & FLAG_AC) != 0;
  alignmentChecked = ac && user && (load<u32>(CR0) & CR0_AM) != 0;
  userAccess = user ? ACCESS_USER : 0;
  let set = user ? TLB_SET_USER : TLB_SET_SUPERVISOR;
  if (ac && !user && (load<u32>(CR4) & CR4_SMAP) != 0) set = TLB_SET_SUPERVISOR_AC;
  ownTlb = TLB_BASE + set * TLB_SET_SIZE;
  tlb = alignmentChecked || dataWatch ? TLB_BASE + TLB_SET_NONE * TLB_SET_SIZE : ownTlb;
}

/** Whether data breakpoints are enabled. */
export function setDataWatch(on: bool): void {
  dataWatch = on;
  selectTlb();
}

/** Guest-physical address of the last slow lookup. */
let physical: u64 = 0;

/** Physical pages of the first 4 GiB; what lies above is not there. */
function pageEntry(phys: u64): u32 {
  return phys >> 32 ? 0 : load<u32>(((<usize>(phys >> 12)) << 2) + PHYS_MAP);
}

/** A TLB's entry for a linear address. */
function slot(table: usize, linear: u64): usize {
  return table + tlbSlot(<u32>linear);
}

/** What an entry says to add to linear addresses, with low bits that misses() looks at. */
export function addendOf(entry: usize): u32 {
  return load<u32>(entry) ^ 0xfff;
}

/**
 * Whether the entry with this addend does not serve `size` bytes: it is empty, or they cross into the next page. The low bits of an empty one
 * are all set, else none; so they and the offset in the page make one number to compare.
 */
export function misses(addend: u32, linear: u64, size: u32): bool {
  return size == 1 ? (addend & 1) != 0 : ((addend | <u32>linear) & 0xfff) > 0x1000 - size;
}

/**
 * Host address for a read or write at a linear address, or 0 if `fault` is set or the page is no plain memory (then `physical` is set).
 * Implicit accesses have the rights of ring 0 without AC, so that set serves them whatever CPL is.
 */
function lookup(linear: u64, access: i32): usize {
  const read = access & ACCESS_IMPLICIT ? <usize>SYSTEM_TLB : ownTlb;
  const entry = slot(access & ACCESS_WRITE ? read + TLB_WRITE_OFFSET : read, linear);
  const addend = addendOf(entry);
  return misses(addend, linear, 1) ? enterPage(linear, access, entry) : <u32>linear + addend;
}

/** The walk after a miss. */
function enterPage(linear: u64, access: i32, entry: usize): usize {
  physical = throughA20(translate(linear, access));
  if (fault) return 0;
  const watched = dataIsWatched(<u32>linear);
  if (watched && !stepping) {
    needStep();
    return 0;
  }
  const page = pageEntry(physical);
  if (access & ACCESS_WRITE) {
    if (!(page & PAGE_RAM) || page & PAGE_CODE) return 0;
    if (page & PAGE_TRACK) store<u32>(((<usize>(physical >> 12)) << 2) + PHYS_MAP, page | PAGE_DIRTY);
  } else if (!(page & (PAGE_RAM | PAGE_ROM))) return 0;
  const host = (page & ~0xfff) + (<u32>physical & 0xfff);
  if (!watched) tlbFill(entry, linear, host);
  return host;
}

/** A read of plain memory that the walk found to be something else: a device, or nothing. */
function readDevice<T>(phys: u64): T {
  if (!stepping) {
    needStep();
    return <T>0;
  }
  if (phys >> 32) return <T>-1;
  if (sizeof<T>() == 8) return <T>(<u64>(<u32>mmioRead(<i32>phys, 4)) | ((<u64>(<u32>mmioRead(<i32>phys + 4, 4))) << 32));
  return <T>mmioRead(<i32>phys, sizeof<T>());
}

function writeOther<T>(phys: u64, value: T): void {
  if (!stepping) {
    needStep();
    return;
  }
  const page = pageEntry(phys);
  if (page & PAGE_RAM) {
    store<T>((page & ~0xfff) + (<u32>phys & 0xfff), value);
    codeWritten(<u32>phys, sizeof<T>());
  } else if (page & PAGE_ROM || phys >> 32) {
    return;
  } else if (sizeof<T>() == 8) {
    mmioWrite(<i32>phys, <i32>value, 4);
    mmioWrite(<i32>phys + 4, <i32>(<u64>value >> 32), 4);
  } else mmioWrite(<i32>phys, <i32>value, sizeof<T>());
}

function crosses<T>(linear: u64): bool {
  return (<u32>linear & 0xfff) > <u32>(0x1000 - sizeof<T>());
}

/** Raise #AC if it is due. */
export function misaligned<T>(linear: u64): bool {
  if (alignmentChecked && (<u32>linear & (sizeof<T>() - 1)) != 0) {
    raise(VECTOR_AC);
    return true;
  }
  return false;
}

/** Raise #AC if an operand that must lie on a multiple of `alignment` does not, and this is checked. */
export function checkAlignment(linear: u64, alignment: u32): void {
  if (alignmentChecked && (<u32>linear & (alignment - 1)) != 0) raise(VECTOR_AC);
}

function readAs<T>(linear: u64, access: i32): T {
  if (crosses<T>(linear)) {
    // Both pages must be readable before anything happens; then byte by byte.
    lookup(linear, access);
    if (fault) return <T>0;
    lookup(nextPage(linear), access);
    if (fault) return <T>0;
    let value: u64 = 0;
    for (let i = 0; i < <i32>sizeof<T>(); i++) {
      value |= (<u64>readAs<u8>((linear + i) & linearMask(), access)) << (8 * i);
      if (fault) return <T>0;
    }
    return <T>value;
  }
  const host = lookup(linear, access);
  if (host) return load<T>(host);
  if (fault) return <T>0;
  return readDevice<T>(physical);
}

function writeAs<T>(linear: u64, value: T, access: i32): void {
  if (crosses<T>(linear)) {
    probe(linear, sizeof<T>(), access);
    if (fault) return;
    for (let i = 0; i < <i32>sizeof<T>(); i++) {
      writeAs<u8>((linear + i) & linearMask(), <u8>(<u64>value >> (8 * i)), access);
      if (fault) return;
    }
    return;
  }
  const host = lookup(linear, access);
  if (host) store<T>(host, value);
  else if (!fault) writeOther<T>(physical, value);
}

/** Check that `size` bytes (at most a page) can be accessed, without touching them. A store that needs a single step says so here. */
function probe(linear: u64, size: u32, access: i32): void {
  if (!lookup(linear, access) && !fault && !stepping) needStep();
  if (fault || (<u32>linear & 0xfff) + size <= 0x1000) return;
  if (!lookup(nextPage(linear), access) && !fault && !stepping) needStep();
}

/** First byte of the page after the one at `linear`: what CR2 holds if the second half of an access faults. */
function nextPage(linear: u64): u64 {
  return ((linear | 0xfff) + 1) & linearMask();
}

/** Linear addresses wrap at 4 GiB outside 64-bit mode. */
function linearMask(): u64 {
  return 0xffffffff;
}

/** Read at a linear address with the current privilege. T is u8, u16, u32, u64 (or the signed or float type of that size). */
export function readLinear<T>(linear: u64): T {
  const addend = addendOf(slot(tlb, linear));
  return misses(addend, linear, sizeof<T>()) ? readSeen<T>(linear) : load<T>(<u32>linear + addend);
}

function readSeen<T>(linear: u64): T {
  if (misaligned<T>(linear)) return <T>0;
  const value = readAs<T>(linear, ACCESS_READ | userAccess);
  seen(linear, sizeof<T>(), false);
  return value;
}

/** Breakpoints on data, the guest's own and those of a debugger outside, look at an access that was made. */
function seen(linear: u64, size: u32, write: bool): void {
  if (fault) return;
  if (dataWatch) checkDataBreakpoint(linear, size, write);
  noteAccess(linear, size, write);
}

/**
 * Read what is going to be written: raises now what the write would raise. Both halves of a read-modify-write use one translation, so that
 * they meet the same page even if the guest changed its page tables and has not invalidated anything.
 */
export function readForWrite<T>(linear: u64): T {
  const addend = addendOf(slot(tlb + TLB_WRITE_OFFSET, linear));
  return misses(addend, linear, sizeof<T>()) ? readForWriteSeen<T>(linear) : load<T>(<u32>linear + addend);
}

function readForWriteSeen<T>(linear: u64): T {
  const access = ACCESS_WRITE | userAccess;
  probe(linear, sizeof<T>(), access);
  if (fault || misaligned<T>(linear)) return <T>0;
  const host = crosses<T>(linear) ? 0 : lookup(linear, access);
  const value = host ? load<T>(host) : readAs<T>(linear, ACCESS_READ | userAccess);
  seen(linear, sizeof<T>(), false);
  return value;
}

/** Write at a linear address with the current privilege. */
export function writeLinear<T>(linear: u64, value: T): void {
  const addend = addendOf(slot(tlb + TLB_WRITE_OFFSET, linear));
  if (misses(addend, linear, sizeof<T>())) writeSeen<T>(linear, value);
  else store<T>(<u32>linear + addend, value);
}

function writeSeen<T>(linear: u64, value: T): void {
  if (misaligned<T>(linear)) return;
  writeAs<T>(linear, value, ACCESS_WRITE | userAccess);
  seen(linear, sizeof<T>(), true);
}

/** Raise now what a write of `size` bytes would raise, so that an instruction can check before it changes anything. */
export function probeWrite(linear: u64, size: u32): void {
  probe(linear, size, ACCESS_WRITE | userAccess);
}

export function probeRead(linear: u64, size: u32): void {
  probe(linear, size, ACCESS_READ | userAccess);
}

/** Accesses that the processor makes on its own account (descriptor tables, TSS, gates' stacks): always supervisor. */
export function readSystem<T>(linear: u64): T {
  const host = systemAtHand(linear, sizeof<T>());
  if (host) return load<T>(host);
  const value = readAs<T>(linear, ACCESS_READ | ACCESS_IMPLICIT);
  if (!fault) noteAccess(linear, sizeof<T>(), false);
  return value;
}

export function writeSystem<T>(linear: u64, value: T): void {
  writeAs<T>(linear, value, ACCESS_WRITE | ACCESS_IMPLICIT);
  if (!fault) noteAccess(linear, sizeof<T>(), true);
}

export function probeSystemWrite(linear: u64, size: u32): void {
  probe(linear, size, ACCESS_WRITE | ACCESS_IMPLICIT);
}

/**
 * Host address of `size` bytes in one page if the TLB has it and nobody has to see the access, else 0. Without any effect: the caller then
 * goes the long way. (These call nothing, so binaryen puts them in line.)
 */
export function systemAtHand(linear: u64, size: u32): usize {
  return atHand(SYSTEM_TLB, linear, size);
}

export function readableAtHand(linear: u64, size: u32): usize {
  return atHand(tlb, linear, size);
}

export function writableAtHand(linear: u64, size: u32, system: bool): usize {
  return atHand((system ? <usize>SYSTEM_TLB : tlb) + TLB_WRITE_OFFSET, linear, size);
}

function atHand(table: usize, linear: u64, size: u32): usize {
  const addend = addendOf(slot(table, linear));
  return misses(addend, linear, size) ? 0 : <u32>linear + addend;
}

/**
 * Host address of the byte at a linear address, good to the end of its page, or 0: if `fault` is set, or if the page is no plain memory,
 * or while every access must be seen. For bulk moves with the current privilege.
 */
export function hostForRead(linear: u64): usize {
  return tlb != ownTlb || dataIsWatched(<u32>linear) ? 0 : lookup(linear, ACCESS_READ | userAccess);
}

export function hostForWrite(linear: u64): usize {
  return tlb != ownTlb || dataIsWatched(<u32>linear) ? 0 : lookup(linear, ACCESS_WRITE | userAccess);
}

/**
 * For translated code whose TLB entry is missing: whether it now has one that serves `size` bytes. If not, it takes an exit; as it does where
 * another page's entry had to go, which the region may still rely on.
 */
function fill(linear: u32, size: u32, access: i32): i32 {
  if ((linear & 0xfff) > 0x1000 - size) return 0;
  store<u32>(REGIONS_DROPPED, 0);
  const host = tlb != ownTlb || dataIsWatched(linear) ? 0 : lookup(linear, access | userAccess);
  if (fault) clearFault();
  return i32(host != 0 && !load<u32>(REGIONS_DROPPED));
}

export function fillForRead(linear: u32, size: u32): i32 {
  return fill(linear, size, ACCESS_READ);
}

export function fillForWrite(linear: u32, size: u32): i32 {
  return fill(linear, size, ACCESS_WRITE);
}
