// The processor's state in the state save area of a VMCB, and back. The host's area (VM_HSAVE_PA) has the same layout.
// AMD APM vol. 2 "VMRUN Instruction", "VMSAVE and VMLOAD Instructions". Not here: the registers of long mode that VMLOAD and VMSAVE also move
// (KernelGsBase, STAR, LSTAR, CSTAR, SFMASK): this processor has none, and leaves their fields alone.
import {
  CPL,
  CR0,
  CR2,
  CR3,
  CR4,
  DRS,
  EFER,
  FS,
  GDTR_BASE,
  GDTR_LIMIT,
  IDTR_BASE,
  IDTR_LIMIT,
  LDTR,
  MSR_PAT,
  MSR_SYSENTER_CS,
  MSR_SYSENTER_EIP,
  MSR_SYSENTER_ESP,
  RAX,
  REGS,
  RSP,
  SEG_ACCESS,
  SEG_BASE,
  SEG_LIMIT,
  SEG_SELECTOR,
  TR,
} from "../../abi/state";
import {
  VMCB_CPL,
  VMCB_CR0,
  VMCB_CR2,
  VMCB_CR3,
  VMCB_CR4,
  VMCB_DR6,
  VMCB_DR7,
  VMCB_EFER,
  VMCB_G_PAT,
  VMCB_GDTR,
  VMCB_IDTR,
  VMCB_LDTR,
  VMCB_RAX,
  VMCB_RFLAGS,
  VMCB_RIP,
  VMCB_RSP,
  VMCB_SEGMENT_SIZE,
  VMCB_SEGMENTS,
  VMCB_SYSENTER_CS,
  VMCB_SYSENTER_EIP,
  VMCB_SYSENTER_ESP,
  VMCB_TR,
} from "../../abi/svm";
import { FLAG_VM, readFlags, writeFlags } from "../../cpu/flags";
import { readPhysical, writePhysical } from "../../cpu/paging";
import { getRip, segment, setRip } from "../../cpu/state";
import { DR6_ONES, DR6_WRITABLE, DR7_ONES, DR7_WRITABLE } from "../debug";
import { CR0_PE } from "../mode";
import { setSegmentCache } from "../segment";

const LIMIT: u64 = 4;
const BASE: u64 = 8;
/** Segment registers that VMRUN moves: ES CS SS DS. */
const WORLD_SEGMENTS: i32 = 4;
/** Bits of EFLAGS that exist, but for bit 1, which is always set. */
const FLAGS: u32 = 0x3f7fd5;

function segmentAt(vmcb: u64, n: i32): u64 {
  if (n == LDTR) return vmcb + VMCB_LDTR;
  if (n == TR) return vmcb + VMCB_TR;
  return vmcb + VMCB_SEGMENTS + n * VMCB_SEGMENT_SIZE;
}

function saveSegment(vmcb: u64, n: i32): void {
  const at = segmentAt(vmcb, n);
  const s = segment(n);
  const access = load<u32>(s, SEG_ACCESS);
  writePhysical<u16>(at, load<u16>(s, SEG_SELECTOR));
  writePhysical<u16>(at + 2, <u16>((access & 0xff) | ((access >> 4) & 0xf00)));
  writePhysical<u32>(at + LIMIT, load<u32>(s, SEG_LIMIT));
  writePhysical<u64>(at + BASE, load<u64>(s, SEG_BASE));
}

function loadSegment(vmcb: u64, n: i32): void {
  const at = segmentAt(vmcb, n);
  const attributes = <u32>readPhysical<u16>(at + 2);
  const access = (attributes & 0xff) | ((attributes & 0xf00) << 4);
  setSegmentCache(n, readPhysical<u16>(at), <u64>readPhysical<u32>(at + BASE), readPhysical<u32>(at + LIMIT), access);
}

function saveTable(at: u64, base: usize, limit: usize): void {
  writePhysical<u32>(at + LIMIT, load<u32>(limit));
  writePhysical<u64>(at + BASE, load<u64>(base));
}

function loadTable(at: u64, base: usize, limit: usize): void {
  store<u64>(limit, <u64>(readPhysical<u32>(at + LIMIT) & 0xffff));
  store<u64>(base, <u64>readPhysical<u32>(at + BASE));
}

function save(at: u64, from: usize): void {
  writePhysical<u64>(at, load<u64>(from));
}

