// Linear to guest-physical translation: no paging, 32-bit paging (with PSE-36), PAE. SDM 3A "Paging".
// Not modelled: 4-level paging (long mode is not claimed), paging-structure caches beyond the TLB, memory types.
import { PAGE_RAM, PAGE_ROM, PHYS_MAP } from "../abi/layout";
import { A20_MASK, CR0, CR3, CR4, EFER, NESTED, PDPTES, RFLAGS } from "../abi/state";
import { COUNT_NESTED_WALK_REFERENCES, COUNT_NESTED_WALKS, COUNT_WALK_REFERENCES, COUNT_WALKS } from "../abi/statistics";
import { codeWritten } from "./code-cache";
import { clearFault, fault, raiseCode, raisePageFault, VECTOR_GP } from "./fault";
import { FLAG_AC } from "./flags";
import { nestedTable, nestedTranslate } from "./nested-paging";
import { count } from "./statistics";
import { flushTlbPage } from "./tlb";

export const ACCESS_READ: i32 = 0;
export const ACCESS_WRITE: i32 = 1;
export const ACCESS_USER: i32 = 2;
export const ACCESS_FETCH: i32 = 4;
/** The processor's own access to a system structure, which EFLAGS.AC does not exempt from SMAP. */
export const ACCESS_IMPLICIT: i32 = 8;

const CR0_WP: u32 = 1 << 16;
const CR0_PG: u32 = 1 << 31;
const CR4_PSE: u32 = 1 << 4;
const CR4_PAE: u32 = 1 << 5;
const CR4_PGE: u32 = 1 << 7;
const CR4_SMEP: u32 = 1 << 20;
const CR4_SMAP: u32 = 1 << 21;
const EFER_NXE: u32 = 1 << 11;

export const PTE_P: u32 = 1;
export const PTE_W: u32 = 2;
export const PTE_U: u32 = 4;
export const PTE_A: u32 = 0x20;
export const PTE_D: u32 = 0x40;
export const PTE_PS: u32 = 0x80;
const PTE_G: u32 = 0x100;
export const PTE_NX: u64 = 1 << 63;

export const ERROR_P: u32 = 1;
export const ERROR_W: u32 = 2;
export const ERROR_U: u32 = 4;
export const ERROR_RSVD: u32 = 8;
export const ERROR_FETCH: u32 = 16;

/** Physical addresses have 36 bits: CPUID leaf 0x80000008. */
export const RESERVED_PHYSICAL: u64 = 0x7fff_fff0_0000_0000;

/** Bits 17-21 of a 4 MiB page's entry: bits 13-16 are all that PSE-36 can use. SDM 3A table "Format of a 32-Bit Page-Directory Entry that Maps a 4-MByte Page". */
export const RESERVED_LARGE: u32 = 0x3e0000;

/** Reserved bits of a PDPTE. */
export const PDPTE_RESERVED: u64 = RESERVED_PHYSICAL | PTE_NX | 0x1e6;

/** The last translation was of a global page (and CR4.PGE is on). */
export let globalPage: bool = false;
/** The last translation was through a 2 or 4 MiB page. */
export let largePage: bool = false;

/** While set, walks are for an observer: they leave accessed and dirty bits and the TLB alone, and ask for no rights. */
export let quiet: bool = false;

/** Entries read in the walk at hand. */
let references: u32 = 0;

/** Entries that the nested TLB knew, and that a walk without it would read. */
export function addReferences(entries: u32): void {
  references += entries;
}

/** What the A20 gate makes of a guest-physical address. */
export function throughA20(physical: u64): u64 {
  return physical & (0xffffffff00000000 | <u64>load<u32>(A20_MASK));
}

/** Read guest-physical memory for the walk; what is not RAM reads as ones. */
export function readPhysical<T>(address: u64): T {
  references++;
  const a = throughA20(address);
  const page = a >> 32 ? 0 : load<u32>(((<usize>(a >> 12)) << 2) + PHYS_MAP);
  if (!(page & (PAGE_RAM | PAGE_ROM))) return <T>-1;
  return load<T>((page & ~0xfff) + (<u32>a & 0xfff));
}

/** Write guest-physical memory; what is not RAM stays as it is. */
export function writePhysical<T>(address: u64, value: T): void {
  const a = throughA20(address);
  const page = a >> 32 ? 0 : load<u32>(((<usize>(a >> 12)) << 2) + PHYS_MAP);
  if (!(page & PAGE_RAM)) return;
  store<T>((page & ~0xfff) + (<u32>a & 0xfff), value);
  codeWritten(<u32>a, sizeof<T>());
}

