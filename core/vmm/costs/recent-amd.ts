/** An AMD server processor of 2020 under KVM. Only what was found written down: world switches, and what going on to user space adds. */
import type { CostProfile } from "./profile.js";

const MEASURED = "linux-kernel mailing list, December 2020, lkml.iu.edu/hypermail/linux/kernel/2012.2/00527.html, sample 2 of the v2 patch";

export const recentAmd: CostProfile = {
  name: "recent-amd",
  description: "AMD server processor of 2020, nested paging",
  events: {
    // The other samples there: 1,376, 1,344 and 1,344.
    worldSwitches: { cycles: 1360, source: `${MEASURED}: pre-VMRUN to post-VMRUN` },
    userExits: { cycles: 576 + 592, source: `${MEASURED}: ioctl entry to pre-VMRUN, and post-VMRUN to ioctl exit` },
  },
};
