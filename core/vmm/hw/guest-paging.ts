import * as STATE from "../../../wasm/abi/state.js";
import type { GuestPaging } from "../shadow/guest-walk.js";
import { CR4_PAE, type VcpuState } from "../state.js";

/** What decides how a guest's linear addresses are translated. */
export function guestPaging(state: VcpuState): GuestPaging {
  const { cr4 } = state;
  return {
    cr0: state.cr0,
    cr3: state.u32(STATE.CR3),
    cr4,
    efer: state.u32(STATE.EFER),
    pdptes: cr4 & CR4_PAE ? [0, 8, 16, 24].map((offset) => state.u64(STATE.PDPTES + offset)) : [],
  };
}