function fail(linear: u64, access: i32, bits: u32): u64 {
  let code = bits;
  if (access & ACCESS_WRITE) code |= ERROR_W;
  if (access & ACCESS_USER) code |= ERROR_U;
  // Bit 4 is only reported when a fetch can be told apart: NX or SMEP in use.
  const nx = (load<u32>(EFER) & EFER_NXE) != 0 && (load<u32>(CR4) & CR4_PAE) != 0;
  if (access & ACCESS_FETCH && (nx || (load<u32>(CR4) & CR4_SMEP) != 0)) code |= ERROR_FETCH;
  // SDM 3A "Operations that Invalidate TLBs and Paging-Structure Caches": so does a page fault, for the page of its address.
  if (!quiet) flushTlbPage(linear & 0xffffffff);
  raisePageFault(linear, code);
  return 0;
}

/** SDM 3A "Determination of Access Rights": `rights` is the AND of W and U over the levels, `nx` the OR of NX. */
function allowed(rights: u32, nx: bool, access: i32): bool {
  const write = access & ACCESS_WRITE ? PTE_W : 0;
  if (access & ACCESS_USER) return (rights & (PTE_U | write)) == (PTE_U | write) && !(nx && access & ACCESS_FETCH);
  if (rights & PTE_U && load<u32>(CR4) & (CR4_SMEP | CR4_SMAP) && !allowedOnUserPage(access)) return false;
  return ((rights & write) == write || !(load<u32>(CR0) & CR0_WP)) && !(nx && access & ACCESS_FETCH);
}

/** SMEP and SMAP, for an access of ring 0 to 2. */
function allowedOnUserPage(access: i32): bool {
  const cr4 = load<u32>(CR4);
  if (access & ACCESS_FETCH) return !(cr4 & CR4_SMEP);
  return !(cr4 & CR4_SMAP) || (!(access & ACCESS_IMPLICIT) && (load<u32>(RFLAGS) & FLAG_AC) != 0);
}

/**
 * Translate for an access of kind ACCESS_*. Sets accessed and dirty bits. Returns the physical address (before the A20 mask),
 * or raises #PF or VMEXIT.
 */
export function translate(linear: u64, access: i32): u64 {
  globalPage = false;
  largePage = false;
  references = 0;
  const paged = (load<u32>(CR0) & CR0_PG) != 0;
  let address = paged ? walk(linear, access) : linear;
  const nested = load<u32>(NESTED) != 0;
  if (nested && !fault) {
    address = nestedTranslate(address, access);
    // As a page fault does; another frame may come to be mapped.
    if (fault && !quiet) flushTlbPage(linear & 0xffffffff);
  }
  if (references && !quiet) countWalk(paged && nested);
  return address;
}

function countWalk(nested: bool): void {
  count(nested ? COUNT_NESTED_WALKS : COUNT_WALKS);
  count(nested ? COUNT_NESTED_WALK_REFERENCES : COUNT_WALK_REFERENCES, references);
}

function walk(linear: u64, access: i32): u64 {
  return load<u32>(CR4) & CR4_PAE ? translatePae(linear, access) : translate32(linear, access);
}

/** Physical address of an entry of the page tables. May raise VMEXIT. */
function entryAt(address: u64): u64 {
  return load<u32>(NESTED) ? nestedTable(address) : address;
}

function translate32(linear: u64, access: i32): u64 {
  const pdeAt = entryAt(<u64>((load<u32>(CR3) & 0xfffff000) | ((<u32>linear >> 20) & 0xffc)));
  if (fault) return 0;
  const pde = readPhysical<u32>(pdeAt);
  if (!(pde & PTE_P)) return fail(linear, access, 0);
  if (pde & PTE_PS && load<u32>(CR4) & CR4_PSE) return translate4M(linear, access, pdeAt, pde);
  const pteAt = entryAt(<u64>((pde & 0xfffff000) | ((<u32>linear >> 10) & 0xffc)));
  if (fault) return 0;
  const pte = readPhysical<u32>(pteAt);
  if (!(pte & PTE_P)) return fail(linear, access, 0);
  if (!allowed(pde & pte, false, access) && !quiet) return fail(linear, access, ERROR_P);
  if (!(pde & PTE_A)) mark<u32>(pdeAt, pde | PTE_A);
  const used = usedBits(access);
  if ((pte & used) != used) mark<u32>(pteAt, pte | used);
  globalPage = (pte & PTE_G) != 0 && (load<u32>(CR4) & CR4_PGE) != 0;
  return <u64>((pte & 0xfffff000) | (<u32>linear & 0xfff));
}

function translate4M(linear: u64, access: i32, pdeAt: u64, pde: u32): u64 {
  if (pde & RESERVED_LARGE) return fail(linear, access, ERROR_P | ERROR_RSVD);
  if (!allowed(pde, false, access) && !quiet) return fail(linear, access, ERROR_P);
  const used = usedBits(access);
  if ((pde & used) != used) mark<u32>(pdeAt, pde | used);
  largePage = true;
  globalPage = (pde & PTE_G) != 0 && (load<u32>(CR4) & CR4_PGE) != 0;
  // PSE-36: bits 13-20 are physical address bits 32-39.
  return <u64>((pde & 0xffc00000) | (<u32>linear & 0x3fffff)) | ((<u64>(pde & 0x1e000)) << 19);
}

