/**
 * What Adams and Agesen measured on a 3.8 GHz Pentium 4 672, and what follows from it for single events. Keith Adams and Ole Agesen, "A Comparison of
 * Software and Hardware Techniques for x86 Virtualization", ASPLOS 2006.
 *
 * Not here: what only Figure 4's bars show (the native system call).
 */
export const PAPER = "Adams and Agesen, ASPLOS 2006";

/** Section 3.3: RDTSC done three ways. */
export const TRAP_AND_EMULATE = 2030;
export const CALLOUT_AND_EMULATE = 1254;

/** Section 6.3, in cycles: native, software VMM, hardware VMM. */
export const NATIVE_IN = 3209;
export const HARDWARE_IN = 15826;
/** "Fifteen times faster than native." */
export const SOFTWARE_IN = Math.round(NATIVE_IN / 15);
export const SOFTWARE_CR8_WRITE = 35;
/** The software VMM is "about four times faster than native". */
export const NATIVE_CR8_WRITE = 4 * SOFTWARE_CR8_WRITE;
export const NATIVE_CALL_RETURN = 11;
export const SOFTWARE_CALL_RETURN = 51;
export const NATIVE_PAGE_FAULT = 1093;
export const SOFTWARE_PAGE_FAULT = 3927;
export const HARDWARE_PAGE_FAULT = 11242;
export const NATIVE_DIVIDE_ERROR = 889;
export const SOFTWARE_DIVIDE_ERROR = 3223;
export const HARDWARE_DIVIDE_ERROR = 1014;
export const NATIVE_PTE_WRITE = 1;
export const SOFTWARE_PTE_WRITE = 391;
export const HARDWARE_PTE_WRITE = 12733;
/** "Approximately 2000 more cycles than a native system call." */
export const SOFTWARE_SYSCALL_PENALTY = 2000;

/** Table 1: on the Pentium 4 672, and on a pre-production 2.66 GHz Core 2 Duo. */
export const TABLE_1 = {
  pentium4: { entry: 2409, pageFaultExit: 1931, vmcbRead: 178, vmcbWrite: 171 },
  core2: { entry: 937, pageFaultExit: 1186, vmcbRead: 52, vmcbWrite: 44 },
} as const;

/** Cycles of one turn of a nanobenchmark, where the paper's text has a number. Calls and returns, and the store, have a cost that is no event. */
export interface Measured {
  readonly native?: number;
  readonly software?: number;
  readonly hardware?: number;
}

/** By the names of guests/nanobench. */
export const MEASURED: Readonly<Record<string, Measured>> = {
  in: { native: NATIVE_IN, software: SOFTWARE_IN, hardware: HARDWARE_IN },
  callret: { native: NATIVE_CALL_RETURN, software: SOFTWARE_CALL_RETURN, hardware: NATIVE_CALL_RETURN },
  divzero: { native: NATIVE_DIVIDE_ERROR, software: SOFTWARE_DIVIDE_ERROR, hardware: HARDWARE_DIVIDE_ERROR },
  pgfault: { native: NATIVE_PAGE_FAULT, software: SOFTWARE_PAGE_FAULT, hardware: HARDWARE_PAGE_FAULT },
  ptemod: { native: NATIVE_PTE_WRITE, software: SOFTWARE_PTE_WRITE, hardware: HARDWARE_PTE_WRITE },
};
