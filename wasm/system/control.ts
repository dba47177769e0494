// Control registers: what may be written, and what must be forgotten after. SDM 3A "Control Registers".
// Not modelled: caching (CD and NW are only bits), long mode (EFER.LME is refused), PCIDs, protection keys.
import {
  CR0,
  CR2,
  CR3,
  CR4,
  EFER,
  FEATURE_SMAP,
  FEATURE_SMEP,
  FEATURE_SVM,
  FEATURE_UMIP,
  FEATURES,
  MSR_MISC_ENABLE,
  MSR_VM_CR,
  SEG_BASE,
} from "../abi/state";
import { COUNT_CONTROL_WRITES, COUNT_TLB_FLUSHES, COUNT_TLB_INVALIDATIONS } from "../abi/statistics";
import { VMEXIT_CR_READ, VMEXIT_CR_WRITE, VMEXIT_CR0_SEL_WRITE, VMEXIT_INVLPG } from "../abi/svm";
import { U_DST, U_FLAGS, U_SEG, U_SIZE, U_SRC, UF_DST_MEM } from "../abi/uop";
import { fault, raise, VECTOR_GP, VECTOR_UD } from "../cpu/fault";
import { selectTlb } from "../cpu/memory";
import { effectiveAddress, readSrc, writeMem } from "../cpu/operand";
import { loadPdptes } from "../cpu/paging";
import { getReg, segment, setModeChanged, setReg } from "../cpu/state";
import { count } from "../cpu/statistics";
import { flushTlb, flushTlbPage } from "../cpu/tlb";
import { allowedByUmip, CR0_PE, CR0_PG, CR0_TS, CR0_WP, CR4_PAE, requireRing0 } from "./mode";
import { refreshSegments } from "./segment";
import { intercepted } from "./svm/intercept";

export const CR0_ET: u32 = 1 << 4;
export const CR0_NW: u32 = 1 << 29;
export const CR0_CD: u32 = 1 << 30;
/** PE MP EM TS ET NE WP AM NW CD PG. */
export const CR0_WRITABLE: u32 = 0xe005003f;
const CR0_MP: u32 = 2;

/** VME PVI TSD DE PSE PAE MCE PGE PCE OSFXSR OSXMMEXCPT. */
const CR4_ALWAYS: u32 = 0x7ff;
const CR4_UMIP: u32 = 1 << 11;
const CR4_SMEP: u32 = 1 << 20;
const CR4_SMAP: u32 = 1 << 21;
/** PSE PAE PGE SMEP SMAP: what a cached translation depends on. */
const CR4_TRANSLATION: u32 = 0x3000b0;

export const EFER_NXE: u64 = 1 << 11;
export const EFER_SVME: u64 = 1 << 12;
/** Of VM_CR: EFER.SVME can not be set. */
export const VM_CR_SVMDIS: u64 = 1 << 4;
/** XD Bit Disable in IA32_MISC_ENABLE. */
const XD_DISABLE: u64 = 1 << 34;

function refuse(): void {
  raise(VECTOR_GP);
}

function flush(global: bool): void {
  count(COUNT_TLB_FLUSHES);
  flushTlb(global);
}

function writeCr0(wanted: u32): void {
  const value = (wanted & CR0_WRITABLE) | CR0_ET;
  const old = load<u32>(CR0);
  if ((value & (CR0_PG | CR0_PE)) == CR0_PG || (value & (CR0_NW | CR0_CD)) == CR0_NW) {
    refuse();
    return;
  }
  const changed = value ^ old;
  if (changed & CR0_PG && value & CR0_PG && load<u32>(CR4) & CR4_PAE && !loadPdptes()) return;
  store<u64>(CR0, <u64>value);
  if (changed & (CR0_PG | CR0_PE | CR0_WP)) flush(true);
  if (changed & CR0_PE) refreshSegments();
  setModeChanged(true);
  selectTlb();
}

function writeCr3(value: u32): void {
  const old = load<u64>(CR3);
  store<u64>(CR3, <u64>value);
  if (load<u32>(CR0) & CR0_PG && load<u32>(CR4) & CR4_PAE && !loadPdptes()) {
    store<u64>(CR3, old);
    return;
  }
  flush(false);
  setModeChanged(true);
}