/** With nested paging PDPTEs are read with each walk. AMD APM vol. 2 "Nested Paging": "Legacy PAE Mode". May raise VMEXIT. */
function pdpteOf(linear: u64): u64 {
  const index = (linear >> 30) & 3;
  if (!load<u32>(NESTED)) return load<u64>(PDPTES + ((<usize>index) << 3));
  const at = nestedTable((load<u64>(CR3) & 0xffffffe0) + (index << 3));
  return fault ? 0 : readPhysical<u64>(at);
}

function translatePae(linear: u64, access: i32): u64 {
  const reserved = load<u32>(EFER) & EFER_NXE ? RESERVED_PHYSICAL : RESERVED_PHYSICAL | PTE_NX;
  const pdpte = pdpteOf(linear);
  if (fault) return 0;
  if (!(pdpte & PTE_P)) return fail(linear, access, 0);
  if (pdpte & PDPTE_RESERVED && load<u32>(NESTED)) return fail(linear, access, ERROR_P | ERROR_RSVD);
  const pdeAt = entryAt((pdpte & 0xffffff000) | ((linear >> 18) & 0xff8));
  if (fault) return 0;
  const pde = readPhysical<u64>(pdeAt);
  if (!(pde & PTE_P)) return fail(linear, access, 0);
  if (pde & reserved) return fail(linear, access, ERROR_P | ERROR_RSVD);
  if (pde & PTE_PS) return translate2M(linear, access, pdeAt, pde);
  const pteAt = entryAt((pde & 0xffffff000) | ((linear >> 9) & 0xff8));
  if (fault) return 0;
  const pte = readPhysical<u64>(pteAt);
  if (!(pte & PTE_P)) return fail(linear, access, 0);
  if (pte & reserved) return fail(linear, access, ERROR_P | ERROR_RSVD);
  if (!allowed(<u32>(pde & pte), ((pde | pte) & PTE_NX) != 0, access) && !quiet) return fail(linear, access, ERROR_P);
  if (!(pde & PTE_A)) mark<u64>(pdeAt, pde | PTE_A);
  const used = <u64>usedBits(access);
  if ((pte & used) != used) mark<u64>(pteAt, pte | used);
  globalPage = (pte & PTE_G) != 0 && (load<u32>(CR4) & CR4_PGE) != 0;
  return (pte & 0xffffff000) | (linear & 0xfff);
}

function translate2M(linear: u64, access: i32, pdeAt: u64, pde: u64): u64 {
  if (pde & 0x1fe000) return fail(linear, access, ERROR_P | ERROR_RSVD);
  if (!allowed(<u32>pde, (pde & PTE_NX) != 0, access) && !quiet) return fail(linear, access, ERROR_P);
  const used = <u64>usedBits(access);
  if ((pde & used) != used) mark<u64>(pdeAt, pde | used);
  largePage = true;
  globalPage = (pde & PTE_G) != 0 && (load<u32>(CR4) & CR4_PGE) != 0;
  return (pde & 0xfffe00000) | (linear & 0x1fffff);
}

/** Bits that an access sets in the entry that maps the page. */
function usedBits(access: i32): u32 {
  return access & ACCESS_WRITE ? PTE_A | PTE_D : PTE_A;
}

export function mark<T>(at: u64, entry: T): void {
  if (!quiet) writePhysical<T>(at, entry);
}

/** Guest-physical address of a linear one for an observer, or -1 if it is not mapped. Changes nothing. */
export function observe(linear: u64): i64 {
  const wasGlobal = globalPage;
  const wasLarge = largePage;
  quiet = true;
  const physical = translate(linear, ACCESS_READ);
  quiet = false;
  globalPage = wasGlobal;
  largePage = wasLarge;
  if (!fault) return <i64>throughA20(physical);
  clearFault();
  return -1;
}

/** Load the four PDPTEs from CR3, as MOV to CR3 does in PAE mode. Raises #GP(0) and keeps the old ones if a reserved bit is set. */
export function loadPdptes(): bool {
  if (load<u32>(NESTED)) return true;
  const base = load<u64>(CR3) & 0xffffffe0;
  for (let i = 0; i < 4; i++) {
    const entry = readPhysical<u64>(base + i * 8);
    if (entry & PTE_P && entry & PDPTE_RESERVED) {
      raiseCode(VECTOR_GP, 0);
      return false;
    }
  }
  for (let i = 0; i < 4; i++) store<u64>(PDPTES + ((<usize>i) << 3), readPhysical<u64>(base + i * 8));
  return true;
}
