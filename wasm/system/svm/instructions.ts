// VMRUN VMLOAD VMSAVE VMMCALL STGI CLGI INVLPGA SKINIT. AMD APM vol. 3 under each name. SKINIT is not there (CPUID does not claim it): #UD,
// but a guest's is intercepted first.
import { EFER, FEATURE_SVM, FEATURES, GIF_CLEAR, RAX } from "../../abi/state";
import {
  VMEXIT_CLGI,
  VMEXIT_INVLPGA,
  VMEXIT_SKINIT,
  VMEXIT_STGI,
  VMEXIT_VMLOAD,
  VMEXIT_VMMCALL,
  VMEXIT_VMRUN,
  VMEXIT_VMSAVE,
} from "../../abi/svm";
import { U_ASIZE } from "../../abi/uop";
import { raise, VECTOR_GP, VECTOR_UD } from "../../cpu/fault";
import { truncateAddress } from "../../cpu/operand";
import { getReg, setModeChanged } from "../../cpu/state";
import { flushTlbPage } from "../../cpu/tlb";
import { EFER_SVME } from "../control";
import { requireDescriptors, requireRing0 } from "../mode";
import { PHYSICAL_END } from "./checks";
import { intercepted } from "./intercept";
import { loadRest, saveRest } from "./state-save";
import { enterFromCode } from "./world";

/** #UD unless EFER.SVME is set, in protected mode; #GP outside ring 0. False if raised. */
function allowed(): bool {
  if (!(load<u64>(EFER) & EFER_SVME) || !(load<u32>(FEATURES) & FEATURE_SVM)) {
    raise(VECTOR_UD);
    return false;
  }
  return requireDescriptors() && requireRing0();
}

/** The physical address in rAX, or -1 with #GP raised. */
function vmcbAddress(u: usize): i64 {
  const address = truncateAddress(<u64>getReg<u32>(RAX), load<u8>(u, U_ASIZE));
  if (!(address & 0xfff) && address < PHYSICAL_END) return <i64>address;
  raise(VECTOR_GP);
  return -1;
}

export function vmrun(u: usize): void {
  if (!allowed() || intercepted(u, VMEXIT_VMRUN)) return;
  const vmcb = vmcbAddress(u);
  if (vmcb >= 0) enterFromCode(<u64>vmcb);
}

export function vmload(u: usize): void {
  if (!allowed() || intercepted(u, VMEXIT_VMLOAD)) return;
  const vmcb = vmcbAddress(u);
  if (vmcb >= 0) loadRest(<u64>vmcb);
}

export function vmsave(u: usize): void {
  if (!allowed() || intercepted(u, VMEXIT_VMSAVE)) return;
  const vmcb = vmcbAddress(u);
  if (vmcb >= 0) saveRest(<u64>vmcb);
}

/** At any privilege; #UD if it is not intercepted. */
export function vmmcall(u: usize): void {
  if (!intercepted(u, VMEXIT_VMMCALL)) raise(VECTOR_UD);
}

export function stgi(u: usize): void {
  if (allowed() && !intercepted(u, VMEXIT_STGI)) store<u32>(GIF_CLEAR, 0);
}

export function clgi(u: usize): void {
  if (allowed() && !intercepted(u, VMEXIT_CLGI)) store<u32>(GIF_CLEAR, 1);
}

/** There are no translations but those of the ASID in use, which goes whatever ECX says. */
export function invlpga(u: usize): void {
  if (!allowed() || intercepted(u, VMEXIT_INVLPGA)) return;
  flushTlbPage(truncateAddress(<u64>getReg<u32>(RAX), load<u8>(u, U_ASIZE)));
  setModeChanged(true);
}

export function skinit(u: usize): void {
  if (allowed() && !intercepted(u, VMEXIT_SKINIT)) raise(VECTOR_UD);
}