/** Bits of CR4 that exist, by the feature switches. */
export function cr4Writable(): u32 {
  const features = load<u32>(FEATURES);
  let bits = CR4_ALWAYS;
  if (features & FEATURE_UMIP) bits |= CR4_UMIP;
  if (features & FEATURE_SMEP) bits |= CR4_SMEP;
  if (features & FEATURE_SMAP) bits |= CR4_SMAP;
  return bits;
}

function writeCr4(value: u32): void {
  if (value & ~cr4Writable()) {
    refuse();
    return;
  }
  const changed = value ^ load<u32>(CR4);
  if (changed & CR4_TRANSLATION && load<u32>(CR0) & CR0_PG && value & CR4_PAE && !loadPdptes()) return;
  store<u64>(CR4, <u64>value);
  if (changed & CR4_TRANSLATION) flush(true);
  setModeChanged(true);
  selectTlb();
}

export function nxIsAvailable(): bool {
  return (load<u64>(MSR_MISC_ENABLE) & XD_DISABLE) == 0;
}

function svmIsAvailable(): bool {
  return (load<u32>(FEATURES) & FEATURE_SVM) != 0 && !(load<u64>(MSR_VM_CR) & VM_CR_SVMDIS);
}

/** WRMSR to IA32_EFER: NXE and SVME are there. */
export function writeEfer(value: u64): void {
  if (value & ~((nxIsAvailable() ? EFER_NXE : 0) | (svmIsAvailable() ? EFER_SVME : 0))) {
    refuse();
    return;
  }
  store<u64>(EFER, value);
  flush(true);
  setModeChanged(true);
}

/** A selective intercept looks at what changes: TS and MP do not count. */
function interceptedWriteCr0(u: usize, value: u32): void {
  const changed = (value ^ load<u32>(CR0)) & CR0_WRITABLE & ~(CR0_TS | CR0_MP);
  if (!changed || !intercepted(u, VMEXIT_CR0_SEL_WRITE)) writeCr0(value);
}

export function movToControl(u: usize): void {
  const n = load<u8>(u, U_DST);
  const value = getReg<u32>(load<u8>(u, U_SRC));
  if (n == 1 || n > 4) raise(VECTOR_UD);
  else if (!requireRing0() || intercepted(u, VMEXIT_CR_WRITE + n)) return;
  else if (n == 0) interceptedWriteCr0(u, value);
  else if (n == 2) store<u64>(CR2, <u64>value);
  else if (n == 3) writeCr3(value);
  else writeCr4(value);
  if (!fault) count(COUNT_CONTROL_WRITES);
}

export function movFromControl(u: usize): void {
  const n = load<u8>(u, U_SRC);
  if (n == 1 || n > 4) raise(VECTOR_UD);
  else if (requireRing0() && !intercepted(u, VMEXIT_CR_READ + n))
    setReg<u32>(load<u8>(u, U_DST), load<u32>(CR0 + ((<usize>n) << 3) - (n ? 8 : 0)));
}

/** LMSW can set PE but not clear it. */
export function lmsw(u: usize): void {
  if (!requireRing0() || intercepted(u, VMEXIT_CR_WRITE)) return;
  const value = <u32>readSrc<u16>(u);
  if (fault) return;
  const old = load<u32>(CR0);
  interceptedWriteCr0(u, (old & ~14) | (value & 15));
  if (!fault) count(COUNT_CONTROL_WRITES);
}

/** SMSW to a register stores as much of CR0 as fits; to memory 16 bits. */
export function smsw(u: usize): void {
  if (!allowedByUmip() || intercepted(u, VMEXIT_CR_READ)) return;
  const value = load<u32>(CR0);
  if (load<u8>(u, U_FLAGS) & UF_DST_MEM) writeMem<u16>(u, <u16>value);
  else if (load<u8>(u, U_SIZE) == 2) setReg<u16>(load<u8>(u, U_DST), <u16>value);
  else setReg<u32>(load<u8>(u, U_DST), value);
}

export function clts(u: usize): void {
  if (!requireRing0() || intercepted(u, VMEXIT_CR_WRITE)) return;
  store<u32>(CR0, load<u32>(CR0) & ~CR0_TS);
  count(COUNT_CONTROL_WRITES);
}

/** The address is not checked against segment limits. */
export function invlpg(u: usize): void {
  if (!requireRing0() || intercepted(u, VMEXIT_INVLPG)) return;
  count(COUNT_TLB_INVALIDATIONS);
  flushTlbPage((load<u64>(segment(load<u8>(u, U_SEG)), SEG_BASE) + effectiveAddress(u)) & 0xffffffff);
  setModeChanged(true);
}
