// Model-specific registers: those a Pentium 4 class kernel looks for, and with SVM some of AMD's; any other is #GP. SDM 4 "Model-Specific Registers (MSRs)".
// Not modelled: performance counters and debug-store (MISC_ENABLE says so), DEBUGCTL but for its zero (no LBR, no BTF), machine-check banks (MCG_CAP
// counts none), the effect of memory types.
import {
  EFER,
  FEATURE_KVM,
  FEATURE_SVM,
  FEATURES,
  GUEST_TSC_OFFSET,
  MSR_APIC_BASE,
  MSR_BIOS_SIGN,
  MSR_FEATURE_CONTROL,
  MSR_HWCR,
  MSR_MISC_ENABLE,
  MSR_MTRR_DEF_TYPE,
  MSR_MTRR_FIXED,
  MSR_MTRR_VARIABLE,
  MSR_PAT,
  MSR_SYSCFG,
  MSR_SYSENTER_CS,
  MSR_SYSENTER_EIP,
  MSR_SYSENTER_ESP,
  MSR_VM_CR,
  MSR_VM_HSAVE_PA,
  RAX,
  RCX,
  RDX,
  TSC_OFFSET,
} from "../abi/state";
import { STOP_ON_MSR } from "../abi/stop";
import { fault, raise, VECTOR_GP } from "../cpu/fault";
import { getReg, setReg } from "../cpu/state";
import { hypervisorMsrRead, hypervisorMsrWrite, msrWritten } from "../host";
import { EFER_SVME, VM_CR_SVMDIS, writeEfer } from "./control";
import { requireRing0 } from "./mode";
import { fixedMtrr, isVariableMtrr, MTRR_CAP, mtrrIsValid } from "./mtrr";
import { mustBeAlone, noteMsr } from "./stop";
import { msrIntercepted } from "./svm/permission-maps";
import { hostTicks } from "./time-stamp";

const IA32_TSC: u32 = 0x10;
const IA32_PLATFORM_ID: u32 = 0x17;
const IA32_APIC_BASE: u32 = 0x1b;
const IA32_FEATURE_CONTROL: u32 = 0x3a;
const IA32_BIOS_UPDT_TRIG: u32 = 0x79;
const IA32_BIOS_SIGN_ID: u32 = 0x8b;
const IA32_MTRRCAP: u32 = 0xfe;
const IA32_SYSENTER_CS: u32 = 0x174;
const IA32_SYSENTER_ESP: u32 = 0x175;
const IA32_SYSENTER_EIP: u32 = 0x176;
const IA32_MCG_CAP: u32 = 0x179;
const IA32_MCG_STATUS: u32 = 0x17a;
const IA32_MISC_ENABLE: u32 = 0x1a0;
const IA32_DEBUGCTL: u32 = 0x1d9;
const IA32_PAT: u32 = 0x277;
const IA32_MTRR_DEF_TYPE: u32 = 0x2ff;
const IA32_EFER: u32 = 0xc0000080;
const SYSCFG: u32 = 0xc0010010;
const HWCR: u32 = 0xc0010015;
const VM_CR: u32 = 0xc0010114;
const VM_HSAVE_PA: u32 = 0xc0010117;

/** KVM's registers: a block of its own, and the two that its clock had first. */
const KVM_MSRS: u32 = 0x4b564d00;
const KVM_MSR_COUNT: u32 = 0x100;
const KVM_OLD_WALL_CLOCK: u32 = 0x11;
const KVM_OLD_SYSTEM_TIME: u32 = 0x12;

/** Of MISC_ENABLE: fast strings, limit CPUID maxval, XD disable can be written; BTS and PEBS are unavailable. */
const MISC_WRITABLE: u64 = 1 | (1 << 22) | (1 << 34);
export const MISC_FIXED: u64 = (1 << 11) | (1 << 12);
/** BSP, global enable, and a base of 36 bits. */
const APIC_BASE_WRITABLE: u64 = 0xffffff900;
const FEATURE_CONTROL_LOCK: u64 = 1;
/** DPD, R_INIT, DIS_A20M, LOCK, SVMDIS. The first three are only bits here. */
const VM_CR_BITS: u64 = 0x1f;
const VM_CR_LOCK: u64 = 8;
/** MtrrFixDramEn, MtrrFixDramModEn, MtrrVarDramEn, MtrrTom2En: only bits, as all of HWCR is. */
const SYSCFG_BITS: u64 = 0x3c0000;
/** A page of 36 address bits. */
const PHYSICAL_PAGE: u64 = 0xffffff000;

function hasHypervisor(): bool {
  return (load<u32>(FEATURES) & FEATURE_KVM) != 0;
}

function isHypervisorMsr(index: u32): bool {
  return hasHypervisor() && (index - KVM_MSRS < KVM_MSR_COUNT || index == KVM_OLD_WALL_CLOCK || index == KVM_OLD_SYSTEM_TIME);
}

