// Why run() returned.

/** The count is used up. */
export const EXIT_BUDGET: i32 = 0;
/** HLT with nothing to wake it. */
export const EXIT_HALT: i32 = 1;
/** Triple fault: the processor waits for a reset. */
export const EXIT_SHUTDOWN: i32 = 2;
/** The facade set STOP_REQUEST. */
export const EXIT_STOP: i32 = 3;
/** HOT_LIMIT micro-ops wait to be translated. */
export const EXIT_TRANSLATE: i32 = 4;
/** #VMEXIT of a guest that enterGuest() entered: its VMCB says why. */
export const EXIT_GUEST: i32 = 5;
/** An event for the hypervisor: abi/deprivileged.ts. */
export const EXIT_EVENT: i32 = 6;
