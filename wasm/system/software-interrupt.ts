// INT n, INT3, INTO, INT1. SDM 2A "INT n/INTO/INT3/INT1", SDM 3B table "Software Interrupt Handling Methods While in Virtual-8086 Mode".
import { EVENT_EXCEPTION, EVENT_SOFTWARE, VMEXIT_EXCEPTION, VMEXIT_ICEBP, VMEXIT_SWINT } from "../abi/svm";
import { U_IMM, U_LENGTH } from "../abi/uop";
import { fault, raise, VECTOR_BP, VECTOR_DB, VECTOR_GP, VECTOR_OF } from "../cpu/fault";
import { FLAG_I, FLAG_RF, FLAG_T, FLAG_VIF, overflow, readFlags, writeFlags } from "../cpu/flags";
import { readSystem } from "../cpu/memory";
import { virtualFlags } from "./flag-ops";
import { enter8086Handler, privilegedSoftwareException, softwareInterrupt } from "./interrupt";
import { CR4_VME, cr4Has, ioPrivilege, isVirtual8086 } from "./mode";
import { intercepted } from "./svm/intercept";
import { interruptIsRedirected } from "./tss";

/** INT n to the 8086 program's own vector table at linear address 0, without leaving virtual-8086 mode. */
function redirect(vector: u32): void {
  const entry = readSystem<u32>(vector * 4);
  if (fault) return;
  const virtual = ioPrivilege() < 3;
  const flags = virtual ? virtualFlags() : readFlags();
  if (enter8086Handler(entry, flags)) writeFlags(readFlags() & ~(FLAG_T | FLAG_RF | (virtual ? FLAG_VIF : FLAG_I)));
}

export function intN(u: usize): void {
  if (intercepted(u, VMEXIT_SWINT)) return;
  const vector = load<u32>(u, U_IMM) & 0xff;
  if (isVirtual8086()) {
    const redirected = cr4Has(CR4_VME) && interruptIsRedirected(vector);
    if (fault) return;
    if (redirected) {
      redirect(vector);
      return;
    }
    if (ioPrivilege() < 3) {
      raise(VECTOR_GP);
      return;
    }
  }
  softwareInterrupt(vector, EVENT_SOFTWARE, load<u8>(u, U_LENGTH));
}

export function int3(u: usize): void {
  if (!intercepted(u, VMEXIT_EXCEPTION + VECTOR_BP)) softwareInterrupt(VECTOR_BP, EVENT_EXCEPTION, load<u8>(u, U_LENGTH));
}

export function into(u: usize): void {
  if (overflow() && !intercepted(u, VMEXIT_EXCEPTION + VECTOR_OF)) softwareInterrupt(VECTOR_OF, EVENT_EXCEPTION, load<u8>(u, U_LENGTH));
}

export function int1(u: usize): void {
  if (intercepted(u, VMEXIT_ICEBP) || intercepted(u, VMEXIT_EXCEPTION + VECTOR_DB)) return;
  privilegedSoftwareException(VECTOR_DB, load<u8>(u, U_LENGTH));
}
