// What VMRUN refuses: #VMEXIT with VMEXIT_INVALID. AMD APM vol. 2 "Canonicalization and Consistency Checks", "Event Injection",
// "Enabling Nested Paging". CR0.PG without CR0.PE is allowed: "Paged Real Mode". Not here: the PDPTEs of a guest in PAE mode without nested
// paging, which world.ts loads.
import { CR0, NESTED_ON } from "../../abi/state";
import {
  EVENT_EXCEPTION,
  EVENT_EXTERNAL,
  EVENT_NMI,
  EVENT_SOFTWARE,
  EVENT_TYPE_SHIFT,
  EVENT_VALID_BIT,
  VMCB_ASID,
  VMCB_CR0,
  VMCB_CR4,
  VMCB_DR6,
  VMCB_DR7,
  VMCB_EFER,
  VMCB_EVENTINJ,
  VMCB_G_PAT,
  VMCB_INTERCEPTS,
  VMCB_IOPM_BASE,
  VMCB_MSRPM_BASE,
  VMCB_NP_ENABLE,
  VMEXIT_VMRUN,
} from "../../abi/svm";
import { VECTOR_NMI } from "../../cpu/fault";
import { readPhysical } from "../../cpu/paging";
import { CR0_CD, CR0_NW, cr4Writable, EFER_NXE, EFER_SVME } from "../control";
import { CR0_PG } from "../mode";
import { mtrrIsValid } from "../mtrr";
import { IO_MAP_PAGES, MSR_MAP_PAGES } from "./permission-maps";

const IA32_PAT: u32 = 0x277;
const LAST_EXCEPTION_VECTOR: u32 = 31;
const PAGE: u64 = 0x1000;

/** First address beyond the 36 bits that physical addresses have. */
export const PHYSICAL_END: u64 = 1 << 36;

function mapFits(base: u64, pages: u64): bool {
  return (base & ~(PAGE - 1)) + pages * PAGE <= PHYSICAL_END;
}

function controlIsValid(vmcb: u64): bool {
  if (!((readPhysical<u32>(vmcb + VMCB_INTERCEPTS + ((VMEXIT_VMRUN >> 5) << 2)) >> (VMEXIT_VMRUN & 31)) & 1)) return false;
  if (!readPhysical<u32>(vmcb + VMCB_ASID)) return false;
  return (
    mapFits(readPhysical<u64>(vmcb + VMCB_IOPM_BASE), IO_MAP_PAGES) && mapFits(readPhysical<u64>(vmcb + VMCB_MSRPM_BASE), MSR_MAP_PAGES)
  );
}

/** EFER.LMA and LME are among the bits that this processor has not. */
function stateIsValid(vmcb: u64): bool {
  const efer = readPhysical<u64>(vmcb + VMCB_EFER);
  if (!(efer & EFER_SVME) || efer & ~(EFER_SVME | EFER_NXE)) return false;
  const cr0 = readPhysical<u64>(vmcb + VMCB_CR0);
  if (cr0 >> 32 || (cr0 & (CR0_NW | CR0_CD)) == CR0_NW) return false;
  if (readPhysical<u64>(vmcb + VMCB_CR4) & ~(<u64>cr4Writable())) return false;
  return !(readPhysical<u64>(vmcb + VMCB_DR6) >> 32) && !(readPhysical<u64>(vmcb + VMCB_DR7) >> 32);
}

function eventIsValid(event: u64): bool {
  if (!((event >> EVENT_VALID_BIT) & 1)) return true;
  const type = <i32>(event >> EVENT_TYPE_SHIFT) & 7;
  const vector = <u32>event & 0xff;
  if (type == EVENT_EXCEPTION) return vector <= LAST_EXCEPTION_VECTOR && vector != <u32>VECTOR_NMI;
  return type == EVENT_EXTERNAL || type == EVENT_NMI || type == EVENT_SOFTWARE;
}

/** The host's tables are walked in its own paging mode, so there must be one. `hostPages`: it is code that VMRUN was executed by. */
function nestedIsValid(vmcb: u64, hostPages: bool): bool {
  if (!(readPhysical<u32>(vmcb + VMCB_NP_ENABLE) & NESTED_ON)) return true;
  if (hostPages && !(load<u32>(CR0) & CR0_PG)) return false;
  return mtrrIsValid(IA32_PAT, readPhysical<u64>(vmcb + VMCB_G_PAT));
}

/** Whether a guest can be entered with this VMCB. */
export function vmcbIsValid(vmcb: u64, hostPages: bool): bool {
  return (
    controlIsValid(vmcb) && stateIsValid(vmcb) && eventIsValid(readPhysical<u64>(vmcb + VMCB_EVENTINJ)) && nestedIsValid(vmcb, hostPages)
  );
}
