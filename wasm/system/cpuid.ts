// CPUID: what this processor is and has, and nothing it has not. SDM 2A "CPUID". The signature is that of a Pentium 4 (family 15,
// model 2, stepping 9), which kernels know how to treat; SSE3 and NX came with later models and are there all the same.
// Not claimed: long mode, HTT, MONITOR, thermal control, debug store, performance monitoring. The leaves of a hypervisor, KVM's, are there only
// with FEATURE_KVM; what stands behind them is the host's. With SVM the vendor is AMD's; the rest stays.
import {
  FEATURE_KVM,
  FEATURE_SMAP,
  FEATURE_SMEP,
  FEATURE_SVM,
  FEATURE_UMIP,
  FEATURES,
  MSR_APIC_BASE,
  MSR_MISC_ENABLE,
  RAX,
  RBX,
  RCX,
  RDX,
} from "../abi/state";
import { VMEXIT_CPUID } from "../abi/svm";
import { getReg, setReg } from "../cpu/state";
import { nxIsAvailable } from "./control";
import { intercepted } from "./svm/intercept";

/** Family 15, model 2, stepping 9; also in EDX after reset. */
export const SIGNATURE: u32 = 0xf29;
const HIGHEST_LEAF: u32 = 7;
/** Highest leaf while "Limit CPUID Maxval" in IA32_MISC_ENABLE is set. */
const LIMITED_LEAF: u32 = 3;
const LIMIT_MAXVAL: u64 = 1 << 22;
/** With SVM leaf 8000000Ah is there too. */
const HIGHEST_EXTENDED_LEAF: u32 = 0x80000008;
const SVM_LEAF: u32 = 0x8000000a;

/** Leaves of the hypervisor, from here to 4000_00FFh. */
const HYPERVISOR_LEAVES: u32 = 0x40000000;
const HYPERVISOR_LEAF_COUNT: u32 = 0x100;
const HYPERVISOR_HIGHEST: u32 = 0x40000010;
/** KVM_FEATURE_* that work here: CLOCKSOURCE, NOP_IO_DELAY, CLOCKSOURCE2, STEAL_TIME, PV_EOI, CLOCKSOURCE_STABLE_BIT. */
const KVM_FEATURES: u32 = (1 << 0) | (1 << 1) | (1 << 3) | (1 << 5) | (1 << 6) | (1 << 24);
/** Kilohertz of the time-stamp counter (the host counts nanoseconds) and of the local APIC's timer. */
const TSC_KHZ: u32 = 1000000;
const APIC_TIMER_KHZ: u32 = 100000;

/** FPU VME DE PSE TSC MSR PAE MCE CX8, SEP MTRR PGE MCA CMOV PAT PSE36, CLFSH, MMX FXSR SSE SSE2. */
const FEATURES_EDX: u32 = 0x078bf9ff;
const FEATURE_APIC: u32 = 1 << 9;
const FEATURES_ECX_SSE3: u32 = 1;
const FEATURES_ECX_HYPERVISOR: u32 = 1 << 31;
const APIC_GLOBAL_ENABLE: u64 = 0x800;
/** CLFLUSH lines of 8 x 8 bytes. */
const CLFLUSH_LINE: u32 = 8 << 8;
const EXTENDED_NX: u32 = 1 << 20;
/** In ECX of leaf 80000001h. */
const EXTENDED_SVM: u32 = 1 << 2;
const SVM_REVISION: u32 = 1;
const SVM_ASIDS: u32 = 64;
/** Nested paging, NRIP, flush by ASID. */
const SVM_FEATURES: u32 = (1 << 0) | (1 << 3) | (1 << 6);
/** 36 physical and 32 linear address bits. */
const ADDRESS_SIZES: u32 = 0x2024;

/** Leaves 0x80000002 to 0x80000004, 48 bytes padded with zeros: "Ringside processor, Pentium 4 class". */
const BRAND: StaticArray<u32> = [
  0x676e6952, 0x65646973, 0x6f727020, 0x73736563, 0x202c726f, 0x746e6550, 0x206d7569, 0x6c632034, 0x00737361, 0, 0, 0,
];

function answer(a: u32, b: u32, c: u32, d: u32): void {
  setReg<u32>(RAX, a);
  setReg<u32>(RBX, b);
  setReg<u32>(RCX, c);
  setReg<u32>(RDX, d);
}

function highestLeaf(): u32 {
  return load<u64>(MSR_MISC_ENABLE) & LIMIT_MAXVAL ? LIMITED_LEAF : HIGHEST_LEAF;
}

function hasSvm(): bool {
  return (load<u32>(FEATURES) & FEATURE_SVM) != 0;
}