/** Where the value of a plain register is kept, or 0. */
function slotOf(index: u32): usize {
  switch (index) {
    case IA32_APIC_BASE:
      return MSR_APIC_BASE;
    case IA32_FEATURE_CONTROL:
      return MSR_FEATURE_CONTROL;
    case IA32_BIOS_SIGN_ID:
      return MSR_BIOS_SIGN;
    case IA32_SYSENTER_CS:
      return MSR_SYSENTER_CS;
    case IA32_SYSENTER_ESP:
      return MSR_SYSENTER_ESP;
    case IA32_SYSENTER_EIP:
      return MSR_SYSENTER_EIP;
    case IA32_MISC_ENABLE:
      return MSR_MISC_ENABLE;
    case IA32_PAT:
      return MSR_PAT;
    case IA32_MTRR_DEF_TYPE:
      return MSR_MTRR_DEF_TYPE;
    case IA32_EFER:
      return EFER;
  }
  if (hasSvm()) {
    if (index == SYSCFG) return MSR_SYSCFG;
    if (index == HWCR) return MSR_HWCR;
    if (index == VM_CR) return MSR_VM_CR;
    if (index == VM_HSAVE_PA) return MSR_VM_HSAVE_PA;
  }
  if (isVariableMtrr(index)) return MSR_MTRR_VARIABLE + ((<usize>(index - 0x200)) << 3);
  const fixed = fixedMtrr(index);
  return fixed < 0 ? 0 : MSR_MTRR_FIXED + ((<usize>fixed) << 3);
}

/** Time-stamp counter as the code that runs sees it. */
export function timeStampCounter(): u64 {
  return hostTicks() + load<u64>(TSC_OFFSET) + load<u64>(GUEST_TSC_OFFSET);
}

function hasSvm(): bool {
  return (load<u32>(FEATURES) & FEATURE_SVM) != 0;
}

function readMsr(index: u32): u64 {
  if (index == IA32_DEBUGCTL && hasSvm()) return 0;
  switch (index) {
    case IA32_TSC:
      return timeStampCounter();
    case IA32_MTRRCAP:
      return MTRR_CAP;
    case IA32_PLATFORM_ID:
    case IA32_MCG_CAP:
    case IA32_MCG_STATUS:
      return 0;
  }
  const slot = slotOf(index);
  if (slot) return load<u64>(slot);
  const value = isHypervisorMsr(index) ? hypervisorMsrRead(index) : -1;
  if (value >= 0) return value;
  raise(VECTOR_GP);
  return 0;
}

/** Whether a plain register takes a value. */
function accepts(index: u32, value: u64): bool {
  switch (index) {
    case IA32_APIC_BASE:
      return (value & ~APIC_BASE_WRITABLE) == 0;
    case IA32_FEATURE_CONTROL:
      return !(load<u64>(MSR_FEATURE_CONTROL) & FEATURE_CONTROL_LOCK) && (value & ~FEATURE_CONTROL_LOCK) == 0;
    case IA32_SYSENTER_CS:
    case IA32_SYSENTER_ESP:
    case IA32_SYSENTER_EIP:
    case IA32_BIOS_SIGN_ID:
      return true;
    case IA32_MISC_ENABLE:
      return (value & ~(MISC_WRITABLE | MISC_FIXED)) == 0;
    case VM_CR:
      return (value & ~VM_CR_BITS) == 0 && !(value & VM_CR_SVMDIS && load<u64>(EFER) & EFER_SVME);
    case SYSCFG:
      return (value & ~SYSCFG_BITS) == 0;
    case HWCR:
      return value >> 32 == 0;
    case VM_HSAVE_PA:
      return (value & ~PHYSICAL_PAGE) == 0;
    default:
      return mtrrIsValid(index, value);
  }
}

/** Once locked, LOCK and SVMDIS stay as they are. AMD APM vol. 2 "Enabling SVM". */
function writeVmCr(value: u64): void {
  const old = load<u64>(MSR_VM_CR);
  const fixed = old & VM_CR_LOCK ? VM_CR_LOCK | VM_CR_SVMDIS : 0;
  store<u64>(MSR_VM_CR, (old & fixed) | (value & ~fixed));
}

function writeMsr(index: u32, value: u64): void {
  switch (index) {
    case IA32_TSC:
      store<u64>(TSC_OFFSET, value - hostTicks());
      if (hasHypervisor()) msrWritten(index, value);
      return;
    case IA32_BIOS_UPDT_TRIG:
      return;
    case IA32_MCG_STATUS:
      // Zero is the only value software may write: there is nothing to restart.
      if (value) raise(VECTOR_GP);
      return;
    case IA32_DEBUGCTL:
      // A processor with SVM has it, but here none of what it can turn on.
      if (value || !hasSvm()) raise(VECTOR_GP);
      return;
    case IA32_EFER:
      writeEfer(value);
      return;
  }
  if (isHypervisorMsr(index)) {
    if (!hypervisorMsrWrite(index, value)) raise(VECTOR_GP);
    return;
  }
  const slot = slotOf(index);
  if (!slot || !accepts(index, value)) {
    raise(VECTOR_GP);
    return;
  }
  if (index == VM_CR) writeVmCr(value);
  else store<u64>(slot, index == IA32_MISC_ENABLE ? value | MISC_FIXED : value);
  if (index == IA32_APIC_BASE) msrWritten(index, value);
}

export function rdmsr(u: usize): void {
  if (!requireRing0() || msrIntercepted(u, false) || mustBeAlone(STOP_ON_MSR)) return;
  const value = readMsr(getReg<u32>(RCX));
  if (fault) return;
  noteMsr(getReg<u32>(RCX), false);
  setReg<u32>(RAX, <u32>value);
  setReg<u32>(RDX, <u32>(value >> 32));
}

export function wrmsr(u: usize): void {
  if (!requireRing0() || msrIntercepted(u, true) || mustBeAlone(STOP_ON_MSR)) return;
  writeMsr(getReg<u32>(RCX), ((<u64>getReg<u32>(RDX)) << 32) | getReg<u32>(RAX));
  if (!fault) noteMsr(getReg<u32>(RCX), true);
}
