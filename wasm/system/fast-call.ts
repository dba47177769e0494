// SYSENTER and SYSEXIT: flat segments by fiat, no descriptor is read. SDM 2B under each name.
import { CS, MSR_SYSENTER_CS, MSR_SYSENTER_EIP, MSR_SYSENTER_ESP, RCX, RDX, REGS, RFLAGS, RSP, SS } from "../abi/state";
import { COUNT_SYSTEM_CALLS } from "../abi/statistics";
import { raise, VECTOR_GP } from "../cpu/fault";
import { FLAG_I, FLAG_RF, FLAG_VM } from "../cpu/flags";
import { getReg, setRip } from "../cpu/state";
import { count } from "../cpu/statistics";
import { ACCESSED, CODE, currentPrivilege, DEFAULT_BIG, GRANULAR, isNull, PRESENT, USER_SEGMENT, WRITABLE } from "./descriptor";
import { isProtected, setPrivilege } from "./mode";
import { setSegmentCache } from "./segment";

const FLAT: u32 = PRESENT | USER_SEGMENT | WRITABLE | ACCESSED | DEFAULT_BIG | GRANULAR;

/** CS = selector, SS = selector + 8, both flat and of privilege `cpl`. */
function setFlat(selector: u32, cpl: u32): void {
  setSegmentCache(CS, selector | cpl, 0, 0xffffffff, FLAT | CODE | (cpl << 5));
  setSegmentCache(SS, (selector + 8) | cpl, 0, 0xffffffff, FLAT | (cpl << 5));
  setPrivilege(cpl);
}

export function sysenter(u: usize): void {
  const selector = load<u32>(MSR_SYSENTER_CS) & 0xfffc;
  if (!isProtected() || isNull(selector)) {
    raise(VECTOR_GP);
    return;
  }
  store<u32>(RFLAGS, load<u32>(RFLAGS) & ~(FLAG_VM | FLAG_I | FLAG_RF));
  setFlat(selector, 0);
  store<u64>(REGS + RSP, <u64>load<u32>(MSR_SYSENTER_ESP));
  setRip(<u64>load<u32>(MSR_SYSENTER_EIP));
  count(COUNT_SYSTEM_CALLS);
}

export function sysexit(u: usize): void {
  const selector = load<u32>(MSR_SYSENTER_CS) & 0xfffc;
  if (!isProtected() || isNull(selector) || currentPrivilege() != 0) {
    raise(VECTOR_GP);
    return;
  }
  setFlat((selector + 16) & 0xfffc, 3);
  store<u64>(REGS + RSP, <u64>getReg<u32>(RCX));
  setRip(getReg<u32>(RDX));
}
