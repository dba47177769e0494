// Interrupts in the presence of guests: GIF, the INTR pin under V_INTR_MASKING, virtual interrupts. AMD APM vol. 2 "Global Interrupt Flag, STGI
// and CLGI Instructions", "Interrupt and Local APIC Support". Not modelled: what GIF does to INIT and SMI, which do not exist here.
import {
  GIF_CLEAR,
  GUEST_ATTENTION,
  GUEST_EVENT_HOST_IF,
  GUEST_EVENT_MASKING,
  GUEST_EVENT_VIRQ,
  GUEST_EVENTS,
  INSTRUCTIONS,
  RFLAGS,
  SHADOW,
  VIRTUAL_INTERRUPT,
} from "../../abi/state";
import { V_IGN_TPR, V_INTR_MASKING, V_INTR_PRIO_SHIFT, V_IRQ, V_TPR_MASK, VMEXIT_POPF, VMEXIT_PUSHF } from "../../abi/svm";
import { FLAG_I } from "../../cpu/flags";
import { getRip } from "../../cpu/state";
import { isIntercepted } from "./intercept";

const HOST_TAKES: u32 = GUEST_EVENT_MASKING | GUEST_EVENT_HOST_IF;

/** Where the last shadow of a guest ended that nobody had to respect: RIP of the one instruction in it, and INSTRUCTIONS before that. */
let shadowRip: u64 = 0;
let shadowCount: u64 = 0;

/** The instruction at hand, which is done, has made a shadow; INSTRUCTIONS does not count it yet. The shadow is taken away, and a #VMEXIT tells of it. */
export function noteShadow(): void {
  shadowRip = getRip();
  shadowCount = load<u64>(INSTRUCTIONS) + 1;
}

/** Whether the instruction that a guest is left at is in a shadow. It may be counted already. */
export function inShadow(): bool {
  if (load<u32>(SHADOW)) return true;
  return getRip() == shadowRip && load<u64>(INSTRUCTIONS) - shadowCount <= 1;
}

export function forgetShadow(): void {
  shadowCount = <u64>-2;
}

/** Derive what concerns interrupts from VIRTUAL_INTERRUPT. */
export function refreshGuestEvents(hostInterrupts: bool): void {
  const field = load<u32>(VIRTUAL_INTERRUPT);
  const priority = (field >> V_INTR_PRIO_SHIFT) & 0xf;
  let events: u32 = hostInterrupts ? GUEST_EVENT_HOST_IF : 0;
  if (field & V_INTR_MASKING) events |= GUEST_EVENT_MASKING;
  if (field & V_IRQ && (field & V_IGN_TPR || priority > (field & V_TPR_MASK))) events |= GUEST_EVENT_VIRQ;
  store<u32>(GUEST_EVENTS, events);
  const attention = (events & GUEST_EVENT_VIRQ) != 0 || isIntercepted(VMEXIT_PUSHF) || isIntercepted(VMEXIT_POPF);
  store<u32>(GUEST_ATTENTION, attention ? 1 : 0);
}

/** Whether a virtual interrupt waits, if EFLAGS.IF lets it in. */
export function virtualInterruptWaits(): bool {
  return (load<u32>(GUEST_EVENTS) & GUEST_EVENT_VIRQ) != 0;
}

/** The virtual interrupt is delivered: its vector. */
export function takeVirtualInterrupt(): i32 {
  const hostInterrupts = (load<u32>(GUEST_EVENTS) & GUEST_EVENT_HOST_IF) != 0;
  store<u32>(VIRTUAL_INTERRUPT, load<u32>(VIRTUAL_INTERRUPT) & ~V_IRQ);
  refreshGuestEvents(hostInterrupts);
  return <i32>load<u8>(VIRTUAL_INTERRUPT, 4);
}

/** Whether the INTR pin counts whatever EFLAGS.IF and shadows say: in a guest with V_INTR_MASKING, if the host had interrupts enabled. */
export function hostTakesInterrupts(): bool {
  return (load<u32>(GUEST_EVENTS) & HOST_TAKES) == HOST_TAKES;
}

/** Whether the INTR pin is masked by EFLAGS.IF, be it the guest's or the host's. */
export function interruptsMasked(): bool {
  if (load<u32>(GIF_CLEAR)) return true;
  if (load<u32>(GUEST_EVENTS) & GUEST_EVENT_MASKING) return !hostTakesInterrupts();
  return !(load<u32>(RFLAGS) & FLAG_I);
}

/** Whether an interrupt on the INTR pin is taken now. */
export function interruptAccepted(): bool {
  return !interruptsMasked() && (load<u32>(SHADOW) == 0 || hostTakesInterrupts());
}
