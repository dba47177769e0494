/** Pentium 4 class: first-generation hardware assist, no nested paging. Figures that the paper does not print follow from ones that it does. */
import * as FOUND from "./adams-agesen.js";
import type { CostProfile, Figure } from "./profile.js";

const measured = (cycles: number, where: string): Figure => ({ cycles, source: `${FOUND.PAPER}, ${where}` });
const derived = (cycles: number, how: string): Figure => ({ cycles, source: `from ${FOUND.PAPER}: ${how}` });

const emulation = FOUND.TRAP_AND_EMULATE - FOUND.NATIVE_DIVIDE_ERROR;
const injection = FOUND.SOFTWARE_DIVIDE_ERROR - FOUND.NATIVE_DIVIDE_ERROR - FOUND.CALLOUT_AND_EMULATE;
const table = FOUND.TABLE_1.pentium4;

export const pentium4: CostProfile = {
  name: "pentium4",
  description: "Pentium 4 672: first-generation hardware assist, no nested paging",
  events: {
    deviceAccesses: measured(FOUND.NATIVE_IN, "section 6.3, in"),
    controlWrites: measured(FOUND.NATIVE_CR8_WRITE, "section 6.3, cr8wr: four times the software VMM's 35"),
    exceptions: measured(FOUND.NATIVE_DIVIDE_ERROR, "section 6.3, divzero"),
    pageFaults: measured(FOUND.NATIVE_PAGE_FAULT, "section 6.3, pgfault"),
    inlined: measured(FOUND.SOFTWARE_CR8_WRITE, "section 6.3, cr8wr"),
    inlinedDevices: measured(FOUND.SOFTWARE_IN, "section 6.3, in: a fifteenth of native"),
    lookups: measured(FOUND.SOFTWARE_CALL_RETURN - FOUND.NATIVE_CALL_RETURN, "section 6.3, call/ret: the penalty"),
    traces: measured(FOUND.SOFTWARE_PTE_WRITE, "section 6.3, ptemod: the adapted software VMM"),
    emulations: derived(emulation, "trap-and-emulate of RDTSC less a native fault (divzero)"),
    callouts: derived(FOUND.CALLOUT_AND_EMULATE - emulation, "callout-and-emulate of RDTSC less the emulation"),
    injections: derived(injection, "the software VMM's divzero less the fault and the IRET's callout"),
    trueFaults: derived(
      FOUND.SOFTWARE_PAGE_FAULT - FOUND.NATIVE_PAGE_FAULT - injection - FOUND.CALLOUT_AND_EMULATE,
      "the software VMM's pgfault less the fault, the injection and the IRET's callout",
    ),
    worldSwitches: measured(table.entry + table.pageFaultExit, "Table 1: VM entry and page fault VM exit"),
    vmcbReads: measured(table.vmcbRead, "Table 1"),
    vmcbWrites: measured(table.vmcbWrite, "Table 1"),
  },
};
