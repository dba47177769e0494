// Debug registers, breakpoints on instructions, data and ports, and #DB. SDM 3B "Debug, Branch Profile, TSC, and Intel Resource Director
// Technology Features". Not modelled: LBR, BTF, RTM; data breakpoints on the pushes of a switch to an inner stack.
import { CS, DRS, PENDING_DEBUG, SEG_BASE, SHADOW, SHADOW_MOV_SS } from "../abi/state";
import { VMEXIT_DR_READ, VMEXIT_DR_WRITE } from "../abi/svm";
import { U_DST, U_SRC } from "../abi/uop";
import { raise, VECTOR_DB, VECTOR_UD } from "../cpu/fault";
import { FLAG_RF } from "../cpu/flags";
import { setDataWatch } from "../cpu/memory";
import { getReg, segment, setModeChanged, setReg } from "../cpu/state";
import { clearDelivered, delivered, deliverTrap, wake } from "./interrupt";
import { CR4_DE, cr4Has, DR6_BD, DR6_BS, requireRing0 } from "./mode";
import { intercepted } from "./svm/intercept";

const DR6: usize = DRS + 48;
const DR7: usize = DRS + 56;
const DR7_ENABLES: u32 = 0xff;
const DR7_GD: u32 = 1 << 13;
/** Bits of DR6 that can be written, and those that read as ones; likewise of DR7. */
export const DR6_WRITABLE: u32 = 0xe00f;
export const DR6_ONES: u32 = 0xffff0ff0;
export const DR7_WRITABLE: u32 = 0xffff23ff;
export const DR7_ONES: u32 = 0x400;

// R/W fields of DR7.
const ON_EXECUTE: u32 = 0;
const ON_WRITE: u32 = 1;
const ON_PORT: u32 = 2;

function kindOf(n: i32): u32 {
  return (load<u32>(DR7) >> (16 + n * 4)) & 3;
}

/** Length of a breakpoint: LEN 2 is 8 bytes in long mode and undefined before; it counts as 8. */
function lengthOf(n: i32): u64 {
  const length = (load<u32>(DR7) >> (18 + n * 4)) & 3;
  return length == 2 ? 8 : length + 1;
}

function isEnabled(n: i32): bool {
  return ((load<u32>(DR7) >> (n * 2)) & 3) != 0;
}

/** Whether any breakpoint is enabled. */
export function debugActive(): bool {
  return (load<u32>(DR7) & DR7_ENABLES) != 0;
}

/** Bits B0-B3 of the breakpoints of some kinds that [address, address + size) hits, or 0 if none of those that hit is enabled. */
function hits(address: u64, size: u32, kinds: u32): u32 {
  let bits: u32 = 0;
  let enabled = false;
  for (let n = 0; n < 4; n++) {
    if (((kinds >> kindOf(n)) & 1) == 0) continue;
    const length = lengthOf(n);
    const start = load<u64>(DRS + ((<usize>n) << 3)) & ~(length - 1);
    if (address + size <= start || start + length <= address) continue;
    bits |= 1 << n;
    enabled = enabled || isEnabled(n);
  }
  return enabled ? bits : 0;
}

function pend(bits: u32): void {
  if (bits) store<u32>(PENDING_DEBUG, load<u32>(PENDING_DEBUG) | bits);
}

/** Raise #DB, as a fault, if an instruction breakpoint lies on `linear`. The caller has looked at RF. */
function checkInstructionBreakpoint(linear: u64): bool {
  const bits = hits(linear, 1, 1 << ON_EXECUTE);
  if (!bits) return false;
  pend(bits);
  raise(VECTOR_DB);
  return true;
}

/** The same for an offset in the code segment. */
export function fetchBreakpoint(rip: u64): bool {
  return checkInstructionBreakpoint((load<u64>(segment(CS), SEG_BASE) + rip) & 0xffffffff);
}

/** Note the data breakpoints that an access hits; the trap follows the instruction. R/W 3 is read or write. */
export function checkDataBreakpoint(linear: u64, size: u32, write: bool): void {
  pend(hits(linear, size, write ? (1 << ON_WRITE) | (1 << 3) : 1 << 3));
}

/** Likewise for ports, if CR4.DE is set. */
export function checkPortBreakpoint(port: u32, size: u32): void {
  if (debugActive() && cr4Has(CR4_DE)) pend(hits(port, size, 1 << ON_PORT));
}

/** DR6 and DR7 as the handler of #DB finds them. Returns RF for the fault that general detect is: breakpoints leave RF as it is. */
export function enterDebugHandler(): u32 {
  const pending = load<u32>(PENDING_DEBUG);
  store<u32>(PENDING_DEBUG, 0);
  store<u32>(DR6, load<u32>(DR6) | pending);
  store<u32>(DR7, load<u32>(DR7) & ~DR7_GD);
  return pending & DR6_BD ? FLAG_RF : 0;
}

/** Deliver the traps of the instruction just executed. One after MOV SS waits for another instruction. */
export function deliverDebugTrap(): void {
  if (load<u32>(SHADOW) & SHADOW_MOV_SS) return;
  // Delivering an event stores TF away and clears it, and with it the single-step trap of the instruction that caused it.
  if (delivered) store<u32>(PENDING_DEBUG, load<u32>(PENDING_DEBUG) & ~DR6_BS);
  clearDelivered();
  if (load<u32>(PENDING_DEBUG) == 0) return;
  wake();
  raise(VECTOR_DB);
  deliverTrap();
}

/** Choose whether memory accesses look for data breakpoints. Call when DR7 was changed from outside. */
export function refreshDebug(): void {
  let watch = false;
  for (let n = 0; n < 4; n++) watch = watch || (isEnabled(n) && (kindOf(n) & 1) != 0);
  setDataWatch(watch);
  setModeChanged(true);
}

/** Number of the debug register meant, or -1 if #UD, #DB (general detect), #GP or VMEXIT (`exit` + number) was raised. SDM 2B "MOV - Move to/from Debug Registers". */
function accessible(u: usize, number: i32, exit: i32): i32 {
  if (!requireRing0()) return -1;
  if (number > 7 || ((number == 4 || number == 5) && cr4Has(CR4_DE))) {
    raise(VECTOR_UD);
    return -1;
  }
  if (intercepted(u, exit + number)) return -1;
  if (load<u32>(DR7) & DR7_GD) {
    pend(DR6_BD);
    raise(VECTOR_DB);
    return -1;
  }
  return number == 4 || number == 5 ? number + 2 : number;
}

export function movFromDebug(u: usize): void {
  const n = accessible(u, load<u8>(u, U_SRC), VMEXIT_DR_READ);
  if (n >= 0) setReg<u32>(load<u8>(u, U_DST), load<u32>(DRS + ((<usize>n) << 3)));
}

export function movToDebug(u: usize): void {
  const n = accessible(u, load<u8>(u, U_DST), VMEXIT_DR_WRITE);
  if (n < 0) return;
  let value = getReg<u32>(load<u8>(u, U_SRC));
  if (n == 6) value = (value & DR6_WRITABLE) | DR6_ONES;
  if (n == 7) value = (value & DR7_WRITABLE) | DR7_ONES;
  store<u64>(DRS + ((<usize>n) << 3), <u64>value);
  refreshDebug();
}