/** What VMRUN stores of the host and #VMEXIT of the guest. `pat`: the PAT too, which nested paging gives the guest for its own. */
export function saveWorld(vmcb: u64, pat: bool): void {
  for (let n = 0; n < WORLD_SEGMENTS; n++) saveSegment(vmcb, n);
  saveTable(vmcb + VMCB_GDTR, GDTR_BASE, GDTR_LIMIT);
  saveTable(vmcb + VMCB_IDTR, IDTR_BASE, IDTR_LIMIT);
  writePhysical<u8>(vmcb + VMCB_CPL, load<u8>(CPL));
  save(vmcb + VMCB_EFER, EFER);
  save(vmcb + VMCB_CR4, CR4);
  save(vmcb + VMCB_CR3, CR3);
  save(vmcb + VMCB_CR0, CR0);
  save(vmcb + VMCB_CR2, CR2);
  save(vmcb + VMCB_DR6, DRS + 48);
  save(vmcb + VMCB_DR7, DRS + 56);
  writePhysical<u64>(vmcb + VMCB_RFLAGS, <u64>readFlags());
  writePhysical<u64>(vmcb + VMCB_RIP, getRip());
  save(vmcb + VMCB_RSP, REGS + RSP);
  save(vmcb + VMCB_RAX, REGS + RAX);
  if (pat) save(vmcb + VMCB_G_PAT, MSR_PAT);
}

function load32(at: u64, to: usize): void {
  store<u64>(to, <u64>readPhysical<u32>(at));
}

/**
 * The other direction. Control registers and EFER have been checked or are the host's own; `cr0` is what CR0 becomes. The marks of segments
 * follow CR0.PE.
 */
export function loadWorld(vmcb: u64, cr0: u32, efer: u64, cr4: u32): void {
  store<u64>(CR0, <u64>cr0);
  store<u64>(EFER, efer);
  store<u64>(CR4, <u64>cr4);
  load32(vmcb + VMCB_CR3, CR3);
  for (let n = 0; n < WORLD_SEGMENTS; n++) loadSegment(vmcb, n);
  loadTable(vmcb + VMCB_GDTR, GDTR_BASE, GDTR_LIMIT);
  loadTable(vmcb + VMCB_IDTR, IDTR_BASE, IDTR_LIMIT);
  loadFlags(vmcb, cr0);
  setRip(<u64>readPhysical<u32>(vmcb + VMCB_RIP));
  load32(vmcb + VMCB_RSP, REGS + RSP);
  load32(vmcb + VMCB_RAX, REGS + RAX);
}

/** What VMRUN loads and #VMEXIT leaves to the host as it is. */
export function loadGuestOnly(vmcb: u64): void {
  load32(vmcb + VMCB_CR2, CR2);
  store<u64>(DRS + 48, <u64>((readPhysical<u32>(vmcb + VMCB_DR6) & DR6_WRITABLE) | DR6_ONES));
  store<u64>(DRS + 56, <u64>((readPhysical<u32>(vmcb + VMCB_DR7) & DR7_WRITABLE) | DR7_ONES));
}

export function loadPat(vmcb: u64): void {
  load64(vmcb + VMCB_G_PAT, MSR_PAT);
}

function load64(at: u64, to: usize): void {
  store<u64>(to, readPhysical<u64>(at));
}

/** EFLAGS, and the privilege level: real mode is ring 0 without EFLAGS.VM, virtual-8086 mode ring 3. */
function loadFlags(vmcb: u64, cr0: u32): void {
  let flags = (readPhysical<u32>(vmcb + VMCB_RFLAGS) & FLAGS) | 2;
  let cpl = <u32>readPhysical<u8>(vmcb + VMCB_CPL) & 3;
  if (!(cr0 & CR0_PE)) {
    flags &= ~FLAG_VM;
    cpl = 0;
  } else if (flags & FLAG_VM) cpl = 3;
  writeFlags(flags);
  store<u32>(CPL, cpl);
}

/** VMSAVE: what VMRUN and #VMEXIT leave where it is. */
export function saveRest(vmcb: u64): void {
  for (let n = FS; n <= TR; n++) saveSegment(vmcb, n);
  save(vmcb + VMCB_SYSENTER_CS, MSR_SYSENTER_CS);
  save(vmcb + VMCB_SYSENTER_ESP, MSR_SYSENTER_ESP);
  save(vmcb + VMCB_SYSENTER_EIP, MSR_SYSENTER_EIP);
}

/** VMLOAD. */
export function loadRest(vmcb: u64): void {
  for (let n = FS; n <= TR; n++) loadSegment(vmcb, n);
  load64(vmcb + VMCB_SYSENTER_CS, MSR_SYSENTER_CS);
  load64(vmcb + VMCB_SYSENTER_ESP, MSR_SYSENTER_ESP);
  load64(vmcb + VMCB_SYSENTER_EIP, MSR_SYSENTER_EIP);
}
