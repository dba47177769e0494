// What a debugger outside of the guest wants runs to stop for, and what one has stopped for. Written by the facade; nothing of it is guest state.

/** One bit for each 4 KiB page of linear memory: an address of STOP_EXECUTE lies in it. Such code is executed one instruction at a time. */
export const STOP_EXECUTE_PAGES: i32 = 0x60000;
/** Likewise for the ranges of STOP_DATA: accesses to such a page take the slow path, as those to devices do. */
export const STOP_DATA_PAGES: i32 = 0x80000;
export const STOP_PAGES_SIZE: i32 = 1 << 17;

/** u32: bits STOP_ON_*. */
export const STOP_EVENTS: i32 = 0x50000;
export const STOP_ON_EXCEPTION: i32 = 1;
/** External interrupts and NMI. */
export const STOP_ON_INTERRUPT: i32 = 2;
/** INT n, INT3, INTO. */
export const STOP_ON_SOFTWARE: i32 = 4;
export const STOP_ON_MSR: i32 = 8;
/** CR0.PE, CR0.PG, CR4.PAE, EFLAGS.VM or CPL is another: everything is executed one instruction at a time. */
export const STOP_ON_MODE: i32 = 16;
/** u32: the mode last seen, as modeNow() in wasm/system/stop.ts packs it. */
export const STOP_MODE: i32 = 0x50004;
/** u32: numbers of records that follow. */
export const STOP_EXECUTE_COUNT: i32 = 0x50008;
export const STOP_DATA_COUNT: i32 = 0x5000c;
/** u32 linear address, u64 instruction count: an address of STOP_EXECUTE does not stop there and then. */
export const STOP_PASS_LINEAR: i32 = 0x50010;
export const STOP_PASS_COUNT: i32 = 0x50018;

/** What the run stopped for: u32 HIT_* or 0, then two u32 that the kinds explain. */
export const HIT_KIND: i32 = 0x50020;
export const HIT_FIRST: i32 = 0x50024;
export const HIT_SECOND: i32 = 0x50028;
/** Before the instruction at linear address `first`. */
export const HIT_EXECUTE: i32 = 1;
/** After an instruction that accessed `first`, the first byte of the range that it touched; `second` is STOP_READ or STOP_WRITE. */
export const HIT_DATA: i32 = 2;
/** After delivery of exception `first` with error code `second`. */
export const HIT_EXCEPTION: i32 = 3;
/** After delivery of the interrupt with vector `first`. */
export const HIT_INTERRUPT: i32 = 4;
/** After INT `first`. */
export const HIT_SOFTWARE: i32 = 5;
/** After RDMSR (`second` is STOP_READ) or WRMSR (STOP_WRITE) of MSR `first`. */
export const HIT_MSR: i32 = 6;
/** After a change of mode to `first`. */
export const HIT_MODE: i32 = 7;
/** After an access to port `first`; `second` as for MSRs. Reported by the facade. */
export const HIT_PORT: i32 = 8;
/** After an exit from the guest to its hypervisor was dealt with; `first` is its reason (core/vmm/events/exit-reasons.ts). Reported by the hypervisor. */
export const HIT_EXIT: i32 = 9;

/** u64: the instruction count at which an interrupt was last delivered, plus one; or 0. */
export const LAST_INTERRUPT: i32 = 0x50030;

/** u32 linear addresses, ascending. */
export const STOP_EXECUTE: i32 = 0x50100;
export const STOP_EXECUTE_MAX: i32 = 1024;
/** Ranges: u32 first byte, u32 last byte, u32 STOP_READ | STOP_WRITE. */
export const STOP_DATA: i32 = 0x51100;
export const STOP_DATA_SIZE: i32 = 12;
export const STOP_DATA_MAX: i32 = 64;
export const STOP_READ: i32 = 1;
export const STOP_WRITE: i32 = 2;
