// Ways into a paravirtual guest's kernel and out of it: the frame that the processor would push, and the one that HC_IRET takes.
import * as STATE from "../../../wasm/abi/state.js";
import { FLAG_I, FLAG_NT, FLAG_RF, FLAG_T, FLAG_VM, type VcpuState } from "../state.js";
import * as PV from "./abi.js";
import type { GuestAccess } from "./guest-access.js";
import { dropInnerSegments, enterRing, realFlags } from "./real-state.js";
import type { SharedPage } from "./shared-page.js";

/** Numbers of the general registers. */
const [EAX, ESP] = [0, 4];

/** What the guest's kernel is entered for. */
export interface Entry {
  readonly handler: number;
  readonly disables: boolean;
  readonly code?: number;
  /** EFLAGS to push, but for IF. */
  readonly flags: number;
}

/** A guest's own view of its stacks, and its virtual IF. */
export interface EntryContext {
  readonly guest: GuestAccess;
  readonly shared: SharedPage;
  readonly settings: { readonly kernelStack: number };
}

/** Enter the guest's kernel at a handler. False, with nothing changed: the frame can not be pushed at `stackOf()`. */
export function enterKernel(state: VcpuState, context: EntryContext, { handler, disables, code, flags }: Entry): boolean {
  const { guest, shared } = context;
  const outer = state.cpl === 3;
  const image = (flags & ~FLAG_I) | (shared.enabled ? FLAG_I : 0);
  const from = [state.rip, state.segment(STATE.CS).selector, image];
  const stack = outer ? [state.register(ESP), state.segment(STATE.SS).selector] : [];
  const frame = [...(code === undefined ? [] : [code]), ...from, ...stack];
  const esp = (stackOf(state, context) - frame.length * 4) >>> 0;
  if (!guest.write(esp, new Uint8Array(Uint32Array.from(frame).buffer))) return false;
  if (disables) shared.enabled = false;
  if (outer) enterRing(state, 1);
  state.setRegister(ESP, esp);
  state.flags &= ~(FLAG_T | FLAG_NT | FLAG_RF | FLAG_VM);
  state.rip = handler;
  // The traps of the instruction before are lost with the old TF.
  state.set(STATE.PENDING_DEBUG, 0);
  state.set(STATE.SHADOW, 0);
  return true;
}

/** Where the next frame goes. */
export function stackOf(state: VcpuState, { settings }: EntryContext): number {
  return state.cpl === 3 ? settings.kernelStack : state.register(ESP);
}

/** HC_IRET. False, with nothing changed: there is no frame that it could take. */
export function leaveKernel(state: VcpuState, { guest, shared }: EntryContext): boolean {
  const top = state.register(ESP);
  const [eax, eip, cs, flags] = guest.readWords(top, 4) ?? [];
  if (eax === undefined || eip === undefined || flags === undefined) return false;
  const outer = cs === PV.USER_CODE ? guest.readWords(top + 16, 2) : undefined;
  if (outer ? outer[1] !== PV.USER_DATA : cs !== PV.KERNEL_CODE) return false;
  state.setRegister(EAX, eax);
  state.setRegister(ESP, outer?.[0] ?? top + 16);
  state.rip = eip;
  state.flags = realFlags(flags);
  shared.enabled = (flags & FLAG_I) !== 0;
  if (outer) {
    enterRing(state, 3);
    dropInnerSegments(state);
  }
  return true;
}
