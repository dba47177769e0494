/**
 * A processor with first-generation hardware assist and no nested paging, as Adams and Agesen measured it. Their figures in cycles are not here:
 * the paper's text could not be had to copy them from. What its findings say about which event is dearer is.
 */
import type { CostProfile } from "./profile.js";

const PAPER = 'Adams and Agesen, "A Comparison of Software and Hardware Techniques for x86 Virtualization", ASPLOS 2006, nanobenchmarks';

export const pentium4: CostProfile = {
  name: "pentium4",
  description: "Pentium 4 class: first-generation hardware assist, no nested paging",
  events: {},
  relations: [
    { cheaper: "inlined", dearer: "controlWrites", source: `${PAPER}: cr8wr` },
    { cheaper: "inlined", dearer: "deviceAccesses", source: `${PAPER}: in` },
    { cheaper: "deviceAccesses", dearer: "worldSwitches", source: `${PAPER}: in` },
    { cheaper: "callouts", dearer: "worldSwitches", source: `${PAPER}: pgfault and ptemod` },
  ],
};
