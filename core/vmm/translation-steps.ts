// The entries that a linear address goes through, for records of exits: look only, whatever the rights. SDM 3A "Paging".
import type { TranslationStep } from "./events/record.js";
import type { GuestMemory } from "./guest-memory.js";
import { type GuestPaging, isPae, isPaged, PTE_P, PTE_PS } from "./shadow/guest-walk.js";
import { CR4_PSE } from "./state.js";

const FRAME = 0xffffff000n;
const PRESENT = BigInt(PTE_P);
const LARGE = BigInt(PTE_PS);

/**
 * Of tables in PAE format, down to the first entry that is not present. `tables`: whose they are ("shadow", "nested", "guest"); `read`: the entry at
 * an address; `pdpt`: where the four entries of the first level lie, or the entries themselves where the processor keeps them.
 */
export function paeSteps(
  tables: string,
  read: (address: number) => bigint,
  pdpt: number | readonly bigint[],
  address: number,
): readonly TranslationStep[] {
  const steps: TranslationStep[] = [];
  const look = (name: string, at: number): bigint => {
    const entry = read(at);
    steps.push({ table: `${tables} ${name}`, address: at, entry });
    return entry;
  };
  const pdpte = typeof pdpt === "number" ? look("PDPTE", pdpt + (address >>> 30) * 8) : pdpt[address >>> 30]!;
  if (!(pdpte & PRESENT)) return steps;
  const pde = look("PDE", Number(pdpte & FRAME) + ((address >>> 21) & 511) * 8);
  if (pde & PRESENT && !(pde & LARGE)) look("PTE", Number(pde & FRAME) + ((address >>> 12) & 511) * 8);
  return steps;
}

/** Of the guest's own tables; none without paging. */
export function guestSteps(memory: GuestMemory, paging: GuestPaging, linear: number): readonly TranslationStep[] {
  if (!isPaged(paging)) return [];
  if (isPae(paging)) return paeSteps("guest", (at) => memory.read64(at), paging.pdptes, linear);
  const pdeAt = ((paging.cr3 & 0xfffff000) >>> 0) + (linear >>> 22) * 4;
  const pde = memory.read32(pdeAt);
  const steps = [{ table: "guest PDE", address: pdeAt, entry: BigInt(pde) }];
  if (!(pde & PTE_P) || (pde & PTE_PS && paging.cr4 & CR4_PSE)) return steps;
  const pteAt = ((pde & 0xfffff000) >>> 0) + ((linear >>> 12) & 1023) * 4;
  return [...steps, { table: "guest PTE", address: pteAt, entry: BigInt(memory.read32(pteAt)) }];
}
