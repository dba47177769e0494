// Where the test hypervisor keeps what: host-physical pages, and linear addresses from VMM_BASE on.
import { VMM_BASE } from "../../core/vmm/pv/abi.js";

export const PAGE = 4096;
export const MIB = 1 << 20;

/** Host-physical: the page table of the VMM's linear addresses, and what it maps; then the shared-information page, then the guest. */
export const VMM_TABLE = PAGE;
export const TABLES_PAGE = 2 * PAGE;
export const STUBS_PAGE = 3 * PAGE;
export const STACK_PAGE = 4 * PAGE;
export const SHARED_INFO = 5 * PAGE;
export const GUEST_BASE = 4 * MIB;

/** Linear. A stub for each vector is one HLT; behind them is an IRET. */
export const IDT = VMM_BASE;
export const GDT = IDT + 0x800;
export const TSS = IDT + 0x900;
export const STUBS = VMM_BASE + PAGE;
export const IRET_STUB = STUBS + 256;
export const RING0_STACK = VMM_BASE + 3 * PAGE;

export const RING0_CODE = 0x30;
export const RING0_DATA = 0x38;
export const TSS_SELECTOR = 0x28;
