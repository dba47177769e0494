/** The generation after: only what Table 1 of the same paper has. */
import { PAPER, TABLE_1 } from "./adams-agesen.js";
import type { CostProfile } from "./profile.js";

const { entry, pageFaultExit, vmcbRead, vmcbWrite } = TABLE_1.core2;
const source = `${PAPER}, Table 1`;

export const core2: CostProfile = {
  name: "core2",
  description: "Core 2 Duo, pre-production: hardware assist, no nested paging",
  events: {
    worldSwitches: { cycles: entry + pageFaultExit, source: `${source}: VM entry and page fault VM exit` },
    vmcbReads: { cycles: vmcbRead, source },
    vmcbWrites: { cycles: vmcbWrite, source },
  },
};
