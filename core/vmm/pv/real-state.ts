// The state that a paravirtual guest is run with. There is no other one: the guest runs as it is, in rings 1 and 3. What the owner of the VM
// puts into it is made one that the processor may have, or refused.
import * as STATE from "../../../wasm/abi/state.js";
import { CR0_ET, CR0_MP, CR0_NE, CR0_PE, CR0_PG, CR0_WP, FLAG_I, FLAG_NT, type VcpuState } from "../state.js";
import { KERNEL_CODE, KERNEL_DATA, USER_CODE, USER_DATA } from "./abi.js";
import { segmentOf, type VmmPages } from "./vmm-pages.js";

const CR0 = CR0_PE | CR0_MP | CR0_ET | CR0_NE | CR0_WP | CR0_PG;
/** OSFXSR OSXMMEXCPT. */
const CR4 = 0x600;
const DR7 = STATE.DRS + 56;
const DR7_GD = 1 << 13;
/** What HC_IRET takes of EFLAGS: CF PF AF ZF SF TF DF OF RF AC ID. */
const FLAGS_OF_GUEST = 0x250dd5;
const DATA_SEGMENTS = [STATE.ES, STATE.DS, STATE.FS, STATE.GS];

/** EFLAGS to go on with: the real IF is always set. */
export function realFlags(image: number): number {
  return (image & FLAGS_OF_GUEST) | FLAG_I | 2;
}

/** The guest goes on in ring 1, or in ring 3. Data segments are left alone. */
export function enterRing(state: VcpuState, ring: 1 | 3): void {
  state.cpl = ring;
  state.setSegment(STATE.CS, segmentOf(ring === 1 ? KERNEL_CODE : USER_CODE));
  state.setSegment(STATE.SS, segmentOf(ring === 1 ? KERNEL_DATA : USER_DATA));
}

/** SDM 2A "IRET": what the outer ring may not have loaded becomes null. */
export function dropInnerSegments(state: VcpuState): void {
  for (const n of DATA_SEGMENTS) {
    const { selector, access } = state.segment(n);
    if (Math.max(state.cpl, selector & 3) > ((access >> 5) & 3)) state.setSegment(n, segmentOf(0));
  }
}

/** `directory`: host-physical address of the one in use. False if it is no state of a paravirtual guest. */
export function makeReal(state: VcpuState, pages: VmmPages, directory: number): boolean {
  const { selector } = state.segment(STATE.CS);
  if (selector !== KERNEL_CODE && selector !== USER_CODE) return false;
  enterRing(state, selector === KERNEL_CODE ? 1 : 3);
  for (const n of DATA_SEGMENTS) state.setSegment(n, segmentOf(state.segment(n).selector));
  dropInnerSegments(state);
  pages.install(state);
  state.flags = realFlags(state.flags) | (state.flags & FLAG_NT);
  state.set(STATE.CR0, CR0);
  state.set(STATE.CR3, directory);
  state.set(STATE.CR4, CR4);
  state.set(STATE.EFER, 0);
  // SYSENTER must fault: it would go to ring 0.
  state.set(STATE.MSR_SYSENTER_CS, 0);
  state.set(DR7, state.u32(DR7) & ~DR7_GD);
  state.set(STATE.NMI_BLOCKED, 0);
  state.set(STATE.SHADOW, state.u32(STATE.SHADOW) & STATE.SHADOW_MOV_SS);
  if (state.u32(STATE.ACTIVITY) !== STATE.ACTIVITY_HALTED) state.set(STATE.ACTIVITY, STATE.ACTIVITY_RUNNING);
  return true;
}