/** "GenuineIntel" in EBX, EDX, ECX; or "AuthenticAMD", as only a vendor that has SVM is asked for it. */
function vendorLeaf(highest: u32): void {
  if (hasSvm()) answer(highest, 0x68747541, 0x444d4163, 0x69746e65);
  else answer(highest, 0x756e6547, 0x6c65746e, 0x49656e69);
}

function featureLeaf(): void {
  const apic = load<u64>(MSR_APIC_BASE) & APIC_GLOBAL_ENABLE ? FEATURE_APIC : 0;
  const hypervisor = load<u32>(FEATURES) & FEATURE_KVM ? FEATURES_ECX_HYPERVISOR : 0;
  answer(SIGNATURE, CLFLUSH_LINE, FEATURES_ECX_SSE3 | hypervisor, FEATURES_EDX | apic);
}

/** Leaf 4: 8 KiB of L1 data in 4 ways, 512 KiB of L2 in 8 ways; lines of 64 bytes. */
function cacheLeaf(index: u32): void {
  if (index == 0) answer(0x121, 0x00c0003f, 31, 0);
  else if (index == 1) answer(0x143, 0x01c0003f, 1023, 0);
  else answer(0, 0, 0, 0);
}

/** Leaf 7: SMEP and SMAP in EBX, UMIP in ECX. */
function structuredLeaf(index: u32): void {
  const features = load<u32>(FEATURES);
  const ebx: u32 = (features & FEATURE_SMEP ? 1 << 7 : 0) | (features & FEATURE_SMAP ? 1 << 20 : 0);
  const ecx: u32 = features & FEATURE_UMIP ? 1 << 2 : 0;
  if (index == 0) answer(0, ebx, ecx, 0);
  else answer(0, 0, 0, 0);
}

function basicLeaf(leaf: u32, index: u32): void {
  switch (leaf) {
    case 0:
      vendorLeaf(highestLeaf());
      break;
    case 1:
      featureLeaf();
      break;
    case 2:
      // Descriptors: 64-entry TLBs for code (50) and data (5b), 8 KiB L1 data (66), 12 K trace cache (70), 512 KiB L2 (7b).
      answer(0x665b5001, 0, 0, 0x007b7040);
      break;
    case 4:
      cacheLeaf(index);
      break;
    case 7:
      structuredLeaf(index);
      break;
    default:
      answer(0, 0, 0, 0);
  }
}

function extendedLeaf(leaf: u32): void {
  if (leaf >= 0x80000002 && leaf <= 0x80000004) {
    const i = <i32>(leaf - 0x80000002) * 4;
    answer(BRAND[i], BRAND[i + 1], BRAND[i + 2], BRAND[i + 3]);
  } else if (leaf == 0x80000000) {
    // On AMD's the vendor again.
    if (hasSvm()) vendorLeaf(SVM_LEAF);
    else answer(HIGHEST_EXTENDED_LEAF, 0, 0, 0);
  } else if (leaf == 0x80000001) answer(0, 0, hasSvm() ? EXTENDED_SVM : 0, nxIsAvailable() ? EXTENDED_NX : 0);
  else if (leaf == SVM_LEAF) answer(SVM_REVISION, SVM_ASIDS, 0, SVM_FEATURES);
  else if (leaf == 0x80000006) answer(0, 0, 0x02006040, 0);
  else if (leaf == 0x80000008) answer(ADDRESS_SIZES, 0, 0, 0);
  else answer(0, 0, 0, 0);
}

/** "KVMKVMKVM", features, and frequencies where hypervisors have agreed to tell them. */
function hypervisorLeaf(leaf: u32): void {
  if (leaf == HYPERVISOR_LEAVES) answer(HYPERVISOR_HIGHEST, 0x4b4d564b, 0x564b4d56, 0x4d);
  else if (leaf == HYPERVISOR_LEAVES + 1) answer(KVM_FEATURES, 0, 0, 0);
  else if (leaf == HYPERVISOR_HIGHEST) answer(TSC_KHZ, APIC_TIMER_KHZ, 0, 0);
  else answer(0, 0, 0, 0);
}

export function cpuid(u: usize): void {
  if (!intercepted(u, VMEXIT_CPUID)) identify();
}

/** What CPUID does with EAX and ECX as they are. */
export function identify(): void {
  const leaf = getReg<u32>(RAX);
  const index = getReg<u32>(RCX);
  if (leaf >= 0x80000000 && leaf <= (hasSvm() ? SVM_LEAF : HIGHEST_EXTENDED_LEAF)) extendedLeaf(leaf);
  else if (load<u32>(FEATURES) & FEATURE_KVM && leaf - HYPERVISOR_LEAVES < HYPERVISOR_LEAF_COUNT) hypervisorLeaf(leaf);
  // Above the highest leaf the answer is that of the highest basic leaf.
  else basicLeaf(min(leaf, highestLeaf()), index);
}
