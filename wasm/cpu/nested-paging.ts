// Guest-physical to physical addresses by the host's page tables. AMD APM vol. 2 "Nested Paging". Every access of a guest is a user's access
// there, and one to the guest's page tables a write. The tables are in the format of the host's paging (32-bit or PAE), so guest-physical
// addresses have 32 bits. PDPTEs are read with each walk. What walks find is kept as a nested TLB, but for what is no memory; it goes with the
// guest's other translations (svm/world.ts). Not modelled: memory types.
import { PAGE_RAM, PAGE_ROM, PHYS_MAP } from "../abi/layout";
import { NESTED, NESTED_CR3, NESTED_NXE, NESTED_PAE, NESTED_PSE } from "../abi/state";
import { NPF_FINAL, NPF_TABLE, VMEXIT_NPF } from "../abi/svm";
import { setExit } from "../system/svm/intercept";
import { fault, raiseExit } from "./fault";
import {
  ACCESS_FETCH,
  ACCESS_WRITE,
  addReferences,
  ERROR_FETCH,
  ERROR_P,
  ERROR_RSVD,
  ERROR_U,
  ERROR_W,
  mark,
  PDPTE_RESERVED,
  PTE_A,
  PTE_D,
  PTE_NX,
  PTE_P,
  PTE_PS,
  PTE_U,
  PTE_W,
  quiet,
  RESERVED_LARGE,
  RESERVED_PHYSICAL,
  readPhysical,
  throughA20,
} from "./paging";

/** Of the translation at hand. */
let wanted: u32 = 0;
let fetching: bool = false;
let place: u32 = 0;
/** The walk ended at a large page. */
let large: bool = false;

/**
 * The nested TLB, by guest-physical page: u64 with the frame's number in bits 0-23, the page's in 24-43, whether stores (44) and fetches (45) may
 * go there, whether the walk ended at a large page (46), and its generation above.
 */
const KNOWN_ENTRIES: u32 = 4096;
const KNOWN: usize = memory.data(4096 * 8);
const PAGE_SHIFT: u64 = 24;
const FRAME: u64 = 0xffffff;
const STORES: u64 = 1 << 44;
const FETCHES: u64 = 1 << 45;
const LARGE: u64 = 1 << 46;
const ATTRIBUTES: u64 = STORES | FETCHES | LARGE;
const GENERATION_SHIFT: u64 = 47;
const LAST_GENERATION: u64 = 0x1ffff;
let generation: u64 = 1;

/** Forget what nested walks found. */
export function forgetNested(): void {
  if (generation < LAST_GENERATION) {
    generation++;
    return;
  }
  generation = 1;
  memory.fill(KNOWN, 0, KNOWN_ENTRIES * 8);
}

function slot(address: u64): usize {
  return KNOWN + ((<usize>(address >> 12) & (KNOWN_ENTRIES - 1)) << 3);
}

function tag(address: u64): u64 {
  return (generation << GENERATION_SHIFT) | ((address >> 12) << PAGE_SHIFT);
}

/** What the access at hand needs an entry to say. */
function needed(): u64 {
  return (wanted & PTE_W ? STORES : 0) | (fetching ? FETCHES : 0);
}

function learn(address: u64, physical: u64): void {
  if (physical >> 32 || !(load<u32>(((<usize>(throughA20(physical) >> 12)) << 2) + PHYS_MAP) & (PAGE_RAM | PAGE_ROM))) return;
  const entry = tag(address) | (physical >> 12) | (large ? LARGE : 0);
  const at = slot(address);
  const old = load<u64>(at);
  const rights = (old & ~(STORES | FETCHES)) == entry ? old & (STORES | FETCHES) : 0;
  store<u64>(at, entry | rights | needed());
}

/** #NPF: EXITINFO1 is a page fault's error code and NPF_*, EXITINFO2 the guest-physical address. */
function fail(address: u64, bits: u32): u64 {
  let code = bits | ERROR_U;
  if (wanted & PTE_W) code |= ERROR_W;
  if (fetching && load<u32>(NESTED) & NESTED_NXE) code |= ERROR_FETCH;
  if (!quiet) {
    setExit(VMEXIT_NPF, ((<u64>place) << 32) | code, address, 0);
    store<u64>(slot(address), 0);
  }
  raiseExit();
  return 0;
}

/** Whether the rights of all levels together (W and U; NX of any) do. An observer needs none. */
function allowed(rights: u32, nx: bool): bool {
  return quiet || ((rights & wanted) == wanted && !(nx && fetching));
}

function used(): u32 {
  return wanted & PTE_W ? PTE_A | PTE_D : PTE_A;
}

