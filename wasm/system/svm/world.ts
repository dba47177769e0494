// The world switch: into a guest and out of it. AMD APM vol. 2 "VMRUN Instruction", "#VMEXIT".
// A guest is entered by VMRUN, and its #VMEXIT leads back to the code behind it; or by enterGuest(), and its #VMEXIT ends run(). That one has no
// host state: it moves what VMLOAD and VMSAVE move too, and walks nested tables in PAE format, with NX.
// The TLBs have room for one ASID. So a switch between a guest and its host's code flushes them; a guest of enterGuest(), whose host has no code
// here, finds its translations again if TLB_CONTROL asks for no flush and no other guest was entered in between.
import {
  ACTIVITY,
  ACTIVITY_EXITED,
  ACTIVITY_RUNNING,
  ACTIVITY_SHUTDOWN,
  CPL,
  CR0,
  CR4,
  DRS,
  EFER,
  GIF_CLEAR,
  GUEST,
  GUEST_END,
  GUEST_OF_CODE,
  GUEST_OF_FACADE,
  GUEST_TSC_OFFSET,
  INTERCEPTS,
  IO_PERMISSIONS,
  MSR_PERMISSIONS,
  MSR_VM_HSAVE_PA,
  NESTED,
  NESTED_CR3,
  NESTED_NXE,
  NESTED_ON,
  NESTED_PAE,
  NESTED_PSE,
  PENDING_DEBUG,
  RFLAGS,
  SHADOW,
  SHADOW_GUEST,
  VIRTUAL_INTERRUPT,
  VMCB,
} from "../../abi/state";
import {
  EVENT_VALID_BIT,
  VMCB_ASID,
  VMCB_CR0,
  VMCB_CR4,
  VMCB_EFER,
  VMCB_EVENTINJ,
  VMCB_EXITCODE,
  VMCB_EXITINFO1,
  VMCB_EXITINFO2,
  VMCB_EXITINTINFO,
  VMCB_INTERCEPT_WORDS,
  VMCB_INTERCEPTS,
  VMCB_INTERRUPT_SHADOW,
  VMCB_IOPM_BASE,
  VMCB_MSRPM_BASE,
  VMCB_N_CR3,
  VMCB_NP_ENABLE,
  VMCB_NRIP,
  VMCB_TLB_CONTROL,
  VMCB_TSC_OFFSET,
  VMCB_V_INTR,
  VMEXIT_INVALID,
} from "../../abi/svm";
import { clearFault, fault } from "../../cpu/fault";
import { FLAG_I, FLAG_VM } from "../../cpu/flags";
import { selectTlb } from "../../cpu/memory";
import { loadPdptes, readPhysical, writePhysical } from "../../cpu/paging";
import { setModeChanged } from "../../cpu/state";
import { flushWorld, setTlbAsid, tlbAsid } from "../../cpu/tlb";
import { CR0_ET, CR0_WRITABLE, cr4Writable, EFER_NXE, EFER_SVME } from "../control";
import { DR7_ONES, refreshDebug } from "../debug";
import { injectEvent } from "../interrupt";
import { CR0_PE, CR0_PG, CR0_WP, CR4_PAE, CR4_PSE, cr4Has } from "../mode";
import { refreshSegments } from "../segment";
import { vmcbIsValid } from "./checks";
import { exitCode, exitInfo1, exitInfo2, exitNextRip, setExit } from "./intercept";
import { forgetShadow, inShadow, refreshGuestEvents } from "./interrupts";
import { loadGuestOnly, loadPat, loadRest, loadWorld, saveRest, saveWorld } from "./state-save";

/** What decided translations of the guest of `tlbAsid`, when it was left. */
let lastPaging: u64 = 0;
let lastEfer: u64 = 0;
let lastNestedCr3: u64 = 0;

function paging(): u64 {
  return <u64>(load<u32>(CR0) & CR0_TRANSLATION) | ((<u64>(load<u32>(CR4) | (load<u32>(NESTED) << NESTED_SHIFT))) << 32);
}

function noteTranslation(): void {
  lastPaging = paging();
  lastEfer = load<u64>(EFER);
  lastNestedCr3 = load<u64>(NESTED_CR3);
}

/** Whether translations from before the #VMEXIT may serve the guest that is entered: hardware too flushes by itself where the mode changes. */
function keepsTlb(vmcb: u64): bool {
  if (readPhysical<u8>(vmcb + VMCB_TLB_CONTROL) || readPhysical<u32>(vmcb + VMCB_ASID) != tlbAsid) return false;
  return paging() == lastPaging && load<u64>(EFER) == lastEfer && load<u64>(NESTED_CR3) == lastNestedCr3;
}

