// The guest's own page tables, walked by the VMM: no paging, 32-bit paging (with PSE-36) and PAE. SDM 3A "Paging".
// Not here: 4-level paging (long mode is not claimed), memory types.

import type { GuestMemory } from "../guest-memory.js";
import { CR0_PG, CR0_WP, CR4_PAE, CR4_PGE, CR4_PSE, CR4_SMAP, CR4_SMEP, EFER_NXE } from "../state.js";

/** What decides how a guest's linear addresses are translated. */
export interface GuestPaging {
  readonly cr0: number;
  readonly cr3: number;
  readonly cr4: number;
  readonly efer: number;
  /** The four PDPTEs that MOV to CR3 loaded, in PAE mode. */
  readonly pdptes: readonly bigint[];
}

export interface GuestAccess {
  readonly write: boolean;
  /** At CPL 3, and no access of the processor's own to a system structure. */
  readonly user: boolean;
  readonly fetch: boolean;
  /** EFLAGS.AC exempts it from SMAP. */
  readonly exempt?: boolean;
}

export type GuestWalk =
  | {
      readonly present: true;
      /** Guest-physical address; may lie above 4 GiB. */
      readonly physical: number;
      /** Rights over all levels. */
      readonly writable: boolean;
      readonly user: boolean;
      readonly noExecute: boolean;
      /** Tells apart what a table that was made of the last level could not: rights of the levels above; of a large page its rights and dirty bit. */
      readonly above: number;
      /** The entry that maps the page is dirty; without paging always. */
      readonly dirty: boolean;
      /** Guest-physical addresses of the entries used, the one that maps the page last; none without paging. */
      readonly entries: readonly number[];
      /** Through a 2 or 4 MiB page. */
      readonly large: boolean;
      /** The entry that maps the page is global, and CR4.PGE is set. */
      readonly global: boolean;
    }
  /** A true fault, with the error code that the guest's handler gets. */
  | { readonly present: false; readonly code: number };

export const PTE_P = 1;
export const PTE_W = 2;
export const PTE_U = 4;
export const PTE_A = 0x20;
export const PTE_D = 0x40;
export const PTE_PS = 0x80;
const PTE_G = 0x100;

export const ERROR_P = 1;
export const ERROR_W = 2;
export const ERROR_U = 4;
export const ERROR_RSVD = 8;
export const ERROR_FETCH = 16;

/** In GuestWalk.above. */
export const ABOVE_NX = 1;
const NX = 1n << 63n;
/** Physical addresses have 36 bits. */
const RESERVED = 0x7ffffff000000000n;
const RESERVED_2M = 0x1fe000n;
const RESERVED_4M = 0x3e0000;
const FRAME = 0xffffff000n;

export function isPaged(paging: GuestPaging): boolean {
  return (paging.cr0 & CR0_PG) !== 0;
}

export function isPae(paging: GuestPaging): boolean {
  return isPaged(paging) && (paging.cr4 & CR4_PAE) !== 0;
}

function errorCode(paging: GuestPaging, access: GuestAccess, bits: number): number {
  const nx = (paging.efer & EFER_NXE) !== 0 && (paging.cr4 & CR4_PAE) !== 0;
  const fetch = access.fetch && (nx || (paging.cr4 & CR4_SMEP) !== 0);
  return bits | (access.write ? ERROR_W : 0) | (access.user ? ERROR_U : 0) | (fetch ? ERROR_FETCH : 0);
}

/** SDM 3A "Determination of Access Rights". */
function isAllowed(paging: GuestPaging, access: GuestAccess, writable: boolean, user: boolean, noExecute: boolean): boolean {
  if (access.fetch && noExecute) return false;
  if (access.user) return user && (writable || !access.write);
  if (user && access.fetch && paging.cr4 & CR4_SMEP) return false;
  if (user && !access.fetch && paging.cr4 & CR4_SMAP && !access.exempt) return false;
  return writable || !access.write || !(paging.cr0 & CR0_WP);
}

const IDENTITY = {
  present: true,
  writable: true,
  user: true,
  noExecute: false,
  dirty: true,
  entries: [],
  large: false,
  global: false,
  above: 0,
} as const;

/** Walks for one VM. */
export class GuestWalker {
  constructor(private readonly memory: GuestMemory) {}

  /** Translate `linear` for an access, and set accessed and dirty bits as the processor would. `access` undefined: look only, with all rights. */
  walk(paging: GuestPaging, linear: number, access: GuestAccess | undefined): GuestWalk {
    if (!isPaged(paging)) return { ...IDENTITY, physical: linear };
    return isPae(paging) ? this.walkPae(paging, linear, access) : this.walk32(paging, linear, access);
  }

  /** Whether the guest's directory has an entry for the 2 MiB around `linear`. Paging is on. */
  hasTable(paging: GuestPaging, linear: number): boolean {
    if (!isPae(paging)) return (this.memory.read32(((paging.cr3 & 0xfffff000) >>> 0) + ((linear >>> 20) & 0xffc)) & PTE_P) !== 0;
    const pdpte = paging.pdptes[linear >>> 30]!;
    return (pdpte & 1n) !== 0n && (this.memory.read64(Number(pdpte & FRAME) + ((linear >>> 18) & 0xff8)) & 1n) !== 0n;
  }

