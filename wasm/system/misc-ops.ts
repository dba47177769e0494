// What is left of the system instructions: time-stamp counter, caches, fences, SMAP's AC switch. Not modelled: performance counters, and
// caches, which nothing here could tell from memory.
import { CPL, FEATURE_SMAP, FEATURES, RAX, RDX, RFLAGS } from "../abi/state";
import { VMEXIT_INVD, VMEXIT_PAUSE, VMEXIT_RDPMC, VMEXIT_RDTSC, VMEXIT_WBINVD } from "../abi/svm";
import { raise, VECTOR_GP, VECTOR_UD } from "../cpu/fault";
import { FLAG_AC } from "../cpu/flags";
import { selectTlb } from "../cpu/memory";
import { readMem } from "../cpu/operand";
import { setReg } from "../cpu/state";
import { CR4_PCE, CR4_TSD, cr4Has, requireRing0 } from "./mode";
import { timeStampCounter } from "./msr";
import { intercepted } from "./svm/intercept";

export function rdtsc(u: usize): void {
  if (load<u32>(CPL) != 0 && cr4Has(CR4_TSD)) {
    raise(VECTOR_GP);
    return;
  }
  if (intercepted(u, VMEXIT_RDTSC)) return;
  const value = timeStampCounter();
  setReg<u32>(RAX, <u32>value);
  setReg<u32>(RDX, <u32>(value >> 32));
}

/** There are no counters (IA32_MISC_ENABLE bit 7 is clear), so every number in ECX is beyond the last. */
export function rdpmc(u: usize): void {
  const mayRead = load<u32>(CPL) == 0 || cr4Has(CR4_PCE);
  if (!mayRead || !intercepted(u, VMEXIT_RDPMC)) raise(VECTOR_GP);
}

/** There is no cache that could differ from memory. */
export function invd(u: usize): void {
  if (requireRing0()) intercepted(u, VMEXIT_INVD);
}

export function wbinvd(u: usize): void {
  if (requireRing0()) intercepted(u, VMEXIT_WBINVD);
}

export function pause(u: usize): void {
  intercepted(u, VMEXIT_PAUSE);
}

/** CLFLUSH is checked like a read of a byte. */
export function clflush(u: usize): void {
  readMem<u8>(u);
}

/** LFENCE, MFENCE, SFENCE: memory accesses are in order anyway. */
export function fence(u: usize): void {}

function setAlignmentCheck(on: bool): void {
  if (!(load<u32>(FEATURES) & FEATURE_SMAP) || load<u32>(CPL) != 0) {
    raise(VECTOR_UD);
    return;
  }
  const flags = load<u32>(RFLAGS);
  store<u32>(RFLAGS, on ? flags | FLAG_AC : flags & ~FLAG_AC);
  selectTlb();
}

export function stac(u: usize): void {
  setAlignmentCheck(true);
}

export function clac(u: usize): void {
  setAlignmentCheck(false);
}
