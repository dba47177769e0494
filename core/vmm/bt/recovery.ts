// From an address in the cache back to the guest: precise faults and interrupts.
import { type BtHost, ECX, ESP } from "./host.js";
import { FLAG_IF, FLAG_IOPL, TARGET, VIRTUAL_IF, VIRTUAL_IOPL } from "./state.js";
import type { Recovery } from "./unit.js";

/** EFLAGS as the guest has them: IF and IOPL virtual, the others real. */
export function guestFlags(host: BtHost): number {
  return (host.flags & ~(FLAG_IF | FLAG_IOPL)) | host.readState(VIRTUAL_IF) | host.readState(VIRTUAL_IOPL);
}

const RF_AND_VM = 0x30000;

/** Make the state that of a guest instruction boundary; returns its EIP. */
export function recover(host: BtHost, recovery: Recovery): number {
  if (recovery.interruptFlagInCl) host.writeState(VIRTUAL_IF, (host.getRegister(ECX) & 0xff) << 8);
  for (const [register, offset] of recovery.saved ?? []) host.setRegister(register, host.readState(offset));
  if (recovery.swapped) host.restoreStateSegment();
  if (recovery.pushed) {
    // SDM 2B "PUSHF": the image has VM and RF clear.
    host.writeStack(host.getRegister(ESP), guestFlags(host) & ~RF_AND_VM, recovery.pushed);
  }
  return recovery.eip === "target" ? host.readState(TARGET) >>> 0 : recovery.eip;
}