  private fail(paging: GuestPaging, access: GuestAccess | undefined, bits: number): GuestWalk {
    return { present: false, code: access ? errorCode(paging, access, bits) : bits };
  }

  private walk32(paging: GuestPaging, linear: number, access: GuestAccess | undefined): GuestWalk {
    const pdeAt = ((paging.cr3 & 0xfffff000) >>> 0) + ((linear >>> 20) & 0xffc);
    const pde = this.memory.read32(pdeAt);
    if (!(pde & PTE_P)) return this.fail(paging, access, 0);
    if (pde & PTE_PS && paging.cr4 & CR4_PSE) {
      if (pde & RESERVED_4M) return this.fail(paging, access, ERROR_P | ERROR_RSVD);
      const physical = ((pde & 0xffc00000) >>> 0) + (linear & 0x3fffff) + ((pde >>> 13) & 0xf) * 2 ** 32;
      return this.finish(paging, access, { rights: pde, noExecute: false, physical, entries: [pdeAt], upper: pde, leaf: pde, large: true });
    }
    const pteAt = ((pde & 0xfffff000) >>> 0) + ((linear >>> 10) & 0xffc);
    const pte = this.memory.read32(pteAt);
    if (!(pte & PTE_P)) return this.fail(paging, access, 0);
    const physical = ((pte & 0xfffff000) >>> 0) + (linear & 0xfff);
    const found = { rights: pde & pte, noExecute: false, physical, entries: [pdeAt, pteAt], upper: pde, leaf: pte, large: false };
    return this.finish(paging, access, found);
  }

  private walkPae(paging: GuestPaging, linear: number, access: GuestAccess | undefined): GuestWalk {
    const reserved = paging.efer & EFER_NXE ? RESERVED : RESERVED | NX;
    const pdpte = paging.pdptes[linear >>> 30]!;
    if (!(pdpte & 1n)) return this.fail(paging, access, 0);
    const pdeAt = Number(pdpte & FRAME) + ((linear >>> 18) & 0xff8);
    const pde = this.memory.read64(pdeAt);
    if (!(pde & 1n)) return this.fail(paging, access, 0);
    if (pde & reserved) return this.fail(paging, access, ERROR_P | ERROR_RSVD);
    const low = Number(pde & 0xfffn);
    if (low & PTE_PS) {
      if (pde & RESERVED_2M) return this.fail(paging, access, ERROR_P | ERROR_RSVD);
      const physical = Number(pde & 0xfffe00000n) + (linear & 0x1fffff);
      return this.finish(paging, access, {
        rights: low,
        noExecute: pde >= NX,
        physical,
        entries: [pdeAt],
        upper: low,
        leaf: low,
        large: true,
      });
    }
    const pteAt = Number(pde & FRAME) + ((linear >>> 9) & 0xff8);
    const pte = this.memory.read64(pteAt);
    if (!(pte & 1n)) return this.fail(paging, access, 0);
    if (pte & reserved) return this.fail(paging, access, ERROR_P | ERROR_RSVD);
    const physical = Number(pte & FRAME) + (linear & 0xfff);
    const leaf = Number(pte & 0xfffn);
    const noExecute = pde >= NX || pte >= NX;
    const found = { rights: low & leaf, noExecute, physical, entries: [pdeAt, pteAt], upper: low, leaf, large: false };
    return this.finish(paging, access, { ...found, upperNoExecute: pde >= NX });
  }

  private finish(paging: GuestPaging, access: GuestAccess | undefined, found: Found): GuestWalk {
    const { rights, noExecute, physical, entries, leaf, large } = found;
    const writable = (rights & PTE_W) !== 0;
    const user = (rights & PTE_U) !== 0;
    if (access && !isAllowed(paging, access, writable, user, noExecute)) return this.fail(paging, access, ERROR_P);
    const dirty = (leaf & PTE_D) !== 0 || access?.write === true;
    if (access) this.mark(entries, access.write);
    const above = (found.upper & (PTE_W | PTE_U)) | ((found.upperNoExecute ?? noExecute) ? ABOVE_NX : 0) | (large && dirty ? PTE_D : 0);
    const global = (leaf & PTE_G) !== 0 && (paging.cr4 & CR4_PGE) !== 0;
    return { present: true, physical, writable, user, noExecute, dirty, entries, large, global, above };
  }

  private mark(entries: readonly number[], write: boolean): void {
    entries.forEach((at, i) => {
      const bits = write && i === entries.length - 1 ? PTE_A | PTE_D : PTE_A;
      if ((this.memory.read8(at) & bits) !== bits) this.memory.setBits(at, bits);
    });
  }
}

interface Found {
  readonly rights: number;
  readonly noExecute: boolean;
  readonly physical: number;
  readonly entries: readonly number[];
  /** Low bits of the directory entry, and whether it alone forbids execution (if not as `noExecute`). */
  readonly upper: number;
  readonly upperNoExecute?: boolean;
  /** Low bits of the entry that maps the page. */
  readonly leaf: number;
  readonly large: boolean;
}
