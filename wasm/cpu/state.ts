// Run-time state that is not part of the architectural record: where the interpreter stands, and what it may do just now.
import { PAGE_LINEAR } from "../abi/region";
import { CS, MARK_FLAT, MARK_USABLE, REGS, RIP, SEG_BASE, SEG_MARKS, SEG_STRIDE, SEGS } from "../abi/state";
import { U_LENGTH, U_OFFSET } from "../abi/uop";

/** Linear address of the page whose micro-ops are running. */
export function pageLinear(): u64 {
  return load<u64>(PAGE_LINEAR);
}
/** True while exactly one instruction is executed between two returns to the run loop: memory-mapped I/O and stores to code may happen. */
export let stepping: bool = false;
/** Set by whatever changes what the next instruction may be (CPL, CS, CR0, CR3, breakpoints): the run loop looks up everything again. */
export let modeChanged: bool = false;

export function setPageLinear(linear: u64): void {
  store<u64>(PAGE_LINEAR, linear);
}
export function setStepping(on: bool): void {
  stepping = on;
}
export function setModeChanged(on: bool): void {
  modeChanged = on;
}

/** Read a general register. `offset` is a byte offset in the register file, so that AH (offset 1) needs no special case. */
export function getReg<T>(offset: i32): T {
  return load<T>(<usize>offset, REGS);
}

/** Write a general register; a 32-bit write clears the upper half. */
export function setReg<T>(offset: i32, value: T): void {
  if (sizeof<T>() == 4) store<u64>(<usize>offset, <u64>(<u32>value), REGS);
  else store<T>(<usize>offset, value, REGS);
}

export function segment(n: i32): usize {
  return <usize>(SEGS + n * SEG_STRIDE);
}

export function segmentIsUsable(n: i32): bool {
  return (load<u32>(segment(n), SEG_MARKS) & MARK_USABLE) != 0;
}

/** RIP of the instruction `u`. Its linear address may have wrapped at 4 GiB, below the CS base. */
export function currentRip(u: usize): u64 {
  return (pageLinear() + load<u16>(u, U_OFFSET) - load<u64>(segment(CS), SEG_BASE)) & 0xffffffff;
}

/** RIP after the instruction `u`, not truncated to the code segment's size. */
export function nextRip(u: usize): u64 {
  return (currentRip(u) + load<u8>(u, U_LENGTH)) & 0xffffffff;
}

/** Exec functions of rows that end a run find the next instruction's RIP here and may change it. */
export function getRip(): u64 {
  return load<u64>(RIP);
}

export function setRip(rip: u64): void {
  store<u64>(RIP, rip);
}
