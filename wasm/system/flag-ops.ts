// CLI STI PUSHF POPF, with IOPL, the virtual interrupts of VME and PVI, and HLT. SDM 3B "Interrupt and Exception Handling in
// Virtual-8086 Mode", "Protected-Mode Virtual Interrupts". (CLC, STD and the like are integer instructions; IRET is in return.ts.)
import { ACTIVITY, ACTIVITY_HALTED, CPL, RFLAGS } from "../abi/state";
import { VMEXIT_HLT, VMEXIT_POPF, VMEXIT_PUSHF } from "../abi/svm";
import { fault, raise, VECTOR_GP } from "../cpu/fault";
import { FLAG_I, FLAG_RF, FLAG_T, FLAG_VIF, FLAG_VIP, FLAG_VM, FLAGS_IOPL, readFlags } from "../cpu/flags";
import { moveStack, push, top } from "../cpu/stack";
import { frameAtHand, pushedAtHand } from "./frame";
import { CR4_PVI, CR4_VME, cr4Has, ioPrivilege, isVirtual8086, requireRing0, shadowSti } from "./mode";
import { changeableFlags, changeFlags } from "./return";
import { intercepted } from "./svm/intercept";

/** Whether CLI and STI act on VIF instead of IF: where IOPL forbids them, but VME or PVI helps. */
function virtualInterrupts(): bool {
  if (isVirtual8086()) return cr4Has(CR4_VME);
  return load<u32>(CPL) == 3 && cr4Has(CR4_PVI);
}

function mayChangeInterrupts(): bool {
  return load<u32>(CPL) <= ioPrivilege();
}

export function cli(u: usize): void {
  const flags = load<u32>(RFLAGS);
  if (mayChangeInterrupts()) store<u32>(RFLAGS, flags & ~FLAG_I);
  else if (virtualInterrupts()) store<u32>(RFLAGS, flags & ~FLAG_VIF);
  else raise(VECTOR_GP);
}

export function sti(u: usize): void {
  const flags = load<u32>(RFLAGS);
  if (mayChangeInterrupts()) {
    if (!(flags & FLAG_I)) shadowSti();
    store<u32>(RFLAGS, flags | FLAG_I);
  } else if (virtualInterrupts() && !(flags & FLAG_VIP)) store<u32>(RFLAGS, flags | FLAG_VIF);
  else raise(VECTOR_GP);
}

/** Whether PUSHF, POPF, IRET and INT n in this mode depend on IOPL and it forbids them. */
function isVirtualised(): bool {
  return isVirtual8086() && ioPrivilege() < 3;
}

/** The FLAGS image that an 8086 program with virtual interrupts sees: IOPL 3, and VIF in the place of IF. */
export function virtualFlags(): u32 {
  const flags = readFlags();
  return (flags & ~FLAG_I) | FLAGS_IOPL | (flags & FLAG_VIF ? FLAG_I : 0);
}

export function pushFlags<T>(u: usize): void {
  if (intercepted(u, VMEXIT_PUSHF)) return;
  if (!isVirtualised()) {
    const image = readFlags() & ~(FLAG_VM | FLAG_RF);
    if (sizeof<T>() != 4 || !pushedAtHand(image)) push<T>(<T>image);
  } else if (sizeof<T>() == 2 && cr4Has(CR4_VME)) push<T>(<T>virtualFlags());
  else raise(VECTOR_GP);
}

/** POPF in virtual-8086 mode with IOPL < 3 and VME. */
function popVirtualFlags(image: u32): void {
  if (image & FLAG_T || (image & FLAG_I && load<u32>(RFLAGS) & FLAG_VIP)) {
    raise(VECTOR_GP);
    return;
  }
  moveStack(2);
  const mask = changeableFlags(3, 2) & ~FLAG_I;
  changeFlags(mask | FLAG_VIF, (image & mask) | (image & FLAG_I ? FLAG_VIF : 0));
}

export function popFlags<T>(u: usize): void {
  if (intercepted(u, VMEXIT_POPF)) return;
  if (isVirtualised() && !(sizeof<T>() == 2 && cr4Has(CR4_VME))) {
    raise(VECTOR_GP);
    return;
  }
  const at = frameAtHand(sizeof<T>());
  const image = <u32>(at ? load<T>(at) : top<T>());
  if (fault) return;
  if (isVirtualised()) {
    popVirtualFlags(image);
    return;
  }
  moveStack(sizeof<T>());
  // POPFD clears RF whatever the image says.
  changeFlags(changeableFlags(load<u32>(CPL), sizeof<T>()), image & ~FLAG_RF);
}

export function hlt(u: usize): void {
  if (requireRing0() && !intercepted(u, VMEXIT_HLT)) store<u32>(ACTIVITY, ACTIVITY_HALTED);
}
