// What the processor has done since it was made, for observers: an f64 each, exact up to 2^53. No part of the state record: the guest can not
// tell, a snapshot does not have it, and a world switch leaves it alone.

/** Exceptions delivered through the IDT (or the real-mode vectors): but page faults. Not those that a VMCB injected. */
export const COUNT_EXCEPTIONS: i32 = 0x4940;
/** Page faults, likewise. */
export const COUNT_PAGE_FAULTS: i32 = 0x4948;
/** INT n, INT3 and INTO that were delivered, and SYSENTER. */
export const COUNT_SYSTEM_CALLS: i32 = 0x4950;
/** External interrupts and NMIs, likewise. */
export const COUNT_INTERRUPTS: i32 = 0x4958;
/** MOV to CR0, CR2, CR3 and CR4, LMSW, CLTS. */
export const COUNT_CONTROL_WRITES: i32 = 0x4960;
/** Flushes that a write of a control register or of EFER made. */
export const COUNT_TLB_FLUSHES: i32 = 0x4968;
/** INVLPG. */
export const COUNT_TLB_INVALIDATIONS: i32 = 0x4970;
/**
 * Walks of one table (the guest's, or nested ones while the guest does not page), and the entries that were read in them, those of walks that ended in a
 * fault included. This processor's TLB has room for everything, but not for pages of devices, nor for stores to pages with decoded code: each access
 * there is a walk.
 */
export const COUNT_WALKS: i32 = 0x4978;
export const COUNT_WALK_REFERENCES: i32 = 0x4980;
/** Walks of the guest's tables through nested ones, and all entries that they consist of: also those that this program's nested TLB knew. */
export const COUNT_NESTED_WALKS: i32 = 0x4988;
export const COUNT_NESTED_WALK_REFERENCES: i32 = 0x4990;
