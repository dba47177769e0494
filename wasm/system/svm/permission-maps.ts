// The I/O and MSR permission maps of a guest. AMD APM vol. 2 "IOIO Intercepts", "MSR Intercepts".
import { IO_PERMISSIONS, MSR_PERMISSIONS, RCX } from "../../abi/state";
import { IOIO_ADDRESS_SIZE, IOIO_REP, IOIO_SIZE, IOIO_STRING, VMEXIT_IOIO, VMEXIT_MSR } from "../../abi/svm";
import { U_ASIZE, U_FLAGS, UF_REP, UF_REPNE } from "../../abi/uop";
import { readPhysical } from "../../cpu/paging";
import { getReg, nextRip } from "../../cpu/state";
import { exitInstead, isIntercepted } from "./intercept";

/** 12 and 8 KiB. */
export const IO_MAP_PAGES: u64 = 3;
export const MSR_MAP_PAGES: u64 = 2;
const MSRS_IN_RANGE: u32 = 0x2000;
const MSRS_EXTENDED: u32 = 0xc0000000;
const MSRS_AMD: u32 = 0xc0010000;
/** Bytes of the map for each of the three ranges. */
const MSR_RANGE: u64 = 0x800;

/** A bit for each port; those of the last bytes of a wide access lie behind port FFFFh. */
function portsAreIntercepted(port: u32, size: u32): bool {
  const at = load<u64>(IO_PERMISSIONS) + (port >> 3);
  const bits = <u32>readPhysical<u8>(at) | ((<u32>readPhysical<u8>(at + 1)) << 8);
  return ((bits >> (port & 7)) & ((1 << size) - 1)) != 0;
}

export function portIntercepted(u: usize, port: u32, size: u32, kind: u32): bool {
  if (!isIntercepted(VMEXIT_IOIO) || !portsAreIntercepted(port, size)) return false;
  let info = (port << 16) | kind | (size * IOIO_SIZE) | ((<u32>load<u8>(u, U_ASIZE) >> 1) * IOIO_ADDRESS_SIZE);
  if (kind & IOIO_STRING && load<u8>(u, U_FLAGS) & (UF_REP | UF_REPNE)) info |= IOIO_REP;
  exitInstead(u, VMEXIT_IOIO, <u64>info, nextRip(u));
  return true;
}

/** Position of a register in its range's part of the map, in bits, or -1: those that no range has are always intercepted. */
function msrBit(index: u32): i64 {
  if (index < MSRS_IN_RANGE) return <i64>index * 2;
  if (index - MSRS_EXTENDED < MSRS_IN_RANGE) return <i64>(MSR_RANGE * 8) + <i64>(index - MSRS_EXTENDED) * 2;
  if (index - MSRS_AMD < MSRS_IN_RANGE) return <i64>(MSR_RANGE * 16) + <i64>(index - MSRS_AMD) * 2;
  return -1;
}

/** Whether RDMSR or WRMSR of the register in ECX is intercepted; then VMEXIT is raised. */
export function msrIntercepted(u: usize, write: bool): bool {
  if (!isIntercepted(VMEXIT_MSR)) return false;
  const bit = msrBit(getReg<u32>(RCX));
  if (bit >= 0) {
    const bits = <u32>readPhysical<u8>(load<u64>(MSR_PERMISSIONS) + (bit >> 3));
    if (((bits >> (<u32>(bit & 7) + (write ? 1 : 0))) & 1) == 0) return false;
  }
  exitInstead(u, VMEXIT_MSR, write ? 1 : 0, 0);
  return true;
}
