// What shadow tables are known by: where they come from, and what else their entries depend on, as numbers.
import { CR0_WP, CR4_PAE, CR4_PSE, EFER_NXE } from "../state.js";
import { ABOVE_NX, type GuestPaging, isPae, isPaged, PTE_D, PTE_U, PTE_W } from "./guest-walk.js";
import type { TableRights } from "./shadow-tables.js";

const FRAME = 0xffffff000n;
export const KIND_DIRECTORY = 0;
export const KIND_TABLE = 1;
export const KIND_LARGE = 2;
export const KIND_IDENTITY = 3;
/** Of a directory that no table of the guest's stands behind: no page has this number. */
export const NO_PAGE = 2 ** 24;
const VIEWS: Readonly<Record<ShadowView, number>> = { both: 0, kernel: 1, user: 2 };

/**
 * For whom the tables are: `both` has user and supervisor pages as the guest's (ring compression 0/1/3, and guest mode); `kernel` lets ring 3
 * do what the guest lets its ring 0 do, and `user` what it lets its ring 3 do (0/3/3, where both run in ring 3).
 */
export type ShadowView = "both" | "kernel" | "user";

/** What an entry's meaning depends on beside the guest's tables: 7 bits. */
export function roleOf(paging: GuestPaging, view: ShadowView): number {
  const of = VIEWS[view] * 32;
  if (!isPaged(paging)) return of;
  return (
    of |
    16 |
    (paging.cr0 & CR0_WP ? 1 : 0) |
    (paging.efer & EFER_NXE ? 2 : 0) |
    (paging.cr4 & CR4_PSE ? 4 : 0) |
    (paging.cr4 & CR4_PAE ? 8 : 0)
  );
}

/** `part`: 2 bits. `above`: 4 bits. `role`: see roleOf(). */
export function keyOf(kind: number, page: number, part: number, above: number, role: number): number {
  return (page * 4 + kind) * 8192 + ((part << 11) | (above << 7) | role);
}

/** `GuestWalk.above` in 4 bits. */
export function aboveBits(above: number): number {
  return (above & 7) | (above & PTE_D ? 8 : 0);
}

export function rightsOf(paging: GuestPaging, view: ShadowView, above: number): TableRights {
  const forKernel = view === "kernel";
  return {
    writable: (above & PTE_W) !== 0,
    user: (above & PTE_U) !== 0,
    noExecute: (above & ABOVE_NX) !== 0,
    hasNoExecute: (paging.efer & EFER_NXE) !== 0,
    forKernel,
    forced: forKernel && !(paging.cr0 & CR0_WP),
  };
}

export function rootKey(paging: GuestPaging, view: ShadowView): string {
  return `${rootName(paging)}/${roleOf(paging, view)}`;
}

export type Spaces = Omit<GuestPaging, "pdptes">;

export function isSame(a: Spaces, b: Spaces): boolean {
  return a.cr3 === b.cr3 && a.cr0 === b.cr0 && a.cr4 === b.cr4 && a.efer === b.efer;
}

function rootName(paging: GuestPaging): string {
  if (!isPaged(paging)) return "u";
  return isPae(paging) ? paging.pdptes.map((entry) => (entry & 1n ? entry & FRAME : "-")).join() : `${(paging.cr3 & 0xfffff000) >>> 0}`;
}
