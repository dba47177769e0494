// Deprivileged running: a hypervisor in place of the interrupt descriptor table. While the switch is on, an event that would be delivered
// through the IDT (or the real-mode vector table) is not: run() returns EXIT_EVENT instead, and this record says what it was. The processor
// is as it was before the delivery: RIP at the instruction that faulted, behind the one that trapped; the stack untouched. What the event
// itself has done is done: CR2 of a page fault and DR6 of a debug exception are set.

/** u32: not 0 while a hypervisor takes the events. */
export const DEPRIVILEGED: i32 = 0x4900;
/** u32: one of KIND_*. */
export const EVENT_KIND: i32 = 0x4904;
export const EVENT_VECTOR: i32 = 0x4908;
/** u32: the error code, 0 for vectors that have none. */
export const EVENT_CODE: i32 = 0x490c;
/** u32: EFLAGS as the delivery would have pushed it (RF included). */
export const EVENT_FLAGS: i32 = 0x4910;
/** u32: length of INT n, INT3, INTO or INT1 in bytes, else 0. */
export const EVENT_LENGTH: i32 = 0x4914;

// SDM 3A "Exception Classifications".
export const KIND_FAULT: i32 = 1;
/** Debug traps, and INT1. */
export const KIND_TRAP: i32 = 2;
/** INT n, INT3, INTO: the DPL of the gate would count. */
export const KIND_SOFTWARE: i32 = 3;
/** It has been acknowledged. */
export const KIND_EXTERNAL: i32 = 4;
/** It is no longer pending; NMIs are not blocked. */
export const KIND_NMI: i32 = 5;
