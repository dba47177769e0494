// In which mode the processor is, privilege checks that many instructions share, and the change of privilege.
import { CPL, CR0, CR4, RFLAGS, SHADOW, SHADOW_MOV_SS, SHADOW_STI } from "../abi/state";
import { raise, VECTOR_GP, VECTOR_UD } from "../cpu/fault";
import { FLAG_VM, FLAGS_IOPL } from "../cpu/flags";
import { selectTlb } from "../cpu/memory";
import { setModeChanged } from "../cpu/state";

export const CR0_PE: u32 = 1;
export const CR0_WP: u32 = 1 << 16;
export const CR0_TS: u32 = 8;
export const CR0_PG: u32 = 1 << 31;
export const CR4_VME: u32 = 1;
export const CR4_PVI: u32 = 2;
export const CR4_TSD: u32 = 4;
export const CR4_DE: u32 = 8;
export const CR4_PSE: u32 = 1 << 4;
export const CR4_PAE: u32 = 1 << 5;
export const CR4_PCE: u32 = 1 << 8;
export const CR4_UMIP: u32 = 1 << 11;

/** Bits of DR6 besides B0-B3. */
export const DR6_BD: u32 = 1 << 13;
export const DR6_BS: u32 = 1 << 14;
export const DR6_BT: u32 = 1 << 15;

export function isProtected(): bool {
  return (load<u32>(CR0) & CR0_PE) != 0;
}

export function isVirtual8086(): bool {
  return (load<u32>(RFLAGS) & FLAG_VM) != 0;
}

/** Protected mode, and not virtual-8086: selectors name descriptors. */
export function usesDescriptors(): bool {
  return isProtected() && !isVirtual8086();
}

export function ioPrivilege(): u32 {
  return (load<u32>(RFLAGS) & FLAGS_IOPL) >> 12;
}

export function cr4Has(bit: u32): bool {
  return (load<u32>(CR4) & bit) != 0;
}

export function setPrivilege(cpl: u32): void {
  if (load<u32>(CPL) == cpl) return;
  store<u32>(CPL, cpl);
  setModeChanged(true);
  selectTlb();
}

/** #GP(0) outside ring 0; false if raised. Real mode is ring 0, virtual-8086 mode ring 3. */
export function requireRing0(): bool {
  if (load<u32>(CPL) == 0) return true;
  raise(VECTOR_GP);
  return false;
}

/** #UD in real and virtual-8086 mode; false if raised. */
export function requireDescriptors(): bool {
  if (usesDescriptors()) return true;
  raise(VECTOR_UD);
  return false;
}

/** #GP(0) for SGDT SIDT SLDT SMSW STR outside ring 0 while CR4.UMIP is set; false if raised. */
export function allowedByUmip(): bool {
  if (!cr4Has(CR4_UMIP) || load<u32>(CPL) == 0) return true;
  raise(VECTOR_GP);
  return false;
}

export function shadowStackSegment(): void {
  store<u32>(SHADOW, load<u32>(SHADOW) | SHADOW_MOV_SS);
}

export function shadowSti(): void {
  store<u32>(SHADOW, load<u32>(SHADOW) | SHADOW_STI);
}
