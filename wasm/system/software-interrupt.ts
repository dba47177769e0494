// INT n, INT3, INTO, INT1. SDM 2A "INT n/INTO/INT3/INT1", SDM 3B table "Software Interrupt Handling Methods While in Virtual-8086 Mode".
import { CS, REGS, RSP, SEG_LIMIT } from "../abi/state";
import { U_IMM } from "../abi/uop";
import { fault, raise, VECTOR_BP, VECTOR_DB, VECTOR_GP, VECTOR_OF } from "../cpu/fault";
import { FLAG_I, FLAG_RF, FLAG_T, FLAG_VIF, overflow, readFlags, writeFlags } from "../cpu/flags";
import { readSystem } from "../cpu/memory";
import { getRip, segment, setRip } from "../cpu/state";
import { virtualFlags } from "./flag-ops";
import { beginFrame, framePointer, pushSized } from "./frame";
import { privilegedSoftwareException, softwareInterrupt } from "./interrupt";
import { CR4_VME, cr4Has, ioPrivilege, isVirtual8086 } from "./mode";
import { selectorOf, setVirtualSegment } from "./segment";
import { interruptIsRedirected } from "./tss";

/** INT n to the 8086 program's own vector table at linear address 0, without leaving virtual-8086 mode. */
function redirect(vector: u32): void {
  const entry = readSystem<u32>(vector * 4);
  if (fault) return;
  const virtual = ioPrivilege() < 3;
  beginFrame();
  pushSized(2, virtual ? virtualFlags() : readFlags());
  pushSized(2, selectorOf(CS));
  pushSized(2, getRip());
  if (fault) return;
  if ((entry & 0xffff) > load<u32>(segment(CS), SEG_LIMIT)) {
    raise(VECTOR_GP);
    return;
  }
  store<u64>(REGS + RSP, framePointer());
  setVirtualSegment(CS, entry >> 16);
  setRip(entry & 0xffff);
  writeFlags(readFlags() & ~(FLAG_T | FLAG_RF | (virtual ? FLAG_VIF : FLAG_I)));
}

export function intN(u: usize): void {
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
  softwareInterrupt(vector);
}

export function int3(u: usize): void {
  softwareInterrupt(VECTOR_BP);
}

export function into(u: usize): void {
  if (overflow()) softwareInterrupt(VECTOR_OF);
}

export function int1(u: usize): void {
  privilegedSoftwareException(VECTOR_DB);
}