/** Derived state belongs to the world that was. */
function settle(): void {
  refreshSegments();
  refreshDebug();
  setModeChanged(true);
  selectTlb();
}

const CR0_TRANSLATION: u32 = CR0_PG | CR0_PE | CR0_WP;
/** Bits of CR4 end below. */
const NESTED_SHIFT: u32 = 24;

/** Format of the host's paging. */
function hostPaging(root: u32): u32 {
  if (root == GUEST_OF_FACADE) return NESTED_ON | NESTED_PAE | NESTED_NXE;
  let format: u32 = NESTED_ON;
  if (cr4Has(CR4_PAE)) format |= NESTED_PAE;
  if (cr4Has(CR4_PSE)) format |= NESTED_PSE;
  if (load<u32>(EFER) & EFER_NXE) format |= NESTED_NXE;
  return format;
}

function loadControl(vmcb: u64, root: u32): void {
  for (let i = 0; i < VMCB_INTERCEPT_WORDS; i++) {
    store<u32>(INTERCEPTS + ((<usize>i) << 2), readPhysical<u32>(vmcb + VMCB_INTERCEPTS + i * 4));
  }
  store<u64>(IO_PERMISSIONS, readPhysical<u64>(vmcb + VMCB_IOPM_BASE) & ~0xfff);
  store<u64>(MSR_PERMISSIONS, readPhysical<u64>(vmcb + VMCB_MSRPM_BASE) & ~0xfff);
  store<u64>(GUEST_TSC_OFFSET, readPhysical<u64>(vmcb + VMCB_TSC_OFFSET));
  store<u64>(VIRTUAL_INTERRUPT, readPhysical<u64>(vmcb + VMCB_V_INTR));
  store<u32>(NESTED, readPhysical<u32>(vmcb + VMCB_NP_ENABLE) & NESTED_ON ? hostPaging(root) : 0);
  store<u64>(NESTED_CR3, readPhysical<u64>(vmcb + VMCB_N_CR3));
  store<u64>(VMCB, vmcb);
  store<u32>(GUEST, root);
}

function isNested(): bool {
  return load<u32>(NESTED) != 0;
}

/** Load a guest's state. False if its PDPTEs are not valid. */
function loadGuest(vmcb: u64): bool {
  const cr0 = (readPhysical<u32>(vmcb + VMCB_CR0) & CR0_WRITABLE) | CR0_ET;
  loadWorld(vmcb, cr0, readPhysical<u64>(vmcb + VMCB_EFER), readPhysical<u32>(vmcb + VMCB_CR4));
  loadGuestOnly(vmcb);
  if (isNested()) loadPat(vmcb);
  store<u32>(SHADOW, readPhysical<u32>(vmcb + VMCB_INTERRUPT_SHADOW) & 1 ? SHADOW_GUEST : 0);
  if (!(cr0 & CR0_PG) || !cr4Has(CR4_PAE) || loadPdptes()) return true;
  clearFault();
  return false;
}

/** Enter the guest of a VMCB. RIP and the flags are those that the host goes on with. */
function enter(vmcb: u64, root: u32): void {
  if (root == GUEST_OF_CODE) saveWorld(load<u64>(MSR_VM_HSAVE_PA), true);
  const hostInterrupts = root == GUEST_OF_FACADE || (load<u32>(RFLAGS) & FLAG_I) != 0;
  if (!vmcbIsValid(vmcb, root == GUEST_OF_CODE)) {
    store<u64>(VMCB, vmcb);
    refuse(root);
    return;
  }
  loadControl(vmcb, root);
  refreshGuestEvents(hostInterrupts);
  forgetShadow();
  if (root == GUEST_OF_FACADE) loadRest(vmcb);
  const valid = loadGuest(vmcb);
  if (root == GUEST_OF_CODE || !keepsTlb(vmcb)) flushWorld();
  setTlbAsid(root == GUEST_OF_CODE ? 0 : readPhysical<u32>(vmcb + VMCB_ASID));
  store<u32>(GIF_CLEAR, 0);
  store<u32>(ACTIVITY, ACTIVITY_RUNNING);
  store<u32>(PENDING_DEBUG, 0);
  settle();
  if (!valid) refuse(root);
  else injectEvent(readPhysical<u64>(vmcb + VMCB_EVENTINJ), readPhysical<u64>(vmcb + VMCB_NRIP));
}

/** VMEXIT_INVALID: the guest's state stays as the VMCB has it. */
function refuse(root: u32): void {
  setTlbAsid(0);
  setExit(VMEXIT_INVALID, 0, 0, 0);
  storeExit(0);
  leave(root);
}