function walk32(address: u64): u64 {
  const linear = <u32>address;
  const pdeAt = <u64>((load<u32>(NESTED_CR3) & 0xfffff000) | ((linear >> 20) & 0xffc));
  const pde = readPhysical<u32>(pdeAt);
  if (!(pde & PTE_P)) return fail(address, 0);
  if (pde & PTE_PS && load<u32>(NESTED) & NESTED_PSE) {
    if (pde & RESERVED_LARGE) return fail(address, ERROR_P | ERROR_RSVD);
    if (!allowed(pde, false)) return fail(address, ERROR_P);
    large = true;
    if ((pde & used()) != used()) mark<u32>(pdeAt, pde | used());
    return <u64>((pde & 0xffc00000) | (linear & 0x3fffff)) | ((<u64>(pde & 0x1e000)) << 19);
  }
  const pteAt = <u64>((pde & 0xfffff000) | ((linear >> 10) & 0xffc));
  const pte = readPhysical<u32>(pteAt);
  if (!(pte & PTE_P)) return fail(address, 0);
  if (!allowed(pde & pte, false)) return fail(address, ERROR_P);
  if (!(pde & PTE_A)) mark<u32>(pdeAt, pde | PTE_A);
  if ((pte & used()) != used()) mark<u32>(pteAt, pte | used());
  return <u64>((pte & 0xfffff000) | (linear & 0xfff));
}

function walkPae(address: u64): u64 {
  const reserved = load<u32>(NESTED) & NESTED_NXE ? RESERVED_PHYSICAL : RESERVED_PHYSICAL | PTE_NX;
  const pdpte = readPhysical<u64>((load<u64>(NESTED_CR3) & 0xffffffe0) | ((address >> 27) & 0x18));
  if (!(pdpte & PTE_P)) return fail(address, 0);
  if (pdpte & PDPTE_RESERVED) return fail(address, ERROR_P | ERROR_RSVD);
  const pdeAt = (pdpte & 0xffffff000) | ((address >> 18) & 0xff8);
  const pde = readPhysical<u64>(pdeAt);
  if (!(pde & PTE_P)) return fail(address, 0);
  if (pde & reserved) return fail(address, ERROR_P | ERROR_RSVD);
  if (pde & PTE_PS) {
    if (pde & 0x1fe000) return fail(address, ERROR_P | ERROR_RSVD);
    if (!allowed(<u32>pde, (pde & PTE_NX) != 0)) return fail(address, ERROR_P);
    large = true;
    if ((<u32>pde & used()) != used()) mark<u64>(pdeAt, pde | used());
    return (pde & 0xfffe00000) | (address & 0x1fffff);
  }
  const pteAt = (pde & 0xffffff000) | ((address >> 9) & 0xff8);
  const pte = readPhysical<u64>(pteAt);
  if (!(pte & PTE_P)) return fail(address, 0);
  if (pte & reserved) return fail(address, ERROR_P | ERROR_RSVD);
  if (!allowed(<u32>(pde & pte), ((pde | pte) & PTE_NX) != 0)) return fail(address, ERROR_P);
  if (!(pde & PTE_A)) mark<u64>(pdeAt, pde | PTE_A);
  if ((<u32>pte & used()) != used()) mark<u64>(pteAt, pte | used());
  return (pte & 0xffffff000) | (address & 0xfff);
}

function walk(address: u64): u64 {
  if (address >> 32) return fail(address, 0);
  const known = load<u64>(slot(address));
  const need = needed();
  const isPae = (load<u32>(NESTED) & NESTED_PAE) != 0;
  if ((known & ~(FRAME | ATTRIBUTES)) == tag(address) && (known & need) == need && !quiet) {
    addReferences((isPae ? 3 : 2) - (known & LARGE ? 1 : 0));
    return ((known & FRAME) << 12) | (address & 0xfff);
  }
  large = false;
  const physical = isPae ? walkPae(address) : walk32(address);
  if (!fault && !quiet) learn(address, physical);
  return physical;
}

/** The physical address for an access of kind ACCESS_* to a guest-physical one, or VMEXIT is raised. */
export function nestedTranslate(address: u64, access: i32): u64 {
  wanted = access & ACCESS_WRITE ? PTE_U | PTE_W : PTE_U;
  fetching = (access & ACCESS_FETCH) != 0;
  place = NPF_FINAL;
  return walk(address);
}

/** The same for an entry of the guest's page tables. */
export function nestedTable(address: u64): u64 {
  wanted = PTE_U | PTE_W;
  fetching = false;
  place = NPF_TABLE;
  return walk(address);
}
