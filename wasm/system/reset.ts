// Power-on state. SDM 3A table "IA-32 and Intel 64 Processor States Following Power-up, Reset, or INIT".
// FEATURES, A20_MASK and the pins belong to the facade and stay as they are.
import {
  ACTIVITY,
  ACTIVITY_RUNNING,
  CPL,
  CR0,
  CR2,
  CR3,
  CR4,
  CR8,
  CS,
  DRS,
  EFER,
  FPU_CONTROL,
  FPU_OPCODE,
  FPU_REGS,
  FPU_STATUS,
  FPU_TAGS,
  GDTR_BASE,
  GDTR_LIMIT,
  IDTR_BASE,
  IDTR_LIMIT,
  LDTR,
  MSR_APIC_BASE,
  MSR_MISC_ENABLE,
  MSR_PAT,
  MSR_SYSENTER_CS,
  MSR_VM_CR,
  MXCSR,
  NMI_BLOCKED,
  NMI_PENDING,
  PENDING_DEBUG,
  RDX,
  REGS,
  RFLAGS,
  RIP,
  SHADOW,
  SVM_END,
  TR,
  XMM,
} from "../abi/state";
import { clearFault } from "../cpu/fault";
import { writeFlags } from "../cpu/flags";
import { selectTlb } from "../cpu/memory";
import { setModeChanged } from "../cpu/state";
import { resetTlb } from "../cpu/tlb";
import { SIGNATURE } from "./cpuid";
import { DR6_ONES, DR7_ONES, refreshDebug } from "./debug";
import { PRESENT, TYPE_LDT, TYPE_TSS32_BUSY } from "./descriptor";
import { MISC_FIXED } from "./msr";
import { ACCESS_REAL, setSegmentCache } from "./segment";

/** CD, NW and ET. */
const CR0_RESET: u64 = 0x60000010;
const PAT_RESET: u64 = 0x0007040600070406;
/** Base of the local APIC, enabled, bootstrap processor. */
const APIC_BASE_RESET: u64 = 0xfee00900;
/** Fast strings. */
const MISC_ENABLE_RESET: u64 = MISC_FIXED | 1;

function resetSegments(): void {
  for (let n = 0; n < LDTR; n++) setSegmentCache(n, 0, 0, 0xffff, ACCESS_REAL);
  setSegmentCache(CS, 0xf000, 0xffff0000, 0xffff, ACCESS_REAL);
  setSegmentCache(LDTR, 0, 0, 0xffff, PRESENT | TYPE_LDT);
  setSegmentCache(TR, 0, 0, 0xffff, PRESENT | TYPE_TSS32_BUSY);
}

function resetControl(): void {
  store<u64>(CR0, CR0_RESET);
  store<u64>(CR2, 0);
  store<u64>(CR3, 0);
  store<u64>(CR4, 0);
  store<u64>(CR8, 0);
  store<u64>(EFER, 0);
  store<u32>(CPL, 0);
  store<u64>(GDTR_BASE, 0);
  store<u64>(GDTR_LIMIT, 0xffff);
  store<u64>(IDTR_BASE, 0);
  store<u64>(IDTR_LIMIT, 0xffff);
  memory.fill(DRS, 0, 64);
  store<u64>(DRS + 48, <u64>DR6_ONES);
  store<u64>(DRS + 56, <u64>DR7_ONES);
}

/** From MSR_SYSENTER_CS up to the facade's and the run loop's fields all MSRs are zero, but for these. */
function resetMsrs(): void {
  memory.fill(MSR_SYSENTER_CS, 0, 360);
  store<u64>(MSR_PAT, PAT_RESET);
  store<u64>(MSR_APIC_BASE, APIC_BASE_RESET);
  store<u64>(MSR_MISC_ENABLE, MISC_ENABLE_RESET);
  memory.fill(MSR_VM_CR, 0, SVM_END - MSR_VM_CR);
}

function resetUnits(): void {
  memory.fill(FPU_REGS, 0, 128);
  store<u64>(FPU_CONTROL, 0x40);
  store<u64>(FPU_STATUS, 0);
  // The tag word is 5555h then: no register is empty, and all are zero (which is worked out when the word is stored).
  store<u64>(FPU_TAGS, 0);
  memory.fill(FPU_OPCODE, 0, 40);
  memory.fill(XMM, 0, 256);
  store<u64>(MXCSR, 0x1f80);
}

export function resetProcessor(): void {
  memory.fill(REGS, 0, 136);
  store<u64>(REGS + RDX, <u64>SIGNATURE);
  store<u64>(RIP, 0xfff0);
  store<u64>(RFLAGS, 0);
  resetControl();
  resetMsrs();
  resetUnits();
  store<u32>(ACTIVITY, ACTIVITY_RUNNING);
  store<u32>(SHADOW, 0);
  store<u32>(NMI_PENDING, 0);
  store<u32>(NMI_BLOCKED, 0);
  store<u32>(PENDING_DEBUG, 0);
  clearFault();
  writeFlags(2);
  resetSegments();
  resetTlb();
  refreshDebug();
  setModeChanged(true);
  selectTlb();
}