export function enterFromCode(vmcb: u64): void {
  enter(vmcb, GUEST_OF_CODE);
}

/**
 * Enter the guest of the VMCB at a physical address: run() executes it, and returns EXIT_GUEST after its #VMEXIT. All of the VMCB's state is
 * loaded, and stored at the #VMEXIT, as by VMLOAD and VMSAVE too; the caller sees to the other registers. While V_INTR_MASKING is set, the INTR
 * pin is never masked.
 */
export function enterGuest(vmcb: u32): void {
  clearFault();
  if (load<u32>(GUEST) == GUEST_OF_FACADE) noteTranslation();
  enter(<u64>(vmcb & 0xfffff000), GUEST_OF_FACADE);
}

/** The facade takes the processor back between two instructions of its guest. The VMCB stays as it is; the state record has the guest's state. */
export function abandonGuest(): void {
  if (load<u32>(GUEST) != GUEST_OF_FACADE) return;
  leave(GUEST_OF_FACADE);
  flushWorld();
  setTlbAsid(0);
  settle();
}

/** The control area's part of a #VMEXIT. */
function storeExit(interrupted: u64): void {
  const vmcb = load<u64>(VMCB);
  writePhysical<u64>(vmcb + VMCB_EXITCODE, exitCode);
  writePhysical<u64>(vmcb + VMCB_EXITINFO1, exitInfo1);
  writePhysical<u64>(vmcb + VMCB_EXITINFO2, exitInfo2);
  writePhysical<u64>(vmcb + VMCB_EXITINTINFO, interrupted);
  writePhysical<u64>(vmcb + VMCB_NRIP, exitNextRip);
}

/** The host's state comes back. */
function loadHost(): void {
  const area = load<u64>(MSR_VM_HSAVE_PA);
  // What lies there may be anything; but paging without protection is no state that a host has.
  const cr0 = (readPhysical<u32>(area + VMCB_CR0) & CR0_WRITABLE) | CR0_ET | CR0_PE;
  const efer = (readPhysical<u64>(area + VMCB_EFER) & (EFER_NXE | EFER_SVME)) | EFER_SVME;
  loadWorld(area, cr0, efer, readPhysical<u32>(area + VMCB_CR4) & cr4Writable());
  loadPat(area);
  store<u32>(RFLAGS, load<u32>(RFLAGS) & ~FLAG_VM);
  store<u32>(CPL, 0);
  store<u64>(DRS + 56, <u64>DR7_ONES);
  if (load<u32>(CR0) & CR0_PG && load<u32>(CR4) & CR4_PAE && !loadPdptes()) {
    clearFault();
    store<u32>(ACTIVITY, ACTIVITY_SHUTDOWN);
  }
}

/** Out of guest mode, with GIF clear. Nothing is executed after a guest of the facade's, before the next state is there. */
function leave(root: u32): void {
  if (root == GUEST_OF_FACADE) noteTranslation();
  memory.fill(GUEST, 0, GUEST_END - GUEST);
  store<u32>(SHADOW, 0);
  store<u32>(ACTIVITY, root == GUEST_OF_FACADE ? ACTIVITY_EXITED : ACTIVITY_RUNNING);
  store<u32>(GIF_CLEAR, 1);
  store<u32>(PENDING_DEBUG, 0);
  if (root == GUEST_OF_FACADE) return;
  flushWorld();
  loadHost();
  settle();
}

/** #VMEXIT, for what setExit() said. `interrupted`: the event whose delivery was cut off, in the form of EXITINTINFO, or 0. */
export function leaveGuest(interrupted: u64): void {
  clearFault();
  const root = load<u32>(GUEST);
  const vmcb = load<u64>(VMCB);
  saveWorld(vmcb, isNested());
  if (root == GUEST_OF_FACADE) saveRest(vmcb);
  writePhysical<u32>(vmcb + VMCB_V_INTR, load<u32>(VIRTUAL_INTERRUPT));
  writePhysical<u64>(vmcb + VMCB_INTERRUPT_SHADOW, inShadow() ? 1 : 0);
  writePhysical<u64>(vmcb + VMCB_EVENTINJ, readPhysical<u64>(vmcb + VMCB_EVENTINJ) & ~((<u64>1) << EVENT_VALID_BIT));
  storeExit(interrupted);
  leave(root);
}

/** #VMEXIT between two instructions. */
export function leaveBetween(code: i32): void {
  setExit(code, 0, 0, 0);
  leaveGuest(0);
}
