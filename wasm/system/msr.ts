// Model-specific registers: those a Pentium 4 class kernel looks for; any other is #GP. SDM 4 "Model-Specific Registers (MSRs)".
// Not modelled: performance counters and debug-store (MISC_ENABLE says so), DEBUGCTL (no LBR, no BTF), machine-check banks (MCG_CAP
// counts none), the effect of memory types.
import {
  EFER,
  MSR_APIC_BASE,
  MSR_BIOS_SIGN,
  MSR_FEATURE_CONTROL,
  MSR_MISC_ENABLE,
  MSR_MTRR_DEF_TYPE,
  MSR_MTRR_FIXED,
  MSR_MTRR_VARIABLE,
  MSR_PAT,
  MSR_SYSENTER_CS,
  MSR_SYSENTER_EIP,
  MSR_SYSENTER_ESP,
  RAX,
  RCX,
  RDX,
  TSC_OFFSET,
} from "../abi/state";
import { STOP_ON_MSR } from "../abi/stop";
import { fault, raise, VECTOR_GP } from "../cpu/fault";
import { getReg, setReg } from "../cpu/state";
import { msrWritten } from "../host";
import { writeEfer } from "./control";
import { requireRing0 } from "./mode";
import { fixedMtrr, isVariableMtrr, MTRR_CAP, mtrrIsValid } from "./mtrr";
import { mustBeAlone, noteMsr } from "./stop";
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
const IA32_PAT: u32 = 0x277;
const IA32_MTRR_DEF_TYPE: u32 = 0x2ff;
const IA32_EFER: u32 = 0xc0000080;

/** Of MISC_ENABLE: fast strings, limit CPUID maxval, XD disable can be written; BTS and PEBS are unavailable. */
const MISC_WRITABLE: u64 = 1 | (1 << 22) | (1 << 34);
export const MISC_FIXED: u64 = (1 << 11) | (1 << 12);
/** BSP, global enable, and a base of 36 bits. */
const APIC_BASE_WRITABLE: u64 = 0xffffff900;
const FEATURE_CONTROL_LOCK: u64 = 1;

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
  if (isVariableMtrr(index)) return MSR_MTRR_VARIABLE + ((<usize>(index - 0x200)) << 3);
  const fixed = fixedMtrr(index);
  return fixed < 0 ? 0 : MSR_MTRR_FIXED + ((<usize>fixed) << 3);
}

/** Time-stamp counter as the guest sees it. */
export function timeStampCounter(): u64 {
  return hostTicks() + load<u64>(TSC_OFFSET);
}

function readMsr(index: u32): u64 {
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
    default:
      return mtrrIsValid(index, value);
  }
}

function writeMsr(index: u32, value: u64): void {
  switch (index) {
    case IA32_TSC:
      store<u64>(TSC_OFFSET, value - hostTicks());
      return;
    case IA32_BIOS_UPDT_TRIG:
      return;
    case IA32_MCG_STATUS:
      // Zero is the only value software may write: there is nothing to restart.
      if (value) raise(VECTOR_GP);
      return;
    case IA32_EFER:
      writeEfer(value);
      return;
  }
  const slot = slotOf(index);
  if (!slot || !accepts(index, value)) {
    raise(VECTOR_GP);
    return;
  }
  store<u64>(slot, index == IA32_MISC_ENABLE ? value | MISC_FIXED : value);
  if (index == IA32_APIC_BASE) msrWritten(index, value);
}

export function rdmsr(u: usize): void {
  if (!requireRing0() || mustBeAlone(STOP_ON_MSR)) return;
  const value = readMsr(getReg<u32>(RCX));
  if (fault) return;
  noteMsr(getReg<u32>(RCX), false);
  setReg<u32>(RAX, <u32>value);
  setReg<u32>(RDX, <u32>(value >> 32));
}

export function wrmsr(u: usize): void {
  if (!requireRing0() || mustBeAlone(STOP_ON_MSR)) return;
  writeMsr(getReg<u32>(RCX), ((<u64>getReg<u32>(RDX)) << 32) | getReg<u32>(RAX));
  if (!fault) noteMsr(getReg<u32>(RCX), true);
}
